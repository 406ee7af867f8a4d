"""A model's reply as one call of a tool: a JSON object with name and arguments, and whatever stands
after it as the body, where code goes. Total, for anything that a model may write."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from geist.core.output import Malformed

KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str, "integer": int, "boolean": bool, "number": (int, float), "array": list,
    "object": dict, "any": object,
}  # fmt: skip
MOST = 400_000  # characters of a reply
MOST_TRIES = 200  # braces at which an object may begin


@dataclass(frozen=True)
class Call:
    """`said` is what stands before the call, for the user to read."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""
    said: str = ""


def read_call(text: str, offered: Mapping[str, Mapping[str, str]]) -> Call | Malformed:
    """The first call of an offered tool in the text. `offered` has each tool's arguments and their
    kinds; a kind that ends with "?" may be left out."""
    text = text[:MOST]
    decoder, at, why = json.JSONDecoder(), -1, ""
    for _ in range(MOST_TRIES):
        at = text.find("{", at + 1)
        if at < 0:
            break
        try:
            made, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            continue
        call = _fits(made, offered)
        if isinstance(call, Call):
            return Call(call.name, call.arguments, _body(text[:at], text[end:]), _before(text[:at]))
        why = why or call.reason
        at = end - 1
    return Malformed(why or "there is no call in it: a JSON object with name and arguments")


def _fits(made: Any, offered: Mapping[str, Mapping[str, str]]) -> Call | Malformed:
    if not isinstance(made, dict):
        return Malformed("the call is not a JSON object")
    function = made.get("function")
    if isinstance(function, dict):  # as some providers write it
        made = function
    name, arguments = made.get("name"), made.get("arguments", made.get("parameters", {}))
    if not isinstance(name, str) or name not in offered:
        return Malformed(f"there is no tool {str(name)[:40]!r}; there are {', '.join(offered)}")
    if isinstance(arguments, str):  # as others do
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return Malformed(f"the arguments of {name} are not a JSON object")
    if not isinstance(arguments, dict):
        return Malformed(f"the arguments of {name} are not a JSON object")
    kinds = offered[name]
    for argument, kind in kinds.items():
        if argument not in arguments and not kind.endswith("?"):
            return Malformed(f"{name} needs {argument}")
        if argument not in arguments:
            continue
        given, plain = arguments[argument], kind.rstrip("?")
        number = plain in ("integer", "number") and isinstance(given, bool)
        if number or not isinstance(given, KINDS[plain]):
            return Malformed(f"{argument} of {name} must be a {plain}")
    extra = [a for a in arguments if a not in kinds]
    if extra:
        return Malformed(f"{name} has no argument {extra[0][:40]}")
    return Call(name, arguments)


def _body(before: str, after: str) -> str:
    """What follows the object, without the end of the fence or of the mark that it stood in."""
    opened = before.rstrip().rsplit("\n", 1)[-1].strip()
    end = "```" if opened.startswith("```") else "</tool_call>"
    return after.lstrip().removeprefix(end).strip("\n") if opened else after.strip("\n")


def _before(text: str) -> str:
    lines = text.rstrip().splitlines()
    while lines and lines[-1].strip() in ("```json", "```", "<tool_call>", "json", ""):
        lines.pop()
    return "\n".join(lines).strip()
