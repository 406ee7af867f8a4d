"""How long a map takes, twelve skills and twenty pairs each, with nothing kept from before.

python -m bench.map.time [MODEL …] [--pairs 20]
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.fix.run import machine
from geist.core.home import home

WORK = Path(__file__).parent.parent / ".work" / "map" / "time"
RESULTS = Path(__file__).parent.parent / "results" / "map-time.json"
GOALS = {"smollm2-135m": 5.0, "qwen2.5-coder-1.5b": 30.0}  # minutes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=list(GOALS))
    parser.add_argument("--pairs", type=int, default=20)
    said = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    if not (WORK / "models").exists():
        (WORK / "models").symlink_to((home() / "models").resolve())
    rows = list[dict[str, Any]]()
    for model in said.models:
        shutil.rmtree(WORK / "maps", ignore_errors=True)
        start = time.monotonic()
        out = WORK / model
        done = subprocess.run(
            [sys.executable, "-m", "geist.cli.main", "map", model, "--pairs", str(said.pairs),
             "--out", str(out)], env=os.environ | {"GEIST_HOME": str(WORK), "COLUMNS": "120"},
            check=True, capture_output=True, text=True)  # fmt: skip
        minutes = (time.monotonic() - start) / 60
        (out / "table.txt").write_text(done.stdout)
        print(done.stdout)
        print(f"{model}: {minutes:.1f} minutes", flush=True)
        table = [x for x in done.stdout.splitlines() if not x.startswith(str(out))]
        rows.append({"model": model, "minutes": round(minutes, 2), "table": "\n".join(table)})
    RESULTS.write_text(json.dumps({
        "figures": [{"name": f"{r['model']}: minutes of a map", "value": r["minutes"],
                     "unit": "minutes", "goal": GOALS.get(r["model"]), "spread": None,
                     "met": r["minutes"] <= GOALS.get(r["model"], 1e9)} for r in rows],
        "rows": rows, "settings": {"pairs": said.pairs, "skills": 12},
        "versions": {"python": platform.python_version(), "xllamacpp": version("xllamacpp")},
        "machine": machine(), "date": date.today().isoformat(),
    }, indent=1) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
