"""Training, end to end and small: rewards, checkpoints, resuming, export; and who may judge."""

import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from geist.core.errors import GeistError
from geist.nn.packed import pack
from geist.train.hacking import gamed
from geist.train.learner import Learner, Rates, portions
from geist.train.losses import head_loss
from geist.train.machine import device, use
from geist.train.recipe import parse
from geist.train.rlvr import Drifted
from geist.train.run import Run
from tests.nursery import run
from tests.test_nn import fresh
from tests.test_tasks import HOLE

RECIPE = """
name = "small"
seed = 3
threads = 1
evaluate = 4
checkpoint = 2
held_out = 8
[base.new]
width = 64
layers = 2
heads = 2
kv_heads = 1
hidden = 128
[tasks]
families = { sum = 1.0, larger = 1.0 }
level = 1
[sft]
steps = 6
batch = 8
demonstrations = 64
optimiser = { rate = 3e-3 }
[rlvr]
steps = 6
groups = 3
answers = 6
tokens = 12
optimiser = { rate = 1e-3 }
"""


def geist(*arguments: str, **kw: Any) -> subprocess.CompletedProcess[str]:
    if not kw:
        return run(Path.cwd(), *arguments)
    argv = [sys.executable, "-m", "geist.cli.main", *arguments]
    return subprocess.run(argv, capture_output=True, text=True, **kw)


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"second": 0.2}, "the second judge saw"),
        ({"second": None, "watched": None}, "held-out accuracy"),
        ({}, ""),  # the second judge sees it as well, and held-out accuracy rises
        ({"second": None, "watched": None, "levels": {"sum": 1}}, ""),  # only the tasks got easier
    ],
)
def test_a_reward_that_nobody_else_sees_is_told(changes: dict[str, Any], told: str) -> None:
    low = {"reward": 0.2, "watched": 0.2, "second": 0.2, "levels": {"sum": 2}}
    high = low | {"reward": 0.8, "watched": 0.8, "second": 0.8} | changes
    held_out = 0.2 if told or "levels" in changes else 0.7
    looks = [{"kind": "evaluation", "held_out": 0.2}, {"kind": "evaluation", "held_out": held_out}]
    start = [low | {k: v for k, v in changes.items() if v is None}] * 8
    assert gamed([looks[0], *start]) == ""  # too early to tell
    found = gamed([looks[0], *start, *[high] * 8, looks[1]])
    assert (told in found) if told else found == ""


