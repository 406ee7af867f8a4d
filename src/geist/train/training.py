"""What the stages of a run share: the model, its dialect, the tasks, the checkpoints."""

import errno
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from geist.core.errors import GeistError
from geist.core.message import Message
from geist.core.output import Text
from geist.core.task import Task
from geist.models.local import cores
from geist.models.store import sha256_of
from geist.tasks.family import Family, Problem, family, load
from geist.tasks.judges import Judges
from geist.train.learner import Learner, Rates
from geist.train.machine import keep_memory, use
from geist.train.recipe import Optimiser, Recipe
from geist.train.run import Progress, Run
from geist.train.sampler import Sampler
from geist.train.start import begin_with, digest_of, take

Tell = Callable[[str, dict[str, Any]], None]
SPREAD = 1_000_003
AFTER = {"sft": "rlvr", "rlvr": "done"}


@dataclass
class Scores:
    """Shares of right answers of held-out tasks, by how strictly they are read."""

    of: int = 0
    strict: float = 0.0
    lenient: float = 0.0
    format: float = 0.0
    length: float = 0.0


class Training:
    """One run in this process. `tell` hears ("stage" | "step" | "evaluated" | "saved" | "warning",
    data). `stop` ends it after the step at hand, with a checkpoint."""

    def __init__(self, run: Run, data: Path, tell: Tell, stop: threading.Event) -> None:
        self.run, self.data, self.tell, self.stop = run, data, tell, stop
        self.recipe: Recipe = run.recipe
        about = run.about
        keep_memory()
        # the number of threads decides how sums are split, and so their last bits
        torch.set_num_threads(about["threads"])
        self.bf16: bool = about["bf16"]
        self.families = _families(self.recipe)
        self.model, self.dialect = begin_with(self.recipe, data)
        self._same_start(about)
        use(about.get("device", "cpu"))
        self.model.to(about.get("device", "cpu"))
        self.progress = Progress(stage="sft" if self.recipe.sft else "rlvr")
        self.learner: Learner | None = None
        self._writer: Any = None
        files = [Path(self.recipe.tasks.file)] if self.recipe.tasks.file else []
        self.judges = Judges(cores(), files)

    def _same_start(self, about: dict[str, Any]) -> None:
        """What a run depends on besides its recipe is what it was when it began."""
        start = {"weights": digest_of(self.model), "torch": str(torch.__version__)}
        for file in (self.recipe.tasks.file, self.recipe.sft.data if self.recipe.sft else None):
            if file and Path(file).is_file():
                start[file] = sha256_of(Path(file))
        if "start" not in about:
            self.run.note(start=start)
            return
        for name, was in about["start"].items():
            if start.get(name) != was:
                raise GeistError(
                    f"the run {self.run.name} cannot go on: {name} has changed since it began",
                    why=f"it would not end with the same weights ({was[:16]} then, "
                    f"{str(start.get(name))[:16]} now)",
                    mend="put it back as it was, or begin another run with --name",
                )

    def __enter__(self) -> "Training":
        return self

    def __exit__(self, *_: object) -> None:
        self.judges.close()
        if self._writer is not None:
            self._writer.close()

    def go(self) -> Progress:
        """Trains until the recipe is done or `stop` is set, from the last checkpoint on."""
        try:
            return self._go()
        except OSError as e:
            if e.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise GeistError(
                "the disk is full",
                why=f"{e}; the last checkpoint is whole",
                mend=f"make room in {self.run.folder}, then:  geist train resume {self.run.name}",
            ) from e

    def _go(self) -> Progress:
        found = self.run.latest()
        if found is not None:
            self.progress = found[0]
            take(self.model, found[1])
        self.run.forget_after(self.progress)
        # the optimiser begins anew with each stage
        self._begin_stage(found[1] if found and self.progress.step else None)
        if found is None:
            self._save()
        while self.progress.stage != "done" and not self.stop.is_set():
            self._stage()
            if not self.stop.is_set() or self.progress.step >= self._of(self.progress.stage).steps:
                self._next_stage()
        return self.progress

    def _stage(self) -> None:
        from geist.train.rlvr import Rlvr
        from geist.train.sft import Sft

        p, stage = self.progress, self.progress.stage
        recipe = self._of(stage)
        self.tell("stage", {"stage": stage, "step": p.step, "steps": recipe.steps})
        steps = Sft(self) if stage == "sft" else Rlvr(self)
        if p.step == 0:
            self._evaluate(stage)
        while p.step < recipe.steps and not self.stop.is_set():
            start = time.monotonic()
            row = steps.step(p.step)
            p.step += 1
            spent = time.monotonic() - start
            p.seconds += spent
            self._record({"stage": stage, "step": p.step, "seconds": round(spent, 3), **row})
            last = p.step == recipe.steps
            if last or p.step % self.recipe.evaluate == 0:
                self._evaluate(stage)
            if last or p.step % self.recipe.checkpoint == 0 or self.stop.is_set():
                self._save()

    def _of(self, stage: str) -> Any:
        return {"sft": self.recipe.sft, "rlvr": self.recipe.rlvr}[stage]

    def _begin_stage(self, state: dict[str, torch.Tensor] | None) -> None:
        """Makes the learner of the stage that is next, past those that the recipe lacks."""
        p = self.progress
        while p.stage != "done" and self._of(p.stage) is None:
            p.stage, p.step = AFTER[p.stage], 0
        if p.stage == "done":
            return
        self.learner = self.learn(self._of(p.stage).optimiser)
        if state is not None:
            self.learner.restore(state)

    def _next_stage(self) -> None:
        self.progress.stage, self.progress.step = AFTER[self.progress.stage], 0
        self._begin_stage(None)
        self._save()

    def learn(self, o: Optimiser) -> Learner:
        rates = Rates(o.rate, o.warmup, decay=o.decay, most=o.clip)
        return Learner(self.model, self.bf16, rates, self.recipe.recompute)

    def _save(self) -> None:
        assert self.learner is not None
        place = self.run.save(self.progress, self.learner.state())
        self.tell(
            "saved", {"stage": self.progress.stage, "step": self.progress.step, "place": place}
        )

    def _record(self, row: dict[str, Any]) -> None:
        self.run.record(row)
        self.tell("step", row)
        if self._writer is None:
            from tensorboardX import SummaryWriter

            self._writer = SummaryWriter(str(self.run.folder / "tensorboard"))
        for name, value in row.items():
            if isinstance(value, int | float) and name != "step":
                self._writer.add_scalar(f"{row['stage']}/{name}", value, row["step"])

    def prompt(self, task: Task) -> list[int]:
        turns = list(task.prompt)
        if self.recipe.tasks.system:
            turns.insert(0, Message("system", self.recipe.tasks.system))
        return self.dialect.prompt(turns)

    def level(self, name: str) -> int:
        first = self.recipe.tasks.level or self.families[name].levels[0]
        return self.progress.levels.setdefault(name, first)

    def draw(self, split: str, count: int) -> list[tuple[Task, Problem]]:
        """The next tasks of the mixture, at the curriculum's levels."""
        names, weights = zip(*sorted(self.recipe.tasks.families.items()))
        cursor, found = self.progress.cursor, []
        for _ in range(count):
            drawn = cursor.get(split, 0)
            cursor[split] = drawn + 1
            name = random.Random(f"{self.recipe.seed}/{split}/{drawn}").choices(names, weights)[0]
            number = cursor.get(f"{split}/{name}", 0)
            cursor[f"{split}/{name}"] = number + 1
            if self.recipe.tasks.pool and split == "train":
                number %= self.recipe.tasks.pool
            found.append(
                self.families[name].draw(split, number + self._offset(split), self.level(name))
            )
        return found

    def _offset(self, split: str) -> int:
        # runs with other seeds train on other tasks, and are tested on the same
        return SPREAD * self.recipe.seed if split == "train" else 0

    def evaluate(self, split: str, count: int, levels: dict[str, int] | None = None) -> Scores:
        """Greedy answers to the first held-out tasks, `count` of them or as many as differ."""
        tasks = self._held_out(split, count, levels or {})
        count = len(tasks)
        most = self.recipe.rlvr.tokens if self.recipe.rlvr else 128
        sampler = Sampler(self.model, "bf16" if self.bf16 else "fp32")
        prompts = [self.prompt(t) for t in tasks]
        scores, waiting = Scores(count), []
        for answer in sampler.generate(prompts, 1, most, self.dialect.end, 0, temperature=0.0):
            text = self.dialect.text(answer.tokens)
            scores.length += len(answer.tokens) / count
            judged = self.judges.judge(tasks[answer.group], Text(text))
            waiting.append((answer.ended, judged))
        for ended, judged in waiting:
            verdict = judged.result()[0]
            right = verdict.passed and ended
            scores.strict += right / count
            scores.lenient += verdict.parts.get("lenient", float(verdict.passed)) / count
            scores.format += verdict.parts.get("format", float(verdict.passed)) / count
        return scores

    def _held_out(self, split: str, count: int, levels: dict[str, int]) -> list[Task]:
        """Tasks that differ, the same ones at every look: a family with few problems has fewer
        than are asked for."""
        names, found = sorted(self.recipe.tasks.families), dict[str, Task]()
        for i in range(4 * count):
            name, number = names[i % len(names)], i // len(names)
            level = levels.get(name) or self._tested_level(name, number)
            task = self.families[name].task(split, number, level)
            found.setdefault(task.key, task)
            if len(found) == count:
                break
        return list(found.values())

    def _tested_level(self, name: str, i: int) -> int:
        """The recipe's level, or without one all levels of the family in turn."""
        low, high = self.families[name].levels
        low = max(low, min(self.recipe.tasks.level or low, high))
        return low + i % (high - low + 1) if self.recipe.tasks.level is None else low

    def _evaluate(self, stage: str) -> None:
        step = self.progress.step
        looks = [(r["stage"], r["step"]) for r in self.run.rows() if r.get("kind") == "evaluation"]
        if not self.families or (stage, step) in looks:
            return
        scores = self.evaluate("validation", self.recipe.held_out)
        row = {"stage": stage, "step": self.progress.step, "held_out": round(scores.strict, 4),
               "lenient": round(scores.lenient, 4), "format": round(scores.format, 4),
               "length": round(scores.length, 2), "of": scores.of}  # fmt: skip
        self.run.record(row | {"kind": "evaluation"})
        self.tell("evaluated", row)


def _families(recipe: Recipe) -> dict[str, Family]:
    if recipe.tasks.file:
        load(Path(recipe.tasks.file))
    return {name: family(name) for name in recipe.tasks.families}
