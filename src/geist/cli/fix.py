"""`geist fix`: make a failing command pass."""

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geist.cli.fix_screen import Options, Screen
from geist.core.errors import GeistError, Stopped

if TYPE_CHECKING:
    from geist.agent.fix import Fix


def fix(
    command: Annotated[
        str | None, typer.Argument(help="The failing command. Without it, the project's tests.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="A local model, provider:name, URL#name, or several with commas."),
    ] = None,
    effort: Annotated[
        str | None, typer.Option(help="low, medium, high, or how many answers to try.")
    ] = None,
    max_seconds: Annotated[float | None, typer.Option(help="Stop after so much time.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Stop after so many tokens.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Apply a mend without asking.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Show the mend and change nothing.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Events as JSON lines on stdout.")
    ] = False,
    file: Annotated[str, typer.Option(help="Only suspect functions of this file.")] = "",
    function: Annotated[str, typer.Option(help="Only suspect functions of this name.")] = "",
    allow_tests: Annotated[bool, typer.Option(help="The tests may be changed too.")] = False,
    seed: Annotated[int, typer.Option(help="Another seed, other answers.")] = 0,
    edits: Annotated[
        str, typer.Option(help="whole, replace or diff; else as the model's profile says.")
    ] = "",
) -> None:
    """Find the faulty function, have a model rewrite it, verify, and show the difference.

    Quote the command:  geist fix "python -m pytest -q". Nothing is changed before you accept it.

    Exits with 0 when the mend was applied (with --dry-run: found) or the command passes already,
    1 when not, 2 on misuse.
    """
    run(Options(command, model, effort, max_seconds, max_tokens, yes, dry_run, as_json, file,
                function, allow_tests, seed, edits))  # fmt: skip


def run(said: Options) -> None:
    """Mends in the current folder and ends the program with its status."""
    stop = threading.Event()
    session, show = _prepare(said, stop)
    previous = signal.signal(signal.SIGINT, lambda *_: _interrupt(stop))
    try:
        mend = session.run()
    finally:
        signal.signal(signal.SIGINT, previous)
        show.quiet()
    if stop.is_set():
        session.log.append("stopped")
        raise Stopped
    accepted = False
    if mend.state == "mended":
        show.change(mend)
        if not said.dry_run and (said.yes or show.asks()):
            assert mend.tree is not None
            session.accept(mend.tree)
            accepted = True
        else:
            session.log.append("declined")
    if said.must_fail and mend.state == "nothing":
        session.model.close()
        raise GeistError(
            "the check succeeds already, so it cannot tell when this is done",
            why=f"{session.model.name} has not earned to call tools: it is driven, from a check "
            "that fails",
            mend="write a test that fails now, and name it with --check",
        )
    session.log.append("ended", state=mend.state, why=mend.why, accepted=accepted)
    show.end(mend, accepted, said)
    session.model.close()
    good = mend.state == "nothing" or accepted or (mend.state == "mended" and said.dry_run)
    raise typer.Exit(0 if good else 1)


def _interrupt(stop: threading.Event) -> None:
    if stop.is_set():
        raise KeyboardInterrupt  # the second time, at once
    stop.set()
    print("\nstopping …", file=sys.stderr)


def _prepare(said: Options, stop: threading.Event) -> "tuple[Fix, Screen]":
    from geist.agent.fix import Fix, Request
    from geist.agent.project import project
    from geist.core.home import home
    from geist.core.log import Log
    from geist.edit.forms import FORMS
    from geist.models import config as configuration
    from geist.models.choose import choose
    from geist.sandbox.bubblewrap import available
    from geist.think.effort import effort
    from geist.verify.runners import find_command, search_path

    for name, limit in (("--max-seconds", said.seconds), ("--max-tokens", said.tokens)):
        if limit is not None and limit <= 0:
            raise GeistError(f"{name} {limit} leaves nothing to work with", mend=f"{name} 300")
    if said.command is not None and not said.command.strip():
        raise GeistError("the command is empty", mend='geist fix "python -m pytest -q"')
    if said.form not in ("", *FORMS):
        raise GeistError(f"--edits {said.form!r} makes no sense", why=f"it is {' or '.join(FORMS)}",
                         mend="--edits whole")  # fmt: skip
    here = Path.cwd().resolve()
    root = project(here)
    config = configuration.load(root)
    command, because = said.command, ""
    if command is None:
        found = find_command(here) or (find_command(root) if root != here else None)
        if found is None:
            raise GeistError(
                "no test command was found in this project",
                why="none of pyproject.toml, tox.ini, setup.cfg, Makefile, package.json, tests/ "
                "names one",
                mend='say it:  geist fix "pytest -q"',
            )
        command, because = found.command, found.because
    file = said.file
    if file:
        places = [(base / file).resolve() for base in (here, root)]
        place = next((p for p in places if p.is_file()), places[0])
        if root not in place.parents or not place.is_file():
            raise GeistError(f"--file {file}: there is no such file in {here} or {root}")
        file = place.relative_to(root).as_posix()
    data, show = home(), Screen(said.as_json)
    model = choose(said.model, data, config, show.note)
    request = Request(root, here.relative_to(root).as_posix(), command, search_path(root),
                      effort(said.effort or config.effort or "medium"), said.seconds, said.tokens,
                      file, said.function, said.allow_tests, said.seed, form=said.form)  # fmt: skip
    sandbox = available(data, stop)
    sandbox.mode()  # without a sandbox there is no session
    log = Log(data)
    show.start(request, model.name, because, log.session)
    return Fix(request, sandbox, data, model, log, show.tell, stop), show
