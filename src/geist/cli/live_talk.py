"""The one prompt of a session: what it asks, what keys do, what Tab completes."""

import queue
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from geist.agent.guard import Answer
from geist.agent.leash import Decision, Wish
from geist.cli.do_screen import Screen, flat
from geist.cli.screen import line, safe

MOST_PARTIAL, EVERY = 2000, 0.1  # characters; seconds


class Talk(Screen):
    """A screen whose questions are answered at the one prompt that there is."""

    def __init__(self) -> None:
        super().__init__(as_json=False, yes=False)
        self.can_ask, self.question = True, ""
        self.single = ""  # the keys that answer without Enter
        self.answers: queue.Queue[str] = queue.Queue()
        self.partial, self.redraw = "", lambda: None
        self._drawn = 0.0

    def tell(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "writing":
            self.partial = (self.partial + data["text"])[-MOST_PARTIAL:]
            # often enough to read along, not so often that it costs the model its time
            if time.monotonic() - self._drawn > EVERY:
                self._drawn = time.monotonic()
                self.redraw()
            return
        self.partial = ""
        super().tell(kind, data)

    def written(self, width: int) -> str:
        """The end of what the model is writing now, on one line; of a call its name."""
        words, _, called = self.partial.partition('{"')
        name = re.search(r'name":\s*"([\w.-]+)"', called)
        told = f"{words} → {name[1]} ({len(called)} characters)" if name else words
        return safe(" ".join(told.split()))[-width:]

    def _empty(self) -> None:
        """What was typed before a question was seen is no answer to it."""
        while not self.answers.empty():
            self.answers.get_nowait()

    def _input(self, prompt: str, known: tuple[str, ...]) -> str:
        self._empty()
        while True:
            self.question = safe(prompt).strip()
            said = self.answers.get().strip().lower()
            self.question = ""
            if said in known:
                return said

    def _key(self, prompt: str, known: str) -> str:
        self._empty()
        while True:
            self.question, self.single = safe(prompt).strip(), known
            said = self.answers.get().lower()
            self.question = self.single = ""
            if said and said in known:
                return said

    def may(self, wish: Wish, decision: Decision, shown: str, pattern: str | None) -> Answer:
        self.out.print()
        return super().may(wish, decision, shown, pattern)

    def answer(self, question: str) -> str | None:
        self.out.print(line(("? it asks: ", "bold yellow"), (flat(question), "")))
        self._empty()
        self.question = "your answer"
        said = self.answers.get().strip()
        self.question = ""
        return said or None


def keys(stop: Callable[[], None], talk: Talk) -> Any:
    """Esc stops the work; Alt-Enter begins a new line; a question of one key needs no Enter."""
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.key_binding import KeyBindings
    from prompt_toolkit.keys import Keys

    found = KeyBindings()

    @found.add(Keys.Any, filter=Condition(lambda: bool(talk.single)))
    def _(event: Any) -> None:
        if event.data.lower() in talk.single and not event.current_buffer.text:
            talk.answers.put(event.data)

    @found.add("escape")
    def _(event: Any) -> None:
        stop()

    @found.add("escape", "enter")
    def _(event: Any) -> None:
        event.current_buffer.insert_text("\n")

    return found


def completer(commands: Mapping[str, str], files: Callable[[], Sequence[str]]) -> Any:
    """Completes commands after a /, files after an @."""
    from prompt_toolkit.completion import Completer, Completion

    class Names(Completer):
        def get_completions(self, document: Any, complete_event: Any) -> Iterator[Completion]:
            word = document.get_word_before_cursor(WORD=True)
            if document.text.startswith("/") and " " not in document.text:
                for name, about in commands.items():
                    if f"/{name}".startswith(word):
                        yield Completion(f"/{name}", -len(word), display_meta=about)
            elif word.startswith("@"):
                wanted = word[1:].lower()
                for path in [p for p in files() if wanted in p.lower()][:30]:
                    yield Completion(f"@{path}", -len(word))

    return Names()
