"""Does the profile pick what mends most? The same bugs in each edit format, and by the free driver.

python -m bench.map.formats [--models …] [--bugs 12] [--answers 3]

The profiles are made first (`geist map MODEL --profile`), and are of functions of Python's own
library; the bugs are those of bench/fix, of which a profile has no item. The formats are the
guided driver's; the free one may take as many steps as it needs in the time. Resumable.
"""

import argparse
import json
import platform
import subprocess
import sys
import threading
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.fix.run import SEED, Bench, chosen, machine, wilson
from bench.safety.dojo import User
from geist.agent.do import Do, Job
from geist.agent.leash import Autonomy, Terms
from geist.core.home import home
from geist.core.log import Log
from geist.edit.forms import FORMS
from geist.models.profile import load
from geist.models.store import Store

RESULTS = Path(__file__).parent.parent / "results" / "map-formats.json"
FREE = 120.0  # seconds that the free driver may take for a bug
MODELS = ("smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b")


def mended(model: str, form: str, bugs: int, answers: int) -> list[dict[str, Any]]:
    bench = Bench(str(answers), None, f"formats-{model}-{form}-{answers}.jsonl", model=model,
                  form=form)  # fmt: skip
    done, rows = bench.done(), list[dict[str, Any]]()
    for bug in chosen(bench, ["small-plain"], bugs, 0, SEED):
        row = done.get(bug.name)
        if row is None:
            row = bench.mend(bug)
            with bench.rows.open("a") as f:
                f.write(json.dumps(row) + "\n")
            print(f"{model} {form:<8}{row['bug']:<28}{row['state']:<10}{row['seconds']:>7.1f} s",
                  flush=True)  # fmt: skip
        rows.append(row)
    bench.model.close()
    return rows


def freely(model: str, bugs: int) -> list[dict[str, Any]]:
    """The same bugs by the free driver: the model calls tools until it says that it is done."""
    bench = Bench("low", None, f"formats-{model}-free.jsonl", model=model)
    done, rows = bench.done(), list[dict[str, Any]]()
    for bug in chosen(bench, ["small-plain"], bugs, 0, SEED):
        row = done.get(bug.name)
        if row is None:
            start = time.monotonic()
            job = Job(Path(bug.folder).resolve(), ".", "Find the bug in solution.py and mend it.",
                      bug.command, bench.path, Terms(Autonomy.LOOP), 1, seconds=FREE)  # fmt: skip
            do = Do(job, bench.sandbox, bench.data, bench.model, Log(bench.data), User("no"),
                    lambda *_: None, threading.Event())  # fmt: skip
            state = "mended" if do.run().state == "verified" else "unmended"
            row = {"bug": bug.name, "state": state, "seconds": round(time.monotonic() - start, 1)}
            with bench.rows.open("a") as f:
                f.write(json.dumps(row) + "\n")
            print(f"{model} free    {bug.name:<28}{state:<10}{row['seconds']:>7.1f} s", flush=True)
        rows.append(row)
    bench.model.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--bugs", type=int, default=12)
    parser.add_argument("--answers", type=int, default=3)
    said = parser.parse_args()
    rows, figures = list[dict[str, Any]](), list[dict[str, Any]]()
    for model in said.models:
        sha256 = Store(home()).need(model).sha256
        if f"edit-{list(FORMS)[-1]}" not in load(home(), model, sha256).skills:
            subprocess.run([sys.executable, "-m", "geist.cli.main", "map", model, "--profile"],
                           check=True)  # fmt: skip
        profile = load(home(), model, sha256)
        hits = dict[str, int]()
        for form in (*FORMS, "free"):
            free = form == "free"
            found = freely(model, said.bugs) if free else mended(model, form, said.bugs,
                                                                 said.answers)  # fmt: skip
            hits[form] = sum(r["state"] == "mended" for r in found)
            low, high = wilson(hits[form], len(found))
            skill = profile.skills["call" if free else f"edit-{form}"]
            rows.append({"model": model, "form": "free driver" if free else form,
                         "mended": hits[form], "of": len(found), "low": round(low, 3),
                         "high": round(high, 3), "profile": skill.mean, "profile_low": skill.low,
                         "profile_high": skill.high, "picked": form == (
                             "free" if profile.driver == "free" else profile.form)})  # fmt: skip
        picked = "free" if profile.driver == "free" else profile.form
        figures.append({"name": f"{model}: what is picked ({profile.driver}, {profile.form}) mends "
                                "most", "value": hits[picked], "unit": f"of {said.bugs} bugs",
                        "goal": max(hits.values()), "spread": None,
                        "met": hits[picked] == max(hits.values())})  # fmt: skip
    print(f"\n{'model':<22}{'format':<13}{'profile':>9}  {'95%':<10}{'mended':>10}  {'95%':<10}")
    for r in rows:
        print(f"{r['model']:<22}{r['form']:<13}{r['profile']:>9.0%}  "
              f"{r['profile_low']:.0%}–{r['profile_high']:.0%}".ljust(53)
              + f"{r['mended']:>4} of {r['of']:<3}  {r['low']:.0%}–{r['high']:.0%}".ljust(22)
              + ("  picked" if r["picked"] else ""))  # fmt: skip
    RESULTS.write_text(json.dumps({
        "figures": figures, "rows": rows, "settings": {"bugs": said.bugs, "answers": said.answers},
        "versions": {"python": platform.python_version(), "xllamacpp": version("xllamacpp")},
        "machine": machine(), "date": date.today().isoformat(),
    }, indent=1) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
