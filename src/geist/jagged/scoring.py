"""How probable a model finds a text, token by token."""

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F

from geist.core.message import Message
from geist.models.store import Store
from geist.nn.dialect import Dialect
from geist.nn.files import load_gguf
from geist.nn.packed import pack
from geist.nn.transformer import Transformer

CHUNK = 256  # places whose logits over the vocabulary are there at once


class Scorer:
    """`window` tokens at most are scored; what is longer is cut there."""

    def __init__(self, model: Transformer, dialect: Dialect, window: int = 4096) -> None:
        self.model, self.dialect = model, dialect
        self.window = min(window, model.c.context)

    @staticmethod
    def of(name: str, data: Path) -> "Scorer":
        """A model of `geist models`, of a kind that geist can train. Raises GeistError."""
        here = Store(data).need(name)
        return Scorer(load_gguf(here.path), Dialect.of(here, data))

    def text(self, text: str) -> list[float]:
        """Natural log-probabilities of all tokens but the first, which nothing stands before."""
        ids = self.dialect.tokenizer.encode(text, add_special_tokens=False).ids
        return self._score(ids, 1)

    def answer(self, prompt: Sequence[Message], text: str) -> list[float]:
        """Of an answer's tokens, the end of the turn included, after this prompt."""
        before = self.dialect.prompt(prompt)
        return self._score([*before, *self.dialect.answer(text)], len(before))

    @torch.inference_mode()
    def _score(self, ids: list[int], first: int) -> list[float]:
        ids = ids[: self.window]
        if len(ids) <= first:
            return []
        hidden = self.model(pack([(ids, [])]))[first - 1 : -1]
        targets = torch.tensor(ids[first:])
        found = list[float]()
        for start in range(0, len(targets), CHUNK):
            part = slice(start, start + CHUNK)
            logits = F.linear(hidden[part], self.model.head).float()
            found += logits.log_softmax(-1).gather(1, targets[part, None])[:, 0].tolist()
        return found
