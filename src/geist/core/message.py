"""What is said to a model and what it says back."""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class Message:
    """One turn. `origin` names where the text came from (user, project, test, model, …): the
    taint that the leash will ask about."""

    role: Role
    text: str
    origin: str = "geist"

    def wire(self) -> dict[str, str]:
        """The OpenAI-compatible form."""
        return {"role": self.role, "content": self.text}

    def plain(self) -> dict[str, str]:
        return {"role": self.role, "text": self.text, "origin": self.origin}


@dataclass(frozen=True)
class Usage:
    """Counts are tokens; `seconds` is wall time; `money` is US dollars (0 for local models)."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    seconds: float = 0.0
    money: float = 0.0

    @property
    def tokens(self) -> int:
        return self.prompt + self.completion

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt + other.prompt,
            self.completion + other.completion,
            self.cached + other.cached,
            self.seconds + other.seconds,
            self.money + other.money,
        )

    def plain(self) -> dict[str, Any]:
        return {
            "prompt": self.prompt,
            "completion": self.completion,
            "cached": self.cached,
            "seconds": round(self.seconds, 3),
            "money": self.money,
        }


@dataclass(frozen=True)
class Reply:
    """One sampled answer.

    `tokens` and `logprobs` (natural log, one per token) are what a local model sampled; they are
    kept as they are and never tokenised again. Remote models leave them empty. `line` is the first
    token of the last line. `first` is how many seconds passed until the first token came, 0 where
    that is not known.
    """

    text: str
    finish: str  # "stop" or "length"
    model: str
    digest: str = ""
    usage: Usage = field(default_factory=Usage)
    tokens: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()
    first: float = 0.0
    line: int = 0

    @property
    def sure(self) -> float | None:
        """The probability that the model gave the last line, in which answers stand; None where
        it is not known."""
        return math.exp(sum(self.logprobs[self.line :])) if self.logprobs else None

    def plain(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "finish": self.finish,
            "model": self.model,
            "digest": self.digest,
            "usage": self.usage.plain(),
            "tokens": list(self.tokens),
            "logprobs": [round(p, 5) for p in self.logprobs],
            "first": round(self.first, 3),
        }
