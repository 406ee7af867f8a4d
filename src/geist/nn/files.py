"""Public weights in and out: GGUF (llama.cpp) and safetensors (transformers)."""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from geist.core.errors import GeistError
from geist.nn.config import Config
from geist.nn.names import Name, names
from geist.nn.transformer import Projection, Transformer

KINDS = {"llama": "llama", "qwen2": "qwen2", "qwen3": "qwen3"}


def load_gguf(path: Path) -> Transformer:
    """A model in float32 from a GGUF file of any quantisation."""
    from gguf import GGUFReader
    from gguf.quants import dequantize

    reader = GGUFReader(path)
    kind = str(_field(reader, "general.architecture"))
    if kind not in KINDS:
        raise GeistError(f"{path.name} holds a model of kind {kind!r}",
                         why="geist trains llama, qwen2 and qwen3")  # fmt: skip

    def told(name: str, default: Any = None) -> Any:
        found = _field(reader, f"{kind}.{name}")
        return default if found is None else found

    tensors = {t.name: t for t in reader.tensors}
    if "rope_freqs.weight" in tensors or told("rope.scaling.type", "none") != "none":
        raise GeistError(f"{path.name} scales its rotary positions; geist does not yet")
    width, heads = told("embedding_length"), told("attention.head_count")
    c = Config(
        vocab=int(tensors["token_embd.weight"].shape[1]), width=width, layers=told("block_count"),
        heads=heads, kv_heads=told("attention.head_count_kv", heads),
        head_size=told("attention.key_length", width // heads),
        hidden=told("feed_forward_length"), theta=float(told("rope.freq_base", 10_000.0)),
        eps=float(told("attention.layer_norm_rms_epsilon", 1e-5)),
        tied="output.weight" not in tensors, qkv_bias="blk.0.attn_q.bias" in tensors,
        qk_norm="blk.0.attn_q_norm.weight" in tensors, context=told("context_length", 2048),
    )  # fmt: skip

    def read(name: Name) -> Tensor:
        t = tensors[name.gguf]
        made = torch.from_numpy(np.array(dequantize(t.data, t.tensor_type), dtype=np.float32))
        return straighten(made, name.heads) if name.heads else made

    return _fill(c, read)


def load_hub(folder: Path) -> Transformer:
    """A model in float32 from a folder with config.json and *.safetensors."""
    from safetensors import safe_open

    try:
        c = Config.from_hub(json.loads((folder / "config.json").read_text()))
    except (OSError, ValueError, KeyError) as e:
        raise GeistError(f"{folder} holds no model that can be read", why=repr(e)) from e
    places: dict[str, Path] = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, "pt") as f:
            places |= dict.fromkeys(f.keys(), file)

    def read(name: Name) -> Tensor:
        if name.hub not in places:
            raise GeistError(f"{folder} has no tensor {name.hub}")
        with safe_open(places[name.hub], "pt") as f:
            return f.get_tensor(name.hub).float()

    return _fill(c, read)


def _fill(c: Config, read: Callable[[Name], Tensor]) -> Transformer:
    with torch.device("meta"):
        model = Transformer(c)
    model.to_empty(device="cpu")
    weights = dict(model.named_parameters())
    with torch.no_grad():
        for name in names(c):
            part = weights[name.ours]
            part = part[name.first : name.last] if name.last else part
            found = read(name)
            if found.shape != part.shape:
                raise GeistError(f"{name.hub} is {tuple(found.shape)}",
                                 why=f"{tuple(part.shape)} was expected")  # fmt: skip
            part.copy_(found)
    return model


def tensors_of(model: Transformer) -> list[tuple[Name, Tensor]]:
    """Every matrix with adapters merged in, in float32, by name."""
    merged = {f"{n}.weight": m.merged() for n, m in model.named_modules()
              if isinstance(m, Projection)}  # fmt: skip
    weights = {**dict(model.named_parameters()), **merged}
    found = []
    for name in names(model.c):
        whole = weights[name.ours].detach().float()
        found.append((name, whole[name.first : name.last] if name.last else whole))
    return found


