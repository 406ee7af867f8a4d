"""`geist fix`: from a failing command to a verified change."""

import contextlib
import re
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from geist.agent.guided import SYSTEM, Guided
from geist.context import memory
from geist.context.failure import brief_suspect, test_source
from geist.context.index import Index
from geist.context.locate import Evidence, Suspect, locate
from geist.context.pack import Pack
from geist.core.budget import Budget
from geist.core.canonical import digest
from geist.core.errors import GeistError, ModelError
from geist.core.log import Log
from geist.core.message import Message
from geist.core.output import Tree
from geist.core.task import Task
from geist.core.verdict import Verdict
from geist.edit import snapshot
from geist.edit.apply import Edit, apply
from geist.models.local import Local
from geist.models.model import Model
from geist.models.profile import Profile, load
from geist.sandbox.shapes import Limits, Result, Sandbox
from geist.think.effort import Effort
from geist.think.solve import Outcome, solve
from geist.verify.report import Report
from geist.verify.testrun import Where, run_tests
from geist.verify.tests import Tests, Truth, neighbours

Tell = Callable[[str, dict[str, Any]], None]
MOST_NOTES = 3


@dataclass(frozen=True)
class Request:
    """What the user asked for. `root` is the project, `cwd` the folder below it that the command
    runs in."""

    root: Path
    cwd: str
    command: str
    path: str
    effort: Effort
    seconds: float | None = None
    tokens: int | None = None
    file: str = ""
    function: str = ""
    allow_tests: bool = False
    seed: int = 0
    run_seconds: float = 300.0
    form: str = ""  # an edit format; the model's profile chooses without one


@dataclass
class Mend:
    """How it ended. `state` is mended, nothing (the command passes), or unmended."""

    state: str
    why: str = ""
    tree: Tree | None = None
    verdict: Verdict | None = None
    outcome: Outcome | None = None
    suspects: list[Suspect] = field(default_factory=list)


