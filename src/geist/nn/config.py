"""The shape of a transformer of the Llama and Qwen kind."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from geist.core.errors import GeistError


@dataclass(frozen=True)
class Config:
    """`width` is the residual stream's, `hidden` the SwiGLU's. `heads` query heads share
    `kv_heads` key and value heads (grouped-query attention, Ainslie et al. 2023). `qkv_bias` is
    Qwen2's, `qk_norm` Qwen3's. `tied` uses the embedding as the output matrix."""

    vocab: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    head_size: int
    hidden: int
    theta: float = 10_000.0
    eps: float = 1e-5
    tied: bool = True
    qkv_bias: bool = False
    qk_norm: bool = False
    context: int = 2048

    def __post_init__(self) -> None:
        if self.heads % self.kv_heads:
            raise GeistError(
                f"{self.heads} heads cannot share {self.kv_heads} key and value heads evenly"
            )
        if self.head_size % 2:
            raise GeistError("rotary positions need an even head size")

    @property
    def family(self) -> str:
        """llama, qwen2 or qwen3, as llama.cpp and transformers call it."""
        return "qwen3" if self.qk_norm else "qwen2" if self.qkv_bias else "llama"

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_plain(data: Mapping[str, Any]) -> "Config":
        return Config(**data)

    def hub(self) -> dict[str, Any]:
        """The same as a transformers config.json."""
        name = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM",
                "qwen3": "Qwen3ForCausalLM"}[self.family]  # fmt: skip
        return {
            "architectures": [name], "model_type": self.family, "vocab_size": self.vocab,
            "hidden_size": self.width, "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads, "num_key_value_heads": self.kv_heads,
            "head_dim": self.head_size, "intermediate_size": self.hidden,
            "rope_theta": self.theta, "rms_norm_eps": self.eps, "hidden_act": "silu",
            "tie_word_embeddings": self.tied, "max_position_embeddings": self.context,
            "attention_bias": False, "mlp_bias": False, "torch_dtype": "float32",
        }  # fmt: skip

    @staticmethod
    def from_hub(told: Mapping[str, Any]) -> "Config":
        """From a config.json. Raises GeistError for kinds that `Transformer` is not."""
        family = told.get("model_type")
        if family not in ("llama", "qwen2", "qwen3"):
            raise GeistError(f"a model of kind {family!r} is not known here",
                             why="geist trains llama, qwen2 and qwen3")  # fmt: skip
        rope = told.get("rope_parameters") or {}
        for scaling in (rope, told.get("rope_scaling") or {}):
            if scaling.get("rope_type", scaling.get("type", "default")) != "default":
                raise GeistError("this model scales its rotary positions; geist does not yet")
        if family == "llama" and (told.get("attention_bias") or told.get("mlp_bias")):
            raise GeistError("a llama with biases is not known here")
        return Config(
            vocab=told["vocab_size"], width=told["hidden_size"], layers=told["num_hidden_layers"],
            heads=told["num_attention_heads"],
            kv_heads=told.get("num_key_value_heads") or told["num_attention_heads"],
            head_size=told.get("head_dim") or told["hidden_size"] // told["num_attention_heads"],
            hidden=told["intermediate_size"],
            theta=float(told.get("rope_theta") or rope.get("rope_theta") or 10_000.0),
            eps=told["rms_norm_eps"], tied=told.get("tie_word_embeddings", False),
            qkv_bias=family == "qwen2", qk_norm=family == "qwen3",
            context=told.get("max_position_embeddings", 2048),
        )  # fmt: skip
