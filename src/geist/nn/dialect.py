"""How a model is spoken to in tokens: its tokenizer, its chat template, its end of turn."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geist.core.errors import GeistError
from geist.core.message import Message
from geist.models.store import Here
from geist.models.tokens import tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + "
    "message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


@dataclass(frozen=True)
class Dialect:
    """`template` is a Jinja chat template; `end` the token that ends a turn."""

    tokenizer: "Tokenizer"
    template: str
    end: int

    @cached_property
    def _rendered(self) -> Any:
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        return env.from_string(self.template)

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """The tokens that lead up to an answer."""
        from jinja2 import TemplateError

        turns = [{"role": m.role, "content": m.text} for m in messages]
        try:
            text = self._rendered.render(
                messages=turns, add_generation_prompt=True, bos_token="", eos_token=""
            )
        except TemplateError as e:
            roles = ", ".join(m.role for m in messages)
            raise GeistError(f"the model's chat template does not take turns of {roles}",
                             why=str(e)) from e  # fmt: skip
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def answer(self, text: str) -> list[int]:
        """An answer as it should have been drawn, the end token included."""
        return [*self.tokenizer.encode(text, add_special_tokens=False).ids, self.end]

    def text(self, tokens: Sequence[int]) -> str:
        """What was said, without the end token. Total: any tokens give a text."""
        said = [t for t in tokens if t != self.end]
        return self.tokenizer.decode(said, skip_special_tokens=False)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.tokenizer.save(str(folder / "tokenizer.json"))
        (folder / "dialect.json").write_text(
            json.dumps({"template": self.template, "end": self.end}, indent=1) + "\n"
        )

    @staticmethod
    def load(folder: Path) -> "Dialect":
        from tokenizers import Tokenizer

        told = json.loads((folder / "dialect.json").read_text())
        made = Tokenizer.from_file(str(folder / "tokenizer.json"))
        return Dialect(made, told["template"], told["end"])

    @staticmethod
    def of(here: Here, data: Path) -> "Dialect":
        """As a GGUF file says. Raises GeistError where it does not say."""
        from gguf import GGUFReader

        made = tokenizer(here, data)
        reader = GGUFReader(here.path)
        template, end = (reader.get_field(f"tokenizer.{name}")
                         for name in ("chat_template", "ggml.eos_token_id"))  # fmt: skip
        if made is None or template is None or end is None:
            raise GeistError(
                f"{here.name} cannot be trained: its file does not say how it is spoken to",
                why="it lacks a tokenizer that geist knows, a chat template or an end token",
            )
        return Dialect(made, str(template.contents()), int(end.contents()))

    @staticmethod
    def of_bytes() -> "Dialect":
        """Every byte is a token: for models made from nothing."""
        from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

        letters = sorted(pre_tokenizers.ByteLevel.alphabet())
        # llama.cpp wants at least one merge in a tokenizer of this kind
        space = "Ġ"
        vocab = {c: i for i, c in enumerate(letters)} | {space * 2: len(letters)}
        made = Tokenizer(models.BPE(vocab, [(space, space)]))
        made.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ])  # fmt: skip
        made.decoder = decoders.ByteLevel()
        special = [AddedToken(w, special=True, normalized=False)
                   for w in ("<|im_start|>", "<|im_end|>")]  # fmt: skip
        made.add_special_tokens(special)
        return Dialect(made, CHATML, made.get_vocab()["<|im_end|>"])

    def gguf(self) -> dict[str, Any]:
        """What llama.cpp needs to know of a tokenizer made by `of_bytes`."""
        told = json.loads(self.tokenizer.to_str())
        words = sorted(self.tokenizer.get_vocab().items(), key=lambda w: w[1])
        special = {t["content"] for t in told["added_tokens"]}
        merges = [m if isinstance(m, str) else " ".join(m) for m in told["model"]["merges"]]
        return {
            "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "smollm",
            "tokenizer.ggml.tokens": [w for w, _ in words],
            "tokenizer.ggml.token_type": [3 if w in special else 1 for w, _ in words],
            "tokenizer.ggml.merges": merges, "tokenizer.ggml.eos_token_id": self.end,
            "tokenizer.ggml.bos_token_id": self.tokenizer.token_to_id("<|im_start|>"),
            "tokenizer.ggml.padding_token_id": self.end,
            "tokenizer.ggml.add_bos_token": False, "tokenizer.chat_template": self.template,
        }  # fmt: skip
