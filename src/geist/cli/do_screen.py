"""What `geist do` shows and asks."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from geist.agent.do import Done, Report
from geist.agent.draft import Draft
from geist.agent.guard import Answer
from geist.agent.leash import Decision, Wish
from geist.agent.review import Hunk, chosen, hunks, lines_of
from geist.agent.steps import Step
from geist.cli import screen
from geist.cli.screen import console, line, safe
from geist.core.errors import GeistError

HELP = (
    "y take  n leave  a all of this file  d none of this file  e edit  ? why  space later  "
    "q leave the rest"
)
ENDS = {
    "verified": ("✓", "green"), "unchecked": ("·", "yellow"), "unverified": ("✗", "red"),
    "nothing": ("·", "dim"), "stopped": ("·", "dim"),
}  # fmt: skip


class Screen:
    """Lines for a person, or events as JSON. Also the one who asks the user."""

    def __init__(self, as_json: bool, yes: bool) -> None:
        self.json, self.yes = as_json, yes
        self.out = console()
        self.began = time.monotonic()
        self.can_ask = not as_json and sys.stdin.isatty()

    def tell(self, kind: str, data: dict[str, Any]) -> None:
        if self.json:
            if kind != "writing":  # its pieces are told whole, as a call
                self._emit(kind, **_plain(kind, data))
        elif found := getattr(self, f"_{kind.replace(' ', '_')}", None):
            found(data)

    def _emit(self, kind: str, **data: Any) -> None:
        print(json.dumps({"kind": kind, "at": round(time.monotonic() - self.began, 3)} | data,
                         default=str), flush=True)  # fmt: skip

    def start(self, task: str, model: str, autonomy: str, check: str, session: str) -> None:
        if self.json:
            self._emit("start", task=task, model=model, autonomy=autonomy, check=check,
                       session=session)  # fmt: skip
            return
        self.out.print(line((f"geist do · {task[:200]} · {model} · {autonomy}", "bold")))
        if check:
            self.out.print(line((f"  done when this succeeds: {check}", "dim")))

    def _proposing(self, data: dict[str, Any]) -> None:
        self.out.print("  how would one see that it is done? writing a check …", style="dim")

    def _passes_already(self, data: dict[str, Any]) -> None:
        told = f"  {data['path']} passes already, so it would show nothing: there is no check"
        self.out.print(line((told, "yellow")))

    def _baseline(self, data: dict[str, Any]) -> None:
        now = f"{len(data['failing'])} fail, {data['passed']} pass" if (
            data["failing"] or data["passed"]) else f"status {data['status']}"  # fmt: skip
        self.out.print(f"  the check now: {now}", style="dim")

    def _ordering(self, data: dict[str, Any]) -> None:
        self.out.print(f"  {data['lines']} lines in {data['files']} files: looking for steps that "
                       "keep the tests green …", style="dim")  # fmt: skip

    def _acting(self, data: dict[str, Any]) -> None:
        call = data["call"]
        if call.said:
            self.out.print(safe(call.said))
        told = " ".join(str(v) for v in call.arguments.values()).replace("\n", " ")
        if call.name not in ("done", "ask"):
            self.out.print(line((f"  {call.name} ", "bold"), (told[:160], "")), end="")

    def _acted(self, data: dict[str, Any]) -> None:
        if data["call"].name in ("done", "ask"):
            return
        first = next((x for x in data["result"].splitlines() if x.strip()), "")
        more = data["result"].count("\n")
        tail = f"  (+{more} lines)" if more else ""
        self.out.print(line((f"  → {first[:110]}{tail}", "dim")))

    def _unread(self, data: dict[str, Any]) -> None:
        self.out.print(line((f"  no call in its answer: {data['why'][:120]}", "yellow")))

    def _compacted(self, data: dict[str, Any]) -> None:
        self.out.print(f"  {data['characters']} characters of old results were dropped: task, "
                       "rules and what it decided stay", style="dim")  # fmt: skip
        for head in data["dropped"]:
            self.out.print(line((f"    {head[:100]}", "dim")))

    def _leash(self, data: dict[str, Any]) -> None:
        if not data["allowed"]:
            wish, decision = data["wish"], data["decision"]
            told = f"  not allowed: {wish.capability} {wish.target[:100]} ({decision.rule})"
            self.out.print(line((flat(told), "yellow")))

    def _judged(self, data: dict[str, Any]) -> None:
        verdict = data["attempt"].verdict
        mark, style = ("✓", "green") if verdict.passed else ("✗", "red")
        self.out.print(line((f"  {mark} {verdict.reason[:200]}", style)))

    # asking

    def may(self, wish: Wish, decision: Decision, shown: str, pattern: str | None) -> Answer:
        if not self.can_ask:
            return "no"
        self.out.print()
        # on one line: it must not look like another question
        self.out.print(line(("? ", "bold yellow"), (flat(shown), "bold")))
        self.out.print(line((f"  {flat(decision.rule)}", "dim")))
        more = f"  s every `{flat(pattern)}` in this session  p in this project" if pattern else ""
        answers: dict[str, Answer] = {"y": "once", "n": "no", "": "no"}
        if pattern:
            answers |= {"s": "session", "p": "project"}
        return answers[self._input(f"  y once  n no{more}: ", tuple(answers))]

    def answer(self, question: str) -> str | None:
        if not self.can_ask:
            return None
        self.out.print(line(("\n? it asks: ", "bold yellow"), (flat(question), "")))
        try:
            return self.out.input("  > ").strip() or None
        except EOFError:
            return None

    def check(self, path: str, text: str) -> str | None:
        if not self.can_ask:
            return text if self.yes else None
        while True:
            self.out.print(line((f"\nIt would be done when this passes ({path}):", "bold")))
            self.out.print(safe(text))
            said = self._input("  y agreed  n no check  e edit: ", ("y", "n", "e"))
            if said != "e":
                return text if said == "y" else None
            text = edited(text, ".py") or text

    def _input(self, prompt: str, known: tuple[str, ...]) -> str:
        while True:
            try:
                said = self.out.input(safe(prompt)).strip().lower()
            except EOFError:
                return "n"
            if said in known:
                return said

    # the end

    def change(self, draft: Draft) -> None:
        from geist.edit.diff import unified

        for change in draft.tree().changes:
            text = unified(change, draft.seen[change.path] or b"")
            text = text or f"{change.path}: an empty file"
            if self.json:
                self._emit("change", path=change.path, diff=text)
            else:
                self.out.print()
                self.out.print(screen.diff(text))

    def review(self, done: Done, steps: Sequence[Step] = ()) -> Draft:
        """Hunk by hunk, and step by step where there are some. What is left out is not in the draft
        that comes back."""
        assert done.draft is not None
        draft = whole = done.draft
        self.out.print(line((f"\n{HELP}", "dim")))
        order = list(steps) or [Step(tuple(sorted(whole.files)), False)]
        waiting, taken = deque[tuple[int, Hunk, int, int]](), dict[str, list[Hunk]]()
        for number, step in enumerate(order, 1):
            for path in step.paths:
                every, taken[path] = hunks(whole, path), []
                waiting += [(number, h, n, len(every)) for n, h in enumerate(every, 1)]
        rest, at, left = dict[str, str](), 0, False
        while waiting:
            step, hunk, number, of = waiting.popleft()
            said = "d" if left else rest.get(hunk.path, "")
            if not said:
                if step != at and len(order) > 1:
                    at = step
                    here = order[step - 1]
                    told = f"\nstep {step} of {len(order)}: {', '.join(here.paths)}"
                    how = "the tests stay green" if here.green else "not seen to keep the tests"
                    self.out.print(line((told, "bold"), (f"  ({how})", "dim")))
                said = self._decide(done, hunk, number, of)
            if said == " ":  # later
                waiting.append((step, hunk, number, of))
            elif said == "e":
                made = None if hunk.whole else edited("\n".join(hunk.new), Path(hunk.path).suffix)
                if made is not None:
                    hunk = replace(hunk, new=tuple(made.rstrip("\n").split("\n")))
                waiting.appendleft((step, hunk, number, of))
            elif said in ("a", "d"):
                rest[hunk.path] = said
            left = left or said == "q"
            if said in ("y", "a"):
                taken[hunk.path].append(hunk)
        for path, parts in taken.items():
            draft = _with(draft, chosen(whole, path, parts), path)
        return draft

    def _decide(self, done: Done, hunk: Hunk, number: int, of: int) -> str:
        assert done.draft is not None
        while True:
            self._hunk(done.draft, hunk, number, of)
            said = self._key("  y/n/a/d/e/?/space/q: ", "ynade?q ")
            if said != "?":
                return said
            self.out.print(line((f"  {done.message or 'it gave no reason'}\n  {done.why}", "dim")))

    def _key(self, prompt: str, known: str) -> str:
        """One key, without Enter where there is a terminal."""
        said = one_key(known, lambda: self.out.print(safe(prompt), end=""))
        self.out.print(said.strip())
        return said

    def _hunk(self, draft: Draft, hunk: Hunk, number: int, of: int) -> None:
        old = lines_of(draft.seen[hunk.path]) or []
        self.out.print(line((f"\n{hunk.path}  ({number} of {of})", "bold")))
        if hunk.whole and draft.files[hunk.path] is None:
            self.out.print("  the file goes", style="red")
        elif not hunk.old and not hunk.new:
            self.out.print("  it is not a text", style="dim")
        else:
            self.out.print(screen.diff(hunk.shown(old)))

    def end(self, done: Done, found: Report, applied: bool, undo: str, dry: bool) -> None:
        usage = done.outcome.usage if done.outcome else None
        if self.json:
            self._emit("end", state=done.state, why=done.why, message=done.message, applied=applied,
                       changed=found.changed, asked=found.questions, taint=found.taint,
                       usage=usage.plain() if usage else {},
                       seconds=round(time.monotonic() - self.began, 2))  # fmt: skip
            return
        if done.message:
            self.out.print(line((f"\n{done.message}", "")))
        mark, style = ENDS[done.state]
        told = {"verified": f"verified: {done.why}", "unchecked": f"not checked: {done.why}",
                "unverified": f"not verified: {done.why}", "nothing": f"no change: {done.why}",
                "stopped": "stopped"}[done.state]  # fmt: skip
        spent = f"{time.monotonic() - self.began:.0f} s"
        if usage:
            spent += f", {usage.tokens} tokens" + (f", ${usage.money:.4f}" if usage.money else "")
        asked = f", {found.questions} questions" if found.questions else ""
        self.out.print(line((f"\n{mark} {told} ({spent}{asked})", f"bold {style}")))
        if found.changed:
            self.out.print(line((f"  changed: {', '.join(found.changed)}", "")))
        if found.taint:
            self.out.print(line((f"  it has read text from {', '.join(found.taint)}", "dim")))
        if applied:
            self.out.print(f"  applied; take it back with:  {undo}", style="dim")
        elif found.changed:
            why = "dry run" if dry else "not applied"
            self.out.print(f"  {why}: your files are as they were", style="dim")


def flat(text: str) -> str:
    """On one line: what a model or a file has written must not look like another question."""
    return " ⏎ ".join(text.splitlines())


def one_key(known: str, ask: Callable[[], None]) -> str:
    """The next key of `known` from the terminal; "q" where there are no more. Ctrl-C is as ever.
    What was typed before the question is no answer to it: it is dropped, then `ask` shows it."""
    import termios
    import tty

    file = sys.stdin.fileno()
    before = termios.tcgetattr(file)
    try:
        tty.setcbreak(file, termios.TCSAFLUSH)
        ask()
        while True:
            data = os.read(file, 1).decode("latin-1").lower()
            if not data or data == "\x04":
                return "q"
            if data in known:
                return data
    finally:
        termios.tcsetattr(file, termios.TCSADRAIN, before)


def edited(text: str, suffix: str) -> str | None:
    """The text after the user's editor; None where it failed."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"edit{suffix}"
        file.write_text(text)
        try:
            done = subprocess.run([*shlex.split(editor), str(file)])
        except OSError as e:
            raise GeistError(f"the editor {editor} did not start", why=str(e),
                             mend="export EDITOR=nano") from e  # fmt: skip
        return file.read_text() if done.returncode == 0 else None


def _with(draft: Draft, other: Draft, path: str) -> Draft:
    """The draft with a file as another draft has it."""
    files, seen = dict(draft.files), dict(draft.seen)
    if path in other.files:
        files[path] = other.files[path]
    else:
        files.pop(path, None)
        seen.pop(path, None)
    return Draft(draft.root, draft.base, files, seen)


def _plain(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    if "call" in data:
        call = data["call"]
        data = {**data, "call": {"name": call.name, "arguments": dict(call.arguments),
                                 "body": call.body, "said": call.said}}  # fmt: skip
    if kind == "leash":
        wish, decision = data["wish"], data["decision"]
        data = {"capability": str(wish.capability), "target": wish.target, "verb": decision.verb,
                "rule": decision.rule, "allowed": data["allowed"]}  # fmt: skip
    if kind == "judged":
        data = {"verdict": data["attempt"].verdict.plain()}
    return data
