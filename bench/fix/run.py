"""geist on the benchmark's bugs: one row a bug, kept at once, so that a stopped run goes on."""

import argparse
import ast
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.fix import bugs as made
from bench.fix.bugs import Bug
from geist.agent.fix import Fix, Request
from geist.core.home import home
from geist.core.log import Log
from geist.models.catalog import DEFAULT
from geist.models.local import Local
from geist.models.store import Store
from geist.sandbox.bubblewrap import Bubblewrap
from geist.sandbox.shapes import Call, Limits
from geist.tasks.demo import environment
from geist.think.effort import effort
from geist.verify.testrun import Where, run_tests

HERE = Path(__file__).parent
WORK = HERE.parent / ".work" / "fix"
RESULTS = HERE.parent / "results" / "fix.json"
SEED = "geist-fix-1"  # what is measured; nothing was tuned on it
GOALS = {"small-plain": 0.70, "inplace": 0.40}


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The Wilson score interval (Wilson 1927) of a share."""
    if of == 0:
        return 0.0, 1.0
    p = hits / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z * ((p * (1 - p) / of + z * z / (4 * of * of)) ** 0.5) / (1 + z * z / of)
    return max(0.0, middle - half), min(1.0, middle + half)


class WithoutIndex(Fix):
    """geist fix with its first simple pack: what the index adds is what this lacks."""

    def _open_index(self) -> None:
        pass


class Bench:
    def __init__(self, level: str, seconds: float | None, name: str, kind: type[Fix] = Fix,
                 model: str = DEFAULT, form: str = "") -> None:  # fmt: skip
        self.kind, self.form = kind, form
        self.data, self.level, self.seconds = home(), level, seconds
        requires = ["pytest>=9,<10", *(r for p in made.packages() for r in p["requires"])]
        bin = environment(sorted(set(requires)), self.data / "demo", print)
        self.path = f"{bin}{os.pathsep}{os.environ['PATH']}"
        self.sandbox = Bubblewrap(self.data)
        self.model = Local(Store(self.data).need(model))
        self.rows = WORK / name
        WORK.mkdir(parents=True, exist_ok=True)

    def done(self) -> dict[str, dict[str, Any]]:
        if not self.rows.exists():
            return {}
        rows = [json.loads(line) for line in self.rows.read_text().splitlines()]
        return {row["bug"]: row for row in rows}

    def mend(self, bug: Bug) -> dict[str, Any]:
        folder = Path(bug.folder).resolve()
        log = Log(self.data)
        heard: dict[str, float] = {}
        start = time.monotonic()

        def tell(kind: str, data: dict[str, Any]) -> None:
            heard.setdefault(kind, time.monotonic() - start)
            if kind == "suspects":
                names = [s.definition.name for s in data["suspects"]]
                files = [s.path for s in data["suspects"]]
                pairs = list(zip(files, names, strict=True))
                wanted = (bug.file, bug.function)
                heard["rank"] = pairs.index(wanted) + 1 if wanted in pairs else 0

        request = Request(
            folder, ".", bug.command, self.path, effort(self.level), self.seconds, form=self.form
        )
        fix = self.kind(request, self.sandbox, self.data, self.model, log, tell, threading.Event())
        mend = fix.run()
        spent = time.monotonic() - start
        row = {
            "bug": bug.name,
            "suite": bug.suite,
            "kind": bug.kind,
            "state": mend.state,
            "why": mend.why,
            "seconds": round(spent, 2),
            "session": log.session,
            "rank": heard.get("rank", 0),
            "answers": len(mend.outcome.attempts) if mend.outcome else 0,
            "tokens": mend.outcome.usage.tokens if mend.outcome else 0,
        }
        if mend.tree is not None:
            change = mend.tree.changes[0]
            row["right"] = self.right(bug, change.path, change.after or b"")
            if bug.suite.startswith("small"):
                row |= self.differ(bug, change.after or b"")
            row["exact"] = (
                _meaning(change.after or b"") == _meaning(bug.truth.encode(bug.encoding))
                if change.path == bug.file
                else False
            )
        return row

    def right(self, bug: Bug, path: str, after: bytes) -> bool:
        """The whole original suite on the mended tree, run apart from geist's verifier, by exit
        status."""
        folder = Path(bug.folder).resolve()
        kept = (folder / path).read_bytes()
        try:
            (folder / path).write_bytes(after)
            where = Where(folder, folder, self.path)
            result, _ = run_tests(
                self.sandbox, self.data, where, bug.command, limits=Limits(seconds=120)
            )
            return result.status == 0
        finally:
            (folder / path).write_bytes(kept)

    def differ(self, bug: Bug, after: bytes) -> dict[str, Any]:
        """How the mended small function compares with the original on random inputs."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name).resolve()
            folder.chmod(0o755)
            (folder / "original.py").write_text(made.original(bug))
            (folder / "mended.py").write_bytes(after)
            test = (Path(bug.folder) / "test_solution.py").read_text()
            (folder / "check.py").write_text(test.split("\ndef test_it")[0].split("\n", 1)[1])
            (folder / "differ.py").write_bytes((HERE / "differ.py").read_bytes())
            argv = ("python", "differ.py", bug.function)
            call = Call(argv, folder, env={"PATH": self.path}, limits=Limits(seconds=90))
            result = self.sandbox.run(call)
        try:
            return json.loads(result.stdout.splitlines()[-1])
        except (ValueError, IndexError):
            return {"compared": 0, "differ": [], "broken": (result.stderr or result.cut)[-300:]}


