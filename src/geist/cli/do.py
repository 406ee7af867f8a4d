"""`geist do`: a task in words, done on a draft, checked, reviewed."""

import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from geist.core.errors import GeistError, Stopped


def do(
    task: Annotated[str, typer.Argument(help="What is to be done.")],
    check: Annotated[
        str | None, typer.Option(help="A command that succeeds when it is done.")
    ] = None,
    no_check: Annotated[bool, typer.Option("--no-check", help="Work without any check.")] = False,
    autonomy: Annotated[
        str, typer.Option(help="suggest, ask, edit, verify or loop: what it may do unasked.")
    ] = "edit",
    scope: Annotated[
        str, typer.Option(help="What edits stay in: a folder, FILE, FILE::FUNCTION, FILE:10-20.")
    ] = "*",
    model: Annotated[
        str | None, typer.Option(help="A local model, provider:name, URL#name.")
    ] = None,
    driver: Annotated[
        str, typer.Option(help="free (it calls tools) or guided; else as its profile says.")
    ] = "",
    effort: Annotated[
        str | None, typer.Option(help="low, medium, high: how often it may try again.")
    ] = None,
    max_seconds: Annotated[float | None, typer.Option(help="Stop after so much time.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Stop after so many tokens.")] = None,
    max_money: Annotated[float | None, typer.Option(help="Stop after so many dollars.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Apply what it did unreviewed.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Show what it did and change nothing.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Events as JSON lines on stdout.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Another seed, other answers.")] = 0,
) -> None:
    """Have a model do a task: it reads, searches, edits and runs, on a draft over your files.

    Your files change only when you accept the draft, hunk by hunk. What it may do without asking is
    the autonomy; `geist leash explain` prints the table. Commands run in the sandbox, without
    network. With --check it is done when that command succeeds; without it a check is proposed
    where you can be asked, else the project's own tests are the check.

    Exits with 0 when the draft was applied (with --dry-run: made), 1 when not, 2 on misuse.
    Example:

    geist do "add a --json option to the report command" --check "python -m pytest -q"
    """
    from geist.agent.do import RETRIES, Do, Job, report
    from geist.agent.leash import Autonomy, Terms
    from geist.agent.project import project
    from geist.agent.scope import check as check_scope
    from geist.agent.scope import place
    from geist.agent.servers import Servers
    from geist.cli.do_screen import Screen
    from geist.core.home import home
    from geist.core.log import Log
    from geist.models import config as configuration
    from geist.models.choose import choose
    from geist.models.profile import load
    from geist.sandbox.bubblewrap import available
    from geist.verify.runners import find_command, search_path

    if check is not None and not check.strip():
        raise GeistError("the check is empty", mend='--check "python -m pytest -q"  or  --no-check')
    if not task.strip():
        raise GeistError("the task is empty", mend='geist do "rename the function total to sum"')
    if autonomy not in tuple(Autonomy):
        raise GeistError(f"--autonomy {autonomy!r} makes no sense",
                         why=f"it is {', '.join(Autonomy)}", mend="--autonomy edit")  # fmt: skip
    for name, limit in (("--max-seconds", max_seconds), ("--max-tokens", max_tokens),
                        ("--max-money", max_money)):  # fmt: skip
        if limit is not None and limit <= 0:
            raise GeistError(f"{name} {limit} leaves nothing to work with", mend=f"{name} 300")
    if driver not in ("", "free", "guided"):
        raise GeistError(f"--driver {driver!r} makes no sense", why="it is free or guided")
    if check is not None and no_check:
        raise GeistError("--check and --no-check contradict each other", mend="leave one out")
    here = Path.cwd().resolve()
    root = project(here)
    check_scope(root, scope)
    config, data, stop = configuration.load(root), home(), threading.Event()
    level = effort or config.effort or "medium"
    if level not in RETRIES:
        raise GeistError(f"the effort {level!r} makes no sense", why="it is low, medium or high",
                         mend="--effort medium    (or effort in geist.toml)")  # fmt: skip
    show = Screen(as_json, yes)
    chosen = choose(model, data, config, lambda text: show.out.print(text, style="dim"))
    profile = load(data, chosen.name, chosen.digest)
    if (driver or profile.driver) == "guided":
        if check is None and not no_check:
            found = find_command(here) or (find_command(root) if root != here else None)
            check = found.command if found else None
        _guided(profile.model, check, bool(driver))
        from geist.cli.fix import run
        from geist.cli.fix_screen import Options

        file, function = place(scope)
        dry = dry_run or autonomy == "suggest"
        run(Options(check, model, effort, max_seconds, max_tokens, yes, dry, as_json, file,
                    function, seed=seed, must_fail=True))  # fmt: skip
        return
    asked, capped = Autonomy(autonomy), Autonomy(profile.most_autonomy)
    if tuple(Autonomy).index(asked) > tuple(Autonomy).index(capped):
        raise GeistError(
            f"{chosen.name} has not earned the autonomy {asked}",
            why=f"what was measured of it allows {capped} at most",
            mend=f"geist map {chosen.name} --profile    or: --autonomy {capped}",
        )
    command = check or ""
    if not command and not no_check and not show.can_ask:
        found = find_command(here) or (find_command(root) if root != here else None)
        command = found.command if found else ""
    sandbox = available(data, stop)
    sandbox.mode()
    log = Log(data)
    terms = Terms(asked, scope, hosts=frozenset(config.leash.hosts))
    job = Job(root, here.relative_to(root).as_posix(), task, command, search_path(root), terms,
              RETRIES[level], show.can_ask and not no_check, max_tokens, max_seconds, max_money,
              seed)  # fmt: skip
    show.start(task, chosen.name, asked, command, log.session)
    previous = signal.signal(signal.SIGINT, lambda *_: _interrupt(stop))
    try:
        with Servers(config.mcp) as servers:
            session = Do(job, sandbox, data, chosen, log, show, show.tell, stop, servers.actions)
            done = session.run()
    finally:
        signal.signal(signal.SIGINT, previous)
        chosen.close()
    applied = False
    if done.state == "stopped":
        log.append("stopped")
        if done.draft is None or not done.draft.files:
            raise Stopped
        told = f"the draft is kept:  geist resume {log.session}"
        print(f"geist: stopped; your files are as they were, and {told}", file=sys.stderr)
        raise typer.Exit(130)
    draft = done.draft
    if draft is not None and draft.files and not dry_run:
        free = session.unseen(done) or yes
        if free or not show.can_ask:
            show.change(draft)
        if not free:
            steps = session.steps(draft, done.state == "verified") if show.can_ask else []
            draft = show.review(done, steps) if show.can_ask else None
            if draft is not None and done.draft is not None and draft.files != done.draft.files:
                done.state, done.why = "unchecked", "you left parts out, or changed them"
                done.draft = draft
        if draft is not None and draft.files:
            session.accept(draft)
            applied = True
    elif draft is not None and draft.files:
        show.change(draft)
    log.append("ended", state="applied" if applied else done.state, why=done.why)
    show.end(done, report(done, session.guard), applied, "geist undo", dry_run)
    good = applied or (dry_run and bool(draft and draft.files))
    raise typer.Exit(0 if good else 1)


def _guided(name: str, check: str | None, asked: bool) -> None:
    """A guided model rewrites one function of a failing check, as geist fix does."""
    if check is None:
        unknown = f"{name} has not earned to call tools, so geist drives it: a failing check"
        why = "the guided driver mends a failing check" if asked else unknown
        raise GeistError(
            "there is no check to mend",
            why=why,
            mend=f'--check "python -m pytest -q"    or measure it:  geist map {name} --profile',
        )


def _interrupt(stop: threading.Event) -> None:
    if stop.is_set():
        raise KeyboardInterrupt  # the second time, at once
    stop.set()
    print("\nstopping …", file=sys.stderr)
