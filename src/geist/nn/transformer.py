"""A decoder-only transformer: RMSNorm, rotary positions, grouped-query attention, SwiGLU."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from geist.nn.config import Config
from geist.nn.packed import Packed, attention


class Projection(nn.Module):
    """y = x·Wᵀ (+ b) for several matrices that read the same x, kept as one: one large product is
    faster than several small ones. `sizes` are the parts' output widths. With `adapters` the
    weight is frozen and each part learns a low-rank difference (LoRA, Hu et al. 2021)."""

    def __init__(self, width: int, sizes: tuple[int, ...], bias: bool = False) -> None:
        super().__init__()
        self.sizes = sizes
        self.weight = nn.Parameter(torch.empty(sum(sizes), width))
        self.bias = nn.Parameter(torch.zeros(sum(sizes))) if bias else None
        self.scale = 0.0
        self.down: nn.ParameterList | None = None
        self.up: nn.ParameterList | None = None

    def adapt(self, rank: int, alpha: float, generator: torch.Generator) -> None:
        """Adds adapters: A normal, B zero, so that nothing changes at first."""
        width = self.weight.shape[1]
        self.weight.requires_grad_(False)
        if self.bias is not None:
            self.bias.requires_grad_(False)
        make = [torch.randn(rank, width, generator=generator) / width**0.5 for _ in self.sizes]
        self.down = nn.ParameterList(make)
        self.up = nn.ParameterList([torch.zeros(size, rank) for size in self.sizes])
        self.scale = alpha / rank

    def merge(self) -> None:
        """Makes the adapters part of the weight, and everything trainable again."""
        self.weight = nn.Parameter(self.merged().detach().clone())
        self.down = self.up = None
        if self.bias is not None:
            self.bias.requires_grad_(True)

    def merged(self) -> Tensor:
        """The matrix that has the same effect as weight and adapters together."""
        if self.down is None or self.up is None:
            return self.weight
        difference = torch.cat([b @ a for a, b in zip(self.down, self.up, strict=True)])
        return self.weight + self.scale * difference

    def forward(self, x: Tensor) -> Tensor:
        y = F.linear(x, self.weight, self.bias)
        if self.down is None or self.up is None:
            return y
        low = F.linear(x, torch.cat(list(self.down))).chunk(len(self.sizes), -1)
        return y + self.scale * torch.cat([F.linear(z, b) for z, b in zip(low, self.up)], -1)


class Block(nn.Module):
    def __init__(self, c: Config) -> None:
        super().__init__()
        self.c = c
        q, kv = c.heads * c.head_size, c.kv_heads * c.head_size
        self.before_attention = nn.Parameter(torch.ones(c.width))
        self.qkv = Projection(c.width, (q, kv, kv), c.qkv_bias)
        self.q_norm = nn.Parameter(torch.ones(c.head_size)) if c.qk_norm else None
        self.k_norm = nn.Parameter(torch.ones(c.head_size)) if c.qk_norm else None
        self.out = Projection(q, (c.width,))
        self.before_mlp = nn.Parameter(torch.ones(c.width))
        self.gate_up = Projection(c.width, (c.hidden, c.hidden))
        self.down = Projection(c.hidden, (c.width,))

    def forward(self, x: Tensor, rotation: tuple[Tensor, Tensor], packed: Packed) -> Tensor:
        q, k, v = self.heads(x, rotation)
        x = x + self.out(attention(q, k, v, packed).flatten(1))
        return self.mlp(x)

    def heads(self, x: Tensor, rotation: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """(T, width) → q (T, H, D), k and v (T, K, D), rotated to their positions."""
        c = self.c
        qkv = self.qkv(norm(x, self.before_attention, c.eps))
        qkv = qkv.view(len(x), c.heads + 2 * c.kv_heads, c.head_size)
        q, k, v = qkv.split((c.heads, c.kv_heads, c.kv_heads), 1)
        if self.q_norm is not None and self.k_norm is not None:
            q, k = norm(q, self.q_norm, c.eps), norm(k, self.k_norm, c.eps)
        return rotate(q, rotation), rotate(k, rotation), v

    def mlp(self, x: Tensor) -> Tensor:
        gate, up = self.gate_up(norm(x, self.before_mlp, self.c.eps)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


class Transformer(nn.Module):
    """Tokens to hidden states; `head` is the output matrix (vocab, width). Logits are not formed
    here: (T, vocab) is the largest tensor there would be, and `train/losses.py` never stores it."""

    def __init__(self, c: Config) -> None:
        super().__init__()
        self.c = c
        self.embedding = nn.Parameter(torch.empty(c.vocab, c.width))
        self.blocks = nn.ModuleList([Block(c) for _ in range(c.layers)])
        self.final = nn.Parameter(torch.ones(c.width))
        self.output = None if c.tied else nn.Parameter(torch.empty(c.vocab, c.width))
        self.recompute = False  # blocks keep only their input, and are run again for the gradient

    @property
    def layers(self) -> list[Block]:
        return [block for block in self.blocks if isinstance(block, Block)]

    @property
    def head(self) -> Tensor:
        return self.embedding if self.output is None else self.output

    def forward(self, packed: Packed) -> Tensor:
        """(T, width), after the final norm, in the dtype of the weights."""
        x = F.embedding(packed.tokens, self.embedding)
        rotation = rotations(self.c, packed.positions, x.dtype)
        for block in self.layers:
            if self.recompute and torch.is_grad_enabled():
                x = checkpoint(block, x, rotation, packed, use_reentrant=False)
            else:
                x = block(x, rotation, packed)
        return norm(x, self.final, self.c.eps)

    def logits(self, packed: Packed) -> Tensor:
        """(T, vocab) in float32: for looking, not for training."""
        return F.linear(self(packed), self.head).float()

    def start(self, seed: int) -> None:
        """Fresh weights: normal with the residual branches scaled down by depth (GPT-2)."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for name, weight in self.named_parameters():
                if weight.dim() < 2:
                    weight.fill_(0.0 if name.endswith("bias") else 1.0)
                    continue
                spread = (
                    0.02 if "embedding" in name or name == "output" else weight.shape[1] ** -0.5
                )
                if name.endswith(("out.weight", "blocks.down.weight", ".down.weight")):
                    spread /= (2 * self.c.layers) ** 0.5
                weight.normal_(0.0, spread, generator=generator)

    def adapt(self, rank: int, alpha: float, seed: int) -> None:
        """Freezes everything and adds adapters to every projection."""
        generator = torch.Generator().manual_seed(seed)
        self.requires_grad_(False)
        for module in self.modules():
            if isinstance(module, Projection):
                module.adapt(rank, alpha, generator)

    def merge(self) -> None:
        """The same model without adapters, all of it trainable."""
        for module in self.modules():
            if isinstance(module, Projection):
                module.merge()
        self.requires_grad_(True)


def norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """RMSNorm (Zhang and Sennrich 2019)."""
    return F.rms_norm(x, (x.shape[-1],), weight, eps)


def rotations(c: Config, positions: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """cos and sin, (T, 1, D), of each position's angles (RoPE, Su et al. 2021)."""
    each = c.theta ** (-torch.arange(0, c.head_size, 2, dtype=torch.float32) / c.head_size)
    angles = (positions[:, None].float() * each).repeat(1, 2)[:, None]
    return angles.cos().to(dtype), angles.sin().to(dtype)


def rotate(x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
    """Turns the pairs (x_i, x_{i+D/2}), the order of transformers' weights."""
    cos, sin = rotation
    left, right = x.chunk(2, -1)
    return x * cos + torch.cat([-right, left], -1) * sin
