"""Our losses and gradients against those of the real GRPOTrainer, on the same batch."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from geist.nn.dialect import Dialect
from geist.nn.files import save_hub
from geist.nn.packed import pack
from geist.train.learner import Learner, Rates
from geist.train.losses import NAMES, Inputs, Loss, weights
from tests.test_nn import fresh

PROMPT, ANSWERS = [5, 9, 200, 31], [[7, 8, 3], [3], [250, 3, 3, 9, 9, 1, 2], [4, 4, 4, 4, 4]]
GAIN = torch.tensor([0.5, -0.5, 0.25, -0.25])
LOW, HIGH = 0.2, 0.28


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A GRPOTrainer with our weights."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
    from trl import GRPOConfig, GRPOTrainer

    folder = tmp_path_factory.mktemp("trl")
    save_hub(fresh(), folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokens = PreTrainedTokenizerFast(tokenizer_object=Dialect.of_bytes().tokenizer,
                                     pad_token="<|im_end|>", eos_token="<|im_end|>")  # fmt: skip
    settings = GRPOConfig(output_dir=str(folder), use_cpu=True, report_to=[], bf16=False,
                          num_generations=4, per_device_train_batch_size=4,
                          max_completion_length=7, beta=0.1)  # fmt: skip
    data = Dataset.from_dict({"prompt": ["a"] * 4})
    return GRPOTrainer(model, lambda completions, **_: [0.0] * len(completions), settings, data,
                       processing_class=tokens)  # fmt: skip


def batch() -> SimpleNamespace:
    longest = max(map(len, ANSWERS))
    generator = torch.Generator().manual_seed(4)
    mask = torch.tensor([[i < len(a) for i in range(longest)] for a in ANSWERS])
    ids = torch.tensor([a + [0] * (longest - len(a)) for a in ANSWERS])
    base = torch.full((4, longest), -5.5)
    return SimpleNamespace(
        longest=longest, mask=mask, ids=ids,
        old=base + 0.4 * torch.randn(4, longest, generator=generator),
        reference=base + 0.2 * torch.randn(4, longest, generator=generator),
    )  # fmt: skip


@pytest.mark.parametrize("kl", [0.0, 0.1])
@pytest.mark.parametrize("name", NAMES)
def test_loss_and_gradient_are_those_of_trl(peer: Any, name: str, kl: float) -> None:
    b = batch()
    peer.loss_type, peer.beta, peer.epsilon_low = name, kl, LOW
    # TRL's epsilon_high is the bound itself for cispo, and its distance from 1 for the others
    peer.epsilon_high = 1 + HIGH if name == "cispo" else HIGH
    peer.model.eval()
    peer.model.zero_grad()
    loss = peer._compute_loss(peer.model, {
        "prompt_ids": torch.tensor([PROMPT] * 4), "prompt_mask": torch.ones(4, len(PROMPT)),
        "completion_ids": b.ids, "completion_mask": b.mask.long(), "advantages": GAIN,
        "old_per_token_logps": b.old, "ref_per_token_logps": b.reference,
        "num_items_in_batch": b.mask.sum(),
    })  # fmt: skip
    loss.backward()
    model = fresh()
    learner = Learner(model, False, Rates(1e-3))
    each = torch.tensor(weights(name, [len(a) for a in ANSWERS], b.longest))
    x = Inputs(b.old[b.mask], b.old[b.mask], GAIN[:, None].expand(b.mask.shape)[b.mask],
               each[:, None].expand(b.mask.shape)[b.mask], b.reference[b.mask])  # fmt: skip
    rule = Loss(name, LOW, HIGH, kl=kl)

    def per_token(logp: torch.Tensor, rows: slice) -> torch.Tensor:
        part = Inputs(x.old[rows], x.sampler[rows], x.advantage[rows], x.weight[rows],
                      None if x.reference is None else x.reference[rows])  # fmt: skip
        return rule.per_token(logp, part) * part.weight

    ours, _ = learner.backward(pack([(PROMPT, ANSWERS)]), per_token)
    assert ours == pytest.approx(float(loss.detach()), abs=2e-5)
    theirs = dict(peer.model.named_parameters())
    down = theirs["model.layers.1.mlp.down_proj.weight"].grad
    torch.testing.assert_close(model.layers[1].down.weight.grad, down, atol=1e-5, rtol=1e-3)
    torch.testing.assert_close(model.embedding.grad, theirs["model.embed_tokens.weight"].grad,
                               atol=1e-5, rtol=1e-3)  # fmt: skip


def test_the_batch_is_one_where_clipping_matters() -> None:
    b = batch()
    learner = Learner(fresh(), False, Rates(1e-3))
    logp = learner.logp(pack([(PROMPT, ANSWERS)]))
    ratio = torch.exp(logp - b.old[b.mask])
    assert bool((ratio > 1 + HIGH).any()) and bool((ratio < 1 - LOW).any())


def test_a_token_that_another_sampler_drew_counts_as_likely_as_it_was() -> None:
    old, sampler = torch.tensor([-1.0, -1.0, -1.0]), torch.tensor([-1.0, -0.5, -4.0])
    gain = torch.ones(3)
    plain = Loss("dapo").per_token(old, Inputs(old, old, gain, gain))
    ours = Loss("dapo", most=2.0).per_token(old, Inputs(old, sampler, gain, gain))
    torch.testing.assert_close(
        ours / plain, torch.tensor([1.0, float(torch.exp(old[1] + 0.5)), 2.0])
    )
