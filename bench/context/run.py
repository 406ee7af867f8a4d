"""Is what a change touched found from its message? geist, BM25, aider's map and chance, on the same
past commits of repositories that geist was not tuned on.

    python -m bench.context.run --clones DIR [--count 60] [--no-aider] [--table]
"""

import argparse
import json
import platform
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from bench.context.repos import REPORT, find
from bench.fix.peers import PINS, install
from bench.fix.run import machine
from geist.context.corpus import Corpus
from geist.context.mine import Task, candidate, git, mine
from geist.context.packing import pack
from geist.context.past import Past
from geist.context.query import read
from geist.context.rank import rank
from geist.context.recall import CUTS, METHODS, interval
from geist.context.replay import Repo
from geist.context.store import Store
from geist.core.home import home
from geist.models.catalog import DEFAULT
from geist.models.store import Store as Models
from geist.models.tokens import counter

SEED = "report-1"
BUDGETS = (1024, 8192)
GOALS = {"geist@1": 0.60, "geist@5": 0.88, "geist@10": 0.94, "geist in 1024": 0.95,
         "geist in 8192": 0.99}  # fmt: skip
HERE = Path(__file__).parent
WORK = HERE.parent / ".work" / "context"
RESULTS = HERE.parent / "results" / "context.json"


@dataclass(frozen=True)
class Then:
    """An old commit, as packing sees an index."""

    root: Path
    store: Store
    corpus: Corpus


class Aider:
    def __init__(self) -> None:
        argv = [str(install("aider") / "python"), str(HERE / "aider_map.py")]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)  # fmt: skip

    def ask(self, **task: Any) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        print(json.dumps(task), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())


def named(text: str) -> set[str]:
    """The paths that a pack of geist's shows or names."""
    found = set()
    for line in text.splitlines():
        if line.startswith("### "):
            found.add(line[4:])
        folder, colon, names = line.partition("/: ")
        if colon:
            found |= {f"{folder}/{n}".removeprefix("./") for n in names.split(", ")}
    return found


def tree_at(bare: Path, name: str, commit: str) -> Path:
    """A work tree of the repository at this commit; files that stay the same are left alone."""
    place = WORK / "tree" / name
    if not place.exists():
        git(Path("."), "clone", "-q", "--shared", "--no-checkout", str(bare), str(place))
    git(place, "checkout", "-q", "-f", "--detach", commit)
    return place


def rows(
    name: str, bare: Path, count: int, done: set[str], peers: bool
) -> Iterator[dict[str, Any]]:
    data = home()
    model = Models(data).need(DEFAULT)
    tokens = counter(model, data)
    assert tokens is not None
    tokenizer = str(data / "tokenizers" / f"{model.sha256}.json")
    repo, aider = Repo(name, bare, WORK), Aider() if peers else None
    tasks = [t for t in mine(name, bare, count, SEED, WORK) if t.commit not in done]
    for task, corpus, past in repo.states(tasks):
        root = tree_at(bare, name, task.parent)
        among = np.array([i for i, p in enumerate(corpus.paths) if candidate(p)])
        row: dict[str, Any] = {
            "repo": name,
            "commit": task.commit,
            "files": len(among),
            "truth": len(task.truth),
        }
        row |= ours(task, corpus, past, among, Then(root, repo.store, corpus), tokens)
        if aider is not None:
            told = aider.ask(root=str(root), files=corpus.paths, query=task.query,
                             budgets=BUDGETS, tokenizer=tokenizer)  # fmt: skip
            order = [p for p in told["order"] if candidate(p)]
            row |= at_cuts("aider", order, task)
            for budget in BUDGETS:
                row[f"aider in {budget}"] = share(set(told["maps"][str(budget)]), task)
            row["aider seconds"] = told["seconds"]
        yield row


