"""What is wrong with an app, in the words of somebody who uses it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Stage = Literal["parses", "lint", "safe", "checks", "tried", "attacked"]
STAGES: tuple[Stage, ...] = ("parses", "lint", "safe", "checks", "tried", "attacked")
TITLES: dict[Stage, str] = {
    "parses": "it can be read and begins", "lint": "types and lint", "safe": "scanned",
    "checks": "checks", "tried": "tried with wrong, empty and long input",
    "attacked": "attacked",
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """`stage` is where it was found, `what` one line for a person and for the model's next try,
    `rule` the name of what found it."""

    stage: Stage
    what: str
    rule: str = ""

    def plain(self) -> dict[str, Any]:
        return asdict(self)
