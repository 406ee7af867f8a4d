"""Rollouts: many answers at once, from the weights that are being trained.

A prompt is read once and its keys are shared by all its answers without a copy: every row scores
every prompt's keys in one product and a mask leaves it its own. Rows that have ended are dropped
and the next group takes their place.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from geist.nn.packed import attention, pack
from geist.nn.transformer import Block, Projection, Transformer, norm, rotate, rotations

Linear = Callable[[Tensor], Tensor]
KINDS = ("fp32", "bf16", "int8")
ROWS = 64  # answers that are decoded side by side
SPARE = 8  # ended rows are dropped when they are an eighth of all


@dataclass
class Answer:
    """`tokens` were drawn, the end token included where it came; `logp` are the log-probabilities
    that they were drawn with. `ended` is False where the limit of tokens cut it."""

    group: int
    number: int
    tokens: list[int] = field(default_factory=list)
    logp: list[float] = field(default_factory=list)
    ended: bool = False


class Sampler:
    """A model's weights as they were at the last `load`, laid out for decoding."""

    def __init__(self, model: Transformer, kind: str = "bf16") -> None:
        if kind not in KINDS:
            raise ValueError(f"a sampler is one of {', '.join(KINDS)}, not {kind!r}")
        self.c, self.kind = model.c, kind
        # quantised products take and give float32
        self.dtype = torch.bfloat16 if kind == "bf16" else torch.float32
        self.load(model)

    def load(self, model: Transformer) -> None:
        """Takes the weights as they are now."""
        with torch.no_grad():
            self.embedding = model.embedding.detach().to(self.dtype)
            self.final = model.final.detach().to(self.dtype)
            self.head = linear(model.head.detach(), None, self.kind)
            self.layers = [_Layer(block, self.kind, self.dtype) for block in model.layers]

    @torch.inference_mode()
    def generate(
        self,
        prompts: Iterator[list[int]] | list[list[int]],
        n: int,
        most: int,
        end: int,
        seed: int,
        *,
        temperature: float = 1.0,
        rows: int = ROWS,
    ) -> Iterator[Answer]:
        """`n` answers of at most `most` tokens to each prompt, each as soon as it has ended.
        Temperature 0 takes the likeliest token. The same weights, arguments and number of threads
        give the same answers."""
        if n > rows:
            raise ValueError(f"{n} answers to a prompt do not fit into {rows} rows")
        waiting = deque(enumerate(prompts))
        dice = torch.Generator(self.embedding.device).manual_seed(seed)
        batch = _Batch(self, n, most, end, temperature, dice)
        while waiting or batch.active:
            fresh = []
            while waiting and len(batch.active) + (len(fresh) + 1) * n <= rows:
                fresh.append(waiting.popleft())
            if fresh:
                yield from batch.admit(fresh)
            yield from batch.step(refill=bool(waiting))


