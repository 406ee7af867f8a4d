"""The tests verifier: a tree passes when the named tests were collected, ran and passed, and the
whole command then succeeds with every test that passed before.

An exit status alone never passes a known runner. The tests, their configuration and the command
come from the base tree: a change to any of them fails, unless the task allows it. What was run is
told by a probe over a channel of its own (report.py), the runner's functions are compared with
what they were (the seal), and the source of the change is compared with the old one (gate.py).

What remains, plainly: the patched code and the test share one process. Code that rebuilt the
runner's state faithfully, from names the gate does not know, and put it back before the test
ended, would not be seen.
"""

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from geist.core.output import Change, Output, Tree
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed, unscorable
from geist.edit.definitions import definitions
from geist.edit.splice import shown
from geist.sandbox.layer import lay
from geist.sandbox.rundir import RunDir
from geist.sandbox.shapes import Limits, Result, Sandbox
from geist.verify.gate import refuse
from geist.verify.report import Report
from geist.verify.testrun import Where, run_tests
from geist.verify.verifier import total

# What decides how tests are found and run. Globs over relative paths and over bare names.
JUDGES = (
    "test_*.py", "*_test.py", "tests.py", "conftest.py", "tests/*", "test/*", "testing/*",
    "*/tests/*", "*/test/*", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg",
    "setup.py", "noxfile.py", "Makefile", "makefile", "GNUmakefile", "package.json",
    "sitecustomize.py", "usercustomize.py", "*.pth", ".coveragerc",
)  # fmt: skip


SHADOWS = frozenset({"pytest", "_pytest", "pluggy", "geist_probe", "py", "iniconfig", "packaging"})
MOST_NEAR = 400  # tests of the same files that are run together with the failing ones


def is_judge(path: str) -> bool:
    """Whether the file takes part in judging."""
    name = path.rsplit("/", 1)[-1]
    return any(fnmatch(path, glob) or fnmatch(name, glob) for glob in JUDGES)


def is_test(path: str) -> bool:
    """Whether the file is one of tests, and nothing that decides how tests are run."""
    name = path.rsplit("/", 1)[-1]
    return fnmatch(name, "test_*.py") or fnmatch(name, "*_test.py")


@dataclass(frozen=True)
class Truth:
    """What the verifier knows of a task. `status`, `seal` and `passing` are of the base tree."""

    command: str
    failing: list[str]
    passing: list[str]
    seal: list[str]
    runner: str
    seconds: float  # how long one run may take
    base: str  # the hash of the tree it was seen to fail in
    runs: int = 1  # how many test runners the command starts
    allow_tests: bool = False
    free: bool = False  # any change will do that makes the command pass: files may go, and reach
    given: Mapping[str, str] = field(default_factory=dict)  # tests that are new: path → content

    def plain(self) -> dict[str, Any]:
        return dict(self.__dict__)

    @staticmethod
    def of(truth: Mapping[str, Any]) -> "Truth":
        return Truth(**truth)