def test_a_family_with_a_hole_is_refused_as_a_reward(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(HOLE)
    recipe = RECIPE.replace("sum = 1.0, larger = 1.0", "odd = 1.0")
    (tmp_path / "r.toml").write_text(recipe.replace("level = 1", 'level = 1\nfile = "tasks.py"'))
    done = geist("train", "rlvr", str(tmp_path / "r.toml"))
    assert done.returncode == 2 and "may not be a reward" in done.stderr, done.stderr
    shown = geist("audit", "--file", str(tmp_path / "tasks.py"))
    assert shown.returncode == 1 and "odd: accepted" in shown.stdout


@pytest.mark.parametrize("change, told", [
    ("steps = 6", "steps"), ("families", "tasks.families"), ("name = ", "name"),
])  # fmt: skip
def test_a_wrong_recipe_names_the_setting(change: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(GeistError, match=re.escape(told)):
        parse(RECIPE.replace(change, {"steps = 6": "steps = 0", "families": "famlies",
                                           "name = ": 'name = "/" #'}[change]))  # fmt: skip


def weights_of(done: subprocess.CompletedProcess[str]) -> str:
    found = re.search(r"done; weights (\w+)", done.stdout)
    assert found, done.stdout + done.stderr
    return found[1]


def interrupted(first: list[str], name: str, kinds: list[signal.Signals], seed: int) -> None:
    """Begins a run and ends it at random moments, a signal each, as a terminal would: to all of
    its processes. It is resumed each time."""
    dice, command = random.Random(seed), first
    metrics = Path(os.environ["GEIST_HOME"]) / "runs" / name / "metrics.jsonl"
    for kind in kinds:
        argv = [sys.executable, "-m", "geist.cli.main", "train", *command]
        process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, start_new_session=True)
        lines, until = _count(metrics), time.monotonic() + 90
        while _count(metrics) < lines + dice.randrange(2, 5) and process.poll() is None:
            assert time.monotonic() < until
            time.sleep(0.01)
        time.sleep(dice.random() / 10)
        if process.poll() is None:
            os.killpg(process.pid, kind)
        process.wait(60)
        command = ["resume", name]


def test_a_killed_run_ends_with_the_same_weights(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(RECIPE)
    whole = weights_of(geist("train", "rlvr", str(tmp_path / "r.toml")))
    first = ["rlvr", str(tmp_path / "r.toml"), "--name", "killed"]
    interrupted(first, "killed", [signal.SIGKILL, signal.SIGINT], 2)
    assert weights_of(geist("train", "resume", "killed")) == whole
    assert weights_of(geist("train", "resume", "killed")) == whole  # a run that is over stays so
    rows = Run.open(Path(os.environ["GEIST_HOME"]), "killed").rows()
    steps = [(r["stage"], r["step"]) for r in rows if r.get("kind") != "evaluation"]
    assert steps == [("sft", i + 1) for i in range(6)] + [("rlvr", i + 1) for i in range(6)]
    listed = geist("log").stdout
    assert "trained" in listed and "geist train killed" in listed and "stopped" in listed
    dice = geist("train", "rlvr", str(tmp_path / "r.toml"), "--name", "dice", "--control", "random")
    assert weights_of(dice) != whole
    page = geist("train", "watch", "killed").stdout.split()
    assert "<svg" in Path(page[0]).read_text() and Path(page[1]).read_bytes()[1:4] == b"PNG"
    assert "step 6" in geist("train", "answers", "killed").stdout
    chat = geist("chat", "--model", "killed", "What is 1 + 2?", "--tokens", "8")
    assert chat.returncode == 0, chat.stderr
    tree = geist("models", "tree").stdout
    assert "killed" in tree and "sum" in tree and "in geist models" in tree
    assert "seed 3" in tree and "random rewards" in tree
    again = geist("train", "rlvr", str(tmp_path / "r.toml"))
    assert again.returncode == 2 and "there is a run small already" in again.stderr


def test_every_knob_resumes_from_the_border_of_two_stages(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "hi\u2028there"}, {"role": "assistant", "content": "ho"}]
    (tmp_path / "talk.jsonl").write_text(json.dumps({"messages": turns}, ensure_ascii=False) + "\n")
    recipe = RECIPE.replace("[sft]", '[sft]\ndata = "talk.jsonl"').replace(
        "[tasks]", "[base.lora]\nrank = 4\n[tasks]").replace(
        "[rlvr]", '[rlvr]\nkl = 0.05\nupdates = 2\nloss = "cispo"\noverlong = "soft"\n'
        'sampler = "int8"\ndrift = 2.0\ncontrol = "random"')  # fmt: skip
    (tmp_path / "r.toml").write_text(f'precision = "bf16"\npack = 200\n{recipe}')
    whole = weights_of(geist("train", "rlvr", str(tmp_path / "r.toml")))
    home = Path(os.environ["GEIST_HOME"])
    argv = [sys.executable, "-m", "geist.cli.main", "train", "rlvr", str(tmp_path / "r.toml")]
    process = subprocess.Popen([*argv, "--name", "border"], stdout=subprocess.DEVNULL)
    border = home / "runs" / "border" / "checkpoints" / "10000000"  # RLVR's, before its first step
    while not border.exists() and process.poll() is None:
        time.sleep(0.002)
    process.kill()
    process.wait()
    progress = Run.open(home, "border").latest()
    assert progress and progress[0].stage == "rlvr" and progress[0].step < 2
    assert weights_of(geist("train", "resume", "border")) == whole
    # a run from a run begins with what that one has learned
    second = RECIPE.replace("[base.new]", '[base]\nname = "border"\n[old]').replace("[old]", "#")
    kept = [
        x for x in second.splitlines() if not re.match(r"(width|layers|heads|kv_heads|hidden)", x)
    ]
    (tmp_path / "s.toml").write_text("\n".join(kept).replace('"small"', '"second"'))
    done = geist("train", "sft", str(tmp_path / "s.toml"))
    assert weights_of(done) and "second" in geist("models", "tree").stdout
    lora = geist("train", "export", "border", "--as", "lora").stdout.strip()
    assert Path(lora).read_bytes()[:4] == b"GGUF"
    (tmp_path / "talk.jsonl").write_text("{}")
    changed = geist("train", "resume", "border")
    assert changed.returncode == 2 and "has changed since it began" in changed.stderr


def _count(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0


@settings(max_examples=20)
@given(st.integers(1, 30), st.integers(1, 9), st.booleans())
def test_the_head_in_chunks_has_the_whole_heads_gradient(
    n: int, chunk: int, head_too: bool
) -> None:
    generator = torch.Generator().manual_seed(n)
    hidden = torch.randn(n, 8, generator=generator, requires_grad=True)
    head = torch.randn(20, 8, generator=generator, requires_grad=True)
    targets = torch.randint(0, 20, (n,), generator=generator)
    weight = torch.randn(n, generator=generator)
    logp = (hidden @ head.T).log_softmax(-1).gather(1, targets[:, None])[:, 0]
    loss = (logp.exp() * weight).sum()
    loss.backward()
    into, of_head, told = head_loss(
        hidden.detach(), head.detach(), targets, lambda p, rows: p.exp() * weight[rows],
        learn_head=head_too, chunk=chunk,
    )  # fmt: skip
    torch.testing.assert_close(into, hidden.grad, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(told.logp, logp, atol=1e-5, rtol=1e-4)
    assert told.loss == pytest.approx(float(loss.detach()), abs=1e-4)
    if head_too:
        torch.testing.assert_close(of_head, head.grad, atol=1e-5, rtol=1e-4)
    else:
        assert of_head is None


def test_the_gradient_is_that_of_the_plain_formula() -> None:
    model = fresh()
    prompt, answers = [5, 9, 200], [[7, 8], [3], [250, 3, 3]]
    gain = torch.tensor([1.0, 1.0, -2.0, 0.5, 0.5, 0.5])
    logits = model.logits(pack([(prompt, answers)])).log_softmax(-1)
    at = [(2, 7), (3, 8), (2, 3), (2, 250), (6, 3), (7, 3)]
    plain = -(torch.stack([logits[i, t] for i, t in at]) * gain).sum()
    wanted = torch.autograd.grad(plain, list(model.parameters()))
    learner = Learner(model, False, Rates(1e-3), recompute=True)
    loss, _ = learner.backward(pack([(prompt, answers)]), lambda p, rows: -p * gain[rows])
    assert loss == pytest.approx(float(plain.detach()), abs=1e-4)
    for weight, grad in zip(model.parameters(), wanted, strict=True):
        torch.testing.assert_close(weight.grad, grad, atol=1e-5, rtol=1e-4)


@given(st.lists(st.tuples(st.integers(1, 5), st.lists(st.integers(1, 9), min_size=1, max_size=6)),
                min_size=1, max_size=5), st.integers(4, 40))  # fmt: skip
def test_portions_hold_every_answer_once(shape: list[tuple[int, list[int]]], most: int) -> None:
    groups = [([1] * p, [[g, i] * n for i, n in enumerate(lengths)])
              for g, (p, lengths) in enumerate(shape)]  # fmt: skip
    seen = []
    for portion, names in portions(groups, most):
        flat = [a for _, answers in portion for a in answers]
        assert len(flat) == len(names)
        for (g, i), answer in zip(names, flat, strict=True):
            assert answer == groups[g][1][i]
        seen += names
    assert seen == [(g, i) for g, (_, answers) in enumerate(groups) for i in range(len(answers))]


@pytest.mark.skipif(torch.cuda.is_available(), reason="a device that is not here is asked for")
def test_a_run_goes_on_only_where_it_began() -> None:
    use("cpu")
    with pytest.raises(GeistError, match="began on cuda"):
        use("cuda")
    assert device() == "cpu"


def test_a_drift_or_a_nan_stops_with_the_last_checkpoint_whole(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(RECIPE.replace("optimiser = { rate = 1e-3 }",
                                                    "drift = 1e-12\noptimiser = { rate = 1e-3 }"))  # fmt: skip
    done = geist("train", "rlvr", str(tmp_path / "r.toml"), "--control", "random")
    assert done.returncode == 2 and "apart in log-probability" in done.stderr, done.stderr
    run = Run.open(Path(os.environ["GEIST_HOME"]), "small")
    found = run.latest()
    assert found and found[0].stage == "rlvr" and found[0].step == 0
    assert issubclass(Drifted, GeistError)
    (tmp_path / "n.toml").write_text(RECIPE.replace("rate = 3e-3", "rate = 1e30, clip = 1e30")
                                     .replace('"small"', '"nan"'))  # fmt: skip
    done = geist("train", "sft", str(tmp_path / "n.toml"))
    assert done.returncode == 2 and "not a number" in done.stderr, done.stderr


def test_the_tutorial_works(tmp_path: Path) -> None:
    text = (Path(__file__).parent.parent / "docs" / "own-tasks.md").read_text()
    (code,) = re.findall(r"```python\n# vowels.py\n(.*?)```", text, re.S)
    (recipe,) = re.findall(r"```toml\n(.*?)```", text, re.S)
    (tmp_path / "vowels.py").write_text(code)
    quick = recipe.replace("steps = 200", "steps = 3").replace("steps = 40", "steps = 2")
    (tmp_path / "vowels.toml").write_text(quick)
    audited = geist("audit", "--file", str(tmp_path / "vowels.py"))
    assert audited.returncode == 0 and audited.stdout.strip().endswith("yes"), audited.stderr
    assert weights_of(geist("train", "rlvr", str(tmp_path / "vowels.toml")))
    assert "vowels" in geist("train", "list").stdout
    assert geist("train", "rm", "vowels").returncode == 0
    assert "vowels" not in geist("train", "list").stdout


def test_a_checkpoint_that_does_not_fit_is_told_and_leaves_nothing_torn(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(RECIPE)
    room = 200_000  # bytes that any file may have: fewer than a checkpoint's

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    done = geist("train", "sft", str(tmp_path / "r.toml"), preexec_fn=small_disk)
    assert done.returncode == 2 and "the checkpoint could not be written" in done.stderr
    assert "Traceback" not in done.stderr
    place = Path(os.environ["GEIST_HOME"]) / "runs" / "small-sft" / "checkpoints"
    assert not list(place.iterdir())
    assert weights_of(geist("train", "resume", "small-sft"))
