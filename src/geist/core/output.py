"""What was made: a text, or a tree (a base and changes to it)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from geist.core.canonical import digest


@dataclass(frozen=True)
class Change:
    """The new content of one file. `before` is the sha256 of the content it replaces, "" where
    there was no file; `after` is None for a deletion. Paths are relative, with forward slashes."""

    path: str
    before: str
    after: bytes | None

    def plain(self) -> dict[str, Any]:
        # latin-1 keeps every byte, and source code stays readable in the log
        text = None if self.after is None else self.after.decode("latin-1")
        return {"path": self.path, "before": self.before, "after": text}

    @staticmethod
    def from_plain(data: Mapping[str, Any]) -> "Change":
        after = data["after"]
        return Change(
            data["path"], data["before"], None if after is None else after.encode("latin-1")
        )


@dataclass(frozen=True)
class Text:
    text: str

    @cached_property
    def digest(self) -> str:
        return digest(self.text)


@dataclass(frozen=True)
class Tree:
    """`base` is the content hash of the tree that the changes apply to."""

    base: str
    changes: tuple[Change, ...]

    @cached_property
    def digest(self) -> str:
        return digest([self.base, [c.plain() for c in self.changes]])

    def plain(self) -> dict[str, Any]:
        return {"base": self.base, "changes": [c.plain() for c in self.changes]}

    @staticmethod
    def from_plain(data: Mapping[str, Any]) -> "Tree":
        return Tree(data["base"], tuple(Change.from_plain(c) for c in data["changes"]))


@dataclass(frozen=True)
class Malformed:
    """A reply that could not be read as an output, and what to tell the model about it."""

    reason: str


AS_IT_WAS = "the function is as it was"
Output = Text | Tree
