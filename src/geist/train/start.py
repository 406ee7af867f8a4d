"""The weights that a run begins with, and those that it has come to."""

import hashlib
from pathlib import Path

import torch

from geist.core.errors import GeistError
from geist.models.store import Store
from geist.nn.config import Config
from geist.nn.dialect import Dialect
from geist.nn.files import load_gguf
from geist.nn.transformer import Transformer
from geist.train.recipe import Recipe
from geist.train.run import Run


def begin_with(recipe: Recipe, data: Path) -> tuple[Transformer, Dialect]:
    """The weights that a run begins with."""
    base = recipe.base
    if base.new is not None:
        dialect, n = Dialect.of_bytes(), base.new
        vocab = dialect.tokenizer.get_vocab_size()
        model = Transformer(Config(
            vocab=vocab, width=n.width, layers=n.layers, heads=n.heads, kv_heads=n.kv_heads,
            head_size=n.width // n.heads, hidden=n.hidden, context=n.context,
        ))  # fmt: skip
        model.start(recipe.seed)
    else:
        assert base.name is not None
        model, dialect = _named(base.name, data)
    if base.lora is not None:
        model.adapt(base.lora.rank, base.lora.alpha, recipe.seed)
    return model, dialect


def _named(name: str, data: Path) -> tuple[Transformer, Dialect]:
    if (data / "runs" / name / "recipe.toml").is_file():
        model, dialect = finished(Run.open(data, name), data)
        model.merge()
        return model, dialect
    here = Store(data).need(name)
    return load_gguf(here.path), Dialect.of(here, data)


def finished(run: Run, data: Path) -> tuple[Transformer, Dialect]:
    """The model of a run as its last checkpoint has it, adapters and all."""
    model, dialect = begin_with(run.recipe, data)
    found = run.latest()
    if found is None:
        raise GeistError(f"the run {run.name} has no checkpoint yet",
                         mend=f"geist train resume {run.name}")  # fmt: skip
    take(model, found[1])
    return model, dialect


@torch.no_grad()
def take(model: Transformer, state: dict[str, torch.Tensor]) -> None:
    """Puts a checkpoint's weights into the model."""
    weights = dict(model.named_parameters())
    for name, tensor in state.items():
        if name.startswith("w."):
            weights[name[2:]].copy_(tensor)


def source(recipe: Recipe, data: Path) -> Path | None:
    """The GGUF file whose tokenizer the run's model speaks with; None for one made from nothing."""
    name = recipe.base.name
    while name is not None and (data / "runs" / name / "recipe.toml").is_file():
        name = Run.open(data, name).recipe.base.name
    return None if name is None else Store(data).need(name).path


def digest_of(model: Transformer) -> str:
    """sha256 of all weights."""
    found = hashlib.sha256()
    for name, weight in sorted(model.named_parameters()):
        found.update(name.encode())
        found.update(weight.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return found.hexdigest()
