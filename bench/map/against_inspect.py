"""geist map and Inspect AI: the same items, the same model on the same local endpoint.

python -m bench.map.against_inspect [--models …] [--pairs 20]

Time side by side; the same score item for item (geist's verifier on what Inspect was answered);
and how wide the interval of what rewording costs is, paired as geist has it and from two accuracies
with their standard errors, as Inspect reports them. Width falls with the root of the number of
items, so the square of the ratio says how many times the items the wider one would need. Inspect
asks as many items of every skill; geist leaves a skill whose interval is as narrow as the widest of
Inspect's: the last figure is how many times the items Inspect took then.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from bench.fix.run import machine
from geist.core.output import Text
from geist.jagged.measure import TOKENS, Row, Rows
from geist.jagged.stats import difference
from geist.jagged.suite import OWN, RENUMBERED, SKILLS, Item, rounds
from geist.jagged.survey import LOOK, TOGETHER
from geist.tasks.family import family

WORK = Path(__file__).parent.parent / ".work" / "map" / "inspect"
RESULTS = Path(__file__).parent.parent / "results" / "map-inspect.json"
PINS = ["inspect-ai==0.3.285", "openai"]
KEY = "bench"


def environment() -> str:
    place = WORK / "env"
    if not (place / "ready").exists():
        print(f"installing {', '.join(PINS)} (about 150 MB)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        subprocess.run([place / "bin" / "pip", "install", "-q", *PINS], check=True)
        (place / "ready").touch()
    return str(place / "bin" / "python")


def served(model: str, port: int) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "geist.cli.main", "models", "serve", model, "--port", str(port),
            "--slots", str(TOGETHER), "--window", "2048", "--key", KEY]  # fmt: skip
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(3)
    return process


def theirs(items: Sequence[Item], model: str, url: str) -> tuple[float, list[dict[str, Any]]]:
    file, out = WORK / "items.jsonl", WORK / "answers.jsonl"
    file.write_text("".join(
        json.dumps({"name": i.name, "question": i.task.prompt[-1].text,
                    "target": str(i.task.truth["answer"])}) + "\n" for i in items))  # fmt: skip
    done = subprocess.run([environment(), str(Path(__file__).parent / "inspect_peer.py"), str(file),
                           url, KEY, model, str(TOKENS), str(TOGETHER), str(out)],
                          capture_output=True, text=True)  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    seconds = json.loads(done.stdout.strip().splitlines()[-1])["seconds"]
    return seconds, [json.loads(line) for line in out.read_text().splitlines()]


def ours(model: str, url: str, pairs: int, skills: Sequence[str]) -> tuple[float, list[Row]]:
    shutil.rmtree(WORK / "maps", ignore_errors=True)
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "geist.cli.main", "map", f"{url}#{model}", "--pairs", str(pairs),
         "--skills", ",".join(skills)], capture_output=True, text=True,
        env=os.environ | {"GEIST_HOME": str(WORK), "OPENAI_API_KEY": KEY})  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    seconds = time.monotonic() - start
    file = next((WORK / "maps").glob("*/map.jsonl"))
    return seconds, list(Rows(file).rows.values())


def gaps(rows: Sequence[Row], skill: str, pairs: int) -> tuple[list[float], list[float]]:
    """(own wording, another) of a skill's first pairs, right or not by the kind reading."""
    own = {r.pair: r for r in rows if r.skill == skill and r.axis == OWN and r.pair < pairs}
    both = [(own[r.pair], r) for r in rows
            if r.skill == skill and r.pair in own and r.axis not in (OWN, RENUMBERED)]  # fmt: skip
    return [float(a.kind) for a, _ in both], [float(b.kind) for _, b in both]


def widths(a: Sequence[float], b: Sequence[float]) -> tuple[float, float]:
    """(paired, unpaired) interval of what rewording costs."""
    paired = difference(list(b), list(a), [str(n) for n in range(len(a))]).width
    # two samples, each with its own standard error
    spread = sum(statistics.variance(x) / len(x) for x in (a, b)) ** 0.5
    return paired, 2 * 1.96 * spread


def enough(rows: Sequence[Row], skill: str, width: float, most: int) -> int:
    """Pairs until this skill's paired interval is no wider, as `geist map --width` would stop."""
    for pairs in range(LOOK, most):
        if widths(*gaps(rows, skill, pairs))[0] <= width:
            return pairs
    return most


def against(model: str, pairs: int, port: int) -> list[dict[str, Any]]:
    skills = [s for s in SKILLS if s != "record"]  # whose answers Inspect's pattern scorer can read
    items = rounds(skills, pairs)
    url = f"http://127.0.0.1:{port}/v1"
    server = served(model, port)
    try:
        mine, rows = ours(model, url, pairs, skills)
        its, answers = theirs(items, model, url)
    finally:
        server.terminate()
        server.wait(30)
    by_name = {i.name: i for i in items}
    same = [family(by_name[a["name"]].skill).verifier(by_name[a["name"]].task,
                                                      Text(a["text"])).passed == a["right"]
            for a in answers]  # fmt: skip
    known = {r.item: r.strict for r in rows}
    again = [known.get(a["name"]) == a["right"] for a in answers]
    every = {s: gaps(rows, s, pairs) for s in skills}
    varied = {s: widths(*g) for s, g in every.items() if len(set(g[0])) > 1 or len(set(g[1])) > 1}
    widest = max((u for _, u in varied.values()), default=0.0)
    stopped = sum(enough(rows, s, widest, pairs) for s in skills)
    figures = [
        ("geist map, seconds", mine, None), ("Inspect AI, seconds", its, None),
        ("Inspect's time over geist's", its / mine, None),
        ("same score on the same text", sum(same) / len(same), 1.0),
        ("same score in two runs", sum(again) / len(again), None),
        ("skills with a gap to measure", len(varied), None),
    ]  # fmt: skip
    if varied:
        needs = "items an unpaired gap needs, times geist's"
        figures.append((needs, statistics.median((u / p) ** 2 for p, u in varied.values()), None))
        needs = "items until no gap is wider than Inspect's widest, times"
        figures.append((needs, pairs * len(skills) / stopped, 3.0))
    print(f"{model}: {len(items)} items")
    for name, value, goal in figures:
        print(f"{name:<58}{value:>9.3f}" + (f"  goal {goal}" if goal else ""), flush=True)
    for a in [a for a, s in zip(answers, same) if not s][:10]:
        print("  differs:", a["name"], repr(a["text"][-60:]), a["right"])
    return [{"name": f"{model}: {n}", "value": round(v, 3), "unit": "", "goal": g, "spread": None,
             "met": None if g is None else v >= g} for n, v, g in figures]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=["smollm2-135m", "qwen2.5-coder-1.5b"])
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--port", type=int, default=8765)
    said = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    environment()
    figures = [f for m in said.models for f in against(m, said.pairs, said.port)]
    RESULTS.write_text(json.dumps({
        "figures": figures, "settings": {"models": said.models, "pairs": said.pairs},
        "versions": {"python": platform.python_version(), "peers": PINS},
        "machine": machine(), "date": date.today().isoformat(),
    }, indent=1) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
