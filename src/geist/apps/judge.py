"""The verifier of apps: read, linted, scanned, checked, tried, attacked, in this order; the first
stage with a fault ends it, and what it found goes back."""

import ast
import contextlib
import subprocess
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from geist.apps import packages, page, scan_page, scan_python, scan_secrets, service, tool
from geist.apps.checking import Check, Kind, parse
from geist.apps.finding import STAGES, Finding, Stage
from geist.apps.hunch import nearness
from geist.apps.lint import lint
from geist.apps.renamed import renamed
from geist.apps.running import Served
from geist.canvas.browser import Browser
from geist.core.home import home
from geist.core.output import Output
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed
from geist.sandbox.bubblewrap import available
from geist.verify.verifier import text_of, total

MOST = 300_000  # characters of an app
ENDINGS: Mapping[Kind, str] = {
    "page": ".html",
    "service": ".py",
    "tool": ".py",
    "script": ".py",
    "trace": ".py",
}
WORTH: Mapping[Stage, float] = {
    "parses": 0.05,  # more than an answer that is no app
    "lint": 0.1,
    "safe": 0.15,
    "checks": 0.2,
    "tried": 0.9,
    "attacked": 0.95,
}
MOST_TOLD = 12
# an app that nothing was prepared for is a bad one, and never a good one
BROKEN = (AssertionError, LookupError, ArithmeticError, RecursionError, MemoryError, TypeError, AttributeError,
          UnicodeError, OSError, subprocess.SubprocessError, ValueError)  # fmt: skip
TRIED: tuple[Stage, ...] = ("tried", "attacked")
Heard = Callable[[Stage, str, bool], None]


@dataclass(frozen=True)
class Bench:
    """What apps are tried with. `mine` are the user's own files, by name."""

    browser: Browser | None
    mine: Mapping[str, Path]


class Judge:
    """`truth` has `kind` and `checks`, as lines. `hear` is told each stage and check as it ends.
    With `stop_at` what comes after that stage is not done."""

    name, version = "app", 1

    def __init__(self, bench: Bench, hear: Heard = lambda stage, what, good: None,
                 stop_at: Stage | None = None) -> None:  # fmt: skip
        self.bench, self.hear, self.stop_at = bench, hear, stop_at

    def __call__(self, task: Task, output: Output) -> Verdict:
        return total(self._check, task, output)

    def _check(self, task: Task, output: Output) -> Verdict:
        source = text_of(output, MOST)
        if isinstance(source, Verdict):
            return source
        kind: Kind = task.truth["kind"]
        checks = [parse(line, kind) for line in task.truth["checks"]]
        try:
            found, met = self.judge(source, kind, checks, task.prompt[0].text)
        except BROKEN as e:  # by the app: nothing else is new here
            return failed(f"it breaks what looks at it: {type(e).__name__} {str(e)[:160]}")
        parts = {"checks": met / max(1, len(checks))}
        if not found:
            return Verdict(
                Status.PASSED, 1.0, f"all {len(checks)} checks met, tried and attacked", parts
            )
        worth = WORTH[found[0].stage]
        if found[0].stage == "checks":
            worth += 0.65 * met / max(1, len(checks))
            near = [nearness(f.what) for f in found if f.stage == "checks"]
            worth += 0.03 * sum(near) / len(near)  # less than a check that is met
        evidence = {"findings": [f.plain() for f in found[:MOST_TOLD]]}
        return failed(found[0].what, worth, parts=parts, evidence=evidence)

    def judge(
        self, source: str, kind: Kind, checks: Sequence[Check], description: str = ""
    ) -> tuple[list[Finding], int]:
        """(what is wrong, of the first stage that has any; how many checks are met)."""
        if "\0" in source or (wrong := unreadable(source, kind)):
            return [
                Finding("parses", "it cannot be read" if "\0" in source else wrong, "syntax")
            ], 0
        with ExitStack() as open_, TemporaryDirectory(prefix="geist-app-") as folder:
            file = Path(folder) / f"app{ENDINGS[kind]}"
            file.write_text(source, encoding="utf-8", errors="replace")
            if found := self._stage("safe", scanned(source, kind)):
                return found, 0
            needs = None
            if kind != "page":
                needs = packages.of_app(source, kind == "service")
                if found := self._stage("lint", lint(file, needs)):
                    return found, 0
            app = _open(kind, source, file, self.bench, needs, open_)
            if found := self._stage("parses", app.begins()):
                return found, 0
            if self.stop_at == "parses":
                return [], 0
            found, met = list[Finding](), 0
            for one in checks:
                why = app.check(one)
                self.hear("checks", one.line, not why)
                met += not why
                if why:
                    leaves = why.startswith(page.LEAVES) or any(f"({w}" in why for w in page.LEAVES)
                    stage: Stage = "safe" if leaves else "checks"
                    found.append(Finding(stage, f"{one.line}: {why}", "check"))
            found.sort(key=lambda f: STAGES.index(f.stage))  # what is dangerous comes first
            if found:
                return found, met
            found = list(_renamed(app, kind, checks, description))
            if found or self.stop_at == "checks":
                return found, met
            found = list(dict.fromkeys(app.tried(checks)))
            for last in TRIED:
                self.hear(last, "", not any(f.stage == last for f in found))
            return found, met

    def _stage(self, stage: Stage, found: Iterator[Finding] | Sequence[Finding]) -> list[Finding]:
        all_ = list(dict.fromkeys(found))
        self.hear(stage, "", not all_)
        return all_


