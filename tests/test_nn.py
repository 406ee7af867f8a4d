"""Our transformer against transformers and llama.cpp, with real and with random weights."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from geist.core.message import Message
from geist.models.local import Local
from geist.models.model import Sampling
from geist.models.store import Store, sha256_of
from geist.nn.config import Config
from geist.nn.dialect import Dialect
from geist.nn.files import (
    interleave,
    load_gguf,
    load_hub,
    save_adapter,
    save_gguf,
    save_hub,
    straighten,
)
from geist.nn.packed import pack
from geist.nn.transformer import Transformer
from geist.train.sampler import Sampler
from tests.conftest import USERS_HOME

SMALL: dict[str, Any] = {"vocab": 259, "width": 64, "layers": 2, "heads": 4, "kv_heads": 2, "head_size": 16,
         "hidden": 96}  # fmt: skip


def fresh(**more: bool) -> Transformer:
    model = Transformer(Config(**SMALL, **more))
    model.start(3)
    with torch.no_grad():
        for weight in model.parameters():  # norms and biases that matter
            weight.add_(
                0.05 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(5))
            )
    return model


def theirs(folder: Path, prompt: list[int], answers: list[list[int]]) -> list[torch.Tensor]:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.no_grad():
        return [model(torch.tensor([prompt + a])).logits[0] for a in answers]


@pytest.mark.parametrize("kind", [{}, {"qkv_bias": True}, {"qk_norm": True}, {"tied": False}])
def test_logits_are_those_of_transformers(kind: dict[str, bool], tmp_path: Path) -> None:
    model = fresh(**kind)
    save_hub(model, tmp_path)
    prompt, answers = [5, 9, 200, 31], [[7, 7, 8], [1], [250, 3, 3, 3, 9]]
    with torch.no_grad():
        ours = model.logits(pack([(prompt, answers), (prompt[:2], [])]))
    at = len(prompt)
    for answer, logits in zip(answers, theirs(tmp_path, prompt, answers), strict=True):
        torch.testing.assert_close(ours[: len(prompt)], logits[: len(prompt)], atol=1e-4, rtol=0)
        mine = ours[at : at + len(answer)]
        torch.testing.assert_close(mine, logits[len(prompt) :], atol=1e-4, rtol=0)
        at += len(answer)
    again = load_hub(tmp_path)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters()))


def test_smollm2_reads_as_in_transformers(tmp_path: Path) -> None:
    here = Store(USERS_HOME).need("smollm2-135m")
    model, dialect = load_gguf(here.path), Dialect.of(here, tmp_path)
    save_hub(model, tmp_path)
    prompt = dialect.prompt([Message("user", "Name a colour.")])
    answers = [dialect.answer("Blue."), dialect.answer("Green is one.")]
    with torch.no_grad():
        ours = model.logits(pack([(prompt, answers)]))
    at = len(prompt)
    for answer, logits in zip(answers, theirs(tmp_path, prompt, answers), strict=True):
        mine = ours[at : at + len(answer)]
        torch.testing.assert_close(mine, logits[len(prompt) :], atol=1e-4, rtol=0)
        at += len(answer)


@pytest.mark.parametrize("kind", [{}, {"qkv_bias": True}, {"qk_norm": True}])
def test_what_is_exported_says_the_same_in_llama_cpp(kind: dict[str, bool], tmp_path: Path) -> None:
    dialect, model = Dialect.of_bytes(), fresh(**kind)
    model.adapt(4, 8.0, 1)
    generator = torch.Generator().manual_seed(9)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if ".up." in name:
                weight.normal_(0, 0.3, generator=generator)
    file = tmp_path / "m.gguf"
    save_gguf(model, file, {"general.name": "m", **dialect.gguf()}, None, "f32")
    assert load_gguf(file).c.family == model.c.family
    turns = [Message("user", "hello 12")]
    (answer,) = Sampler(model, "fp32").generate(
        [dialect.prompt(turns)], 1, 24, dialect.end, 0, temperature=0.0
    )
    here = Store(tmp_path).add(file, "m")
    local = Local(here, window=256, draft=False)
    (reply,) = local.sample(turns, Sampling(tokens=24))
    local.close()
    # its keys and values are kept in 16 bits: a later near tie may fall the other way
    assert list(reply.tokens)[:5] == answer.tokens[:5]
    torch.testing.assert_close(torch.tensor(reply.logprobs[:5]), torch.tensor(answer.logp[:5]),
                               atol=2e-2, rtol=0)  # fmt: skip


def test_adapters_are_written_for_llama_cpp(tmp_path: Path) -> None:
    from gguf import GGUFReader

    model = fresh()
    model.adapt(4, 8.0, 1)
    save_adapter(model, tmp_path / "l.gguf", {"general.name": "l"})
    reader = GGUFReader(tmp_path / "l.gguf")
    found = {t.name: tuple(int(n) for n in t.shape) for t in reader.tensors}
    assert found["blk.0.attn_k.weight.lora_a"] == (64, 4)
    assert found["blk.1.ffn_down.weight.lora_b"] == (4, 64)
    assert len(found) == 2 * 7 * 2


@given(st.integers(1, 4), st.integers(1, 6), st.integers(1, 3))
def test_llama_cpps_order_of_rows_has_an_inverse(heads: int, half: int, width: int) -> None:
    rows = torch.arange(heads * 2 * half * width).view(heads * 2 * half, width)
    assert torch.equal(straighten(interleave(rows, heads), heads), rows)


@settings(max_examples=25)
@given(st.lists(st.lists(st.integers(0, 258), min_size=1, max_size=6), min_size=1, max_size=5),
       st.integers(1, 3), st.integers(1, 7))  # fmt: skip
def test_the_sampler_draws_what_the_trainer_would(
    prompts: list[list[int]], n: int, most: int
) -> None:
    model = MODEL
    answers = list(Sampler(model, "fp32").generate(prompts, n, most, 0, 7, rows=4))
    assert sorted((a.group, a.number) for a in answers) == [
        (g, i) for g in range(len(prompts)) for i in range(n)
    ]
    for a in answers:
        assert 0 < len(a.tokens) <= most and a.ended == (a.tokens[-1] == 0)
        assert 0 not in a.tokens[:-1]
        prompt = prompts[a.group]
        with torch.no_grad():
            logp = model.logits(pack([(prompt, [a.tokens])])).log_softmax(-1)
        at = range(len(prompt) - 1, len(prompt) + len(a.tokens) - 1)
        mine = torch.stack([logp[i, t] for i, t in zip(at, a.tokens, strict=True)])
        torch.testing.assert_close(torch.tensor(a.logp), mine, atol=1e-4, rtol=0)
    again = list(Sampler(model, "fp32").generate(prompts, n, most, 0, 7, rows=4))
    assert [(a.group, a.number, a.tokens) for a in again] == [
        (a.group, a.number, a.tokens) for a in answers
    ]


MODEL = fresh()


def test_answers_are_drawn_as_often_as_they_are_likely() -> None:
    answers = list(Sampler(MODEL, "fp32").generate([[5, 9]], 2000, 1, 0, 11, rows=2000))
    with torch.no_grad():
        chance = MODEL.logits(pack([([5, 9], [])]))[-1].softmax(-1)
    drawn = torch.bincount(torch.tensor([a.tokens[0] for a in answers]), minlength=259) / 2000
    # total variation of 2000 draws from a spread this wide stays below this in all but 1 of 10⁶
    assert float((drawn - chance).abs().sum()) / 2 < 0.5 * (259 / 2000) ** 0.5 + 0.06


def test_int8_is_close_to_the_policy() -> None:
    exact, rough = Sampler(MODEL, "fp32"), Sampler(MODEL, "int8")
    one = next(exact.generate([[5, 9]], 1, 12, 0, 0, temperature=0.0))
    two = next(rough.generate([[5, 9]], 1, 1, 0, 0, temperature=0.0))
    assert abs(one.logp[0] - two.logp[0]) < 0.2


def test_a_model_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "mamba"}))
    with pytest.raises(Exception, match="mamba"):
        load_hub(tmp_path)
    assert sha256_of(tmp_path / "config.json")
