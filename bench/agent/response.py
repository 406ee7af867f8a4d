"""How soon a session answers: start to prompt, key press to screen, and going on with a long one.

python -m bench.agent.response [--times 10] [--keys 40] [--model smollm2-135m]

On a real terminal. Keys are pressed while a local model writes in the same process.
"""

import argparse
import json
import os
import platform
import pty
import random
import select
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from bench.fix.run import machine
from geist.core.home import home
from geist.core.log import Log

RESULTS = Path(__file__).parent.parent / "results" / "agent-response.json"
EVENTS = 10_000
CART = "def total(prices):\n    return sum(p for p in prices if p > 0) + 1\n"
# no function passes it, so that the model goes on writing
TEST = "from cart import total\n\n\ndef test_it():\n    assert total([1]) == 2 != total([1])\n"


class Terminal:
    """A command on a real terminal, of which every byte is seen."""

    def __init__(self, folder: Path, env: dict[str, str], *arguments: str) -> None:
        self.seen = b""
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.environ |= env | {"TERM": "xterm", "COLUMNS": "100", "LINES": "40", "NO_COLOR": "1",
                                 "PROMPT_TOOLKIT_NO_CPR": "1"}  # fmt: skip
            os.execv(sys.executable, [sys.executable, "-m", "geist.cli.main", *arguments])

    def until(self, found: Callable[[bytes], bool], seconds: float = 120) -> float:
        """Seconds until what was seen since the last call holds it."""
        began, at = time.monotonic(), len(self.seen)
        while not found(self.seen[at:]):
            if time.monotonic() - began > seconds:
                raise SystemExit(f"it did not come:\n{self.seen[-2000:].decode(errors='replace')}")
            if select.select([self.file], [], [], 0.5)[0]:
                self.seen += os.read(self.file, 65536)
        return time.monotonic() - began

    def quiet(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.file], [], [], 0.02)[0]:
                self.seen += os.read(self.file, 65536)

    def type(self, text: str) -> None:
        os.write(self.file, text.encode())

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.file)


def prompt(text: bytes) -> bool:
    return b"/help lists" in text and "›".encode() in text


def starts(folder: Path, env: dict[str, str], times: int, *arguments: str) -> list[float]:
    found = list[float]()
    for _ in range(times + 1):
        terminal = Terminal(folder, env, *arguments)
        found.append(terminal.until(prompt))
        terminal.kill()
    return found[1:]  # the first one reads from the disk


def presses(folder: Path, env: dict[str, str], model: str, keys: int) -> list[float]:
    """Each key's way to the screen, while the model writes."""
    terminal, dice, found = Terminal(folder, env, "--model", model), random.Random(1), list[float]()
    terminal.until(prompt)
    terminal.type(f"/check {sys.executable} -m pytest -q\r")
    terminal.until(lambda t: b"done when this succeeds" in t)
    terminal.type("the total is one too high\r")
    terminal.until(lambda t: b"suspects" in t)  # then the model writes
    terminal.quiet(1)
    for _ in range(keys):
        terminal.quiet(dice.uniform(0.05, 0.2))
        key = dice.choice("ĐĦŁŊŦŽŠÞ")
        terminal.type(key)
        found.append(terminal.until(lambda t, key=key: key.encode() in t, 10))
        # what is typed is taken back, so that the line stays short
        terminal.type("\x7f")
        terminal.quiet(0.05)
    over = b"mended" in terminal.seen
    terminal.kill()
    if over:
        raise SystemExit("the model had finished before the keys were pressed")
    return found


def long_session(data: Path, root: Path, model: str) -> str:
    """A session of ten thousand events, as hours of work would leave it."""
    log = Log(data)
    log.append("start", command="geist do", root=str(root), cwd=".", model=model, digest="",
               autonomy="edit", check="")  # fmt: skip
    text = {"role": "user", "text": "look at it", "origin": "user"}
    log.append("turns", new=[text])
    tree = {"base": "b", "changes": []}
    while log._count < EVENTS:
        number = log._count
        log.append("step", reply={"text": f'{{"name": "read", "arguments": {{"n": {number}}}}}'})
        log.append("leash", capability="read", target="cart.py", verb="allow", rule="read at edit",
                   answer="", taint=[])  # fmt: skip
        log.append("told", origin="tool", text=f"Result of read:\n{CART}{number}")
        if number % 10 == 0:
            log.append("draft", what="edit", tree=tree, seen={})
    log.close()
    return log.session


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--keys", type=int, default=40)
    parser.add_argument("--model", default="smollm2-135m")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name).resolve()
        data, root = place / "data", place / "project"
        data.mkdir()
        root.mkdir()
        (data / "models").symlink_to((home() / "models").resolve())
        (root / "cart.py").write_text(CART)
        (root / "test_cart.py").write_text(TEST)
        env = {"GEIST_HOME": str(data)}
        start = starts(root, env, said.times, "--model", said.model)
        keys = presses(root, env, said.model, said.keys)
        session = long_session(data, root, said.model)
        resume = starts(root, env, said.times, "resume", session)
        shutil.rmtree(data / "sessions")
    keys.sort()
    figures: list[dict[str, Any]] = []
    for what, values, goal in (
        ("start to prompt", start, 0.4),
        ("key press to screen, while a local model writes", keys, 0.05),
        (f"a session of {EVENTS} events to its prompt", resume, 1.0),
    ):
        middle = statistics.median(values)
        spread = [round(min(values), 4), round(max(values), 4)]
        figures.append({"name": what, "value": round(middle, 4), "unit": "s, median",
                        "goal": goal, "met": middle < goal, "spread": spread})  # fmt: skip
        print(f"{what:<50}{middle * 1000:>8.0f} ms  {1000 * spread[0]:.0f}–{1000 * spread[1]:.0f}"
              f"  goal {1000 * goal:.0f}")  # fmt: skip
    RESULTS.write_text(json.dumps({
        "figures": figures,
        "settings": {"times": said.times, "keys": said.keys, "model": said.model},
        "versions": {"python": platform.python_version()},
        "machine": machine(), "date": date.today().isoformat(),
    }, indent=1) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
