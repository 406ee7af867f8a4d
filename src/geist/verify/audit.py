"""The verifier audit: who verifies the verifiers.

Planted right answers must pass and planted wrong ones must not. A verifier with a false accept may
not be a reward: a policy in training finds every hole that there is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from geist.core.output import Text
from geist.core.task import Task
from geist.core.verdict import Status
from geist.verify.answers import Auditable, tricks


@dataclass
class Audited:
    """Counts over all tasks; `holes` are (task's question, wrong answer that passed), `lost` right
    answers that did not; `broken` are verdicts that blame geist."""

    rights: int = 0
    wrongs: int = 0
    holes: list[tuple[str, str]] = field(default_factory=list)
    lost: list[tuple[str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """May be a reward."""
        return bool(self.rights and self.wrongs) and not self.holes and not self.broken


def audit(tasks: Iterable[Task], verifier: Auditable) -> Audited:
    """Plants the verifier's own right and wrong answers, the tricks that fit any task, and the
    right answers of other tasks."""
    found, earlier = Audited(), list[Task]()
    for task in tasks:
        question = task.prompt[-1].text
        rights = verifier.rights(task.truth)
        wrongs = [*verifier.wrongs(task.truth), *tricks(task.truth, question)]
        for other in earlier[-3:]:
            if other.truth != task.truth and other.truth.get("answer") != task.truth.get("answer"):
                wrongs += verifier.rights(other.truth)[:1]
        earlier.append(task)
        for text in rights:
            verdict = verifier(task, Text(text))
            found.rights += 1
            if not verdict.passed:
                found.lost.append((question, text))
        for text in dict.fromkeys(w for w in wrongs if w not in rights):
            verdict = verifier(task, Text(text))
            found.wrongs += 1
            if verdict.passed or verdict.score >= 1.0:
                found.holes.append((question, text))
            if verdict.status is Status.UNSCORABLE:
                found.broken.append(f"{text[:60]!r}: {verdict.reason}")
    return found
