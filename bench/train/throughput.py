"""Completion tokens a second, geist against TRL and transformers: same weights, prompts, sizes.

python -m bench.train.throughput [--steps 4] [--times 3] [--sampler int8]
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import threading
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.fix.run import machine
from geist.core.home import home
from geist.models.local import cores
from geist.models.store import Store
from geist.nn.dialect import Dialect
from geist.nn.files import load_gguf, save_hub
from geist.tasks.family import family
from geist.train.recipe import parse
from geist.train.run import Run
from geist.train.sampler import Sampler
from geist.train.training import Training

HERE = Path(__file__).parent
WORK = HERE.parent / ".work" / "train"
RESULTS = HERE.parent / "results" / "train-throughput.json"
PINS = ["trl==1.16.0", "transformers==5.23.0", "torch==2.13.0"]
MODEL, ANSWERS, TOKENS = "smollm2-135m", 16, 48
RECIPE = """
name = "throughput"
evaluate = 1000
held_out = 1
checkpoint = 1000
base = {{ name = "{model}" }}
tasks = {{ families = {{ sum = 1.0 }}, level = 2, pool = 8 }}
[rlvr]
steps = {steps}
groups = 2
answers = {answers}
tokens = {tokens}
refills = 0
control = "random"
sampler = "{sampler}"
drift = 1.0
optimiser = {{ rate = 1e-6 }}
"""


def environment() -> str:
    place = WORK / "env"
    if not (place / "ready").exists():
        print(f"installing {', '.join(PINS)} (about 400 MB)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        subprocess.run([place / "bin" / "pip", "install", "-q", *PINS], check=True)
        (place / "ready").touch()
    return str(place / "bin" / "python")


def peer(script: str, *arguments: str) -> Any:
    done = subprocess.run([environment(), str(HERE / script), *arguments], capture_output=True,
                          text=True, env=os.environ | {"HF_HUB_OFFLINE": "1"})  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def steps_of_geist(steps: int, sampler: str) -> dict[str, Any]:
    """Run in a process of its own, for its peak memory."""
    text = RECIPE.format(model=MODEL, steps=steps, answers=ANSWERS, tokens=TOKENS, sampler=sampler)
    data = WORK / "data"
    (data / "runs").mkdir(parents=True, exist_ok=True)
    if not (data / "models").exists():
        (data / "models").symlink_to((home() / "models").resolve())
    subprocess.run(["rm", "-rf", str(data / "runs" / parse(text).name)], check=True)
    run = Run.begin(data, text, {"threads": cores(), "bf16": True})
    rows: list[dict[str, Any]] = []

    def tell(kind: str, row: dict[str, Any]) -> None:
        if kind == "step":
            rows.append(row)

    with Training(run, data, tell, threading.Event()) as training:
        training.go()
    return {
        "seconds": [r["seconds"] for r in rows],
        "tokens": [r["tokens"] for r in rows],
        "rollout": [r["rollout_tokens_per_second"] for r in rows],
        "drift": [r["drift"] for r in rows],
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def rollouts(prompts: list[str], times: int, kind: str) -> list[dict[str, float]]:
    from geist.core.message import Message

    here = Store(home()).need(MODEL)
    model, dialect = load_gguf(here.path), Dialect.of(here, home())
    sampler, rows = Sampler(model, kind), []
    tokens = [dialect.prompt([Message("user", p)]) for p in prompts]
    for i in range(times + 1):
        start = time.monotonic()
        made = list(sampler.generate(tokens, 64 // len(tokens), TOKENS, dialect.end, i))
        rows.append({"seconds": time.monotonic() - start,
                     "tokens": sum(len(a.tokens) for a in made)})  # fmt: skip
    return rows[1:]


def alone(what: str, *arguments: object) -> Any:
    """One of the functions above in a fresh process."""
    told = json.dumps(json.dumps(arguments))
    code = (
        "import json; from bench.train import throughput as t; "
        f"print(json.dumps(t.{what}(*json.loads({told}))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def rate(rows: dict[str, Any]) -> list[float]:
    """Tokens a second of each step but the first, which warms up."""
    return [n / s for n, s in list(zip(rows["tokens"], rows["seconds"]))[1:]]


def peak(size: int = 2048) -> float:
    """FLOP/s of one large bf16 product, the best of several."""
    import torch

    torch.set_num_threads(cores())
    a, b = (torch.randn(size, size, dtype=torch.bfloat16) for _ in range(2))
    found = 0.0
    for _ in range(8):
        start = time.perf_counter()
        torch.mm(a, b)
        found = max(found, 2 * size**3 / (time.perf_counter() - start))
    return found


def update_flops(rows: dict[str, Any]) -> list[float]:
    """FLOP/s of each update but the first: 6 for each weight and token, forward and backward
    (Kaplan et al. 2020); the vocabulary's matrix is used by answers alone. Attention and AdamW are
    not counted, only their time."""
    from geist.core.message import Message

    here = Store(home()).need(MODEL)
    model, dialect = load_gguf(here.path), Dialect.of(here, home())
    words = model.embedding.numel()
    body = sum(p.numel() for p in model.parameters()) - words
    prompts = [family("sum").task("train", i, 2).prompt[0].text for i in range(8)]
    read = 2 * statistics.mean(len(dialect.prompt([Message("user", p)])) for p in prompts)
    found = []
    for tokens, seconds, rollout in list(zip(rows["tokens"], rows["seconds"], rows["rollout"]))[1:]:
        flops = 6 * (body * (tokens + read) + words * tokens)
        found.append(flops / (seconds - tokens / rollout))
    return found


def shown(name: str, values: list[float], more: str = "") -> str:
    return (f"{name:<34}{statistics.median(values):>8.1f}  "
            f"({min(values):.1f}–{max(values):.1f}, {len(values)} samples) {more}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--sampler", default="int8")
    parser.add_argument("--no-peers", action="store_true")
    said = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    here = Store(home()).need(MODEL)
    folder = WORK / "hub"
    if not (folder / "tokenizer_config.json").exists():
        dialect = Dialect.of(here, home())
        save_hub(load_gguf(here.path), folder)
        dialect.tokenizer.save(str(folder / "tokenizer.json"))
        (folder / "tokenizer_config.json").write_text(json.dumps({
            "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>",
            "pad_token": "<|im_end|>", "chat_template": dialect.template,
        }))  # fmt: skip
    prompts = [family("sum").task("train", i, 2).prompt[0].text for i in range(8)]
    (WORK / "prompts.json").write_text(json.dumps(prompts))
    (WORK / "four.json").write_text(json.dumps(prompts[:4]))
    ours = alone("steps_of_geist", said.steps, said.sampler)
    print(shown("geist, a whole step", rate(ours), f"{ours['peak_mb']} MB"), flush=True)
    top = alone("peak")
    of_peak = [f / top for f in alone("update_flops", ours)]
    print(shown("share of the bf16 peak, update", [100 * x for x in of_peak],
                f"% of {top / 1e9:.0f} GFLOP/s"), flush=True)  # fmt: skip
    drawn = [r["tokens"] / r["seconds"]
             for r in alone("rollouts", prompts[:4], said.times, said.sampler)]  # fmt: skip
    print(shown("geist, rollouts alone, 64 rows", drawn), flush=True)
    figures: list[tuple[str, list[float], float | None]] = [
        ("geist tokens a second", rate(ours), None), ("geist rollouts", drawn, None),
        ("share of the bf16 peak, update", of_peak, 0.5),
    ]  # fmt: skip
    memory: list[float] = []
    if not said.no_peers:
        for kind in ("bf16", "fp32"):
            theirs = peer("trl_peer.py", str(folder), str(WORK / "prompts.json"), str(said.steps),
                          str(ANSWERS), str(TOKENS), kind)  # fmt: skip
            print(shown(f"TRL {kind}, a whole step", rate(theirs), f"{theirs['peak_mb']} MB"),
                  flush=True)  # fmt: skip
            figures.append((f"TRL {kind} tokens a second", rate(theirs), None))
            memory.append(theirs["peak_mb"])
            drawn_by = [r["tokens"] / r["seconds"]
                        for r in peer("generate_peer.py", str(folder), str(WORK / "four.json"),
                                      str(TOKENS), kind, str(said.times))]  # fmt: skip
            print(shown(f"transformers {kind}, generate, 64 rows", drawn_by), flush=True)
            figures.append((f"transformers {kind} generate", drawn_by, None))
        best = max(statistics.median(v) for n, v, _ in figures if n.startswith("TRL"))
        ratio = statistics.median(rate(ours)) / best
        best_drawn = max(statistics.median(v) for n, v, _ in figures if n.startswith("transf"))
        drawn_ratio = statistics.median(drawn) / best_drawn
        print(f"a whole step: {ratio:.1f} times TRL's best; rollouts: {drawn_ratio:.1f} times")
        figures += [
            ("step, times TRL's best", [ratio], 5),
            ("rollouts, times", [drawn_ratio], 5),
            ("peak memory, TRL's least in ours", [min(memory) / ours["peak_mb"]], 2),
        ]
        RESULTS.write_text(json.dumps({
            "figures": [{"name": n, "value": round(statistics.median(v), 2), "goal": g,
                         "unit": "share" if "share" in n else "times" if g else "tokens/s",
                         "met": None if g is None else statistics.median(v) >= g,
                         "spread": [round(min(v), 2), round(max(v), 2)]} for n, v, g in figures],
            "settings": {"model": MODEL, "answers": ANSWERS, "groups": 2, "tokens": TOKENS,
                         "sampler": said.sampler},
            "versions": {"python": platform.python_version(), "torch": version("torch"),
                         "peers": PINS},
            "machine": machine(), "date": date.today().isoformat(),
        }, indent=1) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
