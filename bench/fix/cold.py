"""How soon geist is there: `geist --help`, and the first token after the first failing run."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time

from bench.fix.kill import SOURCE, TEST
from bench.fix.run import WORK, Bench
from geist.core.log import read, sessions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    said = parser.parse_args()
    bench = Bench("low", 60, "unused")
    program = [sys.executable, "-m", "geist.cli.main"]
    helps = []
    for _ in range(20):
        start = time.monotonic()
        subprocess.run([*program, "--help"], capture_output=True, check=True)
        helps.append(time.monotonic() - start)
    print(f"geist --help: median {1000 * statistics.median(helps):.0f} ms of {len(helps)}, "
          f"{1000 * min(helps):.0f} to {1000 * max(helps):.0f}")  # fmt: skip
    folder = WORK / "cold"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)  # a project of its own
    (folder / "test_calc.py").write_text(TEST)
    (folder / "calc.py").write_text(SOURCE)
    env = os.environ | {"PATH": bench.path}
    waits, packs = [], []
    for _ in range(said.times):
        command = [*program, "fix", "python -m pytest -q", "--dry-run", "--effort", "1"]
        subprocess.run(command, cwd=folder, env=env, capture_output=True)
        ended = asked = 0.0
        for event in read(bench.data, sessions(bench.data)[-1]):
            if event.kind == "baseline":
                ended = event.at
            elif event.kind == "ask" and not asked:
                asked = event.at
                packs.append(event.data["pack"]["tokens"])
            elif event.kind == "attempt":
                waits.append(asked - ended + event.data["reply"]["first"])
                break
    spread = f"{min(waits):.1f} to {max(waits):.1f}"
    print(f"first token after the failing run: median {statistics.median(waits):.1f} s of "
          f"{len(waits)}, {spread}; pack of about {packs[0]} tokens")  # fmt: skip


if __name__ == "__main__":
    main()
