"""A throwaway program that shows one bug of a repository: it imports the repository's code, and ends
with an AssertionError that says what came and what should have come."""

import ast
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from geist.apps import scan_python
from geist.apps.shapes.shape import code_of
from geist.context.pack import Item, Pack
from geist.core.budget import Budget
from geist.core.errors import GeistError, Stopped
from geist.core.home import home
from geist.core.log import Log
from geist.core.message import Message, Reply
from geist.core.output import Malformed, Output, Text
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed
from geist.models.model import Model
from geist.sandbox.bubblewrap import available
from geist.sandbox.shapes import MIB, Call, Limits
from geist.think.effort import Ask, Effort, Opening, Wave
from geist.think.solve import Attempt, Held, solve
from geist.verify.runners import search_path
from geist.verify.verifier import text_of, total

PROGRAM = "/geist/trace.py"
LIMITS = Limits(seconds=60, memory=2048 * MIB, processes=64)
EFFORT = Effort(8, 1000, (Wave(0.0, 1, 0.0), Wave(1.0, 2, 0.3, feedback=True), Wave(2.0, 3, 0.8, patient=True),
                          Wave(3.0, 2, 0.6, feedback=True)))  # fmt: skip
# runs the program and says at the end whether a function of the repository was entered
RUNNER = """
import os, runpy, sys
root, seen = os.getcwd() + os.sep, set()
def profile(frame, event, arg):
    if event == "call":
        name = frame.f_code.co_filename
        if name.startswith(root) and len(seen) < 50:
            seen.add(name[len(root):] + ":" + frame.f_code.co_qualname)
sys.path[:0] = [root + "src", root]
sys.setprofile(profile)
try:
    runpy.run_path(sys.argv[1], run_name="__main__")
finally:
    sys.setprofile(None)
    print(sys.argv[2], *sorted(s for s in seen if not s.endswith("<module>"))[:5], sep="\\n", flush=True)
"""
SYSTEM = """You write one short Python program that shows a bug of the code below. It imports that code by its module
names, calls it with an input that shows the bug, and asserts what should be so: assert got == wanted, f"got {got!r},
should be {wanted!r}". It ends with that AssertionError as long as the bug is there. Answer with one fenced code block
and nothing else; no test framework, no files, no network."""


@dataclass(frozen=True)
class Shown:
    """`says` is the last line of the error; `entered` are functions of the repository that ran."""

    status: int | None
    says: str
    entered: tuple[str, ...]


def show(root: Path, source: str) -> Shown:
    """Runs a program on a repository, in the sandbox; what it writes is thrown away."""
    with TemporaryDirectory(prefix="geist-trace-") as folder:
        file = Path(folder) / "trace.py"
        file.write_text(source, encoding="utf-8")
        env = {"PATH": search_path(root), "PYTHONDONTWRITEBYTECODE": "1"}
        mark = f"geist-entered-{secrets.token_hex(8)}"
        call = Call(
            ("python3", "-c", RUNNER, PROGRAM, mark),
            root,
            env=env,
            read={PROGRAM: file},
            limits=LIMITS,
        )
        ran = available(home()).run(call)
    _, _, entered = ran.stdout.rpartition(f"{mark}\n")
    lines = ran.stderr.strip().splitlines()
    says = f"it was ended: too much {ran.cut}" if ran.cut else lines[-1] if lines else ""
    return Shown(ran.status, says[:400], tuple(entered.splitlines()) if mark in ran.stdout else ())


class Shows:
    """Passes a program that ends with an AssertionError after code of the repository ran, twice alike."""

    name, version = "trace", 1

    def __init__(self, root: Path) -> None:
        self.root = root

    def __call__(self, task: Task, output: Output) -> Verdict:
        return total(self._check, task, output)

    def _check(self, task: Task, output: Output) -> Verdict:
        source = text_of(output, 50_000)
        if isinstance(source, Verdict):
            return source
        risky = [
            f.what
            for f in scan_python.scan(source, False)
            if f.rule in ("network", "command", "unpack")
        ]
        if risky:
            return failed(risky[0], 0.1)
        first = show(self.root, source)
        if first.status == 0:
            return failed(
                "it ran to its end: everything was as it asserts, so no bug is shown", 0.5
            )
        if not first.says.startswith("AssertionError"):
            return failed(
                f"it ends with {first.says or 'nothing'}, not with an AssertionError", 0.3
            )
        if not first.entered:
            return failed("no function of the repository was called", 0.4)
        if len(first.says) < len("AssertionError: got"):
            return failed("the assertion does not say what came and what should have come", 0.6)
        if show(self.root, source) != first:
            return failed("run again it says something else", 0.7)
        evidence = {"says": first.says, "entered": list(first.entered)}
        return Verdict(Status.PASSED, 1.0, first.says, evidence=evidence)


class Hunting:
    """The brief: what the bug is said to be, and the code that is about it."""

    def __init__(self, bug: str, pack: Pack) -> None:
        said = Item("", "bug", "user", f"The bug: {bug}", "what is to be shown")
        self._pack = Pack((*pack.items, said))

    def openings(self) -> Sequence[Opening]:
        return [Opening(0, 0.0)]

    def pack(self, opening: int) -> Pack:
        return self._pack

    def messages(self, ask: Ask, best: Attempt | None) -> Sequence[Message]:
        turns = [Message("system", SYSTEM), Message("user", self._pack.text, "project")]
        if best is not None and ask.feedback:
            turns += [
                Message("assistant", best.reply.text, "model"),
                Message(
                    "user",
                    f"When it was run: {best.verdict.reason}. Write the whole program again, in another "
                    "way.",
                    "project",
                ),
            ]
        return turns

    def held(self, ask: Ask) -> Held:
        return Held()

    def read(self, ask: Ask, reply: Reply) -> Output | Malformed:
        code = code_of(reply.text)
        try:
            ast.parse(code)
        except (SyntaxError, ValueError, RecursionError) as e:
            return Malformed(f"it is no Python: {e}")
        return Text(code + "\n")

    def fingerprint(self, output: Output) -> str:
        return output.text if isinstance(output, Text) else ""


@dataclass(frozen=True)
class Traced:
    source: str
    shown: bool
    says: str
    entered: tuple[str, ...]
    tries: int


def hunt(bug: str, root: Path, pack: Pack, model: Model, log: Log, budget: Budget, *, seed: int = 0,
         stop: Event | None = None) -> Traced:  # fmt: skip
    """Raises Stopped, and GeistError where there is nothing to offer."""
    task = Task(
        "make-trace",
        (Message("user", bug, "user"),),
        {},
        "trace@1",
        {"python": sys.version.split()[0]},
    )
    log.append("task", **task.plain())
    outcome = solve(
        task, Hunting(bug, pack), model, EFFORT, budget, Shows(root), log, seed=seed, stop=stop
    )
    best = outcome.best()
    if stop is not None and stop.is_set() and outcome.passed is None:
        raise Stopped
    if best is None or not isinstance(best.output, Text):
        raise GeistError("no program was made", why=best.verdict.reason if best else outcome.why)
    told = best.verdict.evidence
    return Traced(best.output.text, best.verdict.passed, told.get("says", best.verdict.reason),
                  tuple(told.get("entered", ())), len(outcome.attempts))  # fmt: skip
