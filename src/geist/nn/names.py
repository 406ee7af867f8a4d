"""What each of our matrices is called in other people's files."""

from collections.abc import Iterator
from typing import NamedTuple

from geist.nn.config import Config


class Name(NamedTuple):
    """Rows `first` to `last` of our parameter `ours`; all of it where `last` is 0. `heads` is not 0
    where llama.cpp keeps the rows of each head in another order (see `interleave`)."""

    ours: str
    hub: str
    gguf: str
    first: int = 0
    last: int = 0
    heads: int = 0


def names(c: Config) -> Iterator[Name]:
    """Every tensor of a model, in the order of a file."""
    yield Name("embedding", "model.embed_tokens.weight", "token_embd.weight")
    for n in range(c.layers):
        yield from _block(c, n)
    yield Name("final", "model.norm.weight", "output_norm.weight")
    if not c.tied:
        yield Name("output", "lm_head.weight", "output.weight")


def _block(c: Config, n: int) -> Iterator[Name]:
    ours, hub, gguf = f"blocks.{n}.", f"model.layers.{n}.", f"blk.{n}."
    yield Name(ours + "before_attention", hub + "input_layernorm.weight", gguf + "attn_norm.weight")
    turned = c.family == "llama"
    at = 0
    for letter, heads in (("q", c.heads), ("k", c.kv_heads), ("v", c.kv_heads)):
        end = at + heads * c.head_size
        order = heads if turned and letter != "v" else 0
        for kind in ("weight", "bias") if c.qkv_bias else ("weight",):
            yield Name(f"{ours}qkv.{kind}", f"{hub}self_attn.{letter}_proj.{kind}",
                       f"{gguf}attn_{letter}.{kind}", at, end, order)  # fmt: skip
        at = end
    if c.qk_norm:
        for letter in "qk":
            yield Name(f"{ours}{letter}_norm", f"{hub}self_attn.{letter}_norm.weight",
                       f"{gguf}attn_{letter}_norm.weight")  # fmt: skip
    yield Name(f"{ours}out.weight", hub + "self_attn.o_proj.weight", gguf + "attn_output.weight")
    yield Name(
        ours + "before_mlp", hub + "post_attention_layernorm.weight", gguf + "ffn_norm.weight"
    )
    yield Name(ours + "gate_up.weight", hub + "mlp.gate_proj.weight", gguf + "ffn_gate.weight",
               0, c.hidden)  # fmt: skip
    yield Name(ours + "gate_up.weight", hub + "mlp.up_proj.weight", gguf + "ffn_up.weight",
               c.hidden, 2 * c.hidden)  # fmt: skip
    yield Name(ours + "down.weight", hub + "mlp.down_proj.weight", gguf + "ffn_down.weight")
