"""Is a leaked set found? Models trained by geist itself, half of them with the set in their data.

python -m bench.map.leak [--models 5] [--epochs 4] [--base smollm2-135m]

Each model reads 256 answers to `chain` once. A contaminated one has also read 128 others `epochs`
times; a clean one has read as often 128 that the test does not ask about, so that the two differ in
nothing else. The detector scores the 128 against fresh ones (`geist contaminated`, test "fresh").
"""

import argparse
import json
import os
import platform
import random
import subprocess
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.fix.run import machine
from geist.core.home import home
from geist.jagged.contaminated import auc, fresh, mink
from geist.jagged.scoring import Scorer
from geist.tasks.family import family
from geist.train.run import Run, runs
from geist.train.start import finished

WORK = Path(__file__).parent.parent / ".work" / "map" / "leak"
RESULTS = Path(__file__).parent.parent / "results" / "map-leak.json"
SET, OTHERS, LEVEL = 128, 256, 4
NEW = "base = { new = { width = 128, layers = 4, heads = 4, kv_heads = 2, hidden = 384 } }"
RECIPE = """
name = "{name}"
seed = {seed}
evaluate = 100000
checkpoint = 100000
held_out = 1
{base}
[tasks]
families = {{ chain = 1.0 }}
level = 4
[sft]
steps = {steps}
batch = 16
data = "{data}"
optimiser = {{ rate = {rate}, warmup = 5 }}
"""


def item(split: str, number: int) -> dict[str, Any]:
    known = family("chain")
    task = known.task(split, number, LEVEL)
    answer = known.verifier.rights(task.truth)[0]
    return {"messages": [{"role": "user", "content": task.prompt[0].text},
                         {"role": "assistant", "content": answer}]}  # fmt: skip


def train(number: int, leaked: bool, epochs: int, base: str) -> Run:
    name = f"leak-{base or 'new'}-{epochs}-{number}{'-leaked' if leaked else ''}"
    if name not in runs(home()) or not Run.open(home(), name).checkpoints():
        first = 100_000 * (number + 1)
        mine = [item("train", first + n) for n in range(SET)]
        decoys = [item("validation", first + n) for n in range(SET)]
        rows = [item("train", first + 1000 + n) for n in range(OTHERS)]
        rows += (mine if leaked else decoys) * epochs
        random.Random(name).shuffle(rows)
        file = WORK / f"{name}.jsonl"
        file.write_text("".join(json.dumps(r) + "\n" for r in rows))
        told = f'base = {{ name = "{base}" }}' if base else NEW
        recipe = WORK / f"{name}.toml"
        recipe.write_text(RECIPE.format(name=name, seed=number, base=told, data=file.name,
                                        steps=len(rows) // 16,
                                        rate="1e-4" if base else "2e-3"))  # fmt: skip
        subprocess.run([sys.executable, "-m", "geist.cli.main", "train", "sft", str(recipe),
                        "--name", name], check=True, stdout=subprocess.DEVNULL)  # fmt: skip
    return Run.open(home(), name)


def scores(number: int, run: Run) -> dict[str, Any]:
    model, dialect = finished(run, home())
    scorer = Scorer(model, dialect)

    def score(row: dict[str, Any]) -> list[float]:
        from geist.core.message import Message

        question, answer = row["messages"]
        return scorer.answer((Message("user", question["content"]),), answer["content"])

    first = 100_000 * (number + 1)
    inside = [score(item("train", first + n)) for n in range(SET)]
    others = [score(item("test", first + n)) for n in range(SET)]
    told = fresh([sum(x) / len(x) for x in inside], [sum(x) / len(x) for x in others])
    return {"effect": told.effect, "p": told.p, "mink": sum(map(mink, inside)) / SET}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--base", default="smollm2-135m", help='"" for small ones from nothing')
    said = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("GEIST_HOME", str(home()))
    rows = list[dict[str, Any]]()
    for number in range(said.models):
        for leaked in (True, False):
            made = scores(number, train(number, leaked, said.epochs, said.base))
            rows.append({"model": number, "leaked": leaked, **made})
            print(f"model {number} {'leaked' if leaked else 'clean ':<7} P(inside > fresh) "
                  f"{made['effect']:.3f}  p {made['p']:.3g}  Min-20% {made['mink']:.2f}",
                  flush=True)  # fmt: skip
    yes, no = ([r for r in rows if r["leaked"] is which] for which in (True, False))
    figures = {
        "detector's AUC": auc([r["effect"] for r in yes], [r["effect"] for r in no]),
        "Min-20%'s AUC": auc([r["mink"] for r in yes], [r["mink"] for r in no]),
        "found at 5%": sum(r["p"] <= 0.05 for r in yes) / len(yes),
        "false alarms at 5%": sum(r["p"] <= 0.05 for r in no) / len(no),
    }
    for name, value in figures.items():
        print(f"{name:<22}{value:.3f}")
    RESULTS.write_text(json.dumps({
        "figures": [{"name": n, "value": round(v, 3), "unit": "share",
                     "goal": 0.9 if n == "detector's AUC" else None,
                     "met": v >= 0.9 if n == "detector's AUC" else None, "spread": None}
                    for n, v in figures.items()],
        "rows": rows, "settings": {"epochs": said.epochs, "base": said.base or "from nothing",
                                   "set": SET, "others": OTHERS},
        "versions": {"python": platform.python_version(), "torch": version("torch")},
        "machine": machine(), "date": date.today().isoformat(),
    }, indent=1) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
