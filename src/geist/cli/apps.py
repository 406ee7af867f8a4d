"""`geist apps`: the apps that were made: run, change, keep, eject, throw away."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geist.cli.starting import start
from geist.core.errors import GeistError

if TYPE_CHECKING:
    from geist.apps.store import Apps, Kept

app = typer.Typer(
    help="The apps that were made: list them, run, change, keep, eject or discard one.",
    invoke_without_command=True, no_args_is_help=False, rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip
NAME = "Its name, the beginning of it, or: last."


def _apps() -> "Apps":
    from geist.apps.store import Apps
    from geist.core.home import home

    return Apps(home())


@app.callback()
def apps(context: typer.Context) -> None:
    if context.invoked_subcommand is not None:
        return
    from geist.apps.reach import reach
    from geist.cli.make import swept
    from geist.cli.screen import console, line

    swept()
    out, store = console(), _apps()
    found = store.all()
    for one in found:
        days = max(0, round(one.left(time.time()) / 86_400))
        until = "kept" if one.keep else f"{days} days left"
        state = ("✓", "green") if not one.now.wrong and one.now.agrees is not False else (
            ("✗", "red") if one.now.wrong else ("?", "yellow"))  # fmt: skip
        out.print(line(state, (f" {one.name}  ", "bold"), (f"{one.kind:<8}{until:<12}", "dim"),
                       (one.versions[0].asked, "")))  # fmt: skip
        out.print(line((f"    {reach(one.kind, one.data)}", "dim")))
    for file in store.damaged():
        out.print(line((f"{file.parent} cannot be read: throw it away", "yellow")))
    if not found:
        out.print('no apps yet: geist make "a page that splits a bill"')


@app.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
def run(
    name: Annotated[str, typer.Argument(help=NAME)],
    arguments: Annotated[
        list[str] | None, typer.Argument(help="What a tool or script is given.")
    ] = None,
) -> None:
    """Run one: a page opens, a service listens until Ctrl-C, a tool or a script gets the arguments.

    It runs in the sandbox, as the line says that `geist apps` shows. What a tool writes is shown
    before it is put into your folder.
    """
    if name in ("-h", "--help"):
        typer.echo("Usage: geist apps run NAME [ARGUMENTS]…   (NAME as in geist apps, or: last)")
        return
    kept = _apps().find(name)
    if arguments and kept.kind in ("page", "service") and arguments[0] not in ("--port",):
        raise GeistError(f"a {kept.kind} takes no arguments", mend=f"geist apps run {kept.name}")
    start(kept, arguments or [], asked=True)


@app.command()
def change(
    name: Annotated[str, typer.Argument(help=NAME)],
    wish: Annotated[str, typer.Argument(help="What is to be different, in your words.")],
    check: Annotated[
        list[str] | None, typer.Option(help="A check for what is new (again for more).")
    ] = None,
    without: Annotated[
        list[int] | None,
        typer.Option(help="The number of a check that no longer holds (--without 2)."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="A local model, provider:name, URL#name.")
    ] = None,
    effort: Annotated[
        str, typer.Option(help="low, medium, high, or how many versions.")
    ] = "medium",
    max_seconds: Annotated[float | None, typer.Option(help="Stop building after this.")] = None,
    offer: Annotated[
        bool, typer.Option("--offer", help="Take the change though it is not verified.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Another seed, another app.")] = 0,
) -> None:
    """Change one: what was agreed before must still hold, but what --without names.

    A change that is not verified is not taken: the app stays as it was.
    """
    from geist.cli.change import change as go_on
    from geist.cli.make import needed

    if not wish.strip():
        raise GeistError(
            "no change was described", mend=f'geist apps change {name} "also in pounds"'
        )
    needed()
    kept = _apps().find(name)
    if kept.kind == "trace":
        raise GeistError("a trace cannot be changed", mend="geist make --trace BUG makes another")
    go_on(
        _apps(),
        kept,
        " ".join(wish.split()),
        check or [],
        without or [],
        model,
        effort,
        max_seconds,
        seed,
        offer,
    )


@app.command()
def keep(name: Annotated[str, typer.Argument(help=NAME)]) -> None:
    """Keep one for good: it is not thrown away after 7 days."""
    from geist.cli.screen import console, line

    store = _apps()
    kept = store.find(name)
    store.keep(kept)
    decided(kept, "kept")
    console().print(line((f"kept: {kept.name}", "")))


@app.command()
def eject(
    name: Annotated[str, typer.Argument(help=NAME)],
    folder: Annotated[Path, typer.Argument(help="A new folder for it.")],
) -> None:
    """Write one out as a project: the app, its checks as tests, licences, a lock file."""
    from geist.apps.eject import eject as write
    from geist.cli.screen import console, line

    store = _apps()
    kept = store.find(name)
    if kept.kind == "trace":
        raise GeistError("a trace is one file", mend=f"geist apps show {kept.name}")
    made = write(kept, store.source(kept).read_text(encoding="utf-8"), folder.expanduser())
    decided(kept, "ejected")
    for file in made:
        console().print(line((f"  {file}", "")))
    console().print(line((f"{folder}: see its README.md", "bold")))


@app.command()
def show(name: Annotated[str, typer.Argument(help=NAME)]) -> None:
    """Its history, its checks, and its code."""
    from geist.apps.reach import reach
    from geist.cli.screen import console, line

    out, store = console(), _apps()
    kept = store.find(name)
    for number, one in enumerate(kept.versions, 1):
        wrong = f"  (fails: {one.wrong[0]})" if one.wrong else ""
        out.print(line((f"{number}  {one.asked}{wrong}", "bold")))
    for number, check in enumerate(kept.now.checks, 1):
        out.print(line((f"  {number}  ", "dim"), (check, "")))
    out.print(line(("may reach  ", "dim"), (reach(kept.kind, kept.data), "")))
    out.print(line((store.source(kept).read_text(encoding="utf-8"), "")))


@app.command()
def discard(name: Annotated[str, typer.Argument(help=NAME)]) -> None:
    """Throw one away now, with all that it keeps."""
    from geist.cli.screen import console, line

    store = _apps()
    kept = store.find(name)
    decided(kept, "discarded")
    store.discard(kept)
    console().print(line((f"thrown away: {kept.name}", "")))


def decided(kept: "Kept", what: str) -> None:
    """Puts what the user thought of an app into the log of the session that made it: with what was
    verified there, it is what is learned from."""
    from geist.core.home import home
    from geist.core.log import Log

    if kept.now.session:
        log = Log(home(), kept.now.session)
        log.append(
            "decided",
            app=kept.name,
            decision=what,
            verified=not kept.now.wrong and kept.now.agrees is not False,
        )
        log.close()
