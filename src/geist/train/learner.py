"""Weights, gradients and AdamW: what an update does, whoever asks for it (SFT or RLVR)."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor

from geist.core.errors import GeistError
from geist.nn.packed import Packed
from geist.nn.transformer import Transformer
from geist.train.losses import head_logp, head_loss

Group = tuple[list[int], list[list[int]]]  # a prompt and the answers to it, as token ids


class Diverged(GeistError):
    """A loss or gradient that is not a number."""


@dataclass(frozen=True)
class Rates:
    """AdamW's settings (Loshchilov and Hutter 2019). `warmup` steps lead linearly up to `rate`;
    `most` bounds the gradient's norm."""

    rate: float
    warmup: int = 0
    betas: tuple[float, float] = (0.9, 0.95)
    decay: float = 0.0
    most: float = 1.0


class Learner:
    """`model` holds the weights in float32; `work` is what forward and backward run on, a bf16
    copy of it or itself."""

    def __init__(self, model: Transformer, bf16: bool, rates: Rates, recompute: bool = False
                 ) -> None:  # fmt: skip
        self.model, self.rates, self.steps = model, rates, 0
        self.work = deepcopy(model).to(torch.bfloat16) if bf16 else model
        self.work.recompute = recompute
        self.trained = {n: p for n, p in model.named_parameters() if p.requires_grad}
        groups = [
            {
                "params": [p for p in self.trained.values() if p.dim() > 1],
                "weight_decay": rates.decay,
            },
            {"params": [p for p in self.trained.values() if p.dim() < 2], "weight_decay": 0.0},
        ]
        self.adam = torch.optim.AdamW(
            [g for g in groups if g["params"]], lr=rates.rate, betas=rates.betas, fused=True
        )
        for p in self.trained.values():  # made now, so that a checkpoint always has them
            self.adam.state[p] = {
                "step": torch.tensor(0.0),
                "exp_avg": torch.zeros_like(p),
                "exp_avg_sq": torch.zeros_like(p),
            }
        self.head_name = "embedding" if model.c.tied else "output"

    def backward(self, packed: Packed, per_token: Callable[[Tensor, slice], Tensor]
                 ) -> tuple[float, Tensor]:  # fmt: skip
        """Adds the gradient of Σ per_token(logp, rows) over all answer tokens of `packed`, and
        returns the sum and the log-probabilities."""
        before, targets = drawn_from(packed)
        hidden = self.work(packed)
        learn_head = self.head_name in self.trained
        head = self.work.head.detach()
        into, of_head, told = head_loss(
            hidden.detach()[before], head, targets, per_token, learn_head=learn_head
        )
        # a prompt's last token stands before the first token of every answer
        back = torch.zeros_like(hidden, dtype=torch.float32).index_add_(0, before, into.float())
        hidden.backward(back.to(hidden.dtype))
        self._collect(of_head)
        return told.loss, told.logp

    @torch.no_grad()
    def logp(self, packed: Packed, model: Transformer | None = None) -> Tensor:
        """Log-probabilities (N,) of all answer tokens."""
        before, targets = drawn_from(packed)
        work = model or self.work
        return head_logp(work(packed)[before], work.head, targets)

    def _collect(self, of_head: Tensor | None) -> None:
        work = dict(self.work.named_parameters())
        for name, weight in self.trained.items():
            if self.work is not self.model:
                fresh = work[name].grad
                work[name].grad = None
                if fresh is not None:
                    weight.grad = fresh.float() if weight.grad is None else weight.grad + fresh
            if name == self.head_name and of_head is not None:
                weight.grad = of_head if weight.grad is None else weight.grad + of_head

    @torch.no_grad()
    def step(self) -> float:
        """One AdamW step with the gradients so far. Returns their norm before clipping. Raises
        Diverged, with the weights as they were, where it is not finite."""
        grads = [p.grad for p in self.trained.values() if p.grad is not None]
        size = float(torch.stack(torch._foreach_norm(grads)).double().square().sum().sqrt())
        if not torch.isfinite(torch.tensor(size)):
            raise Diverged(
                "the gradient is not a number any more",
                why=f"at update {self.steps + 1}; the last checkpoint is as it was before",
                mend="begin another run with a lower rate: change the recipe, and --name",
            )
        self.steps += 1
        shrink = min(1.0, self.rates.most / (size + 1e-6))
        if shrink < 1.0:
            torch._foreach_mul_(grads, shrink)
        for group in self.adam.param_groups:
            group["lr"] = self.rates.rate * min(1.0, self.steps / max(1, self.rates.warmup))
        self.adam.step()
        self.adam.zero_grad()
        if self.work is not self.model:
            work = dict(self.work.named_parameters())
            for name, weight in self.trained.items():
                work[name].copy_(weight)
        return size

    def forget(self) -> None:
        """Drops gradients that will not be used."""
        for weight in self.trained.values():
            weight.grad = None

    def state(self) -> dict[str, Tensor]:
        """Everything that the next step depends on, by name."""
        found = {"steps": torch.tensor(self.steps)}
        for name, weight in self.trained.items():
            kept = self.adam.state[weight]
            found |= {f"w.{name}": weight.detach(), f"m.{name}": kept["exp_avg"],
                      f"v.{name}": kept["exp_avg_sq"]}  # fmt: skip
        return found

    @torch.no_grad()
    def restore(self, state: Mapping[str, Tensor]) -> None:
        self.steps = int(state["steps"])
        work = dict(self.work.named_parameters())
        for name, weight in self.trained.items():
            weight.copy_(state[f"w.{name}"])
            work[name].copy_(weight)
            kept = self.adam.state[weight]
            kept["step"].fill_(self.steps)
            kept["exp_avg"].copy_(state[f"m.{name}"])
            kept["exp_avg_sq"].copy_(state[f"v.{name}"])


def drawn_from(packed: Packed) -> tuple[Tensor, Tensor]:
    """For every answer token: the index of the token before it, and the token (N,)."""
    before, at = list[int](), list[int]()
    for span in packed.spans:
        start = span.start + span.prompt
        for length in span.answers:
            if length:
                before += [span.start + span.prompt - 1, *range(start, start + length - 1)]
                at += range(start, start + length)
            start += length
    return torch.tensor(before, dtype=torch.int64), packed.tokens[
        torch.tensor(at, dtype=torch.int64)
    ]


def portions(groups: Sequence[Group], most: int) -> list[tuple[list[Group], list[tuple[int, int]]]]:
    """The groups in portions of about `most` tokens, a large group in several, its prompt with
    each; with them the (group, answer) of every answer, in order."""
    made: list[tuple[list[Group], list[tuple[int, int]]]] = []
    held: list[Group] = []
    names: list[tuple[int, int]] = []
    room = most
    for number, (prompt, answers) in enumerate(groups):
        part: list[list[int]] = []
        room -= len(prompt)
        for i, answer in enumerate(answers):
            if (part or held) and room < len(answer):
                if part:
                    held.append((prompt, part))
                made.append((held, names))
                held, names, part, room = [], [], [], most - len(prompt)
            part.append(answer)
            names.append((number, i))
            room -= len(answer)
        if part:
            held.append((prompt, part))
    if held:
        made.append((held, names))
    return made
