"""Reinforcement learning with verifiable rewards: GRPO without a critic.

A step: tasks are drawn, each gets a group of answers, the verifiers say which are right, and every
answer is judged against its group. Rollouts and verdicts reach the update as plain data.
"""

import os
import random
import time
from concurrent.futures import Future
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from geist.core.errors import GeistError
from geist.core.output import Text
from geist.core.task import Task
from geist.core.verdict import Status
from geist.nn.packed import pack
from geist.nn.transformer import Transformer
from geist.tasks.judges import Judged
from geist.train.hacking import gamed
from geist.train.learner import Group, portions
from geist.train.losses import Inputs, Loss, advantages, weights
from geist.train.sampler import Answer, Sampler
from geist.train.training import Training


class Drifted(GeistError):
    """Sampler and trainer no longer agree on what was likely."""


@dataclass
class Rollout:
    """One answer with what was found about it. `reward` is None where it does not count."""

    tokens: list[int]
    logp: list[float]
    ended: bool
    text: str
    reward: float | None
    strict: bool
    lenient: float
    format: float
    second: bool | None
    reason: str


@dataclass
class Sampled:
    """A task, its prompt as tokens, and the group of answers to it."""

    task: Task
    prompt: list[int]
    answers: list[Rollout] = field(default_factory=list)

    @property
    def signal(self) -> bool:
        """Whether its rewards differ: exactly, for a mean of equal numbers may not be one."""
        return len({a.reward for a in self.answers if a.reward is not None}) > 1


Counted = tuple[list[float], float, float]  # sampler's log-probabilities, advantage, weight


