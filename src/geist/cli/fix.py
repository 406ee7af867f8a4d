"""`geist fix`: make a failing command pass."""

import json
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geist.cli.screen import line
from geist.core.errors import Stopped
from geist.core.output import AS_IT_WAS

if TYPE_CHECKING:
    from geist.agent.fix import Fix, Mend, Request


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
) -> None:
    """Find the faulty function, have a model rewrite it, verify, and show the difference.

    Quote the command:  geist fix "python -m pytest -q". Nothing is changed before you accept it.

    Exits with 0 when the mend was applied (with --dry-run: found) or the command passes already,
    1 when not, 2 on misuse.
    """
    run(Options(command, model, effort, max_seconds, max_tokens, yes, dry_run, as_json, file,
                function, allow_tests, seed))  # fmt: skip


@dataclass(frozen=True)
class Options:
    """What was said on the command line."""

    command: str | None = None
    model: str | None = None
    effort: str | None = None
    seconds: float | None = None
    tokens: int | None = None
    yes: bool = False
    dry_run: bool = False
    as_json: bool = False
    file: str = ""
    function: str = ""
    allow_tests: bool = False
    seed: int = 0
    undo: str = "geist undo"  # how it is taken back, from where the user is


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
    from geist.core.errors import GeistError
    from geist.core.home import home
    from geist.core.log import Log
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
                      file, said.function, said.allow_tests, said.seed)  # fmt: skip
    sandbox = available(data, stop)
    sandbox.mode()  # without a sandbox there is no session
    log = Log(data)
    show.start(request, model.name, because, log.session)
    return Fix(request, sandbox, data, model, log, show.tell, stop), show


