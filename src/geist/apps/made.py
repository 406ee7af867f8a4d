"""An app as it was made, and the task that it answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from geist.apps.checking import Check
from geist.apps.finding import Finding
from geist.apps.plan import Plan
from geist.core.message import Message
from geist.core.task import Task


@dataclass(frozen=True)
class Made:
    """An app as it was made. `wrong` is what it fails, empty where it passed; `agrees` says whether
    versions that were written apart do the same on other input: None where that was not asked."""

    plan: Plan
    checks: tuple[Check, ...]
    source: str
    wrong: tuple[Finding, ...]
    agrees: bool | None = None
    differs: str = ""  # where they do not
    tries: int = 0

    @property
    def verified(self) -> bool:
        return not self.wrong and self.agrees is not False


def task_of(plan: Plan, checks: Sequence[Check]) -> Task:
    truth = {"kind": plan.kind, "checks": [c.line for c in checks]}
    return Task(
        "make", (Message("user", plan.description, "user"),), truth, "app@1", {"plan": plan.plain()}
    )
