"""What every model is to the rest of geist."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from geist.core.message import Message, Reply


@dataclass(frozen=True)
class Sampling:
    """`n` answers to one prompt; `tokens` is the most for each; `seed` makes a local model's
    answers repeatable. `prime` is how a local model's answer must begin (it is part of the reply),
    `until` are texts that end it, `schema` is a JSON schema that it must satisfy and `grammar` a
    GBNF grammar of llama.cpp's; remote models are not held to any of them. `hear` is told each
    piece of text as it is written."""

    n: int = 1
    temperature: float = 0.0
    tokens: int = 1024
    seed: int = 0
    prime: str = ""
    until: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    grammar: str = ""
    hear: Callable[[str], None] | None = None


class Model(Protocol):
    name: str
    digest: str  # sha256 of the weights; "" where the provider does not say
    window: int  # tokens

    def sample(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        stop: threading.Event | None = None,
    ) -> Iterator[Reply]:
        """The answers, each as soon as it is whole. Closing the iterator, or setting `stop`,
        ends the generation. Raises ModelError."""
        ...

    def close(self) -> None: ...
