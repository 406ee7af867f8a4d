"""An app opened, served or run, as its kind is used; what it writes is put away after a yes."""

import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from geist.core.errors import GeistError

if TYPE_CHECKING:
    from geist.apps.store import Apps, Kept
    from geist.core.output import Change


def start(kept: "Kept", arguments: list[str] | None = None, *, asked: bool = False) -> None:
    """Opens an app as its kind is used. Where nobody asked, a service or a tool only says how."""
    from geist.apps.store import Apps
    from geist.cli.screen import console, line
    from geist.core.home import home

    out, store = console(), Apps(home())
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
