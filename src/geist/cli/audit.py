"""`geist audit`: are the verifiers themselves right?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from geist.verify.audit import Audited


def audit(
    family: Annotated[str | None, typer.Argument(help="One family; else all.")] = None,
    file: Annotated[Path | None, typer.Option(help="A file with families of your own.")] = None,
    tasks: Annotated[int, typer.Option(help="Tasks of each family to plant answers in.")] = 50,
) -> None:
    """Plant right and wrong answers in each family's tasks and count what passes: how many of the
    right ones were refused, how many of the wrong ones accepted.

    Exits with 1 where a wrong one passes: such a verifier may not be a reward.
    """
    from rich.table import Table

    from geist.cli.screen import console, line
    from geist.core.errors import GeistError
    from geist.tasks import family as families

    if tasks < 1:
        raise GeistError(f"--tasks {tasks} makes no sense", mend="--tasks 50")
    mine = families.load(file) if file else []
    if family:
        families.family(family)
    families.own()
    names = [family] if family else mine or sorted(families.FAMILIES)
    table = Table(box=None, pad_edge=False)
    for column in ("family", "verifier", "right", "refused", "wrong", "accepted", "may reward"):
        words = column in ("family", "verifier", "may reward")
        table.add_column(column, justify="left" if words else "right", no_wrap=True)
    out, unsound, details = console(), False, []
    for name in names:
        found = audited(name, tasks)
        verifier = families.family(name).verifier
        sound = "yes" if found.sound else "NO"
        table.add_row(name, f"{verifier.name}@{verifier.version}", str(found.rights),
                      str(len(found.lost)), str(found.wrongs), str(len(found.holes)), sound,
                      style="" if found.sound else "red")  # fmt: skip
        unsound |= not found.sound
        details += [("accepted", name, *hole) for hole in found.holes[:5]]
        details += [("refused", name, *lost) for lost in found.lost[:5]]
        details += [("geist's fault", name, text, "") for text in found.broken[:5]]
    out.print(table)
    for what, name, question, text in details:
        out.print(line((f"{name}: {what} ", "red"), (f"{text[:100]!r}", "bold"),
                       (f" for {question[:100]!r}", "dim")))  # fmt: skip
    if unsound:
        raise typer.Exit(1)


def audited(name: str, count: int) -> "Audited":
    """The audit of `count` tasks of a family, of all its levels. A verifier that is not geist's own
    works in a process of its own, as it does in training: one that hangs is found out there."""
    from geist.core.output import Text
    from geist.core.task import Task
    from geist.core.verdict import Verdict
    from geist.tasks.family import family
    from geist.tasks.judges import Judges
    from geist.verify.audit import audit

    known = family(name)
    low, high = known.levels
    made = (known.task("train", 10_000_000 + i, low + i % (high - low + 1)) for i in range(count))
    if not known.source:
        return audit(made, known.verifier)
    with Judges(1, [Path(known.source)]) as judges:

        def judge(task: Task, text: Text) -> Verdict:
            return judges.judge(task, text).result()[0]

        return audit(made, known.verifier, judge)
