"""What a component is: how it is made from the language, written in it again, checked and told."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from geist.canvas.data import Data
from geist.canvas.language import Call, Name, Value, said
from geist.canvas.problem import Problem, Wrong, like
from geist.canvas.tables import Table
from geist.canvas.view import Answered, Question, View


@dataclass
class Build:
    """A view while it is made. `child` makes the component that a value stands for, and gives its
    id."""

    data: Data
    question: str
    rows: dict[str, Question]
    values: dict[str, Question]
    child: Callable[[Value], str]
    controls: Callable[[], Mapping[str, Call]]  # the lines that are controls, by their names
    own: dict[str, Table] = field(default_factory=dict)  # what Query lines have named

    def table(self, value: Value | None) -> Table:
        """Raises Wrong where it is none."""
        known = self.data.tables | self.own
        if not isinstance(value, Name):
            raise Wrong("no table", f"a table is missing: {like('', known)}")
        found = known.get(value.text) or known.get(value.text.lower())
        if found is None:
            raise Wrong(
                "unknown table", f"there is no table {value.text}: {like(value.text, known)}"
            )
        return found


class Kind(Protocol):
    """A kind of component."""

    name: str
    example: str  # shows how it is written; of no data set in particular

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        """Its A2UI fields. Raises Wrong."""
        ...

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        """The inverse of `made`."""
        ...

    def problems(self, component: Mapping[str, Any], shown: Answered) -> Iterator[Problem]:
        """What would mislead, or show nothing, with these figures."""
        ...

    def drawn(self, component: Mapping[str, Any], shown: Answered) -> Mapping[str, Any]:
        """What its element needs beside the component's own fields."""
        ...

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        """For who cannot see it: in the terminal, for a screen reader."""
        ...


class Plain:
    """What most kinds have in common."""

    name = example = ""

    def problems(self, component: Mapping[str, Any], shown: Answered) -> Iterator[Problem]:
        return iter(())

    def drawn(self, component: Mapping[str, Any], shown: Answered) -> Mapping[str, Any]:
        return {}

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        return ""


KINDS: dict[str, Kind] = {}


def kind(cls: Callable[[], Kind]) -> Callable[[], Kind]:
    """Registers a kind of component."""
    made = cls()
    KINDS[made.name] = made
    return cls


def arguments(call: Call, given: Sequence[str], named: Sequence[str]) -> dict[str, Value]:
    """A call's arguments by name: those without one are `given`, in this order. Raises Wrong."""
    if len(call.given) > len(given):
        raise Wrong(
            "arguments", f"{call.name} takes {len(given)} without a name: {', '.join(given)}"
        )
    found: dict[str, Value] = dict(zip(given, call.given, strict=False))
    for name, value in call.named:
        if name not in (*given, *named):
            raise Wrong("arguments", f"{call.name} has no {name}: {like(name, [*given, *named])}")
        if name in found:
            raise Wrong("arguments", f"{call.name} is given {name} twice")
        found[name] = value
    return found


def text(found: Mapping[str, Value], name: str) -> str:
    """A text among arguments, "" where it is left out. Raises Wrong where it is something else."""
    value = found.get(name, "")
    if not isinstance(value, str):
        raise Wrong(
            "arguments", f"{name} must be a text in quotation marks, not {said(value)[:40]}"
        )
    return value


def condition(found: Mapping[str, Value], name: str = "where") -> str:
    """A condition in SQL, "" where there is none. It stands in brackets of ours: one that would
    end them, or begin a comment, is no condition. Raises Wrong."""
    words, depth = text(found, name), 0
    bare = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", "", words)
    for sign in bare:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            break
    if depth or re.search(r"--|/\*|;|'|\"|\$", bare):
        raise Wrong("condition", f"{words[:60]!r} is not one condition in SQL")
    return words


def whole(found: Mapping[str, Value], name: str, most: int) -> int | None:
    value = found.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise Wrong("arguments", f"{name} must be a whole number from 1 to {most}")
    return value


def word(found: Mapping[str, Value], name: str, known: Sequence[str], default: str = "") -> str:
    """One of some words, with or without quotation marks. Raises Wrong."""
    value = found.get(name)
    if value is None and default:
        return default
    plain = value.text if isinstance(value, Name) else value
    if not isinstance(plain, str) or plain not in known:
        what = "is missing" if value is None else f"cannot be {said(value)[:40]}"
        raise Wrong("arguments", f"{name} {what}: it is {', '.join(known)}")
    return plain
