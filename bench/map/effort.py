"""What thinking time buys: adaptive votes against sixteen, best of N, and one long sample.

python -m bench.map.effort [--models …] [--families …] [--tasks 24]

Resumable: what `geist curve` has asked is kept under bench/.work.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.fix.run import machine
from geist.core.home import home
from geist.jagged.curve import adaptive_against_all, asked, points, read
from geist.models.profile import folder_of
from geist.models.store import Store
from geist.tasks.family import family

WORK = Path(__file__).parent.parent / ".work" / "map" / "effort"
RESULTS = Path(__file__).parent.parent / "results" / "map-effort.json"
MODELS = ("smollm2-135m", "qwen2.5-coder-1.5b")
FAMILIES = ("chain", "weekday", "record")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--families", nargs="+", default=FAMILIES)
    parser.add_argument("--tasks", type=int, default=24)
    said = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    if not (WORK / "models").exists():
        (WORK / "models").symlink_to((home() / "models").resolve())
    env = os.environ | {"GEIST_HOME": str(WORK.resolve())}
    figures, rows = list[dict[str, Any]](), list[dict[str, Any]]()
    for model in said.models:
        here = Store(WORK).need(model)
        for name in said.families:
            subprocess.run([sys.executable, "-m", "geist.cli.main", "curve", model, name, "--tasks",
                            str(said.tasks)], env=env, check=True)  # fmt: skip
            file = folder_of(WORK, model, here.sha256) / f"curve-{name}.jsonl"
            low, high = family(name).levels
            keys = {asked(name, (low + high) // 2, n).key for n in range(said.tasks)}
            tried = [t for t in read(file) if t.key in keys]
            gap, share = adaptive_against_all(tried)
            what = f"{model}, {name}"
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
            rows.append({"model": model, "family": name, "tasks": len(tried), "points": curve})
    for f in figures:
        print(f"{f['name']:<64}{f['value']:>8.3f}  {'met' if f['met'] else 'missed'}")
    RESULTS.write_text(json.dumps({
        "figures": figures, "rows": rows, "settings": {"tasks": said.tasks},
        "versions": {"python": platform.python_version(), "xllamacpp": version("xllamacpp")},
        "machine": machine(), "date": date.today().isoformat(),
    }, indent=1) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