class Rlvr:
    def __init__(self, training: Training) -> None:
        self.t = training
        recipe = training.recipe.rlvr
        assert recipe is not None
        self.recipe = recipe
        self.loss = Loss(recipe.loss, *recipe.clip, kl=recipe.kl)
        own = "bf16" if training.bf16 else "fp32"
        self.sampler = Sampler(self._weights(), recipe.sampler or own)
        self.reference = self._reference() if recipe.kl else None

    def _weights(self) -> Transformer:
        """What to sample from: the trainer's own copy; a sampler of its kind shares it."""
        assert self.t.learner is not None
        return self.t.learner.work

    def _reference(self) -> Any:
        """The weights that this stage began with, kept so that a resumed run has the same."""
        from safetensors.torch import load_file, save_file

        learner, file = self.t.learner, self.t.run.folder / "reference.safetensors"
        assert learner is not None
        if not file.exists():
            fresh = file.with_suffix(".new")
            save_file({n: p.detach().contiguous() for n, p in learner.trained.items()}, fresh)
            os.replace(fresh, file)
        first = deepcopy(learner.work).requires_grad_(False)
        with torch.no_grad():
            for name, weight in load_file(file).items():
                dict(first.named_parameters())[name].copy_(weight)
        return first

    def step(self, step: int) -> dict[str, Any]:
        start = time.monotonic()
        self.sampler.load(self._weights())
        kept, every = list[Sampled](), list[Sampled]()
        for wave in range(1 + self.recipe.refills):
            missing = self.recipe.groups - len(kept)
            if missing <= 0:
                break
            fresh = self._rollouts(step, wave, missing)
            every += fresh
            kept += [s for s in fresh if s.signal]
        rolled = time.monotonic() - start
        if all(a.reward is None and a.ended for s in every for a in s.answers):
            raise GeistError("no answer could be judged", why=every[0].answers[0].reason,
                             mend="geist audit    tries the verifiers by themselves")  # fmt: skip
        told = self._update(kept) if kept else {"drift": 0.0, "norm": 0.0, "loss": 0.0}
        spent = time.monotonic() - start
        row = self._figures(every, kept) | told
        row["tokens_per_second"] = round(row["tokens"] / spent, 1)
        row["rollout_tokens_per_second"] = round(row["tokens"] / rolled, 1)
        self._keep_answers(step, every)
        self._curriculum(every)
        self._watch(row)
        return row

    def _rollouts(self, step: int, wave: int, count: int) -> list[Sampled]:
        """Groups of answers with their rewards; verifiers work while decoding goes on."""
        r = self.recipe
        drawn = [Sampled(task, self.t.prompt(task)) for task, _ in self.t.draw("train", count)]
        seed = random.Random(f"{self.t.recipe.seed}/{step}/{wave}").getrandbits(62)
        found: dict[tuple[int, int], tuple[Answer, str, Future[Judged]]] = {}
        answers = self.sampler.generate(
            [s.prompt for s in drawn], r.answers, r.tokens, self.t.dialect.end, seed,
            rows=max(r.answers, 64),
        )  # fmt: skip
        for a in answers:
            text = self.t.dialect.text(a.tokens)
            found[a.group, a.number] = a, text, self.t.judges.judge(drawn[a.group].task, Text(text))
        for (group, number), (a, text, judged) in sorted(found.items(), key=lambda f: f[0]):
            verdict, second = judged.result()
            reward = self._reward(verdict.score, verdict.status, a)
            if r.control == "random" and reward is not None:
                dice = random.Random(f"{self.t.recipe.seed}/{step}/{wave}/{group}/{number}")
                reward = float(dice.random() < 0.5)
            drawn[group].answers.append(Rollout(
                a.tokens, a.logp, a.ended, text, reward, verdict.passed and a.ended,
                verdict.parts.get("lenient", float(verdict.passed)),
                verdict.parts.get("format", float(verdict.passed)), second, verdict.reason,
            ))  # fmt: skip
            self.t.progress.unscorable += verdict.status is Status.UNSCORABLE
        return drawn

    def _reward(self, score: float, status: Status, a: Answer) -> float | None:
        if status is Status.UNSCORABLE:
            return None
        if self.recipe.overlong == "soft" and self.recipe.soft:
            # DAPO's soft punishment (§3.4): linear over the last `soft` tokens
            room = self.recipe.tokens - self.recipe.soft - len(a.tokens)
            return (score if a.ended else 0.0) + min(0.0, room / self.recipe.soft)
        if not a.ended:
            return None if self.recipe.overlong == "mask" else 0.0
        return score

    def _update(self, kept: list[Sampled]) -> dict[str, Any]:
        share = max(1, -(-len(kept) // self.recipe.updates))
        parts = [kept[i : i + share] for i in range(0, len(kept), share)]
        learner = self.t.learner
        assert learner is not None
        # the first part's ratio is 1 by definition: its log-probabilities come with its gradient
        old = [self._logp(part) for part in parts] if len(parts) > 1 else [None]
        loss, norms, apart, most, count = 0.0, [], 0.0, 0.0, 0
        for part, before in zip(parts, old, strict=True):
            groups, flat = self._flat(part)
            at = 0
            for portion, names in portions(groups, self.t.recipe.pack):
                chosen = [flat[n] for n in names]
                size = sum(len(x[0]) for x in chosen)
                sampler = torch.tensor([p for x in chosen for p in x[0]])
                advantage = torch.tensor([x[1] for x in chosen for _ in x[0]])
                weight = torch.tensor([x[2] for x in chosen for _ in x[0]])
                packed = pack(portion)
                first = None if before is None else before[at : at + size]
                ref = None if self.reference is None else learner.logp(packed, self.reference)

                def per_token(
                    logp: Tensor, rows: slice, first: Tensor | None = first,
                    sampler: Tensor = sampler, advantage: Tensor = advantage,
                    weight: Tensor = weight, ref: Tensor | None = ref,
                ) -> Tensor:  # fmt: skip
                    known = logp.detach() if first is None else first[rows]
                    x = Inputs(known, sampler[rows], advantage[rows], weight[rows],
                               None if ref is None else ref[rows])  # fmt: skip
                    return self.loss.per_token(logp, x) * x.weight

                value, logp = learner.backward(packed, per_token)
                known = logp if first is None else first
                apart += float((known - sampler).abs().sum())
                most = max(most, float((known - sampler).abs().max()))
                loss, count, at = loss + value, count + size, at + size
            drift = apart / max(1, count)
            if not drift <= self.recipe.drift:  # also where it is not a number
                learner.forget()
                raise Drifted(
                    f"sampler and trainer are {drift:.3f} apart in log-probability, a token",
                    why=f"more than {self.recipe.drift}: the answers were not drawn from the "
                    "weights that are trained, so their rewards say little about them",
                    mend='begin another run with sampler = "fp32" or a lower rate; '
                    "this one's last checkpoint is whole",
                )
            norms.append(learner.step())
        return {"drift": round(drift, 5), "drift_most": round(most, 4),
                "norm": round(max(norms), 4), "loss": round(loss, 6)}  # fmt: skip

    def _flat(self, part: list[Sampled]) -> tuple[list[Group], dict[tuple[int, int], Counted]]:
        """Groups as tokens, and for each answer its sampler's log-probabilities, advantage and
        weight."""
        counted = [[a for a in s.answers if a.reward is not None] for s in part]
        lengths = [len(a.tokens) for group in counted for a in group]
        each = iter(weights(self.recipe.loss, lengths, self.recipe.tokens))
        flat = {}
        for g, group in enumerate(counted):
            gain = advantages([a.reward for a in group if a.reward is not None])
            for i, a in enumerate(group):
                flat[g, i] = a.logp, gain[i], next(each)
        return [(s.prompt, [a.tokens for a in group]) for s, group in zip(part, counted)], flat

    def _logp(self, part: list[Sampled]) -> Tensor:
        assert self.t.learner is not None
        groups, _ = self._flat(part)
        portions_ = portions(groups, self.t.recipe.pack)
        return torch.cat([self.t.learner.logp(pack(p)) for p, _ in portions_])

    def _figures(self, every: list[Sampled], kept: list[Sampled]) -> dict[str, Any]:
        answers = [a for s in every for a in s.answers]
        many = len(answers)
        watched = [a for a in answers if a.second is not None and a.reward is not None]
        seconds = [a.second for a in watched]
        return {
            "reward": round(sum(a.reward or 0.0 for a in answers) / many, 4),
            "strict": round(sum(a.strict for a in answers) / many, 4),
            "lenient": round(sum(a.lenient for a in answers) / many, 4),
            "format": round(sum(a.format for a in answers) / many, 4),
            "second": round(sum(map(bool, seconds)) / len(watched), 4) if watched else None,
            "watched": round(sum(a.reward or 0.0 for a in watched) / len(watched), 4)
            if watched
            else None,
            "length": round(sum(len(a.tokens) for a in answers) / many, 2),
            "ended": round(sum(a.ended for a in answers) / many, 4),
            "signal": round(sum(s.signal for s in every) / len(every), 4),
            "groups": len(kept),
            "unscorable": sum(a.reward is None and a.ended for a in answers),
            "tokens": sum(len(a.tokens) for a in answers),
            "levels": dict(self.t.progress.levels),
        }

    def _keep_answers(self, step: int, every: list[Sampled]) -> None:
        """The best and the worst of the step."""
        pairs = [(s, a) for s in every for a in s.answers]
        ranked = sorted(pairs, key=lambda x: (x[1].reward or 0.0, -len(x[1].tokens)))
        chosen = [*ranked[:2], *ranked[-2:]] if len(ranked) > 3 else ranked
        self.t.run.keep_answers([
            {"stage": "rlvr", "step": step + 1, "family": s.task.family,
             "question": s.task.prompt[-1].text, "truth": str(s.task.truth.get("answer")),
             "answer": a.text, "reward": a.reward, "reason": a.reason}
            for s, a in chosen
        ])  # fmt: skip

    def _curriculum(self, every: list[Sampled]) -> None:
        """Raises or lowers each family's level so that some answers pass and some do not."""
        tasks = self.t.recipe.tasks
        for name, family in self.t.families.items():
            answers = [a for s in every if s.task.family == name for a in s.answers]
            if not answers:
                continue
            rate, level = sum(a.strict for a in answers) / len(answers), self.t.level(name)
            if rate > tasks.high and level < family.levels[1]:
                self.t.progress.levels[name] = level + 1
            elif rate < tasks.low and level > family.levels[0]:
                self.t.progress.levels[name] = level - 1

    def _watch(self, row: dict[str, Any]) -> None:
        if self.recipe.control or self.t.progress.warned:
            return
        text = gamed([*(r for r in self.t.run.rows() if r["stage"] == "rlvr"), row])
        if text:
            self.t.progress.warned = True
            self.t.tell(
                "warning", {"text": f"{text}: the verifier may be gamed; look at the answers"}
            )
            if self.recipe.stop_on_hacking:
                self.t.stop.set()
