"""What thinking time buys: adaptive votes against sixteen, best of N, and one long sample.

python -m bench.map.effort [--models …] [--families …] [--tasks 12] [--short]

Each family is asked at the hardest level at which the model's first answer is right at least half
of the time (eight tasks that are not measured afterwards), or else at its easiest: where a model
knows nothing there is nothing to buy. `--short` leaves out the one long sample, which takes most of
the time. Resumable: what was asked is kept under bench/.work.
"""

import argparse
import json
import platform
import threading
from contextlib import closing
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.fix.run import machine
from geist.cli.curve import SLOTS, WINDOW
from geist.cli.thinking import opened
from geist.core.budget import Budget
from geist.core.home import home
from geist.core.log import Log
from geist.core.output import Text
from geist.jagged.curve import TOKENS, adaptive_against_all, asked, points, try_all
from geist.models.profile import folder_of
from geist.models.store import Store
from geist.tasks.family import family
from geist.think.forcing import Forced
from geist.think.vote import vote

WORK = Path(__file__).parent.parent / ".work" / "map" / "effort"
RESULTS = Path(__file__).parent.parent / "results" / "map-effort.json"
MODELS = ("qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b")
FAMILIES = ("sum", "chain", "decimal")
PILOT, FIRST = 8, 5000  # tasks that say how hard a family may be for a model


def hardest(model: str, name: str) -> int:
    """The level to ask at; what was found is kept."""
    kept = WORK / "levels.json"
    found = json.loads(kept.read_text()) if kept.exists() else {}
    if f"{model} {name}" in found:
        return found[f"{model} {name}"]
    low, high = family(name).levels
    with closing(opened(model, 1, 2048)) as weights, closing(Log(WORK)) as log:
        for level in range(high, low - 1, -1):
            hits = 0
            for number in range(FIRST, FIRST + PILOT):
                task = asked(name, level, number)
                said = vote(task, Forced(weights), 1, Budget(), log, tokens=TOKENS, temperature=0.0)
                verdict = family(name).verifier(task, Text(said.attempts[0].reply.text))
                hits += bool(verdict.parts.get("lenient", verdict.passed))
            print(f"{model}, {name}, level {level}: {hits} of {PILOT}", flush=True)
            if 2 * hits >= PILOT:
                break
    kept.write_text(json.dumps(found | {f"{model} {name}": level}) + "\n")
    return level


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--families", nargs="+", default=FAMILIES)
    parser.add_argument("--tasks", type=int, default=12)
    parser.add_argument("--short", action="store_true", help="without the one long sample")
    said = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    if not (WORK / "models").exists():
        (WORK / "models").symlink_to((home() / "models").resolve())
    figures, rows = list[dict[str, Any]](), list[dict[str, Any]]()
    for model in said.models:
        here = Store(WORK).need(model)
        for name in said.families:
            level = hardest(model, name)
            file = folder_of(WORK, model, here.sha256) / f"curve-{name}.jsonl"
            with closing(opened(model, SLOTS, WINDOW)) as weights, closing(Log(WORK)) as log:
                tried = try_all(name, level, said.tasks, weights, file, log, threading.Event(),
                                lambda n: print(f"{n} of {said.tasks} tasks", flush=True),
                                long=not said.short)  # fmt: skip
            gap, share = adaptive_against_all(tried)
            what = f"{model}, {name} {level}"
            figures += [
                {"name": f"{what}: adaptive votes less 16 votes", "value": round(gap.mean, 4),
                 "unit": "points", "goal": -0.01, "met": gap.mean >= -0.01,
                 "spread": [round(gap.low, 4), round(gap.high, 4)]},
                {"name": f"{what}: tokens of adaptive votes over 16 votes'", "unit": "share",
                 "value": round(share, 3), "goal": 0.5, "met": share <= 0.5, "spread": None},
            ]  # fmt: skip
            curve = [{"how": p.kind, "n": p.n, "tokens": round(p.tokens, 1), "right": p.right.mean,
                      "low": p.right.low, "high": p.right.high}
                     for p in points(name, tried)]  # fmt: skip
            rows.append(
                {
                    "model": model,
                    "family": name,
                    "level": level,
                    "tasks": len(tried),
                    "points": curve,
                }
            )
    for f in figures:
        print(f"{f['name']:<64}{f['value']:>8.3f}  {'met' if f['met'] else 'missed'}")
    RESULTS.write_text(json.dumps({
        "figures": figures, "rows": rows, "settings": {"tasks": said.tasks, "long": not said.short},
        "versions": {"python": platform.python_version(), "xllamacpp": version("xllamacpp")},
        "machine": machine(), "date": date.today().isoformat(),
    }, indent=1) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
