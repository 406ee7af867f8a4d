"""A hundred questions over twelve data sets: how many end as a view that was verified, and how
many of those are right.

python -m bench.canvas.questions [--form compact-held …] [--model NAME] [--most N]

The forms are the compact language and raw JSON, each with a grammar and without. Resumable: each
answer is kept as it comes. The data sets and the questions were written by someone who did not
write the brief, and nothing was tuned on them.
"""

import argparse
import json
import time
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.canvas.facts import Asked, right
from bench.canvas.raw import Raw
from bench.fix.run import machine, wilson
from geist.canvas.agree import Agrees
from geist.canvas.ask import Page, Viewing, effort, judged
from geist.canvas.browser import Browser
from geist.canvas.data import Data
from geist.canvas.make import confirmed
from geist.core.budget import Budget
from geist.core.home import home
from geist.core.log import Log
from geist.core.message import Message
from geist.core.output import Text
from geist.core.task import Task
from geist.models import config as configuration
from geist.models.choose import choose
from geist.think.solve import solve

HERE = Path(__file__).parent
WORK = HERE.parent / ".work" / "canvas"
RESULTS = HERE.parent / "results" / "canvas-questions.json"
FORMS = ("compact-held", "compact", "json-held", "json")
SECONDS = 120.0  # a question


def questions() -> Iterator[Asked]:
    for line in (HERE / "questions.jsonl").read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        yield Asked(told["id"], told["data"], told["question"], told["sql"], tuple(told["shown"]),
                    told["why"])  # fmt: skip


def ask(one: Asked, form: str, model: Any, browser: Browser) -> dict[str, Any]:
    with Data([HERE / "data" / one.data]) as data:
        brief = (Viewing(one.question, data, held=form == "compact-held") if "compact" in form
                 else Raw(one.question, data, form == "json-held"))  # fmt: skip
        task = Task("show", (Message("user", one.question, "user"),), {}, "page@1")
        verifier, began = Page(data, browser), time.monotonic()
        outcome = solve(
            task, brief, model, effort(), Budget(seconds=SECONDS), verifier, Log(home())
        )
        best = outcome.best()
        row: dict[str, Any] = {"id": one.id, "form": form, "drawn": outcome.passed is not None,
                               "tries": len(outcome.attempts), "right": False, "agrees": False,
                               "seconds": round(time.monotonic() - began, 2)}  # fmt: skip
        if best is None or not isinstance(best.output, Text):
            return row | {"lines": "", "why": outcome.why}
        shown, _ = judged(best.output.text, data, one.question)
        seen = verifier.seen.get(best.output.text)
        if outcome.passed is not None and form == FORMS[0]:
            began = time.monotonic()
            row["agrees"] = confirmed(one.question, Agrees(shown, data), data, model, Log(home()),
                                      Budget(seconds=SECONDS))  # fmt: skip
            row["again"] = round(time.monotonic() - began, 2)
        return row | {
            "lines": best.output.text, "why": best.verdict.reason,
            "right": right(one, shown, data), "looked": round(seen.seconds, 3) if seen else None,
        }  # fmt: skip


def run(form: str, name: str, most: int) -> list[dict[str, Any]]:
    WORK.mkdir(parents=True, exist_ok=True)
    file = WORK / f"{name}-{form}.jsonl"
    kept = [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []
    done = {row["id"]: row for row in kept}
    todo = list(questions())[:: max(1, 100 // most)][:most]
    if all(q.id in done for q in todo):
        return [done[q.id] for q in todo]
    model = choose(name, home(), configuration.load(Path.cwd()), print)
    try:
        with Browser() as browser:
            for one in todo:
                if one.id in done:
                    continue
                row = done[one.id] = ask(one, form, model, browser)
                with file.open("a") as f:
                    f.write(json.dumps(row, ensure_ascii=False) + "\n")
                mark = "✓" if row["agrees"] else "·" if row["drawn"] else "✗"
                print(f"{form:<13}{one.id:<15}{mark} {'right' if row['right'] else 'wrong'}  "
                      f"{row['tries']} tries {row['seconds']:>6.1f} s", flush=True)  # fmt: skip
    finally:
        model.close()
    return [done[q.id] for q in todo]


def figures(form: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`drawn` passed the page verifier; `agrees` was also computed alike when asked again."""
    made = list[dict[str, Any]]()
    for stage in ("drawn", "agrees") if form == FORMS[0] else ("drawn",):
        shown = [r for r in rows if r[stage]]
        good, last = sum(r["right"] for r in shown), stage == "agrees"
        made += [
            _share(f"{form}: {stage} and right", good, len(rows), "questions",
                   60 if last else None),
            _share(f"{form}: {stage} but wrong", len(shown) - good, len(shown), stage,
                   5 if last else None),
        ]  # fmt: skip
    return made


def _share(name: str, hits: int, of: int, what: str, goal: int | None) -> dict[str, Any]:
    value = round(100 * hits / max(1, of), 1)
    met = None if goal is None else value >= goal if goal > 50 else value <= goal
    return {"name": name, "value": value, "unit": f"% of {of} {what}", "goal": goal, "met": met,
            "spread": [round(100 * v, 1) for v in wilson(hits, of)]}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--form", nargs="*", default=list(FORMS), choices=FORMS)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--most", type=int, default=100)
    chosen = parser.parse_args()
    found = list[dict[str, Any]]()
    for form in chosen.form:
        found += figures(form, run(form, chosen.model, chosen.most))
    for one in found:
        print(f"{one['name']:<40}{one['value']:>8} {one['unit']:<16}{one['spread']}")
    if chosen.most >= 100 and set(chosen.form) == set(FORMS):
        told = {"figures": found, "settings": {"model": chosen.model, "questions": 100,
                                               "repairs": 3, "seed": 0},
                "versions": {n: version(n) for n in ("geist", "duckdb", "xllamacpp", "playwright")},
                "machine": machine(), "date": date.today().isoformat()}  # fmt: skip
        RESULTS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