def ours(task: Task, corpus: Corpus, past: Past, among: np.ndarray, then: Then, tokens: Any
         ) -> dict[str, float]:  # fmt: skip
    row = {}
    for method, order in METHODS.items():
        paths = [corpus.paths[i] for i in order(task, corpus, past, among)]
        row |= at_cuts(method, paths, task)
        if method == "BM25":
            for budget in BUDGETS:
                fits, left = set[str](), budget
                for path in paths:
                    left -= tokens(path + "\n")
                    if left < 0:
                        break
                    fits.add(path)
                row[f"BM25 in {budget}"] = share(fits, task)
    ranking = rank(corpus, past, read(task.query))
    for budget in BUDGETS:
        made = pack(then, ranking, budget, tokens)
        assert tokens(made.text) <= budget
        row[f"geist in {budget}"] = share(named(made.text), task)
        code = {i.source for i in made.items if i.source != "index"}
        row[f"geist shown in {budget}"] = share(code, task)
    return row


def share(found: set[str], task: Task) -> float:
    return len(found & set(task.truth)) / len(task.truth)


def at_cuts(method: str, order: list[str], task: Task) -> dict[str, float]:
    return {f"{method}@{k}": share(set(order[:k]), task) for k in CUTS}


def table(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by = defaultdict[str, list[dict[str, Any]]](list)
    for row in found:
        by[row["repo"]].append(row)
    measures = [k for k in found[0] if "@" in k or " in " in k]
    print(f"{'':<22}" + "".join(f"{n} {len(r)}".rjust(14) for n, r in by.items())
          + f"all {len(found)}".rjust(14) + "   95%")  # fmt: skip
    figures = []
    for measure in measures:
        values = np.array([r[measure] for r in found if measure in r])
        low, high = interval(values)
        cells = "".join(f"{np.mean([r[measure] for r in rs if measure in r]):>14.3f}"
                        for rs in by.values())  # fmt: skip
        print(f"{measure:<22}{cells}{values.mean():>14.3f}   {low:.3f}–{high:.3f}")
        goal = GOALS.get(measure)
        figures.append({"name": measure, "value": round(float(values.mean()), 3), "unit": "recall",
                        "goal": goal, "met": None if goal is None else bool(values.mean() >= goal),
                        "spread": [round(float(low), 3), round(float(high), 3)]})  # fmt: skip
    for other in ("BM25", "aider"):
        for cut in CUTS:
            pairs = [
                r[f"geist@{cut}"] - r[f"{other}@{cut}"] for r in found if f"{other}@{cut}" in r
            ]
            if pairs:
                low, high = interval(np.array(pairs))
                print(f"geist − {other} @{cut}: {np.mean(pairs):+.3f} ({low:+.3f} to {high:+.3f}), "
                      f"paired, {len(pairs)} commits")  # fmt: skip
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clones", type=Path, default=WORK / "clones")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--no-aider", action="store_true")
    parser.add_argument("--table", action="store_true", help="only print what is there")
    said = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    kept = WORK / f"rows-{'plain' if said.no_aider else 'aider'}.jsonl"
    found = [json.loads(x) for x in kept.read_text().splitlines()] if kept.exists() else []
    done = {r["commit"] for r in found}
    for name, full in REPORT.items() if not said.table else ():
        for row in rows(name, find(full, said.clones), said.count, done, not said.no_aider):
            found.append(row)
            with kept.open("a") as f:
                f.write(json.dumps(row) + "\n")
            print(f"\r{name} {sum(r['repo'] == name for r in found)} of {said.count} ", end="",
                  file=sys.stderr, flush=True)  # fmt: skip
    print(file=sys.stderr)
    figures = table(found)
    if len(found) >= 4 * 60:
        RESULTS.parent.mkdir(exist_ok=True)
        commit = git(Path("."), "rev-parse", "--short", "HEAD").decode().strip()
        settings = {"seed": SEED, "count": said.count, "commit": commit, "repos": REPORT}
        versions = {"python": platform.python_version(), "geist": version("geist"), "peers": PINS}
        RESULTS.write_text(json.dumps({
            "figures": figures, "settings": settings, "versions": versions, "machine": machine(),
            "date": date.today().isoformat(),
        }, indent=1) + "\n")  # fmt: skip
    shutil.rmtree(WORK / "tree", ignore_errors=True)


if __name__ == "__main__":
    main()
