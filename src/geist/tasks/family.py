"""Task families: generators of problems with a strict verifier each.

A family of one's own is a file with a function under `@task_family`; see the tutorial in
docs/own-tasks.md.
"""

import importlib.util
import random
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geist.core.errors import GeistError
from geist.core.message import Message
from geist.core.task import Task
from geist.verify.answers import Auditable

SPLITS = {"test": (0,), "validation": (1,), "train": tuple(range(2, 10))}  # tenths of all keys
FORM = 'Write the answer alone in the last line, after "Answer:".'
TRIES = 500


@dataclass(frozen=True)
class Problem:
    """What a generator returns. `steps` is a way to the answer, for a warm start; `data` is what
    the verifier needs besides the answer. `slots` are the parts of the question by name, for asking
    it in other words (tasks/wording.py); `before` are turns of a conversation that end with it,
    the user's and the model's by turns."""

    question: str
    answer: Any
    steps: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    slots: Mapping[str, Any] = field(default_factory=dict)
    before: tuple[str, ...] = ()


@dataclass(frozen=True)
class Family:
    """`make` draws a problem of a level, with nothing but the dice it is given. `second` is
    another, independent judge of (task, text), which watches the first during training."""

    name: str
    about: str
    make: Callable[[random.Random, int], Problem]
    verifier: Auditable
    levels: tuple[int, int] = (1, 1)
    second: Callable[[Task, str], bool] | None = None
    source: str = ""  # the file of a family that is not geist's own
    form: str = FORM  # how an answer must look; it ends every question
    schema: Callable[[Problem], Mapping[str, Any]] | None = None  # that holds an answer to its form

    def task(self, split: str, number: int, level: int) -> Task:
        return self.draw(split, number, level)[0]

    def draw(self, split: str, number: int, level: int) -> tuple[Task, Problem]:
        """The task with this number, the same everywhere. Which split a task is in is decided by
        its key, so that no problem is in two."""
        low, high = self.levels
        level = min(max(level, low), high)
        for attempt in range(TRIES):
            dice = random.Random(f"{self.name}/{split}/{number}/{level}/{attempt}")
            problem = self.make(dice, level)
            meta = {"number": number, "level": level, "split": split, "source": self.source}
            task = self.pose(problem, meta)
            if split_of(task.key) == split:
                return task, problem
        raise GeistError(
            f"the family {self.name} has no {split} task at level {level}",
            why=f"{TRIES} problems in a row belong to other splits: it has too few problems",
            mend="let it draw from more of them",
        )

    def pose(self, problem: Problem, meta: Mapping[str, Any]) -> Task:
        """A problem, of this family or of one that draws the same ones, as a task."""
        turns = (*problem.before, f"{problem.question}\n{self.form}")
        prompt = tuple(
            Message("assistant" if place % 2 else "user", turn, "task")
            for place, turn in enumerate(turns)
        )
        held = {"schema": self.schema(problem)} if self.schema is not None else {}
        truth = {"answer": problem.answer, **problem.data}
        verifier = f"{self.verifier.name}@{self.verifier.version}"
        return Task(self.name, prompt, truth, verifier, {**meta, **held})


def split_of(key: str) -> str:
    tenth = int(key[:8], 16) % 10
    return next(name for name, tenths in SPLITS.items() if tenth in tenths)


FAMILIES: dict[str, Family] = {}


def task_family(
    name: str,
    *,
    verifier: Auditable,
    levels: tuple[int, int] = (1, 1),
    second: Callable[[Task, str], bool] | None = None,
    form: str = FORM,
    schema: Callable[[Problem], Mapping[str, Any]] | None = None,
) -> Callable[[Callable[[random.Random, int], Problem]], Callable[[random.Random, int], Problem]]:
    """Registers the function below it as the family `name`."""

    def register(make: Callable[[random.Random, int], Problem]):
        file = sys.modules[make.__module__].__file__ or ""
        source = "" if make.__module__.startswith("geist.") else str(Path(file).resolve())
        known = FAMILIES.get(name)
        if known is not None and known.source != source:
            raise ValueError(f"the name {name} is taken by another family")
        if not 0 <= levels[0] <= levels[1]:
            raise ValueError(f"levels {levels} of {name} do not go from low to high")
        about = (make.__doc__ or "").strip().split("\n")[0]
        FAMILIES[name] = Family(name, about, make, verifier, levels, second, source, form, schema)
        return make

    return register


def own() -> None:
    """Registers geist's own families."""
    import geist.tasks.calls
    import geist.tasks.edits
    import geist.tasks.everyday
    import geist.tasks.families
    import geist.tasks.famous
    import geist.tasks.instructions
    import geist.tasks.programs
    import geist.tasks.recall
    import geist.tasks.secret  # noqa: F401
    from geist.tasks import gym

    if gym.here():
        gym.register()


def family(name: str) -> Family:
    from geist.tasks import gym

    own()
    if name.startswith(gym.PREFIX) and not gym.here():
        raise gym.missing(name)
    if name not in FAMILIES:
        raise GeistError(
            f"there is no task family {name!r}",
            why=f"geist has {', '.join(sorted(FAMILIES))}",
            mend="geist audit    lists them; name a file of your own in the recipe's [tasks] file",
        )
    return FAMILIES[name]


def load(file: Path) -> list[str]:
    """Runs a user's file of families and returns the names that it added."""
    own()  # they come first, and keep their names
    before = dict(FAMILIES)
    name = f"geist_tasks_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None or not file.is_file():
        raise GeistError(f"there are no task families in {file}", why="no such Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as e:  # a user's own file may raise anything; it is told, and nothing stays
        del sys.modules[name]
        FAMILIES.clear()
        FAMILIES.update(before)
        lines = [f.lineno for f in traceback.extract_tb(e.__traceback__)
                 if Path(f.filename) == file]  # fmt: skip
        where = f", line {lines[-1]}" if lines else ""
        raise GeistError(f"{file} does not run{where}", why=f"{type(e).__name__}: {e}",
                         mend=f"python {file}    shows it in full") from e  # fmt: skip
    added = [n for n, f in FAMILIES.items() if before.get(n) is not f]
    if not added:
        raise GeistError(f"{file} has no function under @task_family")
    return added
