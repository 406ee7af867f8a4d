"""`geist remember`, `geist memory`: what a project is to be remembered by."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Notes of this project: list, edit, forget.", invoke_without_command=True)


def _root() -> Path:
    from geist.agent.project import project

    return project(Path.cwd())


def remember(
    text: Annotated[str, typer.Argument(help="What to remember, in your own words.")],
    about: Annotated[
        list[str] | None, typer.Option(help="A file that it is about; it goes stale with it.")
    ] = None,
) -> None:
    """Keep a note about this project; it is sent with every later task here."""
    from geist.context import memory
    from geist.core.errors import GeistError

    root = _root()
    paths = []
    for name in about or []:
        place = (Path.cwd() / name).resolve()
        if not place.is_file() or root not in place.parents:
            raise GeistError(f"--about {name}: there is no such file in {root}")
        paths.append(place.relative_to(root).as_posix())
    note, fresh = memory.remember(root, text, about=paths)
    typer.echo(
        f"{'remembered' if fresh else 'known already'}: {note.id}  ({memory.FOLDER}/{note.file})"
    )


@app.callback()
def memory_list(context: typer.Context) -> None:
    """Notes of this project: list, edit, forget."""
    if context.invoked_subcommand is not None:
        return
    from geist.cli.screen import console, line
    from geist.context import memory

    root, out = _root(), console()
    for path, text in memory.instructions(root, Path.cwd()):
        out.print(line((f"{path}", "bold"), (f"  instructions, {len(text)} characters", "dim")))
    every = memory.notes(root)
    for note in every:
        out.print(line((note.id, "bold"), (f"  {note.date}  {note.source}", "dim")))
        if set(note.origins) != {"user"}:
            out.print(line((f"    from: {', '.join(note.origins)}", "yellow")))
        if stale := note.stale(root):
            out.print(line((f"    stale: {', '.join(stale)} changed since", "yellow")))
        for row in note.text.splitlines():
            out.print(line((f"    {row}", "")))
    if not every:
        out.print('no notes yet;  geist remember "…"  keeps one')


@app.command()
def edit(note: Annotated[str, typer.Argument(help="Its id.")]) -> None:
    """Open a note in $EDITOR."""
    from geist.context import memory
    from geist.core.errors import GeistError

    root = _root()
    file = root / memory.FOLDER / memory.find(root, note).file
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor or not sys.stdin.isatty():
        raise GeistError(
            "there is no editor to open it in",
            why="$EDITOR is not set, or this is no terminal",
            mend=f"edit the file:  {file}",
        )
    try:
        subprocess.run([*shlex.split(editor), str(file)], check=False)
    except OSError as e:
        raise GeistError(f"the editor {editor} cannot be started", why=str(e),
                         mend=f"set $EDITOR, or edit the file:  {file}") from e  # fmt: skip
    if file.is_file() and not memory.parse(file.read_text("utf-8", "replace")).text:
        file.unlink(missing_ok=True)
        typer.echo("the note was emptied: it is forgotten")
    else:
        typer.echo(f"kept: {file.name}")


@app.command()
def forget(note: Annotated[str, typer.Argument(help="Its id.")]) -> None:
    """Delete a note; it is never sent again."""
    from geist.context import memory

    gone = memory.forget(_root(), note)
    typer.echo(f"forgotten: {gone.text.splitlines()[0][:100]}")
