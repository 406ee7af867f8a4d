"""Does held-out accuracy rise, and does it not when rewards are dice? Row by row, resumable.

python -m bench.train.learn RECIPE … [--seeds 3] [--table]
"""

import argparse
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from bench.fix.run import machine, wilson
from bench.train.throughput import WORK
from geist.core.home import home
from geist.train.recipe import read
from geist.train.run import Run, runs

RESULTS = Path(__file__).parent.parent / "results" / "train-learn.json"


def train(recipe: Path, name: str, seed: int, control: bool) -> None:
    argv = [sys.executable, "-m", "geist.cli.main", "train"]
    if name in runs(home()):
        command = [*argv, "resume", name]
    else:
        command = [*argv, "rlvr", str(recipe), "--name", name, "--seed", str(seed)]
        command += ["--control", "random"] if control else []
    subprocess.run(command, check=True)


def row(recipe: Path, name: str, seed: int, control: bool) -> dict[str, Any]:
    run = Run.open(home(), name)
    rows = run.rows()
    looks = [r for r in rows if r.get("kind") == "evaluation" and r["stage"] == "rlvr"]
    steps = [r for r in rows if r["stage"] == "rlvr" and r.get("kind") != "evaluation"]
    first, last = looks[0], looks[-1]
    return {"recipe": recipe.stem, "seed": seed, "control": control, "of": first["of"],
            "before": first["held_out"], "after": last["held_out"],
            "format": [first["format"], last["format"]],
            "lenient": [first["lenient"], last["lenient"]],
            "length": [first["length"], last["length"]],
            "seconds": round(sum(r["seconds"] for r in steps))}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipes", nargs="*", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--table", action="store_true", help="only print what is there")
    said = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    kept = WORK / "learn.jsonl"
    rows = [json.loads(x) for x in kept.read_text().splitlines()] if kept.exists() else []
    done = {(r["recipe"], r["seed"], r["control"]) for r in rows}
    for recipe in [] if said.table else said.recipes:
        for seed in range(1, said.seeds + 1):
            for control in (False, True):
                if (recipe.stem, seed, control) in done:
                    continue
                name = f"{read(recipe).name}-{seed}{'-dice' if control else ''}"
                train(recipe, name, seed, control)
                rows.append(row(recipe, name, seed, control))
                with kept.open("a") as f:
                    f.write(json.dumps(rows[-1]) + "\n")
    print("recipe                 seed    reward  before        after (95%)     in form   min")
    for r in rows:
        low, high = wilson(round(r["after"] * r["of"]), r["of"])
        after = f"{r['after']:.0%} ({low:.0%}–{high:.0%})"
        form = f"{r['format'][0]:.0%} → {r['format'][1]:.0%}"
        kind = "dice" if r["control"] else "verifier"
        print(f"{r['recipe']:<22}{r['seed']:>5}{kind:>10}{r['before']:>8.0%}{after:>19}{form:>14}"
              f"{r['seconds'] / 60:>6.1f}")  # fmt: skip
    RESULTS.write_text(json.dumps({
        "figures": [{"name": f"{r['recipe']} {r['seed']} {'dice' if r['control'] else 'verifier'}",
                     "value": round(r["after"] - r["before"], 3), "unit": "points of accuracy",
                     "goal": None if r["control"] else 0.3, "spread": None,
                     "met": None if r["control"] else r["after"] - r["before"] >= 0.3}
                    for r in rows],
        "rows": rows, "machine": machine(), "date": date.today().isoformat(),
    }, indent=1) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