class Fix:
    """One session of mending."""

    def __init__(
        self,
        request: Request,
        sandbox: Sandbox,
        data: Path,
        model: Model,
        log: Log,
        tell: Tell,
        stop: threading.Event,
        profile: Profile | None = None,
    ) -> None:
        self.ask, self.sandbox, self.data, self.model = request, sandbox, data, model
        self.log, self.tell, self.stop = log, tell, stop
        self.profile = profile or load(data, model.name, model.digest)
        self.where = Where(request.root, request.root, request.path, request.cwd)
        self.budget = Budget(request.tokens, request.seconds)
        self.report = Report()
        self.output = ""
        self.index: Index | None = None

    def run(self) -> Mend:
        loading = threading.Thread(target=self._load, daemon=True)
        self.log.append("start", command=self.ask.command, root=str(self.ask.root),
                        cwd=self.ask.cwd, model=self.model.name, digest=self.model.digest,
                        request=_plain(self.ask))  # fmt: skip
        manifest = snapshot.take(self.ask.root, self.data / "files")
        base = digest(manifest)
        self.log.append("snapshot", base=base, manifest=manifest)
        self.tell("running", {"command": self.ask.command})
        loading.start()
        result, self.report = self._run()
        self.output = result.stdout + "\n" + result.stderr
        truth = self._truth(result, base)
        failing = self.report.named("failed")
        self.log.append("baseline", status=result.status, seconds=round(result.seconds, 2),
                        failing=failing, passed=len(truth.passing), broken=self.report.broken,
                        output=self.output[-8000:])  # fmt: skip
        if state := self._nothing_to_do(result):
            return state
        self.tell("failed", {"failing": failing, "broken": self.report.broken,
                             "passed": len(truth.passing), "seconds": result.seconds,
                             "failures": self.report.failures})  # fmt: skip
        again = self._look_closer(truth)
        if again is None:
            return Mend("unmended", "the failing tests pass when they are run again: flaky")
        truth = again
        tests = "\n\n".join(test_source(self.ask.root, self.ask.cwd, t) for t in failing[:20])
        evidence = Evidence(self.report, self.output, tests, self._test_files(failing))
        suspects = locate(self.ask.root, evidence, set(manifest), file=self.ask.file,
                          function=self.ask.function, tests_too=self.ask.allow_tests)  # fmt: skip
        ranked = [[s.label, round(s.score, 3), s.reasons] for s in suspects]
        self.log.append("suspects", ranked=ranked)
        self.tell("suspects", {"suspects": suspects})
        if not suspects:
            return Mend("unmended", self._why_no_suspect())
        seen = [c for t in truth.failing for c in self.report.calls.get(t, [])]
        notes = memory.relevant(self.ask.root, f"{tests}\n{self.output[-2000:]}", MOST_NOTES)

        def pack(suspect: Suspect) -> Pack:
            return brief_suspect(
                self.ask.root, self.ask.cwd, self.ask.command, self.report, self.output, suspect,
                seen, self.profile.tokens, self.index, notes,
            )  # fmt: skip

        prompt = (Message("user", f"make `{self.ask.command}` pass", "user"),)
        task = Task("fix", prompt, truth.plain(), "tests@1",
                    {"root": str(self.ask.root), "cwd": self.ask.cwd})  # fmt: skip
        self.log.append("task", **task.plain())
        form = self.ask.form or self.profile.form
        measured = max((s.at for s in self.profile.skills.values()), default="")
        chosen = {"form": form, "tokens": self.profile.tokens, "measured": measured}
        self.log.append("profile", **chosen)
        self.tell("profile", chosen)
        brief = Guided(self.ask.root, base, suspects, pack, form)
        verifier = Tests(self.sandbox, self.data, self.where)
        loading.join()
        outcome = solve(task, brief, self.model, self.ask.effort, self.budget, verifier, self.log,
                        seed=self.ask.seed, stop=self.stop, tell=self.tell)  # fmt: skip
        self.log.append("outcome", why=outcome.why, attempts=len(outcome.attempts),
                        usage=outcome.usage.plain())  # fmt: skip
        passed = outcome.passed
        if passed is None or not isinstance(passed.output, Tree):
            return Mend("unmended", outcome.why, outcome=outcome, suspects=suspects)
        return Mend(
            "mended", passed.verdict.reason, passed.output, passed.verdict, outcome, suspects
        )

    def accept(self, tree: Tree) -> tuple[Edit, ...]:
        """Applies the change. The log has the intent, with what it replaces, before the effect."""
        before = {
            c.path: (self.ask.root / c.path).read_bytes().decode("latin-1")
            for c in tree.changes
            if (self.ask.root / c.path).is_file()
        }
        plain = tree.plain()
        self.log.append("accepting", root=str(self.ask.root), tree=plain, before=before)
        edits = apply(self.ask.root, tree.changes)
        self.log.append("accepted", root=str(self.ask.root))
        return edits

    def _load(self) -> None:
        """The weights are read, and the prompt's beginning computed, while the command runs. An
        error comes again, and is told, when the model is asked."""
        if isinstance(self.model, Local):
            # llama.cpp holds Python's lock for seconds while it loads: let the command start first
            self.stop.wait(0.25)
            with contextlib.suppress(ModelError):
                self.model.load()
                self.model.warm([Message("system", SYSTEM), Message("user", "A test fails:")])
        self._open_index()

    def _open_index(self) -> None:
        try:
            index = Index(self.ask.root, self.data)
            index.refresh()
            self.index = index
        except (GeistError, OSError, sqlite3.Error) as e:
            # packs are better with it, and do without it where it cannot be made
            self.log.append("no index", why=f"{type(e).__name__}: {e}")

    def _run(self, only: list[str] | None = None, observe: list[str] | None = None
             ) -> tuple[Result, Report]:  # fmt: skip
        left = self.budget.left()[1]
        seconds = (
            self.ask.run_seconds if left is None else max(1.0, min(left, self.ask.run_seconds))
        )
        return run_tests(
            self.sandbox, self.data, self.where, self.ask.command, only=only,
            profile=observe is not None, observe=observe, limits=Limits(seconds=seconds),
        )  # fmt: skip

    def _look_closer(self, truth: Truth) -> Truth | None:
        """Runs the failing tests and their neighbours once more, following every call: do they
        fail again, which functions do they enter, with what? None where none fails again."""
        if not truth.failing or not truth.runner:
            return truth
        _, second = self._run([*truth.failing, *neighbours(truth)], truth.failing)
        again = [t for t in truth.failing if second.outcomes.get(t) == "failed"]
        self.report.entered, self.report.calls = second.entered, second.calls
        return replace(truth, failing=again) if again else None

    def _truth(self, result: Result, base: str) -> Truth:
        return Truth(
            command=self.ask.command,
            failing=self.report.named("failed"),
            passing=self.report.named("passed"),
            seal=sorted(self.report.seal),
            runner=self.report.runner,
            seconds=min(self.ask.run_seconds, 20 + 3 * result.seconds),
            base=base,
            runs=self.report.runs,
            allow_tests=self.ask.allow_tests,
        )

    def _test_files(self, failing: list[str]) -> str:
        texts = []
        for name in sorted({t.split("::")[0] for t in failing}):
            for place in (self.ask.root / self.ask.cwd / name, self.ask.root / name):
                if place.is_file():
                    texts.append(place.read_text(encoding="utf-8", errors="replace"))
                    break
        return "\n".join(texts)

    def _nothing_to_do(self, result: Result) -> Mend | None:
        if result.cut == "stopped":
            return Mend("unmended", "stopped")
        if result.status == 127:
            raise GeistError(
                f"the command was not found: {self.ask.command}",
                why=result.stderr.strip()[-300:],
                mend="name one that works in your shell (activate the environment that has it)",
            )
        if "No module named pytest" in result.stderr:
            raise GeistError(
                "the command's Python has no pytest",
                why=result.stderr.strip().splitlines()[-1],
                mend="activate the project's environment, or there:  pip install pytest",
            )
        if result.status == 0 and not self.report.named("failed"):
            return Mend("nothing", "the command succeeds")
        if result.cut and not self.report.failures:
            return Mend("unmended", f"the command passed its limit of {result.cut} in the sandbox")
        if self.report.runner and self.report.finished and result.status == 5:
            return Mend("unmended", "the command collected no test")
        return None

    def _why_no_suspect(self) -> str:
        if self.ask.file or self.ask.function:
            asked = f"{self.ask.file} {self.ask.function}".strip()
            return f"no function of this project matches {asked}"
        told = "\n".join([*self.report.broken_text, self.output]).strip().splitlines()
        errors = [x.strip() for x in told if re.match(r"(E\s+)?\w*(Error|Exception)\b", x)]
        last = errors[:3] or [x for x in told if x.strip()][-3:] or ["it printed nothing"]
        why = "it fails before it reaches a function of this project that geist could mend:"
        return "\n  ".join([why, *last])


def _plain(request: Request) -> dict[str, Any]:
    return {
        k: str(v) if isinstance(v, Path) else asdict(v) if isinstance(v, Effort) else v
        for k, v in request.__dict__.items()
        if k != "path"
    }
