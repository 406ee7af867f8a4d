"""JSON as the standard has it: no key twice, no NaN, nothing after it, and not too deep."""

import json
from typing import Any


class Unreadable(ValueError):
    """Says why a text is not one JSON value."""


def strict_json(text: str) -> Any:
    """Raises Unreadable, and nothing else, whatever the text is."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            raise Unreadable("a key stands in it twice")
        return made

    def no(constant: str) -> Any:
        raise Unreadable(f"{constant} is not JSON")

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=no)
    except Unreadable:
        raise
    except (ValueError, RecursionError, MemoryError) as e:
        raise Unreadable(str(e)[:200]) from e
