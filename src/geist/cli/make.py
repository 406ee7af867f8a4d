"""`geist make`: an app from a description: built, checked, attacked and tried before it opens."""

import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geist.core.errors import GeistError

if TYPE_CHECKING:
    from geist.apps.checking import Check, Kind
    from geist.apps.made import Made
    from geist.apps.store import Kept


def make(
    description: Annotated[str, typer.Argument(help="What it is to do, in your words.")] = "",
    files: Annotated[list[Path] | None, typer.Argument(help="Data for a script to read.")] = None,
    kind: Annotated[str | None, typer.Option(help="page, service, tool or script.")] = None,
    check: Annotated[
        list[str] | None, typer.Option(help="A check that it must meet (again for more).")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Accept the proposed checks.")] = False,
    trace: Annotated[
        bool, typer.Option("--trace", help="A program that shows a bug of this repository.")
    ] = False,
    code: Annotated[bool, typer.Option("--code", help="Print the app's code too.")] = False,
    model: Annotated[
        str | None, typer.Option(help="A local model, provider:name, URL#name.")
    ] = None,
    effort: Annotated[
        str, typer.Option(help="low, medium, high, or how many versions.")
    ] = "medium",
    max_seconds: Annotated[float | None, typer.Option(help="Stop building after this.")] = None,
    freely: Annotated[
        bool | None,
        typer.Option("--freely/--shape", help="Whole files, or functions in proven shapes."),
    ] = None,
    offer: Annotated[
        bool, typer.Option("--offer/--or-nothing", help="The best version, marked, if none passes.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Another seed, another app.")] = 0,
) -> None:
    """Describe an app; get one that was built, checked, attacked and tried.

    A page (one file for the browser), a service (Starlette and SQLite), a tool (a command-line
    program of one file) or a script over your data files. First a few checks are proposed in plain
    words: accept them, edit them, or give your own with --check. What is built must meet them, is
    scanned for secrets, injections and invented packages, is tried with wrong, empty and very long
    input, and attacked; a small model's app is compared with versions that were written apart. It
    runs in the sandbox, without a network, and vanishes after 7 days unless you keep it (`geist
    apps`).

    Exits with 0 for an app that passed everything, 1 for one that is offered with what it fails or
    not confirmed, 2 on misuse. Examples:

    geist make "a calculator for how much dry food my two cats need, by weight and age"

    geist make "totals by region, largest first" sales.csv

    geist make "prints the longest line of FILE" --check 'a.txt holds "a"; run a.txt → prints "a"'

    geist make --trace "dates before 1900 are printed wrong"
    """
    description = " ".join(description.encode("utf-8", "replace").decode().split())
    if not description:
        raise GeistError("no app was described", mend='geist make "a page that splits a bill"')
    if max_seconds is not None and max_seconds <= 0:
        raise GeistError("--max-seconds must be more than 0")
    if kind is not None and kind not in ("page", "service", "tool", "script"):
        raise GeistError(f"there is no kind {kind!r}", mend="--kind page, service, tool or script")
    data = _data(files or [], kind)
    needed()
    if trace:
        from geist.cli.trace import trace as hunt

        hunt(description, model, max_seconds, code, seed)
        return
    _make(
        description,
        kind,
        data,
        check or [],
        yes,
        code,
        model,
        effort,
        max_seconds,
        freely,
        offer,
        seed,
    )  # type: ignore[arg-type]


def needed() -> None:
    """Raises GeistError where geist was installed without what apps need."""
    from geist.cli.thinking import needs

    needs("make", "geist make")


def _data(files: list[Path], kind: str | None) -> list[Path]:
    found = []
    for file in files:
        if not file.is_file():
            raise GeistError(f"there is no file {file}")
        found.append(file.resolve())
    if len({f.name for f in found}) < len(found):
        raise GeistError("two of the files have the same name", mend="copy one to another name")
    if found and kind not in (None, "script"):
        raise GeistError(f"a {kind} takes no data files", mend="--kind script")
    if kind == "script" and not found:
        raise GeistError("a script needs the files that it reads", mend='geist make "…" data.csv')
    return found


def _make(
    description: str,
    kind: "Kind | None",
    data: list[Path],
    given: list[str],
    yes: bool,
    code: bool,
    name: str | None,
    level: str,
    seconds: float | None,
    freely: bool | None,
    offer: bool,
    seed: int,
) -> None:
    from geist.apps.building import versions
    from geist.apps.judge import Bench
    from geist.apps.kinds import CHOICES, pick, question, vague
    from geist.cli.agreeing import agreed, asked_kind, planned_with, typed
    from geist.cli.screen import console, line
    from geist.cli.thinking import stopping
    from geist.core.budget import Budget
    from geist.core.home import home
    from geist.core.log import Log
    from geist.models import config as configuration
    from geist.models.choose import choose

    out, talks = console(), sys.stdin.isatty() and sys.stdout.isatty()
    swept()
    versions(level)  # one that makes no sense is told before anything is loaded
    kind = kind or pick(description, [f.name for f in data])
    if kind is None:
        kind = asked_kind(CHOICES) if talks and not yes else "page"
    checks = [agreed(text, kind) for text in given]
    log = Log(home())
    log.append("start", command=f"geist make {description}", root=str(Path.cwd()))
    model = choose(
        name, home(), configuration.load(Path.cwd()), lambda text: out.print(text, style="dim")
    )
    free = earned(model) if freely is None else freely
    seen_in = browser(kind)
    try:
        with stopping() as stop:
            budget = Budget(seconds=seconds)
            if talks and not yes and not given and vague(description):
                with console(stderr=True).status("thinking …"):
                    asked = question(description, model, budget, log, stop)
                if asked and (reply := typed(f"{asked} (Enter: go on without)\n> ")):
                    description = f"{description}. {asked} {reply}"
            bench = Bench(seen_in, {f.name: f for f in data})
            plan, checks = planned_with(
                description,
                kind,
                bench,
                checks,
                model,
                log,
                budget,
                yes or not talks,
                free,
                seed,
                stop,
            )
            made = built(plan, checks, model, bench, log, budget, level, free, "", "", seed, stop)
    finally:
        model.close()
        if seen_in is not None:
            seen_in.__exit__()
    if made.wrong and not offer:
        out.print(line((f"✗ nothing passed; the best fails: {made.wrong[0].what}", "red")))
        raise typer.Exit(1)
    from geist.apps.store import Apps

    kept = Apps(home()).add(kind, plan.title, description, tuple(map(str, data)), plan.plain(),
                            version(description, made, log.session), made.source)  # fmt: skip
    log.append("ended", state="verified" if made.verified else "offered", app=kept.name)
    handed(kept, made, code)


def swept() -> None:
    """Throws away what is old, and says so."""
    from geist.apps.store import Apps
    from geist.cli.screen import console, line
    from geist.core.home import home

    for app in Apps(home()).sweep():
        console().print(line((f"thrown away after 7 days: {app.name}", "dim")))


def earned(model: Any) -> bool:
    """Whether a model writes whole files: one whose measured profile lets it act freely."""
    from geist.core.home import home
    from geist.models.profile import load

    return load(home(), model.name, model.digest).driver == "free"


def browser(kind: "Kind") -> Any:
    if kind != "page":
        return None
    from geist.canvas.browser import Browser

    return Browser()


def built(
    plan: Any,
    checks: "list[Check]",
    model: Any,
    bench: Any,
    log: Any,
    budget: Any,
    level: str,
    free: bool,
    before: str,
    change: str,
    seed: int,
    stop: Any,
) -> "Made":
    from geist.apps.make import build
    from geist.cli.progress import Progress

    with Progress([c.line for c in checks]) as shown:
        return build(plan, checks, model, bench, log, budget, level=level, free=free,
                     before=before, change=change, seed=seed, stop=stop, hear=shown.hear,
                     tell=shown.tell)  # fmt: skip


def version(asked: str, made: "Made", session: str) -> Any:
    from geist.apps.store import Version

    return Version(
        asked,
        tuple(c.line for c in made.checks),
        time.time(),
        tuple(f.what for f in made.wrong),
        made.agrees,
        session,
    )


def handed(kept: "Kept", made: "Made", code: bool) -> None:
    """Says what became of it, shows the code where it is asked for, and opens it."""
    from geist.apps.reach import reach
    from geist.cli.screen import console, line
    from geist.cli.starting import start

    out = console()
    for found in made.wrong:
        out.print(line((f"✗ {found.what}", "red")))
    tries = f"{made.tries} {'version' if made.tries == 1 else 'versions'}"
    if made.wrong:
        out.print(
            line((f"NOT VERIFIED: the best of {tries}, with what it fails above", "red bold"))
        )
    elif made.agrees is False:
        out.print(
            line(
                (
                    f"? it met its checks ({tries}), was tried and attacked, but is NOT "
                    f"CONFIRMED by versions that were written apart: {made.differs}",
                    "yellow",
                )
            )
        )
    else:
        count = f"{len(made.checks)} {'check' if len(made.checks) == 1 else 'checks'}"
        apart = "; versions that were written apart do the same" if made.agrees else ""
        out.print(
            line(
                (
                    f"✓ verified: {count}, tried and attacked{apart} ({tries})",
                    "green",
                )
            )
        )
    out.print(line(("may reach  ", "dim"), (reach(kept.kind, kept.data), "")))
    if code:
        out.print(line((made.source, "")))
    if kept.kind == "script" and not made.wrong:
        out.print(line(("with your files:", "dim")))
    with suppress(typer.Exit):  # how the script itself ended is not how it was built
        start(kept)
    raise typer.Exit(0 if made.verified else 1)