class Tests:
    """The verifier for one project."""

    __test__ = False  # pytest takes the name for a test class

    name, version = "tests", 1

    def __init__(self, sandbox: Sandbox, data: Path, where: Where) -> None:
        self.sandbox, self.data, self.where = sandbox, data, where
        self._moved: dict[str, int] | None = None

    def __call__(self, task: Task, output: Output) -> Verdict:
        start = time.monotonic()
        verdict = total(self._check, task, output)
        return replace(verdict, spent=time.monotonic() - start)

    def _check(self, task: Task, output: Output) -> Verdict:
        if not isinstance(output, Tree):
            return failed("the output is not a change to files")
        truth = Truth.of(task.truth)
        if reason := self._refused(truth, output.changes):
            return failed(reason)
        with RunDir(self.data) as run:
            layer = run.folder("layer")
            lay(layer, self.where.tree, output.changes)
            for path, text in truth.given.items():
                lay(layer, self.where.tree, [Change(path, "", text.encode())])
            run.give(layer)
            if truth.failing and truth.runner and not truth.free:
                # the failing tests and their neighbours first: most wrong answers end here
                near = neighbours(truth)
                first, report = self._run(truth, (layer,), truth.failing + near)
                verdict = judge(replace(truth, passing=near), first, report, whole=False)
                if not verdict.passed and not _missing(truth.failing + near, report):
                    return verdict
            result, report = self._run(truth, (layer,), None)
            if _missing([*truth.failing, *truth.passing], report):
                truth, lost = renamed(truth, self._moving(truth), report)
                if lost:
                    return failed(f"{lost}, which passed before, is not all run", 0.85)
            return judge(truth, result, report, whole=True)

    def _moving(self, truth: Truth) -> dict[str, int]:
        """Test functions whose tests have other names in another run of the same tree (the time is
        among their parameters, say), with how many of each passed."""
        if self._moved is None:
            _, again = self._run(truth, (), None)
            names = {_function(t) for t in [*truth.failing, *truth.passing]
                     if t not in again.outcomes} - {""}  # fmt: skip
            passed = [_function(t) for t in again.named("passed")]
            self._moved = {name: passed.count(name) for name in names}
        return self._moved

    def _run(
        self, truth: Truth, layers: tuple[Path, ...], only: list[str] | None
    ) -> tuple[Result, Report]:
        limits = Limits(seconds=truth.seconds)
        return run_tests(
            self.sandbox,
            self.data,
            self.where,
            truth.command,
            layers=layers,
            only=only,
            limits=limits,
        )

    def _refused(self, truth: Truth, changes: tuple[Change, ...]) -> str:
        if not changes:
            return "nothing was changed"
        for change in changes:
            if change.path in truth.given:
                if change.after != truth.given[change.path].encode():
                    return f"{change.path} is the check that was agreed, and may not be changed"
                continue
            new = (
                truth.free and not (self.where.tree / change.path).exists() and is_test(change.path)
            )
            if is_judge(change.path) and not truth.allow_tests and not new:
                return f"{change.path} belongs to the tests and may not be changed"
            if change.after is None:
                if not truth.free:
                    return f"{change.path} was deleted"
                continue
            base = self.where.tree / change.path
            name = change.path.split("/")[0].removesuffix(".py")
            if not base.exists() and (name in SHADOWS or name in sys.stdlib_module_names):
                return f"{change.path} would hide the module {name} from the test runner"
            before = base.read_bytes() if base.is_file() else b""
            if change.path.endswith(".py") and not truth.free:
                if reason := self._gate(truth, before, change.after):
                    return reason
        return ""

    def _gate(self, truth: Truth, before: bytes, after: bytes) -> str:
        tests = "\n".join(self._test_sources(truth))
        old = {d.qualname: shown(before, d) for d in definitions(before)}
        outside = _outside(before) != _outside(after)
        for d in definitions(after):
            new = shown(after, d)
            if new != old.get(d.qualname, ""):
                if reason := refuse(old.get(d.qualname, "pass"), new, tests):
                    return reason
        if outside and (reason := refuse(before.decode("latin-1"), after.decode("latin-1"), tests)):
            return reason
        return ""

    def _test_sources(self, truth: Truth) -> list[str]:
        sources = []
        for name in sorted({t.split("::")[0] for t in truth.failing}):
            file = self.where.tree / self.where.cwd / name
            if file.suffix == ".py" and file.is_file():
                sources.append(file.read_text(encoding="utf-8", errors="replace"))
        return sources


def neighbours(truth: Truth) -> list[str]:
    """Passing tests that stand in the files of the failing ones."""
    files = {t.split("::")[0] for t in truth.failing}
    return [t for t in truth.passing if t.split("::")[0] in files][:MOST_NEAR]


def _outside(source: bytes) -> list[bytes]:
    """The file without its functions."""
    parts, at = [], 0
    for d in definitions(source):
        if d.start >= at:
            parts.append(source[at : d.start])
            at = d.end
    return [*parts, source[at:]]


def renamed(truth: Truth, moving: Mapping[str, int], report: Report) -> tuple[Truth, str]:
    """The truth with the tests of `moving` functions under the names that they have in this run,
    and the first function of which fewer passed than in the base tree."""
    now = {name: [t for t in report.outcomes if _function(t) == name] for name in moving}
    for name, count in moving.items():
        if sum(report.outcomes[t] == "passed" for t in now[name]) < count:
            return truth, name
    failing = [t for t in truth.failing if _function(t) not in moving]
    for name in dict.fromkeys(_function(t) for t in truth.failing):
        failing += now.get(name, [])
    passing = [t for t in truth.passing if _function(t) not in moving]
    return replace(truth, failing=failing, passing=passing), ""