def _renamed(
    app: "Open", kind: Kind, checks: Sequence[Check], description: str = ""
) -> Iterator[Finding]:
    for one in checks:
        other = renamed(one, kind, description)
        if other is not None and (why := app.check(other)):
            yield Finding("tried", f"with other words: {other.line}: {why}", "words")


def unreadable(source: str, kind: Kind) -> str:
    """What keeps it from being read as a program; "" where nothing does."""
    if kind == "page":
        return scan_page.broken(source)
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
        line = getattr(e, "lineno", None)
        return f"it is no Python{f' at line {line}' if line else ''}: {getattr(e, 'msg', e)}"
    return ""


def scanned(source: str, kind: Kind) -> list[Finding]:
    """What is seen in the source of an app that can be read."""
    found = list(scan_secrets.scan(source))
    if kind == "page":
        return [*found, *scan_page.scan(source)]
    found += scan_python.scan(source, kind == "service")
    return [*found, *packages.scan(source, kind == "service")]


@dataclass(frozen=True)
class Open:
    """An app that is there to be used, whatever its kind."""

    begins: Callable[[], list[Finding]]
    check: Callable[[Check], str]
    tried: Callable[[Sequence[Check]], Iterator[Finding]]
    observe: Callable[[Check, Sequence[str]], dict[str, str]]


def _open(
    kind: Kind, source: str, file: Path, bench: Bench, needs: Path | None, stack: ExitStack
) -> Open:
    if kind == "page":
        browser = bench.browser
        if browser is None:
            from geist.canvas.browser import MEND
            from geist.core.errors import GeistError

            raise GeistError("pages cannot be tried without a browser", mend=MEND)
        return Open(
            lambda: page.begins(browser, source),
            lambda one: page.check(browser, source, one),
            lambda _: page.tried(browser, source),
            lambda one, outputs: page.observe(browser, source, one.steps, outputs),
        )
    if kind == "service":
        served = stack.enter_context(Served(file, packages=needs))
        return Open(lambda: service.begins(served), lambda one: service.check(served, one),
                    lambda checks: service.tried(served, checks),
                    lambda one, _: service.observe(served, one.steps))  # fmt: skip
    made = tool.Tool(file, available(home()), bench.mine, needs)
    return Open(lambda: tool.begins(made), lambda one: tool.check(made, one), lambda checks: tool.tried(made, checks),
                lambda one, _: tool.observe(made, one))  # fmt: skip


@contextlib.contextmanager
def opened(kind: Kind, source: str, bench: Bench) -> Generator[Open]:
    """An app of which it is known that it may be run, for further use."""
    with ExitStack() as stack, TemporaryDirectory(prefix="geist-app-") as folder:
        file = Path(folder) / f"app{ENDINGS[kind]}"
        file.write_text(source, encoding="utf-8")
        needs = None if kind == "page" else packages.of_app(source, kind == "service")
        yield _open(kind, source, file, bench, needs, stack)
