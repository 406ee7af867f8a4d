"""kill -9 at fifty random moments of a `geist fix` run: is the tree whole, does the log read?"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from bench.fix.run import WORK, Bench
from geist.core.log import read, sessions

SOURCE = "def add(a, b):\n    return a - b\n"
MENDED = "def add(a, b):\n    return a + b\n"
TEST = "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    said = parser.parse_args()
    bench, chance = Bench("low", 60, "unused"), random.Random(20)
    folder, data = WORK / "kill" / "project", WORK / "kill" / "data"
    shutil.rmtree(WORK / "kill", ignore_errors=True)
    folder.mkdir(parents=True)
    data.mkdir()
    (data / "models").symlink_to((bench.data / "models").resolve())
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)  # a project of its own
    (folder / "test_calc.py").write_text(TEST)
    env = os.environ | {"PATH": bench.path, "GEIST_HOME": str(data.resolve())}
    command = [sys.executable, "-m", "geist.cli.main", "fix", "python -m pytest -q", "--yes"]
    (folder / "calc.py").write_text(SOURCE)
    start = time.monotonic()
    subprocess.run(command, cwd=folder, env=env, capture_output=True)
    whole = time.monotonic() - start
    print(f"an undisturbed run takes {whole:.1f} s: {(folder / 'calc.py').read_text() == MENDED}")
    seen = {"as it was": 0, "accepted": 0, "torn": 0}
    unreadable = 0
    for _ in range(said.times):
        (folder / "calc.py").write_text(SOURCE)
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)  # fmt: skip
        try:
            process.wait(chance.uniform(0.05, whole * 1.05))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.wait()
        now = (folder / "calc.py").read_text()
        extra = sorted(p.name for p in folder.iterdir()) != [".git", "calc.py", "test_calc.py"]
        known = {SOURCE: "as it was", MENDED: "accepted"}
        seen["torn" if extra else known.get(now, "accepted" if "def add" in now else "torn")] += 1
        for session in sessions(data):
            try:
                list(read(data, session))
            except Exception as e:  # noqa: BLE001 - counted, whatever it is
                unreadable += 1
                print(session, e)
    print(f"{said.times} kills: {seen}, logs that do not read: {unreadable}")
    sys.exit(1 if seen["torn"] or unreadable else 0)


if __name__ == "__main__":
    assert Path(WORK)
    main()
