"""`geist index`: the index of this project, made or brought up to date."""

from pathlib import Path
from typing import Annotated

import typer


def index(
    status: Annotated[bool, typer.Option("--status", help="Say what is in it.")] = False,
) -> None:
    """Read what has changed in this project. Other commands do this by themselves."""
    from geist.agent.project import project
    from geist.cli.context import refresh
    from geist.cli.screen import console, line, size
    from geist.context.index import Index
    from geist.core.home import home

    root, out = project(Path.cwd()), console()
    made = Index(root, home())
    done = refresh(made)
    out.print(f"{done.files} files, {done.read} read, {done.gone} gone ({done.seconds:.2f} s)")
    if not status:
        return
    out.print(line(("root      ", "dim"), (str(root), "")))
    out.print(
        line(("kept in   ", "dim"), (f"{made.store.path} ({size(_bytes(made.store.path))})", ""))
    )
    for language, (files, lines) in made.store.languages().items():
        out.print(f"{language:<12}{files:>8} files {lines:>10} lines")
    told = {
        "ok": "whole", "binary": "binary: path only", "huge": "over 1.5 MB: path only",
        "empty": "empty", "encoding": "not UTF-8: read as Latin-1",
        "broken": "does not parse as a whole: what parses is in", "link": "link: not followed",
        "submodule": "submodule: has an index of its own", "unreadable": "cannot be read",
        "special": "no plain file", "name": "a name that is not UTF-8",
        "gone": "listed by git, not there",
    }  # fmt: skip
    for state, count in sorted(made.store.states().items(), key=lambda x: -x[1]):
        names = made.store.in_state(state, 5) if state in ("unreadable", "special", "gone") else []
        shown = f": {', '.join(names)}{' …' if count > len(names) else ''}" if names else ""
        out.print(line((f"{count:>8}  {told.get(state, state)}{shown}", "")))
    out.print(f"{len(made.past):>8}  commits behind the checked-out one{made.shallow}")


def _bytes(path: Path) -> int:
    return sum(p.stat().st_size for p in path.parent.glob(path.name + "*"))
