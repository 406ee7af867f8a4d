"""`geist do`: from a task in words to a checked draft, which the user reviews."""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from geist.agent.actions import Action
from geist.agent.draft import Draft
from geist.agent.free import Free, Work, waves
from geist.agent.guard import Approver, Guard, file_of
from geist.agent.hands import Hands
from geist.agent.leash import VERIFIED, Autonomy, Capability, Decision, Terms, Wish, decide
from geist.agent.secrets import Secrets
from geist.agent.steps import LARGE, Step, size, steps
from geist.context import memory
from geist.core.budget import Budget
from geist.core.canonical import digest
from geist.core.errors import GeistError
from geist.core.log import Log
from geist.core.message import Message
from geist.core.output import Output, Tree
from geist.core.task import Task
from geist.core.verdict import Verdict, failed
from geist.edit import snapshot
from geist.edit.apply import Edit, apply
from geist.edit.splice import code_of
from geist.models.model import Model, Sampling
from geist.sandbox.rundir import RunDir
from geist.sandbox.shapes import Limits, Sandbox
from geist.think.effort import Effort
from geist.think.solve import Outcome, solve
from geist.verify.testrun import Where, run_tests
from geist.verify.tests import Tests, Truth

RETRIES = {"low": 0, "medium": 2, "high": 8}
LOOPS = 20  # times that a task is gone on with at `loop`
RUN_SECONDS = 300.0
MOST_FAILING = 3000  # characters of the failing check that the model is told
CHECK = """Someone will work on the task below. First write one pytest test that fails now and will
pass when the task is done. Test what a user would see, through names that the task or the code
gives. Answer with the whole test file in one ```python block and nothing else."""


class Talk(Approver, Protocol):
    def check(self, path: str, text: str) -> str | None:
        """The check as the user approves it, maybe edited; None where they want none."""
        ...


@dataclass(frozen=True)
class Job:
    """What the user asked for. `check` is the command that tells when it is done, "" for none;
    `propose` has the model write one first."""

    root: Path
    cwd: str
    task: str
    check: str
    path: str
    terms: Terms
    retries: int = 2
    propose: bool = False
    tokens: int | None = None
    seconds: float | None = None
    money: float | None = None
    seed: int = 0


@dataclass
class Done:
    """`state` is verified, unchecked (nothing could check it), unverified (its check fails),
    nothing (no change), or stopped."""

    state: str
    why: str
    message: str = ""
    draft: Draft | None = None
    verdict: Verdict | None = None
    outcome: Outcome | None = None


class Unchecked:
    """Where only a person can say whether it is done."""

    name, version = "person", 1

    def __call__(self, task: Task, output: Output) -> Verdict:
        if not isinstance(output, Tree) or not output.changes:
            return failed("nothing was changed")
        return failed("nothing checks it: a person must look", 0.5)


