"""Asks a model the items of a suite and keeps a row for each answer. Resumable."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path

from geist.core.budget import Budget
from geist.core.log import Log
from geist.core.verdict import Status
from geist.jagged.suite import Item
from geist.models.model import Model
from geist.tasks.family import family
from geist.think.plain import answer
from geist.think.solve import Attempt

TOKENS = 160  # an answer with the way to it; what is longer is cut, and told


@dataclass(frozen=True)
class Row:
    """What became of one item. `kind` is a kind reading: the right answer stands at the end,
    whatever its form. `form` says that the answer had the form that was asked for, `strict` both.
    """

    item: str
    skill: str
    pair: int
    axis: str
    template: str
    strict: bool
    kind: bool
    form: bool
    cut: bool
    tokens: int
    seconds: float
    answer: str
    truth: str
    sure: float | None = None  # the probability that the model gave its last line


class Rows:
    """The rows of one model, in a file that only grows."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.rows: dict[str, Row] = {}
        torn = False
        if file.exists():
            text = file.read_text(encoding="utf-8", errors="replace")
            torn = bool(text) and not text.endswith("\n")
            for line in text.splitlines():
                try:
                    row = Row(**json.loads(line))
                except (ValueError, TypeError):
                    continue  # a line that a kill cut short is asked again
                self.rows[row.item] = row
        if torn:
            with file.open("a") as f:
                f.write("\n")

    def add(self, row: Row) -> None:
        self.rows[row.item] = row
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a", encoding="utf-8") as f:
            f.write(json.dumps(asdict(row)) + "\n")

    def forget(self, skills: Sequence[str]) -> None:
        self.rows = {name: r for name, r in self.rows.items() if r.skill not in skills}
        if self.file.exists():
            fresh = self.file.with_suffix(".new")
            fresh.write_text("".join(json.dumps(asdict(r)) + "\n" for r in self.rows.values()))
            os.replace(fresh, self.file)

    def missing(self, items: Sequence[Item]) -> list[Item]:
        return [i for i in items if i.name not in self.rows]

    def of(self, items: Sequence[Item]) -> list[Row]:
        return [self.rows[i.name] for i in items if i.name in self.rows]


def measure(
    items: Sequence[Item],
    model: Model,
    rows: Rows,
    budget: Budget,
    log: Log,
    *,
    together: int = 1,
    tokens: Callable[[Item], int] = lambda item: TOKENS,
    wanted: Callable[[Item], bool] = lambda item: True,
    stop: threading.Event,
) -> Iterator[Row]:
    """Rows of the items that are not there yet, in whatever order they are done. `wanted` is asked
    just before an item is: what is resolved meanwhile is left out. Ends early when the budget is
    used up or `stop` is set; an error of the model is raised."""
    left = iter(rows.missing(items))
    with ThreadPoolExecutor(together) as pool:
        waiting = set[Future[Row | None]]()
        try:
            while not stop.is_set():
                while len(waiting) < together and not _spent(budget):
                    item = next((i for i in left if wanted(i)), None)
                    if item is None:
                        break
                    waiting.add(pool.submit(_row, item, model, budget, log, tokens(item), stop))
                if not waiting:
                    return
                done, waiting = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
                for one in done:
                    row = one.result()
                    if row is not None:
                        rows.add(row)
                        yield row
        except BaseException:
            stop.set()
            raise
        finally:
            for one in waiting:
                one.cancel()


def _spent(budget: Budget) -> bool:
    return any(left is not None and left <= 0 for left in budget.left())


def _row(item: Item, model: Model, budget: Budget, log: Log, tokens: int,
         stop: threading.Event) -> Row | None:  # fmt: skip
    start = time.monotonic()
    verifier = family(item.skill).verifier
    outcome = answer(item.task, model, verifier, budget, log, tokens=tokens, stop=stop)
    if not outcome.attempts or stop.is_set():
        return None
    return judged(item, outcome.attempts[0], time.monotonic() - start)


def judged(item: Item, attempt: Attempt, seconds: float) -> Row | None:
    """None where geist itself could not tell."""
    verdict, reply = attempt.verdict, attempt.reply
    if verdict.status is Status.UNSCORABLE:
        return None
    whole = reply.finish != "length"
    parts = verdict.parts
    strict = verdict.passed and whole
    return Row(
        item.name, item.skill, item.pair, item.axis, item.template, strict,
        bool(parts.get("lenient", verdict.passed)),
        bool(parts.get("format", verdict.passed)) and whole, not whole,
        reply.usage.completion, round(seconds, 3), reply.text, str(item.task.truth.get("answer")),
        None if reply.sure is None else round(reply.sure, 5),
    )  # fmt: skip
