"""What `geist fix` was told, and what its user sees: lines for a person, or events as JSON."""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geist.cli import screen
from geist.cli.screen import line
from geist.core.output import AS_IT_WAS

if TYPE_CHECKING:
    from geist.agent.fix import Mend, Request


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
    form: str = ""
    must_fail: bool = False  # a command that succeeds already says nothing of the task
    undo: str = "geist undo"  # how it is taken back, from where the user is


class Screen:
    """What the user sees while it works: lines for a person, or events as JSON."""

    def __init__(self, as_json: bool, *, spins: bool = True) -> None:
        """`spins` shows what goes on in a line that moves, where nothing else does."""
        self._spins = spins
        self.json, self.out = as_json, screen.console()
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

    def _profile(self, data: dict[str, Any]) -> None:
        if data["measured"]:
            told = f"  edits as {data['form']}, packs of {data['tokens']} tokens: its profile of "
            self.out.print(line((told + data["measured"], "dim")))

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
        if self._spins and self.out.is_terminal:
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
        from geist.cli.do_screen import one_key

        question = "\nApply this change?  y yes  n no: "
        said = one_key("ynq\n", lambda: self.out.print(question, end=""))
        self.out.print(said.strip())
        return said == "y"

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
