"""`geist make --trace`: a throwaway program that shows one bug of the current repository."""

import time
from pathlib import Path

import typer

from geist.core.errors import GeistError


def trace(bug: str, model: str | None, seconds: float | None, code: bool, seed: int) -> None:
    from geist.agent.project import project
    from geist.apps.store import Apps, Version
    from geist.apps.trace import hunt
    from geist.cli.context import counting, refresh
    from geist.cli.screen import console, line
    from geist.cli.thinking import stopping
    from geist.context.index import Index
    from geist.context.packing import pack
    from geist.context.rank import rank
    from geist.core.budget import Budget
    from geist.core.home import home
    from geist.core.log import Log
    from geist.models import config as configuration
    from geist.models.choose import choose
    from geist.models.store import Store

    root, out = project(Path.cwd()), console()
    index = Index(root, home())
    refresh(index)
    if not any(path.endswith(".py") for path in index.corpus.paths):
        raise GeistError(
            f"there is no Python in {root}", why="a trace calls the code that has the bug"
        )
    local = model if model and Store(home()).find(model) else None
    count, _ = counting(local)
    brief = pack(index, rank(index.corpus, index.past, bug), 3500, count)
    log = Log(home())
    log.append("start", command=f"geist make --trace {bug}", root=str(root))
    chosen = choose(
        model, home(), configuration.load(Path.cwd()), lambda text: out.print(text, style="dim")
    )
    try:
        with stopping() as stop, console(stderr=True).status("hunting …"):
            made = hunt(
                bug, root, brief, chosen, log, Budget(seconds=seconds), seed=seed, stop=stop
            )
    finally:
        chosen.close()
    log.append("ended", state="shown" if made.shown else "nothing", why=made.says)
    if made.shown:
        out.print(line(("each time it ends with  ", ""), (made.says, "bold")))
        out.print(
            line(
                (
                    f"  through {', '.join(made.entered[:3])}. Is that the bug? You decide.",
                    "dim",
                )
            )
        )
    out.print(line((made.source, "")))
    if not made.shown:
        out.print(line((f"✗ no bug is shown: {made.says} ({made.tries} tries)", "red")))
        raise typer.Exit(1)
    version = Version(bug, (), time.time(), (), None, log.session)
    kept = Apps(home()).add(
        "trace", f"trace {bug}", bug, (str(root),), {"kind": "trace"}, version, made.source
    )
    out.print(
        line(
            ("again, on the code as it then is:  ", "dim"), (f"geist apps run {kept.name}", "bold")
        )
    )
