"""What every shape is to the rest."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from geist.apps.plan import Plan
from geist.core.output import Malformed

BLOCK = re.compile(r"```[a-zA-Z]*[ \t]*\n(.*?)(?:^```|\Z)", re.M | re.S)


@dataclass(frozen=True)
class Shape:
    """`ask` is what a model is to write, for a plan; `build` makes the app of its code;
    `functions` are those that must be there, for a plan. `about` says when it fits."""

    name: str
    language: str  # javascript or python
    about: str
    ask: Callable[[Plan], str]
    build: Callable[[Plan, str], str]
    functions: Callable[[Plan], tuple[str, ...]]


def code_of(reply: str) -> str:
    """The code of a reply: its fenced blocks, else all of it."""
    found = [b.strip("\n") for b in BLOCK.findall(reply)]
    return "\n\n".join(found) if found else reply.strip()


def missing(names: tuple[str, ...], code: str, language: str) -> Malformed | None:
    """What is not there of the functions that were asked for."""
    lacks = [n for n in names if not re.search(
        rf"\bfunction\s+{n}\s*\(|\b(?:const|let|var)\s+{n}\s*=" if language == "javascript"
        else rf"^def\s+{n}\s*\(", code, re.M)]  # fmt: skip
    return Malformed(f"the function {', '.join(lacks)} is missing") if lacks else None
