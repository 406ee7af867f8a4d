"""The plan of an app: its kind, and what goes in and comes out, as plain data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from geist.apps.checking import Kind

NUMBERS = ("number", "integer")
WHOLE = re.compile(r"(?i)\b(whole|integer)")  # said of numbers that have no decimals
CONFLICTS = ("409", "403", "400", "410", "423")  # refused, though what was sent is well formed
CLEARS = ("clear", "reset")  # buttons that empty a form


@dataclass(frozen=True)
class Field:
    """One thing that goes in. `kind` is number, integer, text, choice, date, yesno; for programs
    also file and files. `flag` is how a program's option is written, "" for a plain argument."""

    label: str
    kind: str = "text"
    options: tuple[str, ...] = ()
    required: bool = True
    default: str = ""
    flag: str = ""
    least: float | None = None
    most: float | None = None

    @property
    def name(self) -> str:
        """As a name in code."""
        return snake(self.label)


@dataclass(frozen=True)
class Route:
    """A route of a service that is more than keeping records, or refuses what is well formed."""

    method: str
    path: str
    says: str = ""

    @property
    def name(self) -> str:
        return snake(f"{self.method} {self.path}".lower().replace("{id}", "one"))


@dataclass(frozen=True)
class Plan:
    """`shape` is one of geist.apps.shapes. `outputs` are labels of results; `buttons` are a page's;
    `resource` is what a service keeps; `data` are the user's own files, by name."""

    kind: Kind
    shape: str
    title: str
    description: str
    inputs: tuple[Field, ...] = ()
    outputs: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    resource: str = ""
    key: str = ""  # the field that names a record in paths and is put there, instead of its number
    filters: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()  # what a record has beside its id and the fields
    routes: tuple[Route, ...] = ()
    stdin: bool = False
    ends: tuple[int, ...] = ()  # exit statuses of a program beside 0 and that of an error
    refuses: bool = False  # something is to be refused by what the functions do
    data: Mapping[str, Path] = field(default_factory=dict)

    def messages(self) -> list[str]:
        """What the description quotes and is no label."""
        labels = {*self.outputs, *self.buttons, *(f.label for f in self.inputs)}
        labels |= {o for f in self.inputs for o in f.options}
        quoted = dict.fromkeys(re.findall(r'"([^"\n]+)"', self.description))
        return [q for q in quoted if q not in labels]

    def plain(self) -> dict[str, Any]:
        """JSON-able, without the paths of this machine."""
        return {
            "kind": self.kind,
            "shape": self.shape,
            "title": self.title,
            "inputs": [dict(f.__dict__) for f in self.inputs],
            "outputs": list(self.outputs),
            "buttons": list(self.buttons),
            "resource": self.resource,
            "key": self.key,
            "filters": list(self.filters),
            "answered": list(self.answered),
            "stdin": self.stdin,
            "ends": list(self.ends),
            "refuses": self.refuses,
            "data": list(self.data),
            "routes": [dict(r.__dict__) for r in self.routes],
        }

    @staticmethod
    def from_plain(told: Mapping[str, Any], data: Mapping[str, Path]) -> "Plan":
        fields = tuple(replace(Field(**f), options=tuple(f["options"])) for f in told["inputs"])
        routes = tuple(Route(**r) for r in told["routes"])
        return Plan(told["kind"], told["shape"], told["title"], "", fields, tuple(told["outputs"]),
                    tuple(told["buttons"]), told["resource"], told.get("key", ""), tuple(told["filters"]), tuple(told.get("answered", ())), routes, told["stdin"],
                    tuple(told.get("ends", ())), told["refuses"], data)  # fmt: skip


def snake(text: str) -> str:
    """A label as a name in Python and JavaScript."""
    words = re.findall(r"[A-Za-z0-9]+", text)
    made = "_".join(w.lower() for w in words) or "value"
    if made[0].isdigit():
        made = f"n_{made}"
    return f"{made}_" if made in RESERVED else made


RESERVED = frozenset(
    """and as assert async await break class continue def del elif else except finally for
from global if import in is lambda nonlocal not or pass raise return try while with yield none true
false case match new delete function var let const this typeof switch default void enum export
super static interface package private public do throw catch debugger instanceof list input str int
float dict set len sum max min type id range open print""".split()
)
