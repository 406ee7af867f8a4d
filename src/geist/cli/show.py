"""`geist show`, `geist views` and `geist keep`: questions answered with views."""

import shutil
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from geist.core.errors import GeistError

FORMS = "CSV, JSON, Parquet, SQLite, a log, a git repository."


def show(
    question: Annotated[str, typer.Argument(help="What is to be shown, or changed.")] = "",
    files: Annotated[list[Path] | None, typer.Argument(help=FORMS)] = None,
    edit: Annotated[
        str | None, typer.Option(metavar="VIEW", help="Change this view (or: last).")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the page here.")] = None,
    png: Annotated[Path | None, typer.Option(help="Draw it to a picture too.")] = None,
    terminal: Annotated[
        bool,
        typer.Option("--terminal", help="Show it here: a picture where that works, else words."),
    ] = False,
    model: Annotated[
        str | None, typer.Option(help="A local model, provider:name, URL#name.")
    ] = None,
    max_seconds: Annotated[float | None, typer.Option(help="Stop after so much time.")] = None,
    lines: Annotated[
        Path | None, typer.Option(help="Show these lines of the view language; ask no model.")
    ] = None,
    a2ui: Annotated[
        Path | None, typer.Option(help="Show these A2UI v0.9 messages of another agent.")
    ] = None,
    image: Annotated[
        bool, typer.Option("--image", help="Let a configured image model draw the answer.")
    ] = False,
    serve: Annotated[
        int | None,
        typer.Option(metavar="PORT", help="Answer other front ends by AG-UI, here only."),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--untried", help="Do not try the page in a browser.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Another seed, other answers.")] = 0,
) -> None:
    """Answer with a page to look at: charts, maps, timelines, slides, tables, small apps.

    The model says what to ask and how to show it; every figure is computed from the files and can
    be traced. The page is tried in a real browser before you see it: drawn, read, each control
    moved. What is wrong goes back to the model, three times at most. Then the question is asked
    again in another way, and the page says whether the figures were the same. The page is one file
    that loads nothing; it is thrown away after 7 days unless you `geist keep` it.

    Exits with 0 when the page passed, 1 when it is shown with what is wrong or not confirmed, 2 on
    misuse. Examples:

    geist show "how did sales go, by region?" sales.csv

    geist show "which files change together?" .

    geist show --edit last "make it monthly"

    geist show "plan three days in Tokyo" --png tokyo.png
    """
    given = [_home(f) for f in files or []]
    question = question.encode("utf-8", "replace").decode()
    if max_seconds is not None and max_seconds <= 0:
        raise GeistError("--max-seconds must be more than 0")
    if serve is not None:
        from geist.cli.serving import serve as listen

        listen([Path(question), *given] if question else given, serve, model)
        return
    if a2ui is not None:
        if question or given or edit or lines or terminal:
            raise GeistError("--a2ui takes no question, files, --edit, --lines or --terminal")
        _foreign(a2ui, html, png, no_browser)
        return
    if not question.strip():
        raise GeistError("no question was asked", mend='geist show "sales by month" sales.csv')
    if not given and edit is None and _home(Path(question)).exists():
        raise GeistError(f"what is to be shown of {question}?",
                         mend=f'geist show "how many, by month?" {question}')  # fmt: skip
    if lines is not None and edit is not None:
        raise GeistError("--lines makes a view, --edit changes one: give one of them")
    words = _lines(lines) if lines is not None else None
    if image:
        _image(question, html, model)
        return
    _show(question, given, edit, html, png, terminal, model, max_seconds, words, no_browser, seed)


def _show(question: str, files: list[Path], edit: str | None, html: Path | None, png: Path | None,
          terminal: bool, model: str | None, max_seconds: float | None, lines: str | None,
          untried: bool, seed: int) -> None:  # fmt: skip
    from geist.canvas.browser import missing, shot
    from geist.canvas.compile import as_text
    from geist.canvas.data import Data
    from geist.canvas.make import ask, made, opened
    from geist.canvas.store import Version, Views
    from geist.cli.screen import console, line
    from geist.cli.thinking import stopping
    from geist.core.budget import Budget
    from geist.core.home import home
    from geist.core.log import Log
    from geist.models import config as configuration
    from geist.models.choose import choose

    out, views = console(), Views(home())
    for name in views.sweep():
        out.print(line((f"thrown away after 7 days: {name}", "dim")))
    kept = views.find(edit) if edit else None
    if kept is not None and not files:
        files = [Path(f) for f in kept.files]
    log = Log(home())
    log.append("start", command=f"geist show {question}", root=str(Path.cwd()))
    browser = opened(not untried)
    try:
        with Data(files) as data:
            for table in data.tables.values():
                out.print(line((f"  {table.name}: {table.rows} rows of {table.source}", "dim")))
            if lines is not None:
                done = made(lines, data, question, browser)
            else:
                chosen = choose(model, home(), configuration.load(Path.cwd()),
                                lambda text: out.print(text, style="dim"))  # fmt: skip
                shown_at = console(stderr=True)
                try:
                    with stopping() as stop, shown_at.status("thinking …") as status:
                        budget = Budget(seconds=max_seconds)
                        done = ask(question, data, chosen, browser, log, budget,
                                   before=kept.current.lines if kept else "", seed=seed,
                                   stop=stop, tell=status.update)  # fmt: skip
                finally:
                    chosen.close()
            words = as_text(done.shown)
        # with what was found out: the picture goes without the page
        drawn = shot(browser, done.html) if browser and (png or terminal) else b""
    finally:
        if browser is not None:
            browser.__exit__()
    version = Version(question, done.lines, time.time(), done.seen is not None,
                      tuple(p.message for p in done.wrong))  # fmt: skip
    if kept is not None:
        kept = views.change(kept, version)
    else:
        kept = views.add(log.session, [str(f.resolve()) for f in files], version)
    file = views.page(kept)
    file.write_text(done.html, encoding="utf-8")
    if html is not None:
        _write(html, done.html.encode())
    if png is not None:
        _draw(png, drawn, file)
        out.print(line((f"drawn: {png}", "")))
    if terminal:
        from geist.cli.pictures import picture

        if not (drawn and picture(drawn)):
            out.print(line((words, "")))
    log.append("ended", state="shown" if not done.wrong else "shown with errors", why=done.note)
    for problem in done.wrong:
        out.print(line((f"✗ {problem.path}: {problem.message}", "red")))
    sure = done.agrees is not False
    if not done.wrong:
        plain = "green" if done.seen and sure else "yellow"
        out.print(line((f"{'✓' if sure else '?'} {done.note}", plain)))
    if done.seen is None and not done.wrong and not untried:
        out.print(line((missing(), "dim")))
    out.print(line((str(html or file), "bold")))
    _open(html or file, asked_for=html is not None or png is not None or terminal)
    raise typer.Exit(0 if not done.wrong and sure else 1)


def _foreign(messages: Path, html: Path | None, png: Path | None, untried: bool) -> None:
    from geist.canvas.a2ui import messages as read
    from geist.canvas.a2ui import shaped
    from geist.canvas.look import look
    from geist.canvas.make import opened
    from geist.canvas.page import document
    from geist.cli.screen import console, line
    from geist.core.home import home

    if not messages.is_file():
        raise GeistError(f"there is no file {messages}")
    found, wrong = read(messages.read_text(encoding="utf-8", errors="replace"))
    if not found:
        why = wrong[0].message if wrong else "it is empty"
        raise GeistError(f"{messages} has no A2UI messages", why=why)
    shaped_, more = shaped(found)
    text = document(shaped_, messages.stem)
    wrong = [*wrong, *more]
    file = html or home() / "views" / f"{messages.stem}.html"
    _write(file, text.encode())
    out, browser = console(), opened(not untried)
    if browser is not None:
        with browser:
            seen = look(browser, text)
        # names of fields are for the basic catalog's own elements to give
        ours = [p for p in seen.problems if p.code != "access" or "a2ui-" not in p.path]
        if len(ours) < len(seen.problems):
            out.print(line((f"  {len(seen.problems) - len(ours)} faults of A2UI's basic elements "
                            "are left out (names, contrast)", "dim")))  # fmt: skip
        wrong += ours
        if png is not None:
            _write(png, seen.png)
            out.print(line((f"drawn: {png}", "")))
    elif png is not None:
        _draw(png, b"", file)
    for problem in dict.fromkeys(wrong):
        out.print(line((f"✗ {problem.path}: {problem.message}", "red")))
    if not wrong:
        out.print(line((f"✓ {len(found)} messages shown", "green")))
    out.print(line((str(file), "bold")))
    _open(file, asked_for=html is not None or png is not None)
    raise typer.Exit(0 if not wrong else 1)


def _image(question: str, html: Path | None, model: str | None) -> None:
    from geist.canvas.picture import drawn
    from geist.cli.screen import console, line
    from geist.core.home import home
    from geist.models import config as configuration

    text = drawn(question, model, configuration.load(Path.cwd()))
    file = html or home() / "views" / f"image-{int(time.time())}.html"
    _write(file, text.encode())
    console().print(line((str(file), "bold")))
    _open(file, asked_for=html is not None)


def _home(file: Path) -> Path:
    try:
        return file.expanduser()
    except RuntimeError as e:
        raise GeistError(f"there is no file {file}", why=str(e)) from e


def _lines(file: Path) -> str:
    if not file.is_file():
        raise GeistError(f"there is no file {file}")
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as e:
        raise GeistError(f"{file} has no lines of a view", why=f"it is not text: {e}") from e


def _draw(png: Path, seen: bytes, file: Path) -> None:
    if not seen:
        from geist.canvas.browser import picture

        png.parent.mkdir(parents=True, exist_ok=True)
        picture(file, png)
        return
    _write(png, seen)


def _write(file: Path, data: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    except OSError as e:
        raise GeistError(f"{file} cannot be written", why=e.strerror or str(e)) from e


def _open(file: Path, asked_for: bool) -> None:
    if (
        sys.stdout.isatty()
        and not asked_for
        and (shutil.which("xdg-open") or sys.platform == "darwin")
    ):
        import webbrowser

        webbrowser.open(file.resolve().as_uri())


def views(
    view: Annotated[str | None, typer.Argument(help="One of them: its history.")] = None,
    back: Annotated[bool, typer.Option("--back", help="To the version before.")] = False,
    forward: Annotated[bool, typer.Option("--forward", help="To the version after.")] = False,
    discard: Annotated[bool, typer.Option("--discard", help="Throw it away now.")] = False,
) -> None:
    """List the views that were made, or walk the history of one.

    A view is thrown away 7 days after it was last changed, unless you `geist keep` it.
    """
    from geist.canvas.store import Views
    from geist.cli.screen import console, line
    from geist.core.home import home

    out, store = console(), Views(home())
    store.sweep()
    if view is None:
        if back or forward or discard:
            raise GeistError("which view?", mend="geist views last --back")
        found = store.all()
        for one in found:
            days = max(0, round(one.left(time.time()) / 86_400))
            until = "kept" if one.keep else f"{days} days left"
            out.print(line((f"{one.name}  ", "bold"), (f"{until:<12}", "dim"),
                           (one.versions[0].asked, "")))  # fmt: skip
        for file in store.damaged():
            out.print(line((f"{file.parent} cannot be read: throw it away", "yellow")))
        if not found:
            out.print('no views yet: geist show "sales by month" sales.csv')
        return
    one = store.find(view)
    if back + forward + discard > 1:
        raise GeistError("--back, --forward or --discard: one of them")
    if discard:
        store.discard(one)
        out.print(f"thrown away: {one.name}")
        return
    if back or forward:
        one = store.walk(one, -1 if back else 1)
    for number, version in enumerate(one.versions):
        here = "▶" if number == one.now else " "
        wrong = f"  ({len(version.wrong)} wrong)" if version.wrong else ""
        out.print(line((f"{here} {number + 1}  {version.asked}{wrong}",
                        "bold" if number == one.now else "")))  # fmt: skip
    out.print(line((str(store.page(one)), "")))


def keep(view: Annotated[str, typer.Argument(help="Its name, or: last.")]) -> None:
    """Keep a view for good: it is not thrown away after 7 days."""
    from geist.canvas.store import Views
    from geist.cli.screen import console, line
    from geist.core.home import home

    store = Views(home())
    one = store.find(view)
    store.keep(one)
    console().print(line((f"kept: {one.name}  {store.page(one)}", "")))
