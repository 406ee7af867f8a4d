"""The prompt of a session. The work goes on in a thread of its own, so that the next message can be
typed, and the work be stopped, while it does."""

import re
import threading
from collections.abc import Callable
from typing import Any

from geist.agent.do import Do, Done
from geist.agent.hands import Refused
from geist.agent.leash import Terms
from geist.agent.scope import place
from geist.cli import live_commands
from geist.cli.live_commands import COMMANDS
from geist.cli.live_talk import Talk, completer, keys
from geist.cli.screen import line, safe
from geist.context.pack import estimate
from geist.core.errors import GeistError, full
from geist.core.home import home
from geist.models.profile import load
from geist.think.effort import effort

SHELL_SECONDS = 600
SOON = 1.0  # second
NAMED = re.compile(r"(?<!\S)@([\w./-]+)")


class Live:
    """The prompt, and what is typed at it."""

    def __init__(self, do: Do, screen: Talk, check: str) -> None:
        self.do, self.screen, self.check = do, screen, check
        self.level = "medium"
        self.waiting: list[str] = []
        self.worker: threading.Thread | None = None
        self.busy = False
        self.turn = threading.Lock()  # of `waiting` and `busy`: a message must not fall between
        self.done: Done | None = None
        self.over = False

    def loop(self) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import FileHistory

        history = home() / "history"
        history.parent.mkdir(parents=True, exist_ok=True)
        prompt: PromptSession[str] = PromptSession(
            history=FileHistory(str(history)), completer=completer(
                {n: about for n, (about, _) in COMMANDS.items()}, self.do.hands.files),
            complete_while_typing=True, key_bindings=keys(self.stop, self.screen),
            refresh_interval=0.5, bottom_toolbar=self.toolbar,
        )  # fmt: skip
        self.screen.redraw = prompt.app.invalidate
        while not self.over:
            try:
                text = prompt.prompt(self.message)
            except KeyboardInterrupt:
                self.stop()
                continue
            except EOFError:
                break
            try:
                self.typed(text)
            except GeistError as e:
                self.screen.out.print(line((f"geist: {e}", "red")))
        self.stop()
        if self.worker is not None:
            self.worker.join(20)

    def hello(self) -> None:
        out, job = self.screen.out, self.do.job
        out.print(
            line((f"geist · {self.do.model.name} · {self.terms.autonomy} · {job.root}", "bold"))
        )
        if self.do.free.turns or self.do.hands.draft.files:
            count = len(self.do.hands.draft.files)
            out.print(line((f"  going on with session {self.do.log.session}, "
                            f"with a draft of {count} files", "dim")))  # fmt: skip
        if self.driven:
            told = ("  this model has not earned to call tools, so geist drives it: /check "
                    "COMMAND names a failing check, then say what is wrong")  # fmt: skip
            out.print(told, style="dim")
        out.print("  /help lists the commands; Esc stops the work; Ctrl-D ends", style="dim")

    @property
    def terms(self) -> Terms:
        return self.do.guard.terms

    @property
    def driven(self) -> bool:
        return load(self.do.data, self.do.model.name, self.do.model.digest).driver == "guided"

    def must_be_idle(self) -> None:
        """Who sees the last line of some work may type before its thread has put things away."""
        if self.busy and self.worker is not None:
            self.worker.join(SOON)
        if self.busy:
            raise GeistError("it is working", mend="Esc stops it")

    def message(self) -> str:
        if self.screen.question:
            return f"{self.screen.question} "
        # what is being written stands over the prompt, and goes when it is whole
        written = self.screen.written(max(20, self.screen.out.width - 3))
        return f"… {written}\n› " if written and self.busy else "› "

    def toolbar(self) -> str:
        """What matters most comes first: a narrow terminal shows no more."""
        turns, used = self.do.free.turns, self.do.budget.used
        context = sum(estimate(m.text) for m in turns)
        told = ["working" if self.busy else "ready", str(self.terms.autonomy)]
        if self.waiting:
            told.append(f"{len(self.waiting)} waiting")
        if files := len(self.do.hands.draft.files):
            told.append(f"draft of {files}")
        told += [f"context {context / self.do.model.window:.0%}", f"{used.tokens} tokens"]
        if used.money:
            told.append(f"${used.money:.4f}")
        return " · ".join([*told, self.do.model.name.rpartition("#")[2]])

    # what is typed

    def typed(self, text: str) -> None:
        """An answer to a question, a command, a shell command, or a message, which waits while the
        work goes on."""
        if self.screen.question:
            self.screen.answers.put(text)
        elif not text.strip():
            return
        elif text.startswith("/"):
            live_commands.run(self, text[1:])
        elif text.startswith("!"):
            self.begin(lambda: self.shell(text[1:].strip()))
        elif not self._waits(text):
            self.begin(lambda: self.work(text))

    def _waits(self, text: str) -> bool:
        with self.turn:
            if self.busy:
                self.waiting.append(text)
            return self.busy

    def begin(self, what: Callable[[], None]) -> None:
        self.must_be_idle()
        self.do.stop.clear()
        with self.turn:
            self.busy = True
            self.worker = threading.Thread(target=self._guarded, args=(what,), daemon=True)
        self.worker.start()

    def _guarded(self, what: Callable[[], None]) -> None:
        try:
            what()
            while (text := self._next()) is not None:
                self.work(text)
        except GeistError as e:
            self.screen.out.print(line((f"geist: {e}", "red")))
        except Refused as e:
            self.screen.out.print(line((f"refused: {e}", "yellow")))
        except OSError as e:
            told = full(e)
            if told is None:
                raise
            self.screen.out.print(line((f"geist: {told}", "red")))
        finally:
            with self.turn:
                if self.worker is threading.current_thread():
                    self.busy = False

    def _next(self) -> str | None:
        """The message that waits longest; where none does, the next that is typed begins anew."""
        with self.turn:
            self.busy = bool(self.waiting) and not self.do.stop.is_set()
            return self.waiting.pop(0) if self.busy else None

    def stop(self) -> None:
        """Ends what is under way; the draft and the conversation stay."""
        if self.busy:
            self.do.stop.set()
            for text in self.waiting:
                self.screen.out.print(line((f"not sent, since you stopped: {text}", "yellow")))
            self.waiting.clear()
            if self.screen.question:
                self.screen.answers.put("q" if self.screen.single else "n")

    # what it does, in the worker's thread

    def work(self, text: str, check: bool = True) -> None:
        if self.driven:
            self._mend(text)
            return
        words = text
        for path in NAMED.findall(text):
            if self.do.hands.draft.read(path) is not None:
                data = self.do.hands.read(path) or b""
                words += f"\n\n{path}:\n{self.do.hands.say(data.decode('utf-8', 'replace'))}"
        self.done = done = self.do.say(words, self.check if check else "")
        out = self.screen.out
        if done.message:
            out.print(line((f"\n{done.message}", "")))
        told = {"verified": ("✓ verified: ", "green"), "unverified": ("✗ not verified: ", "red"),
                "stopped": ("· stopped: say how to go on ", "yellow")}  # fmt: skip
        if done.state in told:
            mark, style = told[done.state]
            out.print(line((mark + ("" if done.state == "stopped" else done.why), style)))
        if done.state == "verified" and self.do.unseen(done):
            self.accept()
        elif done.draft is not None and done.draft.files and done.state != "stopped":
            out.print("  /review takes it hunk by hunk, /diff shows it, /accept takes it whole",
                      style="dim")  # fmt: skip

    def _mend(self, text: str) -> None:
        """One function of a failing check, as geist fix does; the mend is the draft."""
        # here, because they take a fifth of a second to load
        from geist.agent.fix import Fix, Request
        from geist.cli.fix_screen import Screen as FixScreen

        do, out = self.do, self.screen.out
        if not self.check:
            raise GeistError("there is no check to mend", mend="/check python -m pytest -q")
        if do.hands.draft.files:
            raise GeistError("there is a draft already", mend="/accept or /discard it first")
        file, function = place(self.terms.scope)
        do.log.append("said", text=do.hands.secrets.hide(text))
        do.hands.said.append(len(do.hands.steps))
        request = Request(do.job.root, do.job.cwd, self.check, do.job.path, effort(self.level),
                          file=file, function=function)  # fmt: skip
        shown = FixScreen(as_json=False, spins=False)
        shown.start(request, do.model.name, "", do.log.session)
        fix = Fix(request, do.sandbox, do.data, do.model, do.log, shown.tell, do.stop)
        try:
            mend = fix.run()
        finally:
            shown.quiet()
        if mend.outcome is not None:
            do.budget.spend(mend.outcome.usage)
        if mend.tree is None:
            out.print(line((f"✗ not mended: {mend.why}", "red")))
            return
        do.hands.change(f"mend: {text}"[:200], do.hands.draft.after(mend.tree.changes))
        self.screen.change(do.hands.draft)
        self.done = Done("verified", mend.why, f"mends: {text}", do.hands.draft)
        out.print(line((f"✓ mended: {mend.why}", "green")))
        out.print("  /accept takes it, /discard throws it away", style="dim")

    def shell(self, command: str) -> None:
        result, refused = self.do.hands.run(command, SHELL_SECONDS, by_user=True)
        told = self.do.hands.say(f"{result.stdout}{result.stderr}".rstrip())
        self.screen.out.print(safe(told))
        for path in refused:
            self.screen.out.print(line((f"{path} was written and is not kept", "yellow")))
        if result.status:
            self.screen.out.print(f"status {result.status}", style="dim")
        if self.do.free.turns:
            self.do.free.tell("user", f"The user ran `{command}`:\n{told}")

    def review(self) -> None:
        done = self.done or Done("unchecked", "nothing has checked it")
        done.draft = self.do.hands.draft
        if not done.draft.files:
            self.screen.out.print("there is no draft", style="dim")
            return
        taken = self.screen.review(done, self.do.steps(done.draft, done.state == "verified"))
        if taken.files:
            self.accept(taken)

    def accept(self, draft: Any = None) -> None:
        from geist.agent.draft import Draft

        taken = draft or self.do.hands.draft
        if not taken.files:
            self.screen.out.print("there is no draft", style="dim")
            return
        hands = self.do.hands
        whole = hands.draft
        self.do.accept(taken)
        hands.draft, hands.steps = Draft(hands.root, whole.base), []
        hands.said = [0] * len(hands.said)  # what was taken is taken back with geist undo
        rest = whole.without(taken.files)
        if rest.files:
            hands.change("left out of a review", rest)
        self.screen.out.print(line((f"applied: {', '.join(taken.files)}", "green"),
                                   ("  take it back with  geist undo", "dim")))  # fmt: skip
        if rest.files:
            told = f"left in the draft: {', '.join(rest.files)}    (/review, /discard)"
            self.screen.out.print(line((told, "dim")))
