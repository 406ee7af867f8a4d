"""Policy-gradient losses over groups of answers, and the head that never stores all logits.

Every loss here is a sum over tokens of weight·ℓ(log-probability). So its gradient with respect to
the logits of a token is coefficient·(onehot − softmax), and a chunk of logits can be formed, used
and forgotten (as in Liger Kernel's fused losses).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

NAMES = ("grpo", "dr_grpo", "dapo", "cispo")


@dataclass(frozen=True)
class Inputs:
    """What a loss needs besides the new log-probabilities, one entry per answer token (N,).

    `old`: log-probabilities by the weights that the step began with. `sampler`: by whatever drew
    the token. `advantage`: of the token's answer. `weight`: how much the token counts; they hold
    the loss's normalisation over the whole step. `reference`: by the first weights, for KL."""

    old: Tensor
    sampler: Tensor
    advantage: Tensor
    weight: Tensor
    reference: Tensor | None = None


@dataclass(frozen=True)
class Loss:
    """`name` is one of NAMES. `low` and `high` clip the ratio to [1−low, 1+high] (0.2 and 0.28:
    DAPO, Yu et al. 2025, §3.1). `most` bounds the importance weight of a token that another
    sampler drew (truncated importance sampling, Ionides 2008). `kl` weighs the k3 estimate of the
    divergence from the reference (Schulman 2020), times the ratio, which makes its gradient that of
    the reverse divergence (DeepSeek-V3.2 2025)."""

    name: str = "dapo"
    low: float = 0.2
    high: float = 0.28
    most: float = 2.0
    kl: float = 0.0

    def per_token(self, logp: Tensor, x: Inputs) -> Tensor:
        """(N,) of ℓ before weights. grpo, dr_grpo and dapo: PPO's clipped surrogate (Schulman et
        al. 2017, eq. 7). cispo: the clipped ratio is a constant weight of log π, so that no token
        loses its gradient (MiniMax-M1 2025, eq. 4)."""
        ratio = torch.exp(logp - x.old)
        if self.name == "cispo":
            loss = -ratio.clamp(max=1 + self.high).detach() * x.advantage * logp
        else:
            clipped = ratio.clamp(1 - self.low, 1 + self.high)
            loss = -torch.min(ratio * x.advantage, clipped * x.advantage)
        loss = loss * torch.exp(x.old - x.sampler).clamp(max=self.most)
        if self.kl and x.reference is not None:
            apart = x.reference - logp
            loss = loss + self.kl * ratio * (torch.exp(apart) - apart - 1)
        return loss


def weights(name: str, lengths: list[int], longest: int) -> list[float]:
    """How much each token of each answer counts, for a step with answers of these lengths.

    grpo: answers count the same (Shao et al. 2024, eq. 3); dr_grpo: a token counts 1/`longest`,
    however long its answer is (Liu et al. 2025, §3.1); dapo and cispo: all tokens of the step count
    the same (DAPO §3.3)."""
    if name not in NAMES:
        raise ValueError(f"{name} is none of {', '.join(NAMES)}")
    many = max(1, len(lengths))
    if name == "grpo":
        return [1.0 / (many * max(1, n)) for n in lengths]
    if name == "dr_grpo":
        return [1.0 / (many * longest)] * len(lengths)
    return [1.0 / max(1, sum(lengths))] * len(lengths)


def advantages(rewards: list[float]) -> list[float]:
    """Each reward less the mean of its group, without division by the spread (Dr. GRPO, §3.2)."""
    mean = sum(rewards) / len(rewards)
    return [r - mean for r in rewards]


@dataclass
class Told:
    """What a pass over the head found: the loss's value, and log-probabilities (N,) float32."""

    loss: float
    logp: Tensor


def head_loss(
    hidden: Tensor,
    head: Tensor,
    targets: Tensor,
    per_token: Callable[[Tensor, slice], Tensor],
    *,
    learn_head: bool,
    chunk: int = 256,
) -> tuple[Tensor, Tensor | None, Told]:
    """The gradients with respect to `hidden` (N, width) and, if asked, `head` (V, width), of
    Σ per_token(logp[rows], rows), `chunk` rows at a time: the largest tensor is (chunk, V).

    `targets` (N,) are the tokens that were drawn. `per_token` returns weighted losses."""
    into = torch.empty_like(hidden)
    of_head = torch.zeros(head.shape, dtype=torch.float32) if learn_head else None
    found = torch.empty(len(hidden), dtype=torch.float32)
    total = 0.0
    for at in range(0, len(hidden), chunk):
        rows = slice(at, min(at + chunk, len(hidden)))
        logits = F.linear(hidden[rows], head).float()
        drawn = targets[rows, None]
        spread = torch.logsumexp(logits, -1, keepdim=True)
        logp = (logits.gather(1, drawn) - spread)[:, 0]
        found[rows] = logp
        with torch.enable_grad():
            leaf = logp.detach().requires_grad_()
            loss = per_token(leaf, rows).sum()
            (slope,) = torch.autograd.grad(loss, leaf)
        total += float(loss.detach())
        # d logp / d logits = onehot − softmax
        logits.sub_(spread).exp_().mul_(-slope[:, None])
        logits.scatter_add_(1, drawn, slope[:, None])
        back = logits.to(hidden.dtype)
        into[rows] = back @ head
        if of_head is not None:
            of_head += (back.T @ hidden[rows]).float()
    return into, of_head, Told(total, found)


def head_logp(hidden: Tensor, head: Tensor, targets: Tensor, chunk: int = 256) -> Tensor:
    """Log-probabilities (N,) float32 of `targets`, `chunk` rows of logits at a time."""
    found = []
    for at in range(0, len(hidden), chunk):
        logits = F.linear(hidden[at : at + chunk], head).float()
        drawn = targets[at : at + chunk, None]
        found.append((logits.gather(1, drawn) - torch.logsumexp(logits, -1, keepdim=True))[:, 0])
    return torch.cat(found) if found else torch.empty(0)
