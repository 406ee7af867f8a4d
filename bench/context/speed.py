"""How fast: a cold index, a warm query, one edit; against aider's map on the same tree, same run.

python -m bench.context.speed TREE [--times 5] [--no-aider]
"""

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.fix.peers import install
from bench.fix.run import RESULTS, machine
from geist.context.index import Index
from geist.context.packing import pack
from geist.context.rank import rank

QUERIES = (
    "where is the configuration file read?",
    "cache invalidation is wrong after a rename",
    "Fix escaping of backslashes in raw strings",
    "warn about a deprecated option",
)
AIDER = """
import json, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[3])
out, sys.stdout = sys.stdout, sys.stderr
from aider.io import InputOutput
from aider.repomap import RepoMap
class Model:
    def token_count(self, text): return len(text) / 4
root, files = sys.argv[1], json.load(open(sys.argv[2]))
io = InputOutput(pretty=False, yes=True, fancy_input=False)
def once(query):
    start = time.perf_counter()
    m = RepoMap(map_tokens=1024, root=root, main_model=Model(), io=io, refresh="always")
    m.get_repo_map([], files, set(), set(query.split()))
    return time.perf_counter() - start
both = [once("where is the configuration file read?"), once("warn about an option")]
print(json.dumps(both), file=out)
"""


def spread(name: str, values: list[float]) -> str:
    told = f"{min(values):.3f}–{max(values):.3f}, {len(values)} runs"
    return f"{name:<34}{statistics.median(values):>10.3f} s   ({told})"


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def answer(index: Index, text: str) -> None:
    """What a user waits for: is the tree still the same, rank, pack."""
    index.refresh()
    pack(index, rank(index.corpus, index.past, text), 4096)


def aider(tree: Path, files: list[str]) -> tuple[float, float]:
    """Seconds of its first map of the tree, and of one more."""
    for cache in tree.glob(".aider.tags.cache*"):
        shutil.rmtree(cache)
    with tempfile.TemporaryDirectory() as work:
        listed, script = Path(work) / "files.json", Path(work) / "once.py"
        listed.write_text(json.dumps([str(tree / f) for f in files]))
        script.write_text(AIDER)
        argv = [str(install("aider") / "python"), str(script), str(tree), str(listed), work]
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        cold, warm = json.loads(done.stdout)
    for cache in tree.glob(".aider.tags.cache*"):
        shutil.rmtree(cache)
    return cold, warm


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--no-aider", action="store_true")
    said = parser.parse_args()
    tree = said.tree.resolve()
    cold, query, edit, peer_cold, peer_warm = ([] for _ in range(5))
    for _ in range(said.times):
        with tempfile.TemporaryDirectory() as data:
            index = Index(tree, Path(data))
            cold.append(timed(lambda index=index: (index.refresh(), index.corpus, index.past)))
            for text in QUERIES:
                query.append(timed(lambda index=index, text=text: answer(index, text)))
            code = [p for p in index.corpus.paths if p.endswith(".py")]
            code.sort(key=lambda p: index.corpus.lines[index.corpus.number[p]])
            path = tree / code[len(code) // 2]  # one of the usual size
            before = path.read_bytes()
            try:
                for n in range(3):
                    path.write_bytes(before + f"\nx{n} = {n}\n".encode())
                    edit.append(timed(lambda index=index: (index.refresh(), index.corpus)))
            finally:
                path.write_bytes(before)
            files, lines = index.corpus.paths, int(index.corpus.lines.sum())
            index.close()
        if not said.no_aider:
            first, second = aider(tree, files)
            peer_cold.append(first)
            peer_warm.append(second)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{tree.name}: {len(files)} files, {lines:,} lines; {machine()}")
    print(spread("geist cold index", cold))
    print(spread("geist warm query and pack", query))
    print(spread("geist after one edit", edit))
    print(f"{'geist peak memory':<34}{memory:>10.0f} MB")
    if peer_cold:
        print(spread("aider cold map", peer_cold))
        print(spread("aider warm map", peer_warm))
        ratios = [a / b for a, b in zip(peer_cold, cold, strict=True)]
        print(f"cold, aider / geist: {statistics.median(ratios):.1f} "
              f"({min(ratios):.1f}–{max(ratios):.1f})")  # fmt: skip
    result = {"tree": tree.name, "files": len(files), "lines": lines, "cold": cold, "query": query,
              "edit": edit, "memory MB": memory, "aider cold": peer_cold, "aider warm": peer_warm,
              "machine": machine()}  # fmt: skip
    RESULTS.with_name(f"context-speed-{tree.name}.json").write_text(
        json.dumps(result, indent=1) + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())
