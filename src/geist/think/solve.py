"""The one place where geist generates, verifies and retries."""

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from geist.context.pack import Pack
from geist.core.budget import Budget
from geist.core.errors import OutOfBudget
from geist.core.log import Log
from geist.core.message import Message, Reply, Usage
from geist.core.output import Malformed, Output, Text, Tree
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed
from geist.models.model import Model, Sampling
from geist.think.effort import Ask, Effort, Opening
from geist.verify.verifier import Verifier


@dataclass(frozen=True)
class Attempt:
    """One answer and what became of it. `twin` says that the same output had been judged before."""

    ask: Ask
    reply: Reply
    output: Output | Malformed
    verdict: Verdict
    twin: bool = False


@dataclass(frozen=True)
class Held:
    """What a model can be held to: how its answer begins, what ends it, a schema, a grammar."""

    prime: str = ""
    until: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    grammar: str = ""


class Brief(Protocol):
    """How a task is put to a model: places to begin at, the messages for each, and how to read
    what comes back."""

    def openings(self) -> Sequence[Opening]:
        """The likeliest first."""
        ...

    def pack(self, opening: int) -> Pack: ...

    def messages(self, ask: Ask, best: Attempt | None) -> Sequence[Message]: ...

    def held(self, ask: Ask) -> Held: ...

    def read(self, ask: Ask, reply: Reply) -> Output | Malformed: ...

    def fingerprint(self, output: Output) -> str:
        """Equal for outputs that cannot differ in their verdict."""
        ...


@dataclass
class Outcome:
    """`passed` is the attempt that did, None otherwise; `why` says in a word how it ended: passed,
    enough (the caller's own test), exhausted (nothing left to try), stopped, or the name of the
    limit that was reached."""

    passed: Attempt | None = None
    attempts: list[Attempt] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    why: str = "exhausted"

    def best(self) -> Attempt | None:
        return max(self.attempts, key=lambda a: a.verdict.score, default=None)


def solve(
    task: Task,
    brief: Brief,
    model: Model,
    effort: Effort,
    budget: Budget,
    verifier: Verifier,
    log: Log,
    *,
    seed: int = 0,
    stop: threading.Event | None = None,
    tell: Callable[[str, dict[str, object]], None] = lambda kind, data: None,
    enough: Callable[[Outcome], bool] = lambda outcome: False,
) -> Outcome:
    """Asks, verifies, and asks again until an answer passes or effort or budget is used up, or
    until what there is is `enough`.

    The next answers are generated while the last are verified. `tell` hears of each step
    ("asking", "answered", "judged") for display. Errors of the model are raised when there is
    nothing left to verify.
    """
    run = _Run(task, brief, model, effort, budget, verifier, log, seed, stop, tell, enough)
    return run.go()


