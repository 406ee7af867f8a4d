"""Adaptive self-consistency: ask again and again, and stop as soon as the lead is safe.

Answers vote with what stands after their last `Answer:` (Wang et al. 2022). The vote ends when the
leader would probably stay ahead of the next whatever is still said (the Beta criterion of Aggarwal
et al. 2023), when nothing can overtake it any more, or when it is plain that no answer is said half
of the time: then the votes are split, and more of them would say so again.
"""

import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import comb

from geist.core.budget import Budget
from geist.core.log import Log
from geist.core.output import Malformed, Output, Text
from geist.core.task import Task
from geist.core.verdict import Verdict, failed
from geist.models.model import Model
from geist.think.effort import Effort, Wave
from geist.think.plain import Plain
from geist.think.solve import Outcome, solve

SAFE, SPLIT = 0.95, 0.8
HOPELESS = 0.011  # that the leader is said half of the time: none of nine answers was said twice
FIRST, THEN = 4, 2  # votes that are cast at once: four of one mind are the first that are safe
ANSWER = re.compile(r"answer\s*(?:is|:)[ \t*]*([^\n]{1,300})", re.I)
MOST = 4000  # characters at the end of an answer in which its vote is looked for


@dataclass(frozen=True)
class Votes:
    """What was said how often, the most said first; `silent` answers named nothing."""

    counts: tuple[tuple[str, int], ...]
    silent: int = 0

    @property
    def leader(self) -> str | None:
        return self.counts[0][0] if self.counts else None

    @property
    def cast(self) -> int:
        return sum(n for _, n in self.counts)

    @property
    def sure(self) -> float:
        """That the leader is said more often than the next, of all that this model would say:
        P(p > ½), p ~ Beta(first + 1, second + 1). It says nothing about being right."""
        if not self.counts:
            return 0.0
        second = self.counts[1][1] if len(self.counts) > 1 else 0
        return above_half(self.counts[0][1] + 1, second + 1)

    @property
    def split(self) -> bool:
        return self.sure < SPLIT


class Unchecked:
    """For answers that only other answers can speak for."""

    name, version = "votes", 1

    def __call__(self, task: Task, output: Output) -> Verdict:
        return failed("not checked: the votes decide")


def vote(
    task: Task,
    model: Model,
    most: int,
    budget: Budget,
    log: Log,
    *,
    tokens: int,
    temperature: float = 0.7,
    seed: int = 0,
    adaptive: bool = True,
    stop: threading.Event | None = None,
    tell: Callable[[str, dict[str, object]], None] = lambda kind, data: None,
) -> Outcome:
    """At most `most` answers; all of them unless `adaptive`. `votes` counts them."""
    waves = (Wave(0.0, most, temperature),)
    if adaptive:
        more = range(-(-max(0, most - FIRST) // THEN))
        later = (Wave(1.0 + i, THEN, temperature, patient=True) for i in more)
        waves = (Wave(0.0, FIRST, temperature), *later)

    task = replace(task, verifier=f"{Unchecked.name}@{Unchecked.version}")
    log.append("task", **task.plain())

    def enough(outcome: Outcome) -> bool:
        return adaptive and settled([a.reply.text for a in outcome.attempts], most)

    return solve(task, Plain(task, read), model, Effort(most, tokens, waves), budget, Unchecked(),
                 log, seed=seed, stop=stop, tell=tell, enough=enough)  # fmt: skip


def ballot(text: str) -> str | None:
    """What an answer votes for, however it is spelt; None where it names nothing."""
    found = ANSWER.findall(text[-MOST:])
    said = re.sub(r"\\boxed|[*_`$\"'“”{}]", "", found[-1] if found else "").strip().rstrip(".!,; ")
    if re.fullmatch(r"[-+]?[\d,]*\d(\.\d+)?", said):
        said = said.replace(",", "").lstrip("+")
        said = re.sub(r"\.0+$", "", said)
    return " ".join(said.lower().split()) or None


def votes(texts: Sequence[str]) -> Votes:
    said = [ballot(t) for t in texts]
    named = [s for s in said if s is not None]
    # equal counts: the one that was said first leads
    order = sorted(Counter(named).items(), key=lambda c: (-c[1], named.index(c[0])))
    return Votes(tuple(order), len(said) - len(named))


def settled(texts: Sequence[str], most: int) -> bool:
    """Whether further votes, of `most` in all, would be wasted."""
    told, left = votes(texts), most - len(texts)
    if left <= 0:
        return True
    if len(texts) < min(FIRST, most):
        return False
    first = told.counts[0][1] if told.counts else 0
    if above_half(first + 1, len(texts) - first + 1) <= HOPELESS:
        return True
    if told.leader is None:
        return False
    second = told.counts[1][1] if len(told.counts) > 1 else 0
    return told.sure >= SAFE or first - second > left


def above_half(a: int, b: int) -> float:
    """P(p > ½) for p ~ Beta(a, b) with whole a and b: a tail of the binomial distribution."""
    n = a + b - 1
    return sum(comb(n, k) for k in range(a)) / 2**n


def read(text: str) -> Text | Malformed:
    return Text(text) if ballot(text) else Malformed("it names no answer")