def _meaning(source: bytes) -> str:
    try:
        return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError):
        return source.decode("latin-1")


def chosen(bench: Bench, suites: list[str], small: int, each: int, seed: str) -> Iterator[Bug]:
    if any(s.startswith("small") for s in suites):
        for bug in made.small(WORK / seed, bench.sandbox, bench.data, bench.path, small, seed):
            if bug.suite in suites:
                yield bug
    if "inplace" in suites:
        yield from made.in_place(WORK / seed, bench.sandbox, bench.data, bench.path, each, seed)


def table(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    figures = []
    print(
        f"{'suite':<14}{'mended':>12}  {'95%':<14}{'median s':>9}{'p90 s':>8}  "
        f"{'exact':>6}{'wrong':>6}{'differ':>7}{'place first':>12}{'in 5':>6}"
    )
    for suite in ("small-plain", "small-nodoc", "small-nobody", "inplace"):
        of = [r for r in rows if r["suite"] == suite]
        if not of:
            continue
        hits = [r for r in of if r["state"] == "mended"]
        low, high = wilson(len(hits), len(of))
        times = sorted(r["seconds"] for r in hits) or [0.0]
        wrong = [r for r in hits if not r.get("right", True)]
        other = [r for r in hits if r.get("differ")]
        first = sum(r["rank"] == 1 for r in of) / len(of)
        five = sum(1 <= r["rank"] <= 5 for r in of) / len(of)
        median = statistics.median(times)
        p90 = times[min(len(times) - 1, int(0.9 * len(times)))]
        print(
            f"{suite:<14}{len(hits):>5} of {len(of):<4}  {low:.0%}–{high:.0%}".ljust(42)
            + f"{median:>9.1f}{p90:>8.1f}  {sum(r.get('exact', False) for r in hits):>6}"
            f"{len(wrong):>6}{len(other):>7}{first:>12.0%}{five:>6.0%}"
        )
        share = len(hits) / len(of)
        goal = GOALS.get(suite)
        figures.append(
            {
                "name": f"{suite} mended",
                "value": round(share, 3),
                "unit": "share",
                "goal": goal,
                "met": None if goal is None else share >= goal,
                "spread": [round(low, 3), round(high, 3)],
                "n": len(of),
            }
        )
        figures.append(
            {
                "name": f"{suite} median mend",
                "value": median,
                "unit": "s",
                "goal": 60,
                "met": median < 60,
                "spread": [times[0], times[-1]],
            }
        )
        figures.append(
            {
                "name": f"{suite} wrong verdicts",
                "value": len(wrong),
                "unit": "count",
                "goal": 0,
                "met": not wrong,
                "spread": None,
            }
        )
    return figures


def machine() -> str:
    name = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.split(":")[1].strip()
    return f"{name}, {os.cpu_count()} cores"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suites", default="small-plain,small-nodoc,small-nobody,inplace")
    parser.add_argument("--small", type=int, default=100)
    parser.add_argument("--each", type=int, default=5, help="in-place bugs of each package")
    parser.add_argument("--effort", default="high")
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--seed", default=SEED)
    parser.add_argument("--minutes", type=float, default=None, help="stop after so long")
    parser.add_argument("--no-index", action="store_true", help="with the first simple pack")
    parser.add_argument("--table", action="store_true", help="only print what is there")
    said = parser.parse_args()
    name = f"rows-{said.seed}-{said.effort}{'-no-index' if said.no_index else ''}.jsonl"
    bench = Bench(said.effort, said.seconds, name, WithoutIndex if said.no_index else Fix)
    began = time.monotonic()
    done = bench.done()
    if not said.table:
        for bug in chosen(bench, said.suites.split(","), said.small, said.each, said.seed):
            if bug.name in done:
                continue
            if said.minutes is not None and time.monotonic() - began > 60 * said.minutes:
                print("time is up; run again to go on")
                break
            row = bench.mend(bug)
            done[bug.name] = row
            with bench.rows.open("a") as f:
                f.write(json.dumps(row) + "\n")
            print(
                f"{row['bug']:<28}{row['state']:<10}{row['seconds']:>7.1f} s "
                f"{row['answers']:>3} answers, rank {row['rank']}  {row['why'][:60]}",
                flush=True,
            )
    figures = table(list(done.values()))
    if said.seed == SEED and not said.no_index:
        RESULTS.parent.mkdir(exist_ok=True)
        commit = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True
        ).stdout.strip()
        RESULTS.write_text(
            json.dumps(
                {
                    "figures": figures,
                    "settings": {
                        "model": DEFAULT,
                        "effort": said.effort,
                        "seconds": said.seconds,
                        "seed": said.seed,
                        "commit": commit,
                    },
                    "versions": {
                        "python": platform.python_version(),
                        "xllamacpp": version("xllamacpp"),
                    },
                    "machine": machine(),
                    "date": date.today().isoformat(),
                },
                indent=1,
            )
            + "\n"
        )


if __name__ == "__main__":
    sys.exit(main())