class _Run:
    def __init__(
        self,
        task: Task,
        brief: Brief,
        model: Model,
        effort: Effort,
        budget: Budget,
        verifier: Verifier,
        log: Log,
        seed: int,
        stop: threading.Event | None,
        tell: Callable[[str, dict[str, object]], None],
        enough: Callable[[Outcome], bool],
    ) -> None:
        self.task, self.brief, self.model, self.effort = task, brief, model, effort
        self.budget, self.verifier, self.log, self.seed = budget, verifier, log, seed
        self.tell, self.enough = tell, enough
        self.outer = stop or threading.Event()
        self.halt = threading.Event()  # ends the generation
        self.outcome = Outcome()
        self.seen: dict[str, Verdict] = {}
        self.answers: queue.Queue[tuple[Ask, Reply] | BaseException | None] = queue.Queue()
        self.judged = threading.Condition()
        self.pending: dict[int, int] = {}

    def go(self) -> Outcome:
        producer = threading.Thread(target=self._produce, daemon=True)
        producer.start()
        try:
            while self.outcome.passed is None:
                item = self._next()
                if item is None:
                    break
                if isinstance(item, OutOfBudget):
                    self.outcome.why = item.limit
                    break
                if isinstance(item, BaseException):
                    raise item
                self._judge(*item)
                if self.outcome.passed is None and self.enough(self.outcome):
                    self.outcome.why = "enough"
                    break
                self.budget.check(self.outcome)
        except OutOfBudget as e:
            if self.outcome.passed is None:
                self.outcome.why = e.limit
        finally:
            self.halt.set()
            with self.judged:
                self.judged.notify_all()
            producer.join()
        if self.outcome.passed is not None:
            self.outcome.why = "passed"
        elif self.outer.is_set():
            self.outcome.why = "stopped"
        return self.outcome

    def _next(self) -> tuple[Ask, Reply] | BaseException | None:
        # wakes up to look at the clock: a slow answer must not outlast the budget's seconds
        while True:
            try:
                return self.answers.get(timeout=0.2)
            except queue.Empty:
                if self.outer.is_set():
                    return None
                self.budget.check(self.outcome)

    def _produce(self) -> None:
        try:
            for number, ask in enumerate(self.effort.plan(self.brief.openings())):
                if ask.feedback or ask.patient:
                    self._wait_for(ask.opening)
                if self.halt.is_set() or self.outer.is_set():
                    break
                self.budget.check()
                self._ask(number, ask)
        except BaseException as e:  # noqa: BLE001 - handed to the caller's thread
            self.answers.put(e)
        self.answers.put(None)

    def _wait_for(self, opening: int) -> None:
        """Feedback must not depend on how fast the verifier was: all earlier answers count."""
        with self.judged:
            while self.pending.get(opening, 0) > 0 and not self.halt.is_set():
                self.judged.wait(0.2)

    def _ask(self, number: int, ask: Ask) -> None:
        opening = ask.opening
        best = self._best(opening) if ask.feedback else None
        messages = self.brief.messages(ask, best)
        left = self.budget.left()[0]
        most = self.effort.tokens if left is None else min(self.effort.tokens, max(1, int(left)))
        held = self.brief.held(ask)
        seed = self.seed + 100 * number
        sampling = Sampling(ask.n, ask.temperature, most, seed, held.prime, held.until, held.schema,
                            held.grammar)  # fmt: skip
        pack = self.brief.pack(opening)
        self.log.append(
            "ask",
            opening=opening,
            place=ask.place,
            messages=[m.plain() for m in messages],
            pack=pack.plain(),
            sampling=dict(sampling.__dict__),
        )
        self.tell("asking", {"opening": opening, "n": ask.n, "tokens": pack.tokens})
        for reply in self.model.sample(messages, sampling, self.halt):
            self.budget.spend(reply.usage)
            with self.judged:
                self.outcome.usage = self.outcome.usage + reply.usage
                self.pending[opening] = self.pending.get(opening, 0) + 1
            self.tell("answered", {"opening": opening, "tokens": reply.usage.completion})
            self.answers.put((ask, reply))
            if self.halt.is_set():
                return

    def _best(self, opening: int) -> Attempt | None:
        tried = [a for a in self.outcome.attempts if a.ask.opening == opening and a.ask.place < 0]
        return max(tried, key=lambda a: a.verdict.score, default=None)

    def _judge(self, ask: Ask, reply: Reply) -> None:
        output = self.brief.read(ask, reply)
        twin = False
        if isinstance(output, Malformed):
            reason = output.reason
            if reply.finish == "length":
                reason = f"the answer was cut off at {self.effort.tokens} tokens"
                if 0 < reply.usage.completion < self.effort.tokens // 2:
                    reason = "the answer says the same over and over"
            verdict = failed(reason)
        else:
            name = self.brief.fingerprint(output)
            twin = name in self.seen
            verdict = self.seen[name] if twin else self.verifier(self.task, output)
            if verdict.status is not Status.UNSCORABLE:
                self.seen[name] = verdict
        attempt = Attempt(ask, reply, output, verdict, twin)
        self.log.append(
            "attempt",
            task=self.task.key,
            opening=ask.opening,
            place=ask.place,
            reply=reply.plain(),
            output=_plain(output),
            verdict=verdict.plain(),
            twin=twin,
        )
        with self.judged:
            self.outcome.attempts.append(attempt)
            self.pending[ask.opening] -= 1
            if verdict.passed:
                # before anybody is woken: nothing more may be asked for
                self.outcome.passed = attempt
                self.halt.set()
            self.judged.notify_all()
        self.tell("judged", {"attempt": attempt})


def _plain(output: Output | Malformed) -> dict[str, object]:
    if isinstance(output, Tree):
        return {"tree": output.plain()}
    if isinstance(output, Text):
        return {"text": output.text}
    return {"malformed": output.reason}
