"""What a verifier says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    PASSED = "passed"
    FAILED = "failed"  # whatever the output caused: wrong, unparsable, crash, time, memory
    UNSCORABLE = "unscorable"  # our own fault only; never rewards, never accepts


@dataclass(frozen=True)
class Verdict:
    """`score` is 0…1. `reason` is one line for a person and for the model's next try.
    `spent` is wall seconds."""

    status: Status
    score: float
    reason: str
    parts: Mapping[str, float] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    spent: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"score {self.score} is outside 0…1")
        if self.status is not Status.PASSED and self.score == 1.0:
            raise ValueError("only a passed verdict scores 1")

    @property
    def passed(self) -> bool:
        return self.status is Status.PASSED

    def plain(self) -> dict[str, Any]:
        return {
            "status": str(self.status),
            "score": self.score,
            "reason": self.reason,
            "parts": dict(self.parts),
            "evidence": dict(self.evidence),
            "spent": round(self.spent, 3),
        }


def failed(reason: str, score: float = 0.0, **rest: Any) -> Verdict:
    return Verdict(Status.FAILED, score, reason, **rest)


def unscorable(reason: str, **rest: Any) -> Verdict:
    return Verdict(Status.UNSCORABLE, 0.0, reason, **rest)
