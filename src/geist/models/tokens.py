"""Exact token counts without loading a model: its own tokenizer, rebuilt from its GGUF file."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geist.models.store import Here

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# how byte-level BPE models cut text first, by llama.cpp's name for it
SPLITS = {
    "qwen2": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "llama-bpe": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
}
DIGIT_WISE = ("smollm",)  # GPT-2's own cut, after every digit stands alone
CONTROL = 3  # token_type of <|im_start|> and its like


def counter(here: Here, data: Path) -> Callable[[str], int] | None:
    """Counts a text's tokens as this model does; None where its tokenizer is of a kind that is not
    known here. The first call for a model takes a few seconds, later ones read what it kept."""
    made = tokenizer(here, data)
    if made is None:
        return None
    return lambda text: len(made.encode(text, add_special_tokens=False).ids)


def tokenizer(here: Here, data: Path) -> "Tokenizer | None":
    from tokenizers import Tokenizer

    kept = data / "tokenizers" / f"{here.sha256}.json"
    if kept.is_file():
        return Tokenizer.from_file(str(kept))
    made = _build(here.path)
    if made is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_suffix(f".{secrets.token_hex(4)}")
        made.save(str(fresh), pretty=False)
        os.replace(fresh, kept)
    return made


def trained_window(here: Here) -> int | None:
    """The longest text, in tokens, that the model was trained on; None where its file does not say.
    llama.cpp takes no longer one."""
    from gguf import GGUFReader

    reader = GGUFReader(here.path)
    kind = reader.get_field("general.architecture")
    found = reader.get_field(f"{kind.contents()}.context_length") if kind is not None else None
    return None if found is None else int(found.contents())


def _build(path: Path) -> "Tokenizer | None":
    from gguf import GGUFReader
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
    from tokenizers import pre_tokenizers as cut

    reader = GGUFReader(path)

    def field(name: str) -> Any:
        found = reader.get_field(f"tokenizer.ggml.{name}")
        return None if found is None else found.contents()

    if field("model") != "gpt2":
        return None
    kind = field("pre")
    if kind in SPLITS:
        first = cut.Split(Regex(SPLITS[kind]), "isolated")
        whole = cut.ByteLevel(add_prefix_space=False, use_regex=False)
    elif kind in DIGIT_WISE:
        first = cut.Digits(individual_digits=True)
        whole = cut.ByteLevel(add_prefix_space=False, use_regex=True)
    else:
        return None
    words, types = field("tokens"), field("token_type") or []
    merges = [tuple(m.split(" ", 1)) for m in field("merges")]
    made = Tokenizer(models.BPE({w: i for i, w in enumerate(words)}, merges))
    made.pre_tokenizer = cut.Sequence([first, whole])
    made.decoder = decoders.ByteLevel()
    if kind == "qwen2":
        made.normalizer = normalizers.NFC()
    special = [w for w, t in zip(words, types) if t == CONTROL]
    made.add_special_tokens([AddedToken(w, special=True, normalized=False) for w in special])
    return made