class _Layer:
    def __init__(self, block: Block, kind: str, dtype: torch.dtype) -> None:
        self.c = block.c
        self.before_attention = block.before_attention.detach().to(dtype)
        self.before_mlp = block.before_mlp.detach().to(dtype)
        self.q_norm = None if block.q_norm is None else block.q_norm.detach().to(dtype)
        self.k_norm = None if block.k_norm is None else block.k_norm.detach().to(dtype)
        self.qkv, self.out, self.gate_up, self.down = (
            _prepared(p, kind) for p in (block.qkv, block.out, block.gate_up, block.down)
        )

    def heads(self, x: Tensor, rotation: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        c = self.c
        qkv = self.qkv(norm(x, self.before_attention, c.eps))
        qkv = qkv.view(len(x), c.heads + 2 * c.kv_heads, c.head_size)
        both, v = qkv.split((c.heads + c.kv_heads, c.kv_heads), 1)
        if self.q_norm is not None and self.k_norm is not None:
            q, k = both.split((c.heads, c.kv_heads), 1)
            both = torch.cat([norm(q, self.q_norm, c.eps), norm(k, self.k_norm, c.eps)], 1)
        q, k = rotate(both, rotation).split((c.heads, c.kv_heads), 1)
        return q, k, v

    def mlp(self, x: Tensor) -> Tensor:
        gate, up = self.gate_up(norm(x, self.before_mlp, self.c.eps)).chunk(2, -1)
        return x + self.down(F.silu(gate).mul_(up))


class _Batch:
    """The rows that are being decoded, and the keys and values they need."""

    def __init__(self, sampler: Sampler, n: int, most: int, end: int, temperature: float,
                 generator: torch.Generator) -> None:  # fmt: skip
        self.s, self.n, self.most, self.end = sampler, n, most, end
        self.temperature, self.generator = temperature, generator
        self.active = list[Answer]()
        self.prompts = dict[int, int]()  # group → its prompt's length, in the order of the keys
        c, none = sampler.c, torch.empty(0)
        empty = torch.empty(c.kv_heads, 0, c.head_size, dtype=sampler.dtype)
        self.keys, self.values = [empty] * c.layers, [empty] * c.layers  # of prompts: (K, P, D)
        self.own_keys = [none] * c.layers  # of answers: (rows, K, most, D)
        self.own_values = [none] * c.layers
        self.tokens = torch.empty(0, dtype=torch.int64)  # each row's last token
        self.positions = torch.empty(0, dtype=torch.int64)  # its place in prompt and answer
        self.lengths = torch.empty(0, dtype=torch.int64)  # of the answers, before that token
        self.shut = torch.empty(0)  # (rows, P): −inf where a prompt is not the row's own

    def admit(self, fresh: list[tuple[int, list[int]]]) -> Iterator[Answer]:
        """Reads prompts and draws the first token of each of their answers."""
        s, c = self.s, self.s.c
        packed = pack([(prompt, []) for _, prompt in fresh])
        x = F.embedding(packed.tokens, s.embedding)
        rotation = rotations(c, packed.positions, s.dtype)
        for number, layer in enumerate(s.layers):
            q, k, v = layer.heads(x, rotation)
            self.keys[number] = torch.cat([self.keys[number], k.transpose(0, 1)], 1)
            self.values[number] = torch.cat([self.values[number], v.transpose(0, 1)], 1)
            x = layer.mlp(x + layer.out(attention(q, k, v, packed).flatten(1)))
        ends = torch.tensor([span.end - 1 for span in packed.spans])
        logits = s.head(norm(x[ends], s.final, c.eps)).float()
        rows = [Answer(group, i) for group, _ in fresh for i in range(self.n)]
        self.prompts |= {group: len(prompt) for group, prompt in fresh}
        self.active += rows
        drawn, logp = self._draw(logits.repeat_interleave(self.n, 0))
        self.tokens = torch.cat([self.tokens, drawn])
        lengths = torch.tensor([len(prompt) for _, prompt in fresh]).repeat_interleave(self.n)
        self.positions = torch.cat([self.positions, lengths])
        self.lengths = torch.cat([self.lengths, torch.zeros(len(rows), dtype=torch.int64)])
        room = torch.zeros(len(rows), c.kv_heads, self.most, c.head_size, dtype=s.dtype)
        for number in range(c.layers):
            self.own_keys[number] = _join(self.own_keys[number], room)
            self.own_values[number] = _join(self.own_values[number], room)
        self._keep(rows, drawn, logp)
        self._shut()
        yield from self._finished(fresh=True)

    def step(self, refill: bool) -> Iterator[Answer]:
        """One more token for every row."""
        if not self.active:
            return
        s, c = self.s, self.s.c
        rows, longest = len(self.active), int(self.lengths.max()) + 1
        x = F.embedding(self.tokens, s.embedding)
        rotation = rotations(c, self.positions, s.dtype)
        each = torch.arange(rows)
        # a row sees as much of its own answer as there is
        late = torch.arange(longest)[None] > self.lengths[:, None]
        shut = torch.cat([self.shut, torch.zeros(late.shape).masked_fill_(late, -torch.inf)], 1)
        shut = shut[:, None, None]
        rep, scale = c.heads // c.kv_heads, c.head_size**-0.5
        prompts = self.keys[0].shape[1]
        for number, layer in enumerate(s.layers):
            q, k, v = layer.heads(x, rotation)
            own_k, own_v = self.own_keys[number], self.own_values[number]
            own_k[each, :, self.lengths] = k
            own_v[each, :, self.lengths] = v
            own_k = own_k.view(-1, self.most, c.head_size)[:, :longest]
            own_v = own_v.view(-1, self.most, c.head_size)[:, :longest]
            q = (q * scale).view(rows, c.kv_heads, rep, c.head_size)
            across = q.transpose(0, 1).reshape(c.kv_heads, rows * rep, c.head_size)
            of_prompts = torch.bmm(across, self.keys[number].transpose(1, 2))
            of_prompts = of_prompts.view(c.kv_heads, rows, rep, prompts).transpose(0, 1)
            of_own = torch.bmm(q.reshape(-1, rep, c.head_size), own_k.transpose(1, 2))
            scores = torch.cat([of_prompts, of_own.view(rows, c.kv_heads, rep, longest)], -1)
            share = (scores.float() + shut).softmax(-1).to(s.dtype)
            on_prompts, on_own = share.split((prompts, longest), -1)
            out = torch.bmm(on_own.reshape(-1, rep, longest), own_v)
            flat = on_prompts.transpose(0, 1).reshape(c.kv_heads, rows * rep, prompts)
            more = torch.bmm(flat, self.values[number]).view(c.kv_heads, rows, rep, c.head_size)
            out = out.view(rows, c.kv_heads, rep, c.head_size) + more.transpose(0, 1)
            x = layer.mlp(x + layer.out(out.reshape(rows, c.heads * c.head_size)))
        drawn, logp = self._draw(s.head(norm(x, s.final, c.eps)).float())
        self.tokens = drawn
        self.positions = self.positions + 1
        # a row that is over runs on until it is dropped, and has no room for what it says then
        self.lengths = (self.lengths + 1).clamp(max=self.most - 1)
        self._keep(self.active, drawn, logp)
        yield from self._finished(refill=refill)

    def _draw(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """A token for each row and its log-probability. At temperature 1 from the whole
        distribution: what training needs to be unbiased."""
        if self.temperature == 0:
            drawn = logits.argmax(-1)
            return drawn, logits.log_softmax(-1).gather(1, drawn[:, None])[:, 0]
        if self.temperature != 1:
            logits = logits / self.temperature
        top = logits.max(-1, keepdim=True).values
        weight = logits.sub_(top).exp_()
        # inverse of the distribution function in two steps, by blocks and then in the block: one
        # pass over the vocabulary, where noise for every word of it would cost several
        size = _block(weight.shape[1])
        blocks = weight.view(len(weight), -1, size)
        sums = blocks.sum(-1).double()
        total = sums.sum(-1, keepdim=True)
        dice = torch.rand(len(weight), 1, generator=self.generator, dtype=torch.float64) * total
        reached = sums.cumsum(-1)
        block = (reached <= dice).sum(-1, keepdim=True).clamp(max=sums.shape[1] - 1)
        before = reached.gather(1, block) - sums.gather(1, block)
        inside = blocks[torch.arange(len(weight)), block[:, 0]].double().cumsum(-1)
        within = (inside <= dice - before).sum(-1, keepdim=True).clamp(max=size - 1)
        drawn = (block * size + within)[:, 0]
        # rounding can point at a word of no weight at a block's end: take the likeliest then
        none = weight.gather(1, drawn[:, None])[:, 0] == 0
        if bool(none.any()):
            drawn = torch.where(none, weight.argmax(-1), drawn)
        logp = weight.gather(1, drawn[:, None]).double().log() - total.log()
        return drawn, logp[:, 0].float()

    def _keep(self, rows: list[Answer], drawn: Tensor, logp: Tensor) -> None:
        for answer, token, chance in zip(rows, drawn.tolist(), logp.tolist(), strict=True):
            if not self._over(answer):
                answer.tokens.append(token)
                answer.logp.append(chance)
                answer.ended = token == self.end

    def _over(self, answer: Answer) -> bool:
        return answer.ended or len(answer.tokens) >= self.most

    def _finished(self, refill: bool = False, fresh: bool = False) -> Iterator[Answer]:
        """Drops the rows that are over, when they are many or somebody waits for their place."""
        over = [self._over(a) for a in self.active]
        ended = sum(over)
        enough = self.n if refill and not fresh else max(1, len(over) // SPARE)
        if not ended or (ended < enough and ended < len(over)):
            return
        gone = [a for a, o in zip(self.active, over, strict=True) if o]
        kept = torch.tensor([i for i, o in enumerate(over) if not o], dtype=torch.int64)
        self.active = [a for a, o in zip(self.active, over, strict=True) if not o]
        self.tokens, self.positions = self.tokens[kept], self.positions[kept]
        self.lengths = self.lengths[kept]
        for number in range(self.s.c.layers):
            self.own_keys[number] = self.own_keys[number][kept]
            self.own_values[number] = self.own_values[number][kept]
        self._forget()
        self._shut()
        yield from gone

    def _forget(self) -> None:
        """Prompts that no row answers any more."""
        needed = {a.group for a in self.active}
        if all(group in needed for group in self.prompts):
            return
        sizes = list(self.prompts.values())
        keep = [group in needed for group in self.prompts]
        for number in range(self.s.c.layers):
            for held in (self.keys, self.values):
                parts = [p for p, k in zip(held[number].split(sizes, 1), keep, strict=True) if k]
                held[number] = torch.cat(parts, 1) if parts else held[number][:, :0]
        self.prompts = {g: size for g, size in self.prompts.items() if g in needed}

    def _shut(self) -> None:
        at = dict[int, tuple[int, int]]()
        total = 0
        for group, size in self.prompts.items():
            at[group] = (total, total + size)
            total += size
        self.shut = torch.full((len(self.active), total), -torch.inf)
        for row, answer in enumerate(self.active):
            first, last = at[answer.group]
            self.shut[row, first:last] = 0


# without VNNI, sums of two products are kept in 16 bits and cut off there, unless activations have
# seven (PyTorch's `reduce_range`)
_CAN = torch.cpu.get_capabilities()
SATURATES = _CAN.get("architecture") == "x86_64" and not (
    _CAN.get("avx512_vnni") or _CAN.get("avx_vnni")
)


def linear(weight: Tensor, bias: Tensor | None, kind: str) -> Linear:
    """x ↦ x·Wᵀ + b in the arithmetic of `kind`. int8: weights rounded by output row, activations
    by tensor as they come; a little off the policy, which the importance weights account for."""
    if kind == "int8":
        weight = weight.float()
        scales = weight.abs().amax(1).clamp(min=1e-8) / 127.0
        zeros = torch.zeros(len(weight), dtype=torch.int64)
        steps = (weight / scales[:, None]).round_().to(torch.int8)
        # torch.quantize_per_channel does the same several times as slowly
        rounded = torch._make_per_channel_quantized_tensor(steps, scales.double(), zeros, 0)
        bias = None if bias is None else bias.float()
        ready = torch.ops.quantized.linear_prepack(rounded, bias)
        return lambda x: torch.ops.quantized.linear_dynamic(x, ready, SATURATES)
    dtype = torch.bfloat16 if kind == "bf16" else torch.float32
    weight, bias = weight.to(dtype), None if bias is None else bias.to(dtype)
    return lambda x: F.linear(x, weight, bias)


@cache
def _block(words: int) -> int:
    """A divisor of the vocabulary's size, near its root."""
    return min(
        (n for n in range(1, words + 1) if words % n == 0), key=lambda n: abs(n - words**0.5)
    )


def _prepared(projection: Projection, kind: str) -> Linear:
    bias = projection.bias
    return linear(projection.merged().detach(), None if bias is None else bias.detach(), kind)


def _join(held: Tensor, room: Tensor) -> Tensor:
    return room.clone() if not held.numel() else torch.cat([held, room])
