"""kill -9 at random moments of a training run, resumed each time: are the weights the same?

python -m bench.train.kill [--times 20] [--recipe recipes/tiny.toml]
"""

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from bench.train.throughput import WORK
from geist.core.home import home
from geist.train.recipe import read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--recipe", type=Path, default=Path("recipes/tiny.toml"))
    said = parser.parse_args()
    data = WORK / "kill"
    subprocess.run(["rm", "-rf", str(data)], check=True)
    data.mkdir(parents=True)
    (data / "models").symlink_to((home() / "models").resolve())
    env = os.environ | {"GEIST_HOME": str(data.resolve())}
    argv = [sys.executable, "-m", "geist.cli.main", "train"]
    first = [*argv, "rlvr", str(said.recipe)]
    start = time.monotonic()
    done = subprocess.run(first, env=env, capture_output=True, text=True)
    whole = time.monotonic() - start
    digest = re.search(r"weights (\w+)", done.stdout)
    if digest is None:
        raise SystemExit(done.stdout + done.stderr)
    print(f"an undisturbed run takes {whole:.0f} s; weights {digest[1]}", flush=True)
    name = f"{read(said.recipe).name}-killed"
    command, dice, killed = [*first, "--name", name], random.Random(20), 0
    while killed < said.times:
        process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
        try:
            # a run that is killed before its first checkpoint begins again: give it time to move
            process.wait(dice.uniform(4, 4 + 2.5 * whole / said.times))
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        if (data / "runs" / name).exists():
            command = [*argv, "resume", name]
    last = subprocess.run([*argv, "resume", name], env=env, capture_output=True, text=True)
    found = re.search(r"weights (\w+)", last.stdout)
    same = found is not None and found[1] == digest[1]
    print(f"{killed} kills, then resumed to the end: weights {'the same' if same else 'DIFFER'}")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