def _missing(tests: list[str], report: Report) -> list[str]:
    """Those with parameters that were not run under their names, where all could be collected."""
    if report.broken:
        return []
    return [t for t in tests if _function(t) and t not in report.outcomes]


def _function(test: str) -> str:
    """The function of a test with parameters; "" for one without, whose name is its own."""
    return test.partition("[")[0] if "[" in test else ""


def judge(truth: Truth, result: Result, report: Report, *, whole: bool) -> Verdict:
    """The verdict on one run. `whole` runs must also succeed as a command and lose no test."""
    evidence = {
        "status": result.status,
        "cut": result.cut,
        "seconds": round(result.seconds, 3),
        "output": (result.stdout + result.stderr)[-4000:],
    }
    if result.cut == "stopped":
        return unscorable("the run was stopped", evidence=evidence)
    if result.status == 125 and "geist-stage:" in result.stderr:
        return unscorable(f"the sandbox did not start: {result.stderr[-300:]}", evidence=evidence)
    if result.stderr.startswith("bwrap: ") and not report.runs:
        return unscorable(f"the sandbox did not start: {result.stderr[:300]}", evidence=evidence)
    if result.cut:
        return failed(f"the run passed its limit of {result.cut}", evidence=evidence)
    if report.forged:
        return failed(f"the test report was tampered with: {report.forged}", evidence=evidence)
    if not truth.runner and not report.runner:
        # no known runner: the command's own status is all there is
        if result.status == 0:
            return Verdict(Status.PASSED, 1.0, "the command succeeds", evidence=evidence)
        return failed(f"the command ended with status {result.status}", evidence=evidence)
    if report.runs != truth.runs and truth.runner:
        return failed(
            f"the test report was tampered with: {report.runs} test runners reported instead of "
            f"{truth.runs}",
            evidence=evidence,
        )
    if not report.finished:
        return failed("the test run ended before its runner was done", evidence=evidence)
    if new := report.seal - set(truth.seal):
        return failed(f"the test runner was tampered with: {sorted(new)[0]}", evidence=evidence)
    evidence["failures"] = {
        f.test: {"message": f.message, "text": f.text, "frames": [list(x) for x in f.frames]}
        for f in list(report.failures.values())[:5]
    }
    if report.broken_text:
        evidence["broken"] = report.broken_text[0]
    mended = [t for t in truth.failing if report.outcomes.get(t) == "passed"]
    share = len(mended) / max(1, len(truth.failing))
    parts = {"mended": share}
    if len(mended) < len(truth.failing):
        left = next(t for t in truth.failing if t not in mended)
        state = report.outcomes.get(left, "not run")
        why = "" if state != "failed" else _first_line(report, left)
        reason = f"{left} {'still fails' if state == 'failed' else 'was ' + state}{why}"
        return failed(reason, min(0.9, 0.8 * share), parts=parts, evidence=evidence)
    if whole and not report.named("passed"):
        return failed("no test ran", parts=parts, evidence=evidence)
    lost = [t for t in truth.passing if report.outcomes.get(t) != "passed"]
    if lost or report.broken:
        first = lost[0] if lost else report.broken[0]
        state = report.outcomes.get(first, "not run")
        why = _first_line(report, first)
        reason = f"{first}, which passed before, is now {state}{why}"
        return failed(reason, 0.85, parts=parts, evidence=evidence)
    if not whole:
        return Verdict(Status.PASSED, 1.0, "the failing tests pass", parts, evidence)
    if result.status != 0:
        first = next(iter(report.failures), "")
        reason = f"the command still ends with status {result.status} {first}".rstrip()
        return failed(reason, 0.9, parts=parts, evidence=evidence)
    count = len(report.named("passed"))
    reason = f"{count} test{'s' if count != 1 else ''} passed, {len(mended)} of them mended"
    return Verdict(Status.PASSED, 1.0, reason, parts, evidence)


def _first_line(report: Report, test: str) -> str:
    failure = report.failures.get(test)
    line = failure.message.strip().split("\n")[0][:200] if failure else ""
    return f": {line}" if line else ""
