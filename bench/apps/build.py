"""Sixty descriptions (20 pages, 15 services, 15 tools, 10 scripts): how many become an app that meets
checks which its builder never saw.

python -m bench.apps.build [--how geist once author] [--model NAME] [--most N] [--minutes N] [--skip ID…] [--cases DIR]

The sixty are in `cases`: specifications of five to eight rules each. With `--cases bench/apps/plain` it is 24 as
people type them at a prompt: one or two sentences. Building was tuned on those in `tuning`, and on none of these.

`geist` builds as `geist make` does, with the agreed checks of the case as the user's own; `once` asks
the same model once for the whole app, with the same description and checks, and takes what comes;
`author` puts a strong author's whole files (the references of the cases) through the same machinery.
Descriptions, checks and references were written by somebody who did not know the builder. Resumable:
each row is kept as it comes. The order is one of chance, so that what is done of it is a fair sample.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.fix.run import machine, wilson
from geist.apps.building import FREE, SYSTEM, samples
from geist.apps.checking import Kind, parse
from geist.apps.describe import planned
from geist.apps.judge import Bench, opened
from geist.apps.make import build
from geist.apps.plan import Plan
from geist.apps.shapes.shape import code_of
from geist.canvas.browser import Browser
from geist.core.budget import Budget
from geist.core.errors import GeistError
from geist.core.home import home
from geist.core.log import Log
from geist.core.message import Message, Reply
from geist.models import config as configuration
from geist.models.choose import choose
from geist.models.model import Model, Sampling

HERE = Path(__file__).parent
WORK = HERE.parent / ".work" / "apps"
RESULTS = HERE.parent / "results"
SECONDS = 240.0  # an app, from the description on
GOALS = {"geist": 40.0, "wrong": 5.0, "times": 3.0, "author": 100.0}


@dataclass(frozen=True)
class Case:
    id: str
    kind: Kind
    description: str
    agreed: tuple[str, ...]
    hidden: tuple[str, ...]
    data: dict[str, Path]
    reference: str


def cases(folder: Path) -> Iterator[Case]:
    for file in sorted(folder.glob("*/case.json")):
        told = json.loads(file.read_text(encoding="utf-8"))
        reference = next(iter(sorted(file.parent.glob("app.*"))), None)
        yield Case(told["id"], told["kind"], told["description"], tuple(told["agreed"]),
                   tuple(told["hidden"]), {n: file.parent / n for n in told.get("data", [])},
                   reference.read_text(encoding="utf-8") if reference else "")  # fmt: skip


def unmet(case: Case, source: str, bench: Bench) -> list[str]:
    """The hidden checks that an app does not meet, with what it does."""
    try:
        with opened(case.kind, source, bench) as app:
            found = [(line, app.check(parse(line, case.kind))) for line in case.hidden]
    except (GeistError, OSError, ValueError) as e:
        return [f"it cannot be used: {e}"]
    return [f"{line}: {why}" for line, why in found if why]


class Author:
    """A strong author, scripted: answers with the whole file of the case."""

    name, digest, window = "author", "", 100_000

    def __init__(self, source: str) -> None:
        self.source = source

    def sample(
        self, messages: Sequence[Message], sampling: Sampling, stop: Any = None
    ) -> Iterator[Reply]:
        yield Reply(f"```\n{self.source}\n```", "stop", self.name)

    def close(self) -> None:
        """There is nothing to close."""


def once(case: Case, model: Model) -> str:
    """The whole app in one answer, as is common."""
    plan = Plan(case.kind, "program" if case.kind in ("tool", "script") else "form", case.id,
                case.description, data=case.data)  # fmt: skip
    checks = "\n".join(f"- {line}" for line in case.agreed)
    text = f"{case.description}\n\nIt must meet these checks:\n{checks}\n\n{samples(plan)}\n\n{FREE[case.kind]}"
    turns = [Message("system", SYSTEM), Message("user", text)]
    reply = next(iter(model.sample(turns, Sampling(tokens=3000))))
    return code_of(reply.text)


def row(case: Case, how: str, model: Model, bench: Bench) -> dict[str, Any]:
    began, told = time.monotonic(), dict[str, Any]()
    checks = [parse(line, case.kind) for line in case.agreed]
    try:
        if how == "once":
            source, told = once(case, model), {"verified": None}
        else:
            log, budget, free = Log(home()), Budget(seconds=SECONDS), how == "author"
            plan = (
                Plan(case.kind, _shape(case.kind), case.id, case.description, data=case.data)
                if free
                else planned(case.description, case.kind, checks, case.data, model, log, budget)
            )
            made = build(plan, checks, model, bench, log, budget, free=free)
            source = made.source
            told = {
                "verified": made.verified,
                "agrees": made.agrees,
                "tries": made.tries,
                "shape": plan.shape,
                "wrong": [f.what for f in made.wrong],
                "differs": made.differs,
            }
    except GeistError as e:
        source, told = "", {"verified": False, "error": str(e)}
    seconds = round(time.monotonic() - began, 1)
    missed = unmet(case, source, bench) if source else ["there is no app"]
    return {"id": case.id, "how": how, "right": not missed, "missed": missed, "seconds": seconds,
            **told, "source": source}  # fmt: skip


def _shape(kind: Kind) -> str:
    return {"page": "form", "service": "records"}.get(kind, "program")


def run(
    hows: Sequence[str], name: str, todo: Sequence[Case], file: Path, minutes: float
) -> list[dict[str, Any]]:
    """Each case in each way before the next case. Ends after some minutes, if they are given."""
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []
    done = {(r["id"], r["how"]): r for r in kept}
    end = time.monotonic() + minutes * 60 if minutes else float("inf")
    local = None
    with Browser() as browser:
        for case in todo:
            for how in hows:
                if (case.id, how) in done or time.monotonic() > end:
                    continue
                if local is None and how != "author":
                    local = choose(name, home(), configuration.load(Path.cwd()), print)
                model = Author(case.reference) if how == "author" or local is None else local
                made = done[case.id, how] = row(case, how, model, Bench(browser, case.data))
                with file.open("a") as f:
                    f.write(json.dumps(made, ensure_ascii=False) + "\n")
                print(f"{how:<7}{case.id:<20}{'verified' if made['verified'] else '-':<9}"
                      f"{'right' if made['right'] else 'WRONG'} {made['seconds']:>6.1f} s  "
                      f"{made.get('tries', '')}  {(made.get('wrong') or made['missed'] or [''])[0][:110]}",
                      flush=True)  # fmt: skip
    if local is not None:
        local.close()
    # ways are compared on the cases that each has done
    whole = [c.id for c in todo if all((c.id, how) in done for how in hows)]
    return [done[id, how] for how in hows for id in whole]


def figures(rows: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    found = list[dict[str, Any]]()
    for how, kept in rows.items():
        if not kept:
            continue
        good = sum(r["right"] for r in kept)
        found.append(_share(f"{how}: pass all hidden checks", good, len(kept), "descriptions",
                            GOALS.get(how), True))  # fmt: skip
        if how == "once":
            continue
        over = [r for r in kept if r["verified"]]
        found.append(
            _share(
                f"{how}: handed over as verified", len(over), len(kept), "descriptions", None, True
            )
        )
        found.append(_share(f"{how}: verified and fail a hidden check", sum(not r["right"] for r in over),
                            len(over), "verified", GOALS["wrong"], False))  # fmt: skip
    if "geist" in rows and "once" in rows:
        a, b = (sum(r["right"] for r in rows[h]) for h in ("geist", "once"))
        found.append({"name": "geist against asking once", "value": round(a / max(1, b), 2), "unit": f"times ({a} : {b})",
                      "goal": GOALS["times"], "met": a >= GOALS["times"] * b if b else None, "spread": None})  # fmt: skip
    return found


def _share(
    name: str, hits: int, of: int, what: str, goal: float | None, more: bool
) -> dict[str, Any]:
    value = round(100 * hits / max(1, of), 1)
    met = None if goal is None or not of else value >= goal if more else value <= goal
    return {"name": name, "value": value, "unit": f"% of {of} {what}", "goal": goal, "met": met,
            "spread": [round(100 * v, 1) for v in wilson(hits, of)]}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument(
        "--how", nargs="*", default=["author", "geist", "once"], choices=["author", "geist", "once"]
    )
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--most", type=int, default=60)
    parser.add_argument("--minutes", type=float, default=0, help="begin no case after these")
    parser.add_argument("--only", default="", help="what is in the name of a case")
    parser.add_argument("--skip", nargs="*", default=[], help="cases that were looked at before")
    parser.add_argument("--cases", type=Path, default=HERE / "cases")
    chosen = parser.parse_args()
    todo = [c for c in cases(chosen.cases) if chosen.only in c.id and c.id not in chosen.skip]
    random.Random(8).shuffle(todo)  # so that what is done of it is a fair sample
    name = chosen.model if chosen.how != ["author"] else "author"
    file = WORK / f"{chosen.cases.name}-{name}.jsonl"
    made = run(chosen.how, chosen.model, todo[: chosen.most], file, chosen.minutes)
    rows = {how: [r for r in made if r["how"] == how] for how in chosen.how}
    found = figures(rows)
    for one in found:
        print(f"{one['name']:<46}{one['value']:>7} {one['unit']:<20}{one['spread'] or ''}")
    if chosen.only or not {"geist", "once"} <= set(rows):
        return
    told = {
        "figures": found,
        "settings": {"model": chosen.model, "seconds": SECONDS, "seed": 0, "cases": len(rows["geist"]),
                     "skipped": chosen.skip},
        "versions": {n: version(n) for n in ("geist", "xllamacpp", "schemathesis")},
        "machine": machine(),
        "date": date.today().isoformat(),
    }  # fmt: skip
    result = RESULTS / f"apps-{'build' if chosen.cases.name == 'cases' else chosen.cases.name}.json"
    result.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
