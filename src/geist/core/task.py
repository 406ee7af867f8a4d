"""A task: frozen data, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from geist.core.canonical import digest
from geist.core.message import Message


@dataclass(frozen=True)
class Task:
    """A prompt and what its verifier needs.

    `truth` is JSON-able and is never sent to a model. `verifier` is name@version. `meta` (seed,
    template, split, origin) says how the task came to be and does not change what it is: `key`
    depends on family, prompt and truth alone, in every process and on every platform.
    """

    family: str
    prompt: tuple[Message, ...]
    truth: Mapping[str, Any]
    verifier: str
    meta: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def key(self) -> str:
        turns = [[m.role, m.text] for m in self.prompt]
        return digest([self.family, turns, dict(self.truth)])

    def plain(self) -> dict[str, Any]:
        return {
            "family": self.family,
            "prompt": [m.plain() for m in self.prompt],
            "truth": dict(self.truth),
            "verifier": self.verifier,
            "meta": dict(self.meta),
            "key": self.key,
        }

    @staticmethod
    def from_plain(data: Mapping[str, Any]) -> "Task":
        prompt = tuple(Message(m["role"], m["text"], m["origin"]) for m in data["prompt"])
        return Task(data["family"], prompt, data["truth"], data["verifier"], data["meta"])
