"""`geist apps`: the apps that were made: run, change, keep, eject, throw away."""

import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geist.core.errors import GeistError

if TYPE_CHECKING:
    from geist.apps.store import Apps, Kept
    from geist.core.output import Change

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


def start(kept: "Kept", arguments: list[str] | None = None, *, asked: bool = False) -> None:
    """Opens an app as its kind is used. Where nobody asked, a service or a tool only says how."""
    from geist.cli.screen import console, line

    out, store = console(), _apps()
    if kept.kind == "page":
        _open_page(kept, store, asked)
    elif kept.kind == "service":
        if asked or (not kept.now.wrong and sys.stdin.isatty() and sys.stdout.isatty()):
            _serve(kept, store, arguments or [])
        else:
            out.print(line(("run it with  ", "dim"), (f"geist apps run {kept.name}", "bold")))
    elif kept.kind == "trace":
        _again(kept, store)
    elif asked or (kept.kind == "script" and not kept.now.wrong):
        _program(kept, store, arguments or [])
    else:
        out.print(line(("run it with  ", "dim"), (f"geist apps run {kept.name} ARGUMENTS", "bold")))


def _open_page(kept: "Kept", store: "Apps", asked: bool) -> None:
    import shutil

    from geist.apps.hosting import hosted
    from geist.cli.screen import console, line

    now = kept.now
    alarm = (
        f"NOT VERIFIED: {now.wrong[0]}"
        if now.wrong
        else (
            "NOT CONFIRMED: versions that were written apart do otherwise."
            if now.agrees is False
            else ""
        )
    )
    source = store.source(kept).read_text(encoding="utf-8")
    file = store.page(kept)
    file.write_text(hosted(source, kept.name, kept.title, alarm), encoding="utf-8")
    console().print(line((str(file), "bold")))
    can = shutil.which("xdg-open") is not None or sys.platform == "darwin"
    if sys.stdout.isatty() and can:
        import webbrowser

        webbrowser.open(file.as_uri())
    elif asked and not can:
        console().print("open it in a browser: it is one file")


def _serve(kept: "Kept", store: "Apps", arguments: list[str]) -> None:
    from geist.apps import packages
    from geist.apps.door import Door
    from geist.apps.reach import reach
    from geist.apps.running import Served
    from geist.cli.screen import console, line

    port = 0
    if arguments:
        if len(arguments) != 2 or not arguments[1].isdigit() or int(arguments[1]) > 65535:
            raise GeistError(
                "--port needs a number", mend=f"geist apps run {kept.name} --port 8000"
            )
        port = int(arguments[1])
    # Ctrl-C ends it, also where whoever started geist ignores it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    state, source = store.state(kept), store.source(kept)
    state.mkdir(parents=True, exist_ok=True)
    needs = packages.of_app(source.read_text(encoding="utf-8"), True)
    out = console()
    try:
        with (
            Served(source, packages=needs, folder=state) as served,
            served.fresh("state") as client,
            Door(client.place, port) as door,
        ):
            if not client.ask("GET", "/openapi.json").status:
                raise GeistError("the service does not begin", why=client.errors[-400:])
            out.print(line((door.url, "bold"), (f"   described by {door.url}/openapi.json", "")))
            out.print(line((f"{reach('service', (), door.port)} · Ctrl-C ends it", "dim")))
            while served.alive:
                time.sleep(0.2)
            raise GeistError("the service has ended", why=client.errors[-400:])
    except KeyboardInterrupt:
        out.print("ended; what it keeps stays with the app")


def _program(kept: "Kept", store: "Apps", arguments: list[str]) -> None:
    from geist.apps import packages
    from geist.apps.running import Given, program
    from geist.cli.screen import safe
    from geist.sandbox.shapes import Limits

    source = store.source(kept)
    cwd = Path.cwd()
    if kept.kind == "script" and not arguments:
        arguments = list(kept.data)
    gone = [d for d in arguments if kept.kind == "script" and not Path(d).is_file()]
    if gone:
        raise GeistError(f"there is no file {gone[0]}", mend=f"geist apps run {kept.name} FILE…")
    needs = packages.of_app(source.read_text(encoding="utf-8"), False)
    shown = {}
    for word in arguments:
        text = word.partition("=")[2] if word.startswith("-") else word
        path = Path(text).expanduser() if text else None
        if path is not None and path.exists() and path.resolve() not in _too_much():
            shown[str(Path(cwd, path))] = path.resolve()
    stdin = b"" if sys.stdin.isatty() else sys.stdin.buffer.read()
    given = Given(tuple(arguments), {}, stdin, shown, cwd)
    ran = program(source, given, packages=needs, limits=Limits(seconds=600), review=True)
    # a terminal obeys what it is sent; a pipe gets it as it is
    sys.stdout.write(safe(ran.stdout) if sys.stdout.isatty() else ran.stdout)
    sys.stdout.flush()
    sys.stderr.write(safe(ran.stderr) if sys.stderr.isatty() else ran.stderr)
    if ran.cut:
        raise GeistError(f"{kept.name} was ended: too much {ran.cut}")
    _put([c for c in ran.written if str(cwd / c.path) not in shown], cwd)
    raise typer.Exit(ran.status if ran.status is not None and ran.status >= 0 else 1)


def _again(kept: "Kept", store: "Apps") -> None:
    """Runs a trace on the repository as it is now."""
    from geist.apps.trace import show
    from geist.cli.screen import console, line

    root = Path(kept.data[0])
    if not root.is_dir():
        raise GeistError(f"there is no {root} any more")
    shown = show(root, store.source(kept).read_text(encoding="utf-8"))
    if shown.status == 0:
        console().print(line(("✓ the bug does not show any more", "green")))
        return
    console().print(line((f"✗ {shown.says}", "red")))
    raise typer.Exit(1)


def _too_much() -> set[Path]:
    """Folders that an argument may name and that no app is shown as a whole."""
    mine = Path.home().resolve()
    return {mine, *mine.parents}


def _put(changes: "list[Change]", cwd: Path) -> None:
    """What the app wrote goes into the user's folder if they say so."""
    from geist.cli.screen import console, line

    for change in changes:
        if change.after is None:
            continue
        file, out = cwd / change.path, console(stderr=True)
        leads = file.exists() or file.is_symlink()
        away = not file.parent.resolve().is_relative_to(cwd.resolve())
        if leads or away or not sys.stdin.isatty():
            why = (
                "is there already"
                if leads
                else "would lie elsewhere"
                if away
                else "is written only after a yes, and nobody can say it here"
            )
            out.print(line((f"not written: {change.path} {why}", "yellow")))
            continue
        out.print(
            line(
                (
                    f"it wrote {change.path!r} ({len(change.after)} bytes). Put it here? [y/N] ",
                    "",
                )
            ),
            end="",
        )
        if input().strip().lower() in ("y", "yes"):
            file.parent.mkdir(parents=True, exist_ok=True)
            with open(file, "xb") as f:
                f.write(change.after)


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
