"""What a model is sent, with a manifest that says why each item is in."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from geist.core.canonical import digest


def estimate(text: str) -> int:
    """Tokens, roughly: code has about 3.2 characters each."""
    return int(len(text) / 3.2) + 1


@dataclass(frozen=True)
class Item:
    """`priority` decides who stays when the budget is short: the lowest number first."""

    title: str
    source: str
    origin: str
    text: str
    reason: str
    priority: int = 1
    count: int = 0  # its tokens, where a tokenizer counted them

    @property
    def tokens(self) -> int:
        return self.count or estimate(self.title + self.text)

    def plain(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "origin": self.origin,
            "reason": self.reason,
            "tokens": self.tokens,
            "priority": self.priority,
        }


@dataclass(frozen=True)
class Pack:
    """Items in the order they are sent, and what was cut. The same parts give the same bytes."""

    items: tuple[Item, ...]
    cut: tuple[Item, ...] = ()

    @cached_property
    def text(self) -> str:
        return "\n\n".join(f"{i.title}\n{i.text}" if i.title else i.text for i in self.items)

    @property
    def origin(self) -> str:
        """All that the text came from: whoever acts on an answer to it must know."""
        return ",".join(sorted({"project"}.union(*(i.origin.split(",") for i in self.items))))

    @property
    def tokens(self) -> int:
        return sum(i.tokens for i in self.items)

    @cached_property
    def digest(self) -> str:
        return digest(self.text)

    def plain(self) -> dict[str, Any]:
        return {
            "items": [i.plain() for i in self.items],
            "cut": [i.plain() for i in self.cut],
            "tokens": self.tokens,
            "digest": self.digest,
        }


def fit(items: list[Item], tokens: int, count: Callable[[str], int] = estimate) -> Pack:
    """The items that fit into `tokens`, in their given order; the highest priority numbers go
    first when they do not. Items of priority 0 always stay."""
    kept, left = set[int](), tokens
    for index in sorted(range(len(items)), key=lambda i: (items[i].priority, i)):
        size = count(items[index].title + items[index].text)
        if items[index].priority == 0 or size <= left:
            kept.add(index)
            left -= size
    chosen = tuple(item for i, item in enumerate(items) if i in kept)
    return Pack(chosen, tuple(item for i, item in enumerate(items) if i not in kept))
