"""Supervised fine-tuning: the warm start that rewards need. Only answers are learned."""

import json
import random
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from geist.core.errors import GeistError
from geist.core.message import Message
from geist.core.task import Task
from geist.nn.dialect import Dialect
from geist.nn.packed import pack
from geist.tasks.family import Family, Problem
from geist.train.learner import Group, portions
from geist.train.training import Training


class Sft:
    """Steps over conversations and the families' own solutions, in an order that the seed sets."""

    def __init__(self, training: Training) -> None:
        self.t = training
        recipe = training.recipe.sft
        assert recipe is not None
        self.recipe = recipe
        self.examples = [*_conversations(recipe.data, training.dialect),
                         *self._demonstrations(recipe.demonstrations)]  # fmt: skip

    def _demonstrations(self, count: int) -> list[Group]:
        if not count:
            return []
        names, weights = zip(*sorted(self.t.recipe.tasks.families.items()))
        dice = random.Random(f"{self.t.recipe.seed}/demonstrations")
        made = list[Group]()
        for number in range(count):
            family: Family = self.t.families[dice.choices(names, weights)[0]]
            # other draws than the reinforcement stage's; where problems are few they meet again
            low, high = family.levels
            level = dice.randint(low, max(low, min(high, self.t.recipe.tasks.level or high)))
            task, problem = family.draw("train", -1 - number, level)
            worked = self.recipe.worked == 1 or dice.random() < self.recipe.worked
            text = shown(family, task, problem, worked)
            made.append((self.t.prompt(task), [self.t.dialect.answer(text)]))
        return made

    def step(self, step: int) -> dict[str, Any]:
        batch = [self.examples[i] for i in self._batch(step)]
        total = sum(len(a) for _, answers in batch for a in answers)
        learner, loss = self.t.learner, 0.0
        assert learner is not None

        def per_token(logp: Tensor, rows: slice) -> Tensor:
            return -logp / total

        for groups, _ in portions(batch, self.t.recipe.pack):
            loss += learner.backward(pack(groups), per_token)[0]
        if not torch.isfinite(torch.tensor(loss)):
            learner.forget()
            raise GeistError("the loss is not a number any more", why=f"at SFT step {step + 1}",
                             mend="lower the rate; the last checkpoint is whole")  # fmt: skip
        norm = learner.step()
        return {"loss": round(loss, 5), "norm": round(norm, 4), "tokens": total}

    def _batch(self, step: int) -> list[int]:
        """The examples of a step: epoch after epoch, each in an order of its own."""
        size, many = self.recipe.batch, len(self.examples)
        places = [divmod(at, many) for at in range(step * size, (step + 1) * size)]
        orders = {epoch: list(range(many)) for epoch, _ in places}
        for epoch, order in orders.items():
            random.Random(f"{self.t.recipe.seed}/{epoch}").shuffle(order)
        return [orders[epoch][place] for epoch, place in places]


def shown(family: Family, task: Task, problem: Problem, worked: bool = True) -> str:
    """A problem's own solution in the form that its verifier accepts, with the way to it or only
    the answer."""
    steps = problem.steps if worked else ""
    return f"{steps}\n{family.verifier.rights(task.truth)[0]}".strip()


def _conversations(file: str | None, dialect: Dialect) -> list[Group]:
    if file is None:
        return []
    found = list[Group]()
    try:
        lines = Path(file).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as e:
        raise GeistError(f"there is no file of conversations {file}", why=str(e)) from e
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            turns = [Message(m["role"], m["content"]) for m in json.loads(line)["messages"]]
            if not all(isinstance(m.text, str) and isinstance(m.role, str) for m in turns):
                raise TypeError("role and content are texts")
        except (ValueError, KeyError, TypeError) as e:
            raise GeistError(
                f"{file}, line {number} is no conversation",
                why=f"{type(e).__name__}: {e}",
                mend='write {"messages": [{"role": "user", "content": "…"}, …]} on each line',
            ) from e
        for place, turn in enumerate(turns):
            if turn.role == "assistant" and place:
                found.append((dialect.prompt(turns[:place]), [dialect.answer(turn.text)]))
    if not found:
        raise GeistError(f"{file} has no turn of an assistant to learn from")
    return found