class Screen:
    """What the user sees while it works: lines for a person, or events as JSON."""

    def __init__(self, as_json: bool) -> None:
        from geist.cli.screen import console

        self.json, self.out = as_json, console()
        self._names: list[str] = []
        self._status: Any = None
        self._tried = self._tokens = self._copies = 0
        self._effort = 0
        self.root = Path()
        self._began = time.monotonic()

    def _emit(self, kind: str, **data: Any) -> None:
        print(json.dumps({"kind": kind} | data, default=str), flush=True)

    def note(self, text: str) -> None:
        if self.json:
            self._emit("note", text=text)
        else:
            self.out.print(line((f"  {text}", "yellow")))

    def start(self, request: "Request", model: str, because: str, session: str) -> None:
        self._effort, self.root = request.effort.samples, request.root
        if self.json:
            self._emit("start", command=request.command, because=because, model=model,
                       samples=self._effort, session=session, root=request.root)  # fmt: skip
            return
        self.out.print(line((f"geist fix · {request.command} · {model}", "bold")))
        if because:
            self.out.print(f"  the command is this project's own: {because}", style="dim")

    def tell(self, kind: str, data: dict[str, Any]) -> None:
        if self.json:
            self._tell_json(kind, data)
        else:
            getattr(self, f"_{kind}")(data)

    def _tell_json(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "failed":
            data = {k: v for k, v in data.items() if k != "failures"} | {
                "messages": {t: f.message for t, f in data["failures"].items()}
            }
        elif kind == "suspects":
            data = {"suspects": [{"label": s.label, "score": round(s.score, 3),
                                  "reasons": s.reasons} for s in data["suspects"]]}  # fmt: skip
        elif kind == "judged":
            a = data["attempt"]
            data = {"opening": a.ask.opening, "verdict": a.verdict.plain(), "twin": a.twin,
                    "usage": a.reply.usage.plain()}  # fmt: skip
        self._emit(kind, **data)

    def _busy(self, text: str) -> None:
        if self.out.is_terminal:
            if self._status is None:
                self._status = self.out.status(text, spinner="dots")
                self._status.start()
            self._status.update(text)

    def quiet(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _running(self, data: dict[str, Any]) -> None:
        self._busy("running the command in the sandbox …")

    def _failed(self, data: dict[str, Any]) -> None:
        failing, passed = data["failing"], data["passed"]
        if failing or passed:
            text = f"{len(failing)} of {len(failing) + passed} tests fail"
        else:
            text = "the command fails"
        self.out.print(f"✗ {text} ({data['seconds']:.1f} s)", style="red")
        for test in failing[:5]:
            message = (data["failures"][test].message or "").strip().split("\n")[0]
            self.out.print(line((f"    {test}", ""), (f"  {message[:100]}", "dim")))
        for where in data["broken"][:3]:
            self.out.print(line((f"    {where} cannot be imported", "")))
        if len(failing) > 5:
            self.out.print(f"    and {len(failing) - 5} more", style="dim")

    def _suspects(self, data: dict[str, Any]) -> None:
        suspects = data["suspects"]
        self._names = [s.definition.qualname for s in suspects]
        if suspects:
            self.out.print("  suspects, the likeliest first:")
        for s in suspects[:4]:
            self.out.print(line((f"    {s.label}", ""), (f"  {', '.join(s.reasons)}", "dim")))
        if len(suspects) > 4:
            self.out.print(f"    and {len(suspects) - 4} more", style="dim")
        self._busy("reading …")

    def _asking(self, data: dict[str, Any]) -> None:
        name = self._names[data["opening"]]
        self._busy(f"rewriting {name} … {self._tried} of {self._effort} answers tried")

    def _answered(self, data: dict[str, Any]) -> None:
        self._tokens += data["tokens"]

    def _judged(self, data: dict[str, Any]) -> None:
        attempt = data["attempt"]
        self._tried += 1
        if attempt.twin or attempt.verdict.reason == AS_IT_WAS:
            self._copies += 1  # the count tells; a line each would bury the rest
            return
        name = self._names[attempt.ask.opening]
        mark, style = ("✓", "green") if attempt.verdict.passed else ("·", "dim")
        reason = attempt.verdict.reason
        self.out.print(line((f"  {mark} {self._tried:>2} {name}: {reason[:160]}", style)))

    def change(self, mend: "Mend") -> None:
        from geist.cli import screen
        from geist.edit.diff import unified

        assert mend.tree is not None
        self.quiet()
        for change in mend.tree.changes:
            text = unified(change, (self.root / change.path).read_bytes())
            if self.json:
                self._emit("change", path=change.path, diff=text)
            else:
                self.out.print()
                self.out.print(screen.diff(text))

    def asks(self) -> bool:
        if self.json or not sys.stdin.isatty():
            return False
        while True:
            try:
                answer = self.out.input("\nApply this change? [y/n] ").strip().lower()
            except EOFError:
                return False
            if answer in ("y", "yes"):
                return True
            if answer in ("n", "no", ""):
                return False

    def end(self, mend: "Mend", accepted: bool, said: Options) -> None:
        self.quiet()
        outcome = mend.outcome
        spent = ""
        if outcome is not None:
            count = len(outcome.attempts)
            usage = outcome.usage
            spent = f"{count} answer{'s' if count != 1 else ''}, {usage.tokens} tokens"
            if self._copies:
                spent = spent.replace(",", f" of which {self._copies} said nothing new,", 1)
            if usage.money:
                spent += f", ${usage.money:.4f}"
        if self.json:
            usage = outcome.usage.plain() if outcome else {}
            self._emit("end", state=mend.state, why=mend.why, accepted=accepted, usage=usage,
                       attempts=len(outcome.attempts) if outcome else 0,
                       seconds=round(self._elapsed(), 2))  # fmt: skip
            return
        seconds = self._elapsed()
        if mend.state == "nothing":
            self.out.print(f"✓ nothing to mend: {mend.why}", style="green")
        elif mend.state == "mended":
            self.out.print(f"\n✓ mended: {mend.why} ({seconds:.0f} s, {spent})", style="bold green")
            if accepted:
                self.out.print(f"  applied; take it back with:  {said.undo}", style="dim")
            elif said.dry_run:
                self.out.print("  dry run: nothing was changed", style="dim")
            else:
                self.out.print("  nothing was changed; --yes applies it", style="dim")
        else:
            self._unmended(mend, seconds, spent)

    def _unmended(self, mend: "Mend", seconds: float, spent: str) -> None:
        ended = {
            "exhausted": "every answer that this effort allows was tried",
            "seconds": "the time was used up",
            "tokens": "the tokens were used up",
            "money": "the money was used up",
        }
        why = ended.get(mend.why, mend.why)
        tail = f" ({seconds:.0f} s, {spent})" if spent else f" ({seconds:.0f} s)"
        self.out.print(line((f"\n✗ not mended: {why}{tail}", "bold red")))
        if mend.outcome and mend.outcome.attempts:
            best = mend.outcome.best()
            tried = {self._names[a.ask.opening] for a in mend.outcome.attempts}
            self.out.print(line((f"  tried: {', '.join(sorted(tried))}", "")))
            if best is not None:
                name = self._names[best.ask.opening]
                self.out.print(line((f"  nearest: {name}: {best.verdict.reason[:300]}", "")))
            self.out.print("  to go on: --effort high, --seed 1, --function NAME, or --model")
        self.out.print("  your files are as they were", style="dim")

    def _elapsed(self) -> float:
        return time.monotonic() - self._began
