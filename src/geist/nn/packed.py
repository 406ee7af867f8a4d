"""Packed sequences: prompts with the answers to them, end to end, without padding.

A prompt that a group of answers shares is there once. Attention is the only part of the network
in which tokens meet, so it alone has to know who belongs to whom.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor

# keys up to which scores are written out: below it the products are faster than torch's fused
# attention with a mask, whose gradient took 21% of an update; above it they would not fit
PLAIN = 1024


@dataclass(frozen=True)
class Span:
    """`prompt` tokens from `start` on, then each answer's tokens, one answer after another. Every
    answer continues the prompt; no answer sees another."""

    start: int
    prompt: int
    answers: tuple[int, ...] = ()

    @property
    def end(self) -> int:
        return self.start + self.prompt + sum(self.answers)


@dataclass(frozen=True)
class Packed:
    """`tokens` and `positions` are (T,) int64; `spans` cover all of them in order."""

    tokens: Tensor
    positions: Tensor
    spans: tuple[Span, ...]

    @cached_property
    def parts(self) -> "list[tuple[Tensor, Rows | None]]":
        """By span: what may be attended to in the prompt, (1, P, P), and how its answers lie."""
        return [(_causal(s.prompt)[None], Rows.of(s) if s.answers else None) for s in self.spans]


@dataclass(frozen=True)
class Rows:
    """The answers of a span as rows of equal length: `there` (n·L,) takes each place of the rows
    from the flat answers, padding from the last; `back` (sum of lengths,) the other way round;
    `mask` (n, L, P+L) is what may be attended to."""

    n: int
    longest: int
    there: Tensor
    back: Tensor
    pads: Tensor
    mask: Tensor

    @staticmethod
    def of(span: Span) -> "Rows":
        n, longest = len(span.answers), max(1, *span.answers)
        lengths = torch.tensor(span.answers)
        inside = torch.arange(longest)[None] < lengths[:, None]
        first = lengths.cumsum(0) - lengths
        places = (first[:, None] + torch.arange(longest)).clamp(max=max(0, int(lengths.sum()) - 1))
        # a padded place attends like a real one and is thrown away: an empty one would be 0/0
        own = _causal(longest).expand(n, -1, -1)
        prompt = torch.ones(n, longest, span.prompt, dtype=torch.bool)
        return Rows(n, longest, places.flatten(), inside.flatten().nonzero()[:, 0],
                    (~inside).flatten().nonzero()[:, 0], torch.cat([prompt, own], 2))  # fmt: skip


class _Spread(torch.autograd.Function):
    """Flat answers → rows. Every place is taken once, so the gradient is a copy back, where
    autograd's own would add up place by place."""

    @staticmethod
    def forward(ctx: Any, flat: Tensor, rows: Rows) -> Tensor:
        ctx.rows = rows
        return flat.index_select(0, rows.there)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # ty: ignore[incompatible-method-override]
        return grad.index_select(0, ctx.rows.back), None


class _Gather(torch.autograd.Function):
    """Rows → flat answers; the gradient of padding is nothing."""

    @staticmethod
    def forward(ctx: Any, spread: Tensor, rows: Rows) -> Tensor:
        ctx.rows = rows
        return spread.index_select(0, rows.back)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # ty: ignore[incompatible-method-override]
        back = grad.index_select(0, ctx.rows.there)
        return back.index_fill_(0, ctx.rows.pads, 0), None


def pack(groups: list[tuple[list[int], list[list[int]]]]) -> Packed:
    """From (prompt, answers) as token ids. Prompts have at least one token; empty answers are
    allowed and take no room."""
    tokens, positions, spans = list[int](), list[int](), list[Span]()
    for prompt, answers in groups:
        if not prompt:
            raise ValueError("a prompt needs at least one token")
        spans.append(Span(len(tokens), len(prompt), tuple(len(a) for a in answers)))
        tokens += prompt
        positions += range(len(prompt))
        for answer in answers:
            tokens += answer
            positions += range(len(prompt), len(prompt) + len(answer))
    return Packed(torch.tensor(tokens), torch.tensor(positions), tuple(spans))


def attention(q: Tensor, k: Tensor, v: Tensor, packed: Packed) -> Tensor:
    """q (T, H, D), k and v (T, K, D) with H a multiple of K → (T, H, D)."""
    out = list[Tensor]()
    heads, shared = q.shape[1], k.shape[1]
    for span, (causal, rows) in zip(packed.spans, packed.parts, strict=True):
        at, middle = span.start, span.start + span.prompt
        kp, vp = k[at:middle], v[at:middle]
        out.append(attend(q[at:middle][None], kp[None], vp[None], causal)[0])
        if rows is None or middle == span.end:
            continue
        every = torch.cat([x[middle : span.end] for x in (q, k, v)], 1)
        spread = spread_out(every, rows).view(rows.n, rows.longest, heads + 2 * shared, -1)
        qa, ka, va = spread.split((heads, shared, shared), 2)
        ka = torch.cat([kp.expand(rows.n, *kp.shape), ka], 1)
        va = torch.cat([vp.expand(rows.n, *vp.shape), va], 1)
        out.append(gather_up(attend(qa, ka, va, rows.mask).flatten(0, 1), rows))
    return torch.cat(out)


def spread_out(flat: Tensor, rows: Rows) -> Tensor:
    return cast(Tensor, _Spread.apply(flat, rows))


def gather_up(spread: Tensor, rows: Rows) -> Tensor:
    return cast(Tensor, _Gather.apply(spread, rows))


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """q (N, L, H, D), k and v (N, S, K, D), mask (N, L, S) → (N, L, H, D). The query heads that
    share a key head are folded into the query's length, so that keys are never repeated."""
    n, length, heads, size = q.shape
    shared = k.shape[2]
    rep = heads // shared
    q = q.reshape(n, length, shared, rep, size).permute(0, 2, 3, 1, 4).flatten(2, 3)
    k, v = k.transpose(1, 2), v.transpose(1, 2)
    if k.shape[2] <= PLAIN:
        scores = (q * size**-0.5) @ k.transpose(2, 3)
        shut = torch.zeros(mask.shape, dtype=q.dtype).masked_fill_(~mask, -torch.inf)
        scores = scores.view(n, shared, rep, length, -1) + shut[:, None, None]
        share = scores.softmax(-1, dtype=torch.float32).to(q.dtype)
        out = share.flatten(2, 3) @ v
    else:
        folded = mask[:, None].repeat(1, 1, rep, 1)
        out = F.scaled_dot_product_attention(q, k, v, folded)
    out = out.view(n, shared, rep, length, size).permute(0, 3, 1, 2, 4)
    return out.reshape(n, length, heads, size)


def _causal(length: int) -> Tensor:
    return torch.ones(length, length, dtype=torch.bool).tril()