def save_hub(model: Transformer, folder: Path) -> None:
    """config.json and model.safetensors, as transformers reads them."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(model.c.hub(), indent=1) + "\n")
    tensors = {name.hub: t.contiguous().clone() for name, t in tensors_of(model)}
    with _whole(folder / "model.safetensors") as fresh:
        save_file(tensors, fresh, {"format": "pt"})


def save_gguf(model: Transformer, path: Path, about: Mapping[str, Any], like: Path | None,
              kind: str = "f16") -> None:  # fmt: skip
    """A GGUF file, `kind` f32, f16 or q8_0. The tokenizer and what else llama.cpp needs is copied
    from the file `like`, or is all of `about`, whose values replace those copied."""
    from gguf import GGMLQuantizationType, GGUFWriter
    from gguf.quants import quantize

    kinds = {"f32": GGMLQuantizationType.F32, "f16": GGMLQuantizationType.F16,
             "q8_0": GGMLQuantizationType.Q8_0}  # fmt: skip
    c = model.c
    with _whole(path) as fresh:
        writer = GGUFWriter(fresh, c.family)
        writer.add_block_count(c.layers)
        writer.add_context_length(c.context)
        writer.add_embedding_length(c.width)
        writer.add_feed_forward_length(c.hidden)
        writer.add_head_count(c.heads)
        writer.add_head_count_kv(c.kv_heads)
        writer.add_key_length(c.head_size)
        writer.add_value_length(c.head_size)
        writer.add_rope_dimension_count(c.head_size)
        writer.add_rope_freq_base(c.theta)
        writer.add_layer_norm_rms_eps(c.eps)
        writer.add_vocab_size(c.vocab)
        _describe(writer, about, like)
        for name, tensor in tensors_of(model):
            data = tensor if not name.heads else interleave(tensor, name.heads)
            array = data.contiguous().numpy()
            # a vector is small and precious; a row that Q8_0's blocks do not fit stays F16
            as_kind = kinds["f32"] if array.ndim == 1 else kinds[kind]
            if as_kind == kinds["q8_0"] and array.shape[1] % 32:
                as_kind = kinds["f16"]
            writer.add_tensor(name.gguf, quantize(array, as_kind), raw_dtype=as_kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def save_adapter(model: Transformer, path: Path, about: Mapping[str, Any]) -> None:
    """The adapters alone, as a LoRA file that llama.cpp loads over the model they were made for."""
    from gguf import GGUFWriter

    adapted = {n: m for n, m in model.named_modules()
               if isinstance(m, Projection) and m.down is not None}  # fmt: skip
    if not adapted:
        raise GeistError("this run has no adapters to export",
                         why="it trained all weights", mend="--as gguf")  # fmt: skip
    first = next(iter(adapted.values()))
    assert first.down is not None
    with _whole(path) as fresh:
        writer = GGUFWriter(fresh, model.c.family)
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", first.scale * first.down[0].shape[0])
        _describe(writer, about, None)
        for name in names(model.c):
            module = adapted.get(name.ours.removesuffix(".weight"))
            if module is None or not name.ours.endswith(".weight"):
                continue
            assert module.down is not None and module.up is not None
            starts = [sum(module.sizes[:i]) for i in range(len(module.sizes))]
            part = starts.index(name.first)
            a, b = module.down[part].detach().float(), module.up[part].detach().float()
            if name.heads:
                b = interleave(b, name.heads)
            writer.add_tensor(f"{name.gguf}.lora_a", a.contiguous().numpy())
            writer.add_tensor(f"{name.gguf}.lora_b", b.contiguous().numpy())
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def interleave(rows: Tensor, heads: int) -> Tensor:
    """From transformers' order of a head's rows (i and i+D/2 are turned together) to llama.cpp's
    for the llama kind (2i and 2i+1 are)."""
    return rows.view(heads, 2, -1, *rows.shape[1:]).transpose(1, 2).reshape(rows.shape)


def straighten(rows: Tensor, heads: int) -> Tensor:
    """The inverse of `interleave`."""
    shape = (heads, rows.shape[0] // heads // 2, 2, *rows.shape[1:])
    return rows.reshape(shape).transpose(1, 2).reshape(rows.shape)


def _field(reader: Any, name: str) -> Any:
    found = reader.get_field(name)
    return None if found is None else found.contents()


def _describe(writer: Any, about: Mapping[str, Any], like: Path | None) -> None:
    from gguf import GGUFReader, GGUFValueType

    if like is not None:
        for name, field in GGUFReader(like).fields.items():
            ours = name.split(".")[0] in KINDS or name in ("general.architecture", "general.name")
            counts = name.startswith(("GGUF.", "general.file_type", "general.quantization"))
            if ours or counts or name in about:
                continue
            kind = field.types[0]
            inner = field.types[-1] if kind == GGUFValueType.ARRAY else None
            writer.add_key_value(name, field.contents(), kind, inner)
    for name, value in about.items():
        kind = GGUFValueType.get_type(value)
        if kind == GGUFValueType.INT32 and value >= 0:
            kind = GGUFValueType.UINT32  # what llama.cpp expects of counts and token ids
        inner = GGUFValueType.get_type(value[0]) if kind == GGUFValueType.ARRAY else None
        writer.add_key_value(name, value, kind, inner)


class _whole:
    """A file that appears under its name when it is whole, and on the disk."""

    def __init__(self, path: Path) -> None:
        self.path, self.fresh = path, path.with_name(f"{path.name}.{secrets.token_hex(4)}")

    def __enter__(self) -> Path:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return self.fresh

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            with open(self.fresh, "rb") as f:
                os.fsync(f.fileno())
            os.replace(self.fresh, self.path)
        self.fresh.unlink(missing_ok=True)
