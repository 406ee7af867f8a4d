"""A model asked for one thing in a form, and what it answered."""

from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any

from geist.core.budget import Budget
from geist.core.errors import GeistError, Stopped
from geist.core.log import Log
from geist.core.message import Message
from geist.core.output import Text
from geist.core.task import Task
from geist.models.model import Model
from geist.think.effort import Effort, Wave
from geist.think.plain import Plain
from geist.think.solve import solve
from geist.verify.verifier import Verifier

EFFORT = Effort(4, 900, (Wave(0.0, 1, 0.0), Wave(1.0, 3, 0.7, patient=True)))


def answered(
    turns: Sequence[Message],
    verifier: Verifier,
    meta: Mapping[str, Any],
    model: Model,
    log: Log,
    budget: Budget,
    family: str,
    seed: int,
    stop: Event | None,
) -> str:
    task = Task(f"make-{family}", tuple(turns), {}, f"{verifier.name}@{verifier.version}", meta)
    log.append("task", **task.plain())
    outcome = solve(task, Plain(task), model, EFFORT, budget, verifier, log, seed=seed, stop=stop)
    if outcome.passed is None or not isinstance(outcome.passed.output, Text):
        if stop is not None and stop.is_set():
            raise Stopped
        best = outcome.best()
        if outcome.why == "seconds":
            raise GeistError(
                "the time is over before anything was built", mend="a larger --max-seconds"
            )
        raise GeistError(f"the model made no {family} of this", why=best.verdict.reason if best else outcome.why,
                         mend="say it in more words, or give a larger --model")  # fmt: skip
    return outcome.passed.output.text
