"""Packed sequences: prompts with the answers to them, end to end, without padding.

A prompt that a group of answers shares is there once. Attention is the only part of the network
in which tokens meet, so it alone has to know who belongs to whom.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor


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
    def masks(self) -> list[tuple[Tensor, Tensor | None]]:
        """What may be attended to, by span: (P, P) in the prompt, (n, L, P+L) from answers padded
        to the longest."""
        return [(_causal(s.prompt), _answers(s) if s.answers else None) for s in self.spans]


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
    parts = list[Tensor]()
    for span, (causal, mask) in zip(packed.spans, packed.masks, strict=True):
        at, middle = span.start, span.start + span.prompt
        kp, vp = k[at:middle], v[at:middle]
        parts.append(attend(q[at:middle][None], kp[None], vp[None], causal[None])[0])
        if mask is None:
            continue
        n, lengths = len(span.answers), list(span.answers)
        qa, ka, va = (
            torch.nn.utils.rnn.pad_sequence(list(x[middle : span.end].split(lengths)), True)
            for x in (q, k, v)
        )
        ka = torch.cat([kp.expand(n, *kp.shape), ka], 1)
        va = torch.cat([vp.expand(n, *vp.shape), va], 1)
        out = attend(qa, ka, va, mask)
        parts += [row[:length] for row, length in zip(out, lengths, strict=True)]
    return torch.cat(parts)


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """q (N, L, H, D), k and v (N, S, K, D), mask (N, L, S) → (N, L, H, D). The query heads that
    share a key head are folded into the query's length, so that keys are never repeated."""
    n, length, heads, size = q.shape
    shared = k.shape[2]
    rep = heads // shared
    q = q.view(n, length, shared, rep, size).permute(0, 2, 3, 1, 4).flatten(2, 3)
    folded = mask[:, None].repeat(1, 1, rep, 1)
    out = F.scaled_dot_product_attention(q, k.transpose(1, 2), v.transpose(1, 2), folded)
    out = out.view(n, shared, rep, length, size).permute(0, 3, 1, 2, 4)
    return out.reshape(n, length, heads, size)


def _causal(length: int) -> Tensor:
    return torch.ones(length, length, dtype=torch.bool).tril()


def _answers(span: Span) -> Tensor:
    # a padded row attends like a real one and is thrown away: an empty row would be 0/0
    longest = max(span.answers)
    own = _causal(longest).expand(len(span.answers), -1, -1)
    prompt = torch.ones(len(span.answers), longest, span.prompt, dtype=torch.bool)
    return torch.cat([prompt, own], 2)
