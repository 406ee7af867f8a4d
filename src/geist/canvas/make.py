"""A view from its lines: checked, drawn in a browser where there is one, and kept."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Event

from geist.canvas.agree import EFFORT, Agrees, Querying
from geist.canvas.ask import Page, Shows, Viewing, effort, judged
from geist.canvas.browser import Browser, missing
from geist.canvas.data import Data
from geist.canvas.look import Seen, look
from geist.canvas.page import page
from geist.canvas.problem import Problem
from geist.canvas.view import Answered
from geist.core.budget import Budget
from geist.core.errors import GeistError, Stopped
from geist.core.log import Log
from geist.core.message import Message
from geist.core.output import Text
from geist.core.task import Task
from geist.models.model import Model
from geist.think.solve import solve

SAME = "Asked again in another way, the model computed the same. "
OTHERS = ("NOT CONFIRMED: asked again in another way, the model computed something else. Both "
          "queries stand under the page. ")  # fmt: skip


@dataclass(frozen=True)
class Made:
    """`wrong` is what is wrong with it; `seen` is None where it was not tried in a browser.
    `agrees` is whether the question, asked again in another way, had the same figures; None where
    it was not asked again."""

    question: str
    lines: str
    shown: Answered
    wrong: tuple[Problem, ...]
    seen: Seen | None
    agrees: bool | None = None
    other: str = ""  # the query that had other figures

    @property
    def alarms(self) -> list[str]:
        """What stands above the page: what is wrong, and what was not done."""
        told = [f"{p.path}: {p.message}" for p in self.wrong]
        if self.agrees is False:
            told.append(OTHERS.strip())
        if self.seen is None and not self.wrong:
            told.append("NOT TRIED: nobody has opened this page in a browser yet.")
        return told

    @cached_property
    def html(self) -> str:
        return page(self.shown, self.question, self.note, self.alarms, self.other)

    @property
    def note(self) -> str:
        """How it was checked, for under the page."""
        count = len(self.shown.receipts)
        where = "" if self.shown.view.told else " from the files"
        figures = f"{count} {'answer' if count == 1 else 'answers'} computed{where}. "
        if self.agrees is not None:
            figures += SAME if self.agrees else OTHERS
        if self.wrong:
            count = len(self.wrong)
            return f"{figures}{count} {'thing is' if count == 1 else 'things are'} wrong with it."
        if self.seen is None:
            return f"{figures}NOT TRIED in a browser."
        moved = f", {len(self.seen.tried)} controls moved" if self.seen.tried else ""
        return (
            f"{figures}Tried in a browser: drawn and read, light and dark, wide and small{moved}."
        )


def made(lines: str, data: Data, question: str, browser: Browser | None,
         seen: Seen | None = None) -> Made:  # fmt: skip
    """Total. `seen` is what was seen of the very same lines already."""
    shown, wrong = judged(lines, data, question)
    if seen is None and browser is not None and not wrong:
        seen = look(browser, page(shown, question), shown)
    return Made(question, lines, shown, (*wrong, *(seen.problems if seen else ())), seen)


def ask(question: str, data: Data, model: Model, browser: Browser | None, log: Log,
        budget: Budget, *, before: str = "", seed: int = 0, stop: Event | None = None,
        tell: Callable[[str], None] = lambda _: None) -> Made:  # fmt: skip
    """Lets a model answer, or change the lines `before`. Raises Stopped, and GeistError where it
    made nothing."""
    verifier = Page(data, browser) if browser else Shows(data)
    task = Task("show", (Message("user", question, "user"),), {},
                f"{verifier.name}@{verifier.version}")  # fmt: skip
    log.append("task", **task.plain())
    tell("thinking …")
    outcome = solve(task, Viewing(question, data, before), model, effort(), budget, verifier, log,
                    seed=seed, stop=stop)  # fmt: skip
    best = outcome.best()
    if best is None or not isinstance(best.output, Text):
        if stop is not None and stop.is_set():
            raise Stopped
        raise GeistError("no view was made", why=outcome.why)
    seen = verifier.seen.get(best.output.text) if isinstance(verifier, Page) else None
    done = made(best.output.text, data, question, browser, seen)
    if outcome.passed is None or before or not data.tables:
        return done  # a change says too little by itself to be asked again
    tell("asking again in another way …")
    again = Agrees(done.shown, data)
    agrees = confirmed(question, again, data, model, log, budget, seed=seed, stop=stop)
    other = "" if agrees or not again.answers else again.answers[0][0]
    return replace(done, agrees=agrees, other=other)


def confirmed(question: str, again: Agrees, data: Data, model: Model, log: Log,
              budget: Budget, *, seed: int = 0, stop: Event | None = None) -> bool:  # fmt: skip
    """Whether the question, put as plain SQL, has the figures that the view shows."""
    task = Task("show-again", (Message("user", question, "user"),), {}, "agrees@1")
    outcome = solve(task, Querying(question, data), model, EFFORT, budget, again, log,
                    seed=seed, stop=stop)  # fmt: skip
    return outcome.passed is not None


def opened(browser: bool = True) -> Browser | None:
    """A browser to try pages in; None where there is none."""
    return Browser() if browser and not missing() else None
