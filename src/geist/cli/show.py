"""`geist show`: a question about files, answered with a view."""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from geist.core.errors import GeistError, Stopped


def show(
    question: Annotated[str, typer.Argument(help="What is to be shown.")],
    files: Annotated[
        list[Path], typer.Argument(help="CSV, JSON, Parquet, SQLite, a log, a git repository.")
    ],
    html: Annotated[Path | None, typer.Option(help="Where the page is written.")] = None,
    png: Annotated[Path | None, typer.Option(help="Draw it to a picture too.")] = None,
    terminal: Annotated[bool, typer.Option("--terminal", help="Print its words and rows.")] = False,
    model: Annotated[
        str | None, typer.Option(help="A local model, provider:name, URL#name.")
    ] = None,
    max_seconds: Annotated[float | None, typer.Option(help="Stop after so much time.")] = None,
    lines: Annotated[
        Path | None, typer.Option(help="Show these lines of the view language; ask no model.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed, other answers.")] = 0,
) -> None:
    """Answer a question about your data with a page: charts, tables, words.

    The model says what to ask and how to show it; every figure is computed from the files and can
    be traced. What is broken, empty or misleads by its form goes back to it, three times at most.
    The page is one file without scripts or network. Begun: static charts, tables and text.

    Exits with 0 when the view passed its checks, 1 when it is shown with what is wrong, 2 on
    misuse. Example:

    geist show "how did sales go, by region?" sales.csv --png sales.png
    """
    from geist.canvas.ask import Shows, Viewing, effort, judged
    from geist.canvas.browser import chromium, picture
    from geist.canvas.compile import as_text
    from geist.canvas.data import Data
    from geist.canvas.page import page
    from geist.cli.screen import console, line
    from geist.cli.thinking import stopping
    from geist.core.budget import Budget
    from geist.core.home import home
    from geist.core.log import Log
    from geist.core.message import Message
    from geist.core.task import Task
    from geist.models import config as configuration
    from geist.models.choose import choose
    from geist.think.solve import solve

    if not question.strip():
        raise GeistError("no question was asked", mend='geist show "sales by month" sales.csv')
    out, log = console(), Log(home())
    log.append("start", command=f"geist show {question}", root=str(Path.cwd()))
    with Data([f.expanduser() for f in files]) as data:
        for table in data.tables.values():
            out.print(line((f"  {table.name}: {table.rows} rows of {table.source}", "dim")))
        if lines is not None:
            if not lines.is_file():
                raise GeistError(f"there is no file {lines}")
            text = lines.read_text(encoding="utf-8")
        else:
            task = Task("show", (Message("user", question, "user"),), {}, "view@1")
            log.append("task", **task.plain())
            chosen = choose(model, home(), configuration.load(Path.cwd()),
                            lambda text: out.print(text, style="dim"))  # fmt: skip
            shown_at = console(stderr=True)
            try:
                with stopping() as stop, shown_at.status("thinking …"):
                    outcome = solve(task, Viewing(question, data), chosen, effort(),
                                    Budget(seconds=max_seconds), Shows(data), log, seed=seed,
                                    stop=stop)  # fmt: skip
            finally:
                chosen.close()
            best = outcome.best()
            if best is None:
                if stop.is_set():
                    raise Stopped
                raise GeistError("no view was made", why=outcome.why)
            text = best.reply.text
        view, wrong = judged(text, data, question)
        note = f"{len(view.receipts)} figures and tables computed from the files; "
        note += "all checks passed" if not wrong else f"{len(wrong)} things are wrong"
        file = html or home() / "views" / f"{log.session}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(view, question, note), encoding="utf-8")
        if terminal:
            out.print(line((as_text(view), "")))
    if png is not None:
        picture(file, png)
        out.print(line((f"drawn: {png}", "")))
    log.append("ended", state="shown" if not wrong else "shown with errors", why=note)
    for problem in wrong:
        out.print(line((f"✗ {problem.path}: {problem.message}", "red")))
    if not wrong:
        out.print(line((f"✓ {note}", "green")))
    out.print(line((str(file), "bold")))
    if png is None and chromium() is None:
        out.print("not drawn: there is no Chromium here", style="dim")
    if sys.stdout.isatty() and html is None and shutil.which("xdg-open"):
        import webbrowser

        webbrowser.open(file.resolve().as_uri())
    raise typer.Exit(0 if not wrong else 1)
