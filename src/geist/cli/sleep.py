"""`geist sleep`: go over recent sessions and propose notes."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer


def sleep(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Keep all that is proposed.")] = False,
    when_idle: Annotated[
        bool, typer.Option(help="Do nothing while the machine is busy: for cron.")
    ] = False,
) -> None:
    """Propose notes from this project's sessions: what mended what, what was taken back, which
    command mattered. Nothing is kept without you.
    """
    from geist.agent.project import project
    from geist.agent.sleep import drop, proposals
    from geist.cli.screen import console, line
    from geist.context import memory
    from geist.core.home import home

    out, root, data = console(), project(Path.cwd()), home()
    if when_idle and os.getloadavg()[0] > 0.5 * (os.cpu_count() or 1):
        out.print("the machine is busy; nothing was done", style="dim")
        return
    found = proposals(data, root)
    if not found:
        out.print("nothing to propose: no accepted or undone change is new here")
        return
    asks = sys.stdin.isatty() and not yes
    for note in found:
        origins = ", ".join(note.origins)
        out.print(line((f"from {note.source}", "bold"), (f"  origins: {origins}", "dim")))
        for row in note.text.splitlines():
            out.print(line((f"+ {row}", "green")))
        answer = "y" if yes else ""
        while asks and answer not in ("y", "n", "q"):
            answer = out.input("Keep this note? (y)es, (n)ever, (q)uit: ").strip().lower()[:1]
        if answer == "q":
            return
        if answer == "y":
            memory.remember(root, note.text, source=note.source, origins=note.origins,
                            about=note.about)  # fmt: skip
        elif answer == "n":
            drop(data, root, note)
    if not asks and not yes:
        out.print("nothing was kept; --yes keeps all, a terminal asks for each", style="dim")
