"""Best of N where an answer can be checked: tried until one passes, the failed ones shown to the
model now and then (draft, verify, repair)."""

import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from geist.core.budget import Budget
from geist.core.errors import GeistError
from geist.core.home import home
from geist.core.log import Log
from geist.core.output import Output, Text
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed, unscorable
from geist.models.model import Model
from geist.sandbox.bubblewrap import available
from geist.sandbox.shapes import Call, Limits
from geist.think.effort import Effort, Wave
from geist.think.plain import Plain
from geist.think.solve import Outcome, solve
from geist.think.vote import ballot
from geist.verify.verifier import Verifier, total

LIMITS = Limits(seconds=60)
SEEN_AS = "/geist-answer"


def checked(
    task: Task,
    model: Model,
    verifier: Verifier,
    most: int,
    budget: Budget,
    log: Log,
    *,
    tokens: int,
    stop: threading.Event | None = None,
    tell: Callable[[str, dict[str, object]], None] = lambda kind, data: None,
) -> Outcome:
    """The likeliest answer first, then with some freedom and, every fifth time, with what was found
    against the last."""
    waves = [Wave(0.0, 1, 0.0)]
    for i in range(most // 5 + 1):
        waves += [Wave(1.0 + i, 1, 0.5, feedback=True), Wave(1.5 + i, 4, 0.8, patient=True)]
    effort = Effort(most, tokens, tuple(waves))
    log.append("task", **task.plain())
    return solve(task, Plain(task), model, effort, budget, verifier, log, stop=stop, tell=tell)


class Checked:
    """A command of the user's own, run in the sandbox in `folder` with the final answer on its
    standard input: status 0 passes. Its last line is told to the model."""

    name, version = "checked", 1

    def __init__(self, argv: Sequence[str], folder: Path) -> None:
        if not argv or not (shutil.which(argv[0]) or (folder / argv[0]).is_file()):
            raise GeistError(f"there is no command {argv[0] if argv else ''!r} to check with",
                             mend='--check "python check.py"')  # fmt: skip
        self.argv, self.folder = tuple(argv), folder
        self._sandbox = available(home())

    def __call__(self, task: Task, output: Output) -> Verdict:
        return total(self._check, task, output)

    def _check(self, task: Task, output: Output) -> Verdict:
        if not isinstance(output, Text):
            return failed("an answer is a text")
        with TemporaryDirectory(prefix="geist-check-") as place:
            file = Path(place) / "answer"
            file.write_text((ballot(output.text) or output.text) + "\n", encoding="utf-8")
            argv = ("sh", "-c", f'exec "$@" < {SEEN_AS}', "sh", *self.argv)
            try:
                result = self._sandbox.run(
                    Call(argv, self.folder, read={SEEN_AS: file}, limits=LIMITS)
                )
            except GeistError as e:
                return unscorable(f"{e}")
        if result.cut:
            return failed(f"the check was ended: too much {result.cut}")
        if result.status == 0:
            return Verdict(Status.PASSED, 1.0, "it passed the check")
        lines = (result.stderr.strip() or result.stdout.strip()).splitlines()
        return failed(lines[-1][:300] if lines else f"the check ended with {result.status}")
