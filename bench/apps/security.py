"""Forty apps with a planted weakness each, of twelve kinds, and ninety that are clean: what is caught
before it would be handed over, and what is taken for a weakness that is none.

python -m bench.apps.security [--show]

The planted apps, and thirty of the clean ones, were written by somebody who did not know the checks; the
other sixty clean ones are the references of bench.apps.build. An alarm is a finding of the scan or of the
attacks; faults of another sort (contrast, a crash) are told apart: they are no false alarm.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.apps.build import cases
from bench.fix.run import machine, wilson
from geist.apps.checking import parse
from geist.apps.finding import Finding
from geist.apps.judge import Bench, Judge
from geist.canvas.browser import Browser

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results" / "apps-security.json"
ALARMS = ("safe", "attacked")


def apps(folder: Path) -> Iterator[tuple[dict[str, Any], str]]:
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        yield told, (folder / told["file"]).read_text(encoding="utf-8")


def judged(
    browser: Browser, source: str, kind: Any, lines: list[str], data: dict[str, Path]
) -> list[Finding]:
    found, _ = Judge(Bench(browser, data)).judge(
        source, kind, [parse(line, kind) for line in lines]
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--show", action="store_true", help="what was missed, and every alarm")
    chosen = parser.parse_args()
    caught, kinds, alarms, faults, clean = Counter[str](), Counter[str](), 0, 0, 0
    with Browser() as browser:
        for told, source in apps(HERE / "planted"):
            found = judged(browser, source, told["app"], told["checks"], {})
            kinds[told["weakness"]] += 1
            good = any(f.stage in ALARMS for f in found)
            caught[told["weakness"]] += good
            if chosen.show and not good:
                print(
                    f"missed  {told['file']} {told['weakness']}: {told['says']} {[f.what for f in found][:2]}",
                    flush=True,
                )
        harmless = [
            (t["file"], s, t["app"], t["checks"], {}) for t, s in apps(HERE / "planted" / "clean")
        ]
        harmless += [
            (c.id, c.reference, c.kind, list(c.agreed), c.data) for c in cases(HERE / "cases")
        ]
        for name, source, kind, lines, data in harmless:
            found, clean = judged(browser, source, kind, lines, data), clean + 1
            alarm = [f for f in found if f.stage in ALARMS]
            alarms, faults = alarms + bool(alarm), faults + bool(found and not alarm)
            if chosen.show and found:
                print(
                    f"{'alarm ' if alarm else 'fault '} {name}: {(alarm or found)[0].what}",
                    flush=True,
                )
    for kind, count in sorted(kinds.items()):
        print(f"{kind:<34}{caught[kind]} of {count}")
    all_, hits = sum(kinds.values()), sum(caught.values())
    figures = [_share("planted weaknesses caught", hits, all_, 95.0, True),
               _share("clean apps taken for dangerous", alarms, clean, 5.0, False),
               _share("clean apps with a fault of another sort", faults, clean, None, False)]  # fmt: skip
    for one in figures:
        print(f"{one['name']:<42}{one['value']:>6} {one['unit']:<12}{one['spread']}")
    versions = {n: version(n) for n in ("geist", "bandit", "schemathesis", "ruff", "ty")}
    told = {"figures": figures, "settings": {"planted": all_, "clean": clean}, "versions": versions,
            "machine": machine(), "date": date.today().isoformat()}  # fmt: skip
    RESULTS.write_text(json.dumps(told, indent=1) + "\n")


def _share(name: str, hits: int, of: int, goal: float | None, more: bool) -> dict[str, Any]:
    value = round(100 * hits / max(1, of), 1)
    met = None if goal is None else value >= goal if more else value < goal
    return {"name": name, "value": value, "unit": f"% of {of}", "goal": goal, "met": met,
            "spread": [round(100 * v, 1) for v in wilson(hits, of)]}  # fmt: skip


if __name__ == "__main__":
    main()
