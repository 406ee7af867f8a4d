"""One model's answers to a suite: how many pairs there is time for, and when a skill is known."""

import json
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from geist.core.budget import Budget
from geist.core.log import Log
from geist.jagged.cells import JaggedMap, fold
from geist.jagged.measure import TOKENS, Row, Rows, measure
from geist.jagged.suite import Item, rounds
from geist.models.model import Model
from geist.tasks.family import FAMILIES, own

TOGETHER = 8  # answers that are asked for at once
LEAST, MOST = 2, 400  # pairs of a map that is fitted to a time
LOOK = 10  # pairs until a skill may be left for being known well enough


class Survey:
    """`tell` hears the rows so far, again and again."""

    def __init__(self, model: Model, rows: Rows, budget: Budget, log: Log, stop: threading.Event,
                 tell: Callable[[list[Row]], None]) -> None:  # fmt: skip
        self.model, self.rows, self.budget = model, rows, budget
        self.log, self.stop, self.tell = log, stop, tell
        self.seconds, self.together = 0.0, TOGETHER
        self.tokens: Callable[[Item], int] = lambda item: TOKENS

    def fit(self, skills: Sequence[str], minutes: float) -> int:
        """The pairs that there is time for. The first round over all skills is asked, and timed; if
        it was answered before, what it took then counts."""
        first = rounds(skills, 1)
        left = self.rows.missing(first)
        if left:
            self.ask(left)
            each = self.seconds / len(left)
        else:
            took = [r.seconds for r in self.rows.of(first)]
            each = sum(took) / len(took) / self.together
        pairs = 1 + int((60 * minutes - self.seconds) / max(1e-3, each) / len(first))
        return max(LEAST, min(MOST, pairs))

    def ask(self, items: Sequence[Item], width: float | None = None) -> None:
        """Asks what is not answered yet. With `width`, a skill is left when its interval is so
        narrow (a fixed width is a stopping rule that keeps coverage: Chow and Robbins 1965)."""
        start, known = time.monotonic(), set[str]()

        def wanted(item: Item) -> bool:
            return item.skill not in known

        self.tell(self.rows.of(items))
        for number, _ in enumerate(
            measure(items, self.model, self.rows, self.budget, self.log, together=self.together,
                    tokens=self.tokens, wanted=wanted, stop=self.stop), 1):  # fmt: skip
            self.tell(self.rows.of(items))
            if width is not None and number % self.together == 0:
                cells = fold(self.rows.of(items)).cells
                known.update(c.skill for c in cells if c.pairs >= LOOK and c.right.width <= width)
        self.seconds += time.monotonic() - start


def known(rows: Rows) -> list[Row]:
    """All answers to what a map would ask today: a family whose questions have changed since, or
    that is not there any more, is left out."""
    own()
    skills = sorted({r.skill for r in rows.rows.values()} & FAMILIES.keys())
    most = max((r.pair for r in rows.rows.values()), default=-1) + 1
    return rows.of(rounds(skills, most))


def kept(folder: Path) -> dict[str, Any] | None:
    """The map of a model as `keep` left it; None where there is none that can be read."""
    try:
        return json.loads((folder / "map.json").read_text())
    except (OSError, ValueError):
        return None


def keep(folder: Path, name: str, found: JaggedMap) -> None:
    """The map as data, for whoever acts on it."""
    told: dict[str, Any] = {
        "model": name, "at": datetime.now().astimezone().isoformat(timespec="seconds"),
        "jaggedness": asdict(found.jagged),
        "skills": {c.skill: asdict(c) | {"word": c.word, "brittle": c.brittle}
                   for c in found.cells},
    }  # fmt: skip
    fresh = folder / "map.json.new"
    folder.mkdir(parents=True, exist_ok=True)
    fresh.write_text(json.dumps(told, indent=1) + "\n")
    os.replace(fresh, folder / "map.json")