class Do:
    """One session of work."""

    def __init__(
        self,
        job: Job,
        sandbox: Sandbox,
        data: Path,
        model: Model,
        log: Log,
        talk: Talk,
        tell: Callable[[str, dict[str, Any]], None],
        stop: threading.Event,
        more: Mapping[str, Action] | None = None,
    ) -> None:
        self.job, self.sandbox, self.data, self.model = job, sandbox, data, model
        self.log, self.talk, self.tell, self.stop = log, talk, tell, stop
        self.budget = Budget(job.tokens, job.seconds, job.money)
        self.where = Where(job.root, job.root, job.path, job.cwd)

        def decided(wish: Wish, decision: Decision, allowed: bool) -> None:
            tell("leash", {"wish": wish, "decision": decision, "allowed": allowed})

        self.guard = Guard(job.terms, talk, log, file_of(data, job.root), decided)
        self.given: Mapping[str, str] = {}
        self.truth: Truth | None = None
        self.failing = ""  # the end of what the check said before the work
        self.more = more or {}

    def run(self) -> Done:
        """One task, from its check to a draft."""
        self.open()
        check = self.job.check
        if self.job.propose and not check:
            check = self._proposed()
        return self.say(self.job.task, check)

    def open(self, draft: Draft | None = None, turns: Sequence[Message] = ()) -> None:
        """Begins the session, or goes on with the draft and the conversation of an earlier one."""
        job = self.job
        self.log.append("start", command=f"geist do {job.task}".rstrip(), root=str(job.root),
                        cwd=job.cwd, model=self.model.name, digest=self.model.digest,
                        autonomy=job.terms.autonomy, scope=job.terms.scope,
                        check=job.check)  # fmt: skip
        manifest = snapshot.take(job.root, self.data / "files")
        self.base = digest(manifest)
        self.log.append("snapshot", base=self.base, manifest=manifest)
        self.hands = Hands(
            job.root, self.data, self.sandbox, self.guard, self.log, Secrets(self.log.session),
            draft or Draft(job.root, self.base), job.path, job.cwd, self.tell, self.stop,
        )  # fmt: skip
        self.hands.learn()
        # a check must not tell the model what a command may not
        self.where = replace(self.where, hidden=self.hands.hidden())
        self.free = Free(self.model, self.hands, self.budget, list(turns), self.more)

    def say(self, words: str, check: str = "") -> Done:
        """Has the model work on what the user says, and checks it."""
        job, hands = self.job, self.hands
        words = hands.secrets.hide(words)
        self.log.append("said", text=words)
        hands.said.append(len(hands.steps))
        truth = self.truth = self._truth(check, self.base) if check else None
        rules = memory.instructions(job.root, job.root / job.cwd)
        prompt = (Message("user", words, "user"),)
        name = f"{Tests.name}@{Tests.version}" if truth else "person@1"
        task = Task("do", prompt, truth.plain() if truth else {}, name,
                    {"root": str(job.root), "cwd": job.cwd})  # fmt: skip
        self.log.append("task", **task.plain())
        verifier = Tests(self.sandbox, self.data, self.where) if truth else Unchecked()
        brief = Work(words, rules, check, self.free, self.failing if check else "")
        retries = job.retries if truth else 0
        if retries and self.guard.terms.autonomy is Autonomy.LOOP:
            retries = LOOPS  # until it passes, or the budget is spent
        steps = waves(retries)
        effort = Effort(len(steps), waves=steps)
        # where nothing checks the work there is no verdict to tell of
        heard = self._heard if truth else _nobody
        outcome = solve(task, brief, self.free, effort, self.budget, verifier, self.log,
                        seed=job.seed, stop=self.stop, tell=heard)  # fmt: skip
        self.log.append("outcome", why=outcome.why, attempts=len(outcome.attempts),
                        usage=outcome.usage.plain())  # fmt: skip
        return self._ended(outcome, hands.draft, self.free.last, checked=truth is not None)

    def _ended(self, outcome: Outcome, draft: Draft, message: str, *, checked: bool) -> Done:
        verdict = outcome.attempts[-1].verdict if outcome.attempts else None
        why = verdict.reason if verdict else outcome.why
        if outcome.why == "stopped":
            state, why = "stopped", "stopped"
        elif not draft.files:
            state = "nothing"
        elif (passed := outcome.passed) and passed.output == draft.tree():
            state, why = "verified", passed.verdict.reason
        else:
            state = "unverified" if checked else "unchecked"
            if outcome.why in ("tokens", "seconds", "money"):
                why = f"the {outcome.why} were used up; {why}"
        return Done(state, why, message, draft, verdict, outcome)

    def steps(self, draft: Draft, verified: bool) -> list[Step]:
        """In which steps to review a draft: several for a large one of which tests can tell."""
        truth = self.truth
        if truth is None or not truth.passing or len(draft.files) < 2 or size(draft) < LARGE:
            return []
        self.tell("ordering", {"lines": size(draft), "files": len(draft.files)})
        return steps(draft, lambda part: self._green(truth, part), verified)

    def _green(self, truth: Truth, draft: Draft) -> bool:
        """Whether all tests that passed before pass with this part of a draft."""
        if self.stop.is_set():
            return False
        with RunDir(self.data) as run:
            layer = run.folder("layer")
            draft.lay(layer)
            run.give(layer)
            limits = Limits(seconds=truth.seconds)
            _, report = run_tests(self.sandbox, self.data, self.where, truth.command,
                                  layers=(layer,), limits=limits)  # fmt: skip
        return set(truth.passing) <= set(report.named("passed"))

    def unseen(self, done: Done) -> bool:
        """Whether the draft may become the user's files without their look at it. Where it may not,
        the review is the question, and what the user takes in it the answer."""
        target = VERIFIED if done.state == "verified" else "not verified"
        if done.draft is not None and None in done.draft.files.values():
            target = "deletes files"  # which no check that passes speaks for
        wish = Wish(Capability.ACCEPT, target)
        decision = decide(wish, self.guard.terms)
        self.log.append("leash", capability=wish.capability, target=wish.target, answer="",
                        verb=decision.verb, rule=decision.rule,
                        taint=sorted(self.guard.terms.taint))  # fmt: skip
        return decision.verb == "allow"

    def accept(self, draft: Draft) -> tuple[Edit, ...]:
        """Applies it. Raises GeistError, before anything is written, where the user has changed the
        same lines meanwhile."""
        changes, conflicts = draft.merged()
        if conflicts:
            raise GeistError(
                f"{conflicts[0]} has changed meanwhile, in the same lines",
                why="both versions are kept: yours in the file, the draft in the log",
                mend=f"geist log {self.log.session}    shows the draft",
            )
        before = {}
        for change in changes:
            place = self.job.root / change.path
            if place.is_file():
                before[change.path] = place.read_bytes().decode("latin-1")
        plain = Tree(draft.base, changes).plain()
        self.log.append("accepting", root=str(self.job.root), tree=plain, before=before)
        edits = apply(self.job.root, changes)
        self.log.append("accepted", root=str(self.job.root))
        return edits

    def _heard(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "judged":
            self.tell("judged", data)

    def _truth(self, check: str, base: str) -> Truth:
        """What holds before the work: which tests of the check fail, which pass."""
        self.tell("checking", {"command": check})
        left = self.budget.left()[1]
        limits = Limits(seconds=RUN_SECONDS if left is None else max(1.0, min(left, RUN_SECONDS)))
        with RunDir(self.data) as run:
            result, report = run_tests(self.sandbox, self.data, self.where, check,
                                       layers=self._given_in(run), limits=limits)  # fmt: skip
        if result.status == 127:
            raise GeistError(f"the check was not found: {check}", why=result.stderr.strip()[-300:],
                             mend="name a command that works in your shell")  # fmt: skip
        failing = report.named("failed")
        said = self.hands.say((result.stdout + result.stderr)[-4000:])
        self.failing = said[-MOST_FAILING:] if result.status else ""
        self.log.append(
            "baseline",
            status=result.status,
            failing=failing,
            passed=len(report.named("passed")),
            broken=report.broken,
            output=said,
        )
        self.tell("baseline", {"failing": failing, "passed": len(report.named("passed")),
                               "status": result.status})  # fmt: skip
        return Truth(check, failing, report.named("passed"), sorted(report.seal), report.runner,
                     min(RUN_SECONDS, 20 + 3 * result.seconds), base, report.runs,
                     free=True, given=dict(self.given))  # fmt: skip

    def _given_in(self, run: RunDir) -> tuple[Path, ...]:
        """A layer with the check that was agreed on, where there is one."""
        if not self.given:
            return ()
        layer = run.folder("given")
        for path, text in self.given.items():
            place = layer / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        run.give(layer)
        return (layer,)

    def _proposed(self) -> str:
        """A test that fails now, from the model, as the user approves it; the command that runs it,
        "" where there is none."""
        self.tell("proposing", {})
        hands = self.hands
        files = hands.say("\n".join(hands.files()[:200]))
        words = [Message("system", CHECK),
                 Message("user", f"The task: {self.job.task}\n\nThe project's files:\n{files}",
                         "user")]  # fmt: skip
        name = re.sub(r"\W+", "_", self.job.task.lower()).strip("_")[:40] or "task"
        folder = "tests/" if (self.job.root / "tests").is_dir() else ""
        path = f"{folder}test_{name}.py"
        for reply in self.model.sample(words, Sampling(tokens=1200, seed=self.job.seed), self.stop):
            self.budget.spend(reply.usage)
            text = code_of(reply.text)
            if not text or "def test" not in text:
                break
            text = hands.secrets.hide(text).strip("\n") + "\n"
            # it is the model's program: it runs once the user has seen it and agreed
            agreed = self.talk.check(path, text)
            self.log.append("check", path=path, text=text, agreed=agreed)
            if agreed is None:
                break
            self.given, command = {path: agreed}, f"python -m pytest -q {path}"
            with RunDir(self.data) as run:
                _, report = run_tests(self.sandbox, self.data, self.where, command,
                                      layers=self._given_in(run),
                                      limits=Limits(seconds=RUN_SECONDS))  # fmt: skip
            if not report.named("failed") and not report.broken:
                self.tell("passes already", {"path": path})
                break
            self.log.append("checked", command=command)
            hands.change(f"the check {path}", hands.draft.with_file(path, agreed.encode()))
            return command
        self.given = {}
        return ""


def _nobody(kind: str, data: dict[str, Any]) -> None:
    """Hears nothing."""


@dataclass
class Report:
    """What the user is told at the end beside the verdict."""

    changed: list[str] = field(default_factory=list)
    questions: int = 0
    taint: list[str] = field(default_factory=list)


def report(done: Done, guard: Guard) -> Report:
    changed = list(done.draft.files) if done.draft else []
    return Report(changed, guard.asked, sorted(guard.terms.taint))
