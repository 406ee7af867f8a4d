"""Judge a session again from its log alone."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from geist.core.errors import GeistError
from geist.core.log import read
from geist.core.output import Text, Tree
from geist.core.task import Task
from geist.core.verdict import Status, Verdict
from geist.edit import snapshot
from geist.sandbox.bubblewrap import available
from geist.sandbox.rundir import RunDir
from geist.tasks.family import family
from geist.think.checked import Checked
from geist.think.vote import Unchecked
from geist.verify.runners import search_path
from geist.verify.support import Support
from geist.verify.testrun import Where
from geist.verify.tests import Tests
from geist.verify.verifier import Verifier


def reverify(data: Path, session: str) -> Iterator[tuple[int, Verdict, Verdict]]:
    """(attempt's number, verdict then, verdict now) for each answer that was judged.

    Task, tree and output come from the log; the interpreter and its packages are those of now.
    """
    manifest, task, attempts = None, None, []
    tasks = dict[str, Task]()
    for event in read(data, session):
        if event.kind == "snapshot":
            manifest = event.data["manifest"]
        elif event.kind == "task":
            task = Task.from_plain(event.data)
            tasks[task.key] = task
        elif event.kind == "attempt":
            attempts.append(event.data)
    if task is not None and manifest is None:
        yield from _texts(tasks, task, attempts)
        return
    if manifest is None or task is None:
        raise GeistError(
            f"session {session} never got as far as a verdict",
            why="its log has no task: the command passed, or it was stopped early",
        )
    root = Path(task.meta["root"])
    with RunDir(data) as run:
        tree = run.folder("tree")
        snapshot.rebuild(manifest, data / "files", tree)
        # environments are not part of a project's tree, but its command may run from one
        spaces = tuple(c.parent for c in root.glob("*/pyvenv.cfg"))
        for space in spaces:
            (tree / space.relative_to(root)).mkdir(parents=True, exist_ok=True)
        where = Where(tree, root, search_path(root), task.meta["cwd"], spaces=spaces)
        verifier = Tests(available(data), data, where)
        for number, attempt in enumerate(attempts, 1):
            if "tree" not in attempt["output"] or attempt["twin"]:
                continue
            said = attempt["verdict"]
            then = Verdict(Status(said["status"]), said["score"], said["reason"])
            yield number, then, verifier(task, Tree.from_plain(attempt["output"]["tree"]))


def _texts(tasks: Mapping[str, Task], last: Task,
           attempts: list[dict[str, Any]]) -> Iterator[tuple[int, Verdict, Verdict]]:  # fmt: skip
    """Answers that are texts: all that their verifiers need is in the tasks. Older sessions
    do not say which task an answer is to: it is the only one."""
    for number, attempt in enumerate(attempts, 1):
        if "text" not in attempt["output"] or attempt["twin"]:
            continue
        task = tasks.get(attempt.get("task", ""), last)
        said = attempt["verdict"]
        then = Verdict(Status(said["status"]), said["score"], said["reason"])
        yield number, then, _verifier(task)(task, Text(attempt["output"]["text"]))


def _verifier(task: Task) -> Verifier:
    if task.verifier == "support@1":
        return Support()
    if task.verifier == "votes@1":
        return Unchecked()
    if task.verifier == "checked@1":
        return Checked(task.truth["check"], Path(task.truth["folder"]))
    found = family(task.family).verifier
    if task.verifier != f"{found.name}@{found.version}":
        raise GeistError(
            f"the verifier {task.verifier} is not there any more",
            why=f"the family {task.family} has {found.name}@{found.version}",
        )
    return found
