"""Does training on a small set that is solved now and then end with solving it?

python -m bench.train.sanity
"""

import json
import platform
import statistics
from datetime import date
from importlib.metadata import version
from pathlib import Path

from bench.fix.run import machine
from bench.train.learn import train
from geist.core.home import home
from geist.train.recipe import read
from geist.train.run import Run

RECIPE = Path(__file__).parent / "sanity.toml"
RESULTS = Path(__file__).parent.parent / "results" / "train-sanity.json"


def main() -> None:
    recipe = read(RECIPE)
    assert recipe.rlvr is not None
    train(RECIPE, recipe.name, recipe.seed, control=False)
    run = Run.open(home(), recipe.name)
    rows = [r for r in run.rows() if r["stage"] == "rlvr" and "strict" in r]
    # every task of the pool comes up once in so many steps
    turn = max(1, (recipe.tasks.pool or 1) // recipe.rlvr.groups)
    before = statistics.mean(r["strict"] for r in rows[:turn])
    after = statistics.mean(r["strict"] for r in rows[-turn:])
    minutes = sum(r["seconds"] for r in rows) / 60
    print(f"{recipe.tasks.pool} tasks, drawn at temperature 1: {before:.0%} right at first, "
          f"{after:.1%} in the end, {minutes:.1f} minutes")  # fmt: skip
    RESULTS.write_text(json.dumps({
        "figures": [{"name": "training accuracy", "value": round(after, 4), "unit": "share",
                     "goal": 0.95, "met": after > 0.95, "spread": None}],
        "settings": {"recipe": RECIPE.name, "tasks": recipe.tasks.pool,
                     "right at first": round(before, 4)},
        "versions": {"python": platform.python_version(), "torch": version("torch")},
        "machine": machine(), "date": date.today().isoformat(),
    }, indent=1) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
