"""The plainest brief: a task's own messages, and the answer as it comes."""

import threading
from collections.abc import Callable, Sequence
from functools import cached_property

from geist.context.pack import Item, Pack
from geist.core.budget import Budget
from geist.core.log import Log
from geist.core.message import Message, Reply
from geist.core.output import Malformed, Output, Text
from geist.core.task import Task
from geist.models.model import Model
from geist.think.effort import Ask, Effort, Opening, Wave
from geist.think.solve import Attempt, Held, Outcome, solve
from geist.verify.verifier import Verifier

GREEDY = (Wave(0.0, 1, 0.0),)


class Plain:
    """With `feedback`, a wave that asks for it shows the model its last answer and what was found
    against it."""

    def __init__(self, task: Task, read: Callable[[str], Text | Malformed] = Text) -> None:
        self.task, self._read = task, read

    def openings(self) -> Sequence[Opening]:
        return [Opening(0, 0.0)]

    def pack(self, opening: int) -> Pack:
        return self._pack

    @cached_property
    def _pack(self) -> Pack:
        return Pack(tuple(Item("", "task", m.origin, m.text, "the task itself")
                          for m in self.task.prompt))  # fmt: skip

    def messages(self, ask: Ask, best: Attempt | None) -> Sequence[Message]:
        if best is None:
            return self.task.prompt
        said = Message("assistant", best.reply.text, "model")
        against = Message("user", f"That is not right: {best.verdict.reason}. Try again, and keep "
                          "to the form that was asked for.", "verifier")  # fmt: skip
        return (*self.task.prompt, said, against)

    def held(self, ask: Ask) -> Held:
        return Held(schema=self.task.meta.get("schema"))

    def read(self, ask: Ask, reply: Reply) -> Output | Malformed:
        return self._read(reply.text)

    def fingerprint(self, output: Output) -> str:
        return output.text if isinstance(output, Text) else ""


def answer(task: Task, model: Model, verifier: Verifier, budget: Budget, log: Log, *,
           tokens: int, stop: threading.Event | None = None) -> Outcome:  # fmt: skip
    """One greedy answer, verified."""
    effort = Effort(1, tokens, GREEDY)
    log.append("task", **task.plain())
    return solve(task, Plain(task), model, effort, budget, verifier, log, stop=stop)
