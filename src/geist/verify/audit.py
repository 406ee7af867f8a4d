"""The verifier audit: who verifies the verifiers.

Planted right answers must pass and planted wrong ones must not. A verifier with a false accept may
not be a reward: a policy in training finds every hole that there is.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from geist.core.output import Text
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, unscorable
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


Judge = Callable[[Task, Text], Verdict]


def audit(tasks: Iterable[Task], verifier: Auditable, judge: Judge | None = None) -> Audited:
    """Plants the verifier's own right and wrong answers, the tricks that fit any task, and the
    right answers of other tasks, where they cannot be right here too. `judge` is the
    verifier itself, if not given; whatever it raises is told as broken."""
    found, earlier = Audited(), list[Task]()
    for task in tasks:
        question = task.prompt[-1].text
        try:
            rights = verifier.rights(task.truth)
            wrongs = [*verifier.wrongs(task.truth), *tricks(task.truth, question)]
            for other in earlier[-3:]:
                if not _may_share(task, other):
                    wrongs += verifier.rights(other.truth)[:1]
        except Exception as e:  # noqa: BLE001 - a verifier of the user's own may raise anything
            found.broken.append(f"it plants nothing: {type(e).__name__}: {e}")
            return found
        earlier.append(task)
        for text in rights:
            verdict = _judged(judge or verifier, task, text)
            found.rights += 1
            if not verdict.passed:
                found.lost.append((question, text))
        for text in dict.fromkeys(w for w in wrongs if w not in rights):
            verdict = _judged(judge or verifier, task, text)
            found.wrongs += 1
            if verdict.passed or verdict.score >= 1.0:
                found.holes.append((question, text))
            if verdict.status is Status.UNSCORABLE:
                found.broken.append(f"{text[:60]!r}: {verdict.reason}")
    return found


def _may_share(task: Task, other: Task) -> bool:
    """Two problems with more than one right answer each, such as expressions, can share one."""
    several = len(task.truth) > 1
    return task.truth.get("answer") == other.truth.get("answer") or several


def _judged(judge: Judge, task: Task, text: str) -> Verdict:
    try:
        verdict = judge(task, Text(text))
    except Exception as e:  # noqa: BLE001 - see above
        return unscorable(f"it raised {type(e).__name__}: {e}")
    return verdict if isinstance(verdict, Verdict) else unscorable(f"it gave {verdict!r}"[:200])
