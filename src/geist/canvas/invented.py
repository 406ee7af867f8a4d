"""Figures that a query makes up, found in DuckDB's own syntax tree: what it selects, or makes rows
of, without a column. A figure that a page shows must come from the data."""

import re
from collections.abc import Iterator, Mapping
from typing import Any


def invented(node: Any) -> Iterator[str]:
    """Over DuckDB's own syntax tree."""
    if isinstance(node, list):
        for one in node:
            yield from invented(one)
    if not isinstance(node, dict) or "EXISTS" in str(node.get("subquery_type")):
        return
    if node.get("type") == "EXPRESSION_LIST":
        yield "VALUES"
    for one in node.get("select_list") or ():
        if not any(_asks(part) for part in _parts(one)):
            told = (part["literal"].get("text", "") for part in _parts(one) if "literal" in part)
            yield from (text for text in told if re.search(r"\d", text))
    for value in node.values():
        yield from invented(value)


def _asks(part: Mapping[str, Any]) -> bool:
    """Whether a part of an expression has its value from rows, as count(*) has too."""
    return part.get("class") in ("COLUMN_REF", "SUBQUERY", "STAR", "WINDOW") or (
        part.get("class") == "FUNCTION" and not part.get("arguments", part.get("children"))
    )


def _parts(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, dict):
        yield node
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _parts(one)
