"""`geist curve`: what more thinking buys."""

from pathlib import Path
from typing import Annotated

import typer

from geist.core.errors import GeistError

TASKS, SLOTS, WINDOW = 24, 8, 2048


def curve(
    model: Annotated[str, typer.Argument(help="Local, remote, or a run of geist train.")],
    family: Annotated[str, typer.Argument(help="A task family; `geist audit` lists them.")],
    tasks: Annotated[int, typer.Option(help="How many tasks.")] = TASKS,
    level: Annotated[int | None, typer.Option(help="How hard; the middle without it.")] = None,
    out: Annotated[Path | None, typer.Option(help="A folder for the page and the picture.")] = None,
) -> None:
    """Show accuracy against tokens spent: one answer, votes, adaptive votes, best of N where an
    answer can be checked from the question, and, for a local model, one long sample beside them.

    Resumable. Example:

    geist curve qwen2.5-coder-1.5b chain --tasks 16
    """
    from geist.cli.screen import console, line
    from geist.cli.thinking import needs, opened, stopping

    needs("map", "a curve")
    from geist.core.home import home
    from geist.core.log import Log
    from geist.jagged.curve import adaptive_against_all, points, try_all
    from geist.jagged.curve_page import write
    from geist.models.local import Local
    from geist.models.profile import folder_of
    from geist.tasks.family import family as known

    low, high = known(family).levels
    at = level if level is not None else (low + high) // 2
    if tasks < 2 or not low <= at <= high:
        raise GeistError("--tasks must be at least 2, and --level one that the family has",
                         why=f"{family} has levels {low} to {high}")  # fmt: skip
    chosen, log = opened(model, SLOTS, WINDOW), Log(home())
    folder = folder_of(home(), chosen.name, chosen.digest)
    log.append("start", command=f"geist curve {model} {family}", root=str(Path.cwd()))
    shown = console(stderr=True)
    status = shown.status("thinking …")

    def tell(done: int) -> None:
        status.update(f"{family}: {done} of {tasks} tasks")
        if not shown.is_terminal:
            shown.print(f"{family}: {done} of {tasks} tasks")

    try:
        with stopping() as stop, status:
            tried = try_all(family, at, tasks, chosen, folder / f"curve-{family}.jsonl", log, stop,
                            tell, long=isinstance(chosen, Local))  # fmt: skip
    finally:
        chosen.close()
        log.append("ended", state="measured")
        log.close()
    if len(tried) < 2:
        raise typer.Exit(130)
    found = points(family, tried)
    out_ = console()
    out_.print(line((f"{model} on {family}, level {at}, {len(tried)} tasks", "bold")))
    out_.print(f"{'how':<18}{'n':>5}{'tokens':>9}{'right':>8}   95%")
    for p in found:
        out_.print(f"{p.kind:<18}{p.n:>5}{p.tokens:>9.0f}{p.right.mean:>8.0%}   "
                   f"{100 * p.right.low:.0f}–{p.right.high:.0%}")  # fmt: skip
    gap, share = adaptive_against_all(tried)
    out_.print(line((f"adaptive votes less all {found[4].n}: {100 * gap.mean:+.0f} points "
                     f"({100 * gap.low:+.0f} to {100 * gap.high:+.0f}), for {share:.0%} of the "
                     "tokens", "")))  # fmt: skip
    title = f"{model} on {family}, level {at}"
    for place in write(found, title, out or folder, f"curve-{family}"):
        print(place)
