"""Is anything lost? A hundred sessions, each disturbed at a random moment.

python -m bench.agent.lost [--times 100] [--seed 1]

Killed (kill -9), the terminal closed, a full disk under geist's data or under the project (root
only), two sessions in one folder, a file that the user saves meanwhile. Afterwards: every file is
as it was, as it was accepted, or as the user saved it; the user's own lines are there; every
session folds from its log and a next one does the work, or says exactly why not.
"""

import argparse
import json
import os
import platform
import pty
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.fix.run import machine
from geist.agent.resume import fold
from geist.core.errors import GeistError
from geist.core.log import sessions
from geist.models.profile import Profile, Skill, keep

RESULTS = Path(__file__).parent.parent / "results" / "agent-lost.json"
KINDS = ("killed", "terminal closed", "full data", "full project", "two sessions", "user saves")
LINE = "    return sum(p for p in prices if p > least)\n"
CART = f'"""A cart."""\n\n\ndef total(prices, least=0):\n{LINE}'
MENDED = CART.replace("p > least", "p >= least")
TEST = "from cart import total\n\n\ndef test_it():\n    assert total([1, 2], 1) == 3\n"
NOTES, SAVED = "old notes\n", "# the user's own line\n"
NEW = "the limit counts\n" * 40
STEPS = [
    {"name": "read", "arguments": {"path": "cart.py"}},
    {"name": "edit", "arguments": {"path": "cart.py"}, "body": f"<<<<<<< SEARCH\n{LINE}=======\n"
     f"{LINE.replace('>', '>=')}>>>>>>> REPLACE"},
    {"name": "write", "arguments": {"path": "notes.txt"}, "body": f"```\n{NEW}```"},
    {"name": "run", "arguments": {"command": "python -m pytest -q"}},
    {"name": "done", "arguments": {"message": "It counts now."}},
]  # fmt: skip


def serve() -> tuple[ThreadingHTTPServer, str]:
    """A provider whose model does the work in five steps, whoever asks and however often."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            done = sum(m["role"] == "assistant" for m in request["messages"])
            step = dict(STEPS[min(done, len(STEPS) - 1)])
            body = step.pop("body", "")
            text = json.dumps(step) + (f"\n{body}" if body else "")
            piece = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            events = [
                {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]},
                {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
                {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 9,
                                          "total_tokens": 18}},
            ]  # fmt: skip
            lines = "".join(f"data: {json.dumps(piece | e)}\n\n" for e in events)
            raw = f"{lines}data: [DONE]\n\n".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}/v1#scripted"


class Case:
    """One folder, one data folder, and a session in it."""

    def __init__(self, place: Path, url: str) -> None:
        self.place, self.url = place, url
        self.root, self.data = place / "project", place / "data"
        self.mounted: list[Path] = []

    def lay(self, kind: str) -> None:
        for folder, full in ((self.root, "full project"), (self.data, "full data")):
            folder.mkdir()
            if kind == full:
                mount(folder, 400)
                self.mounted.append(folder)
        (self.root / "cart.py").write_text(CART)
        (self.root / "test_cart.py").write_text(TEST)
        (self.root / "notes.txt").write_text(NOTES)
        skills = {name: Skill(1.0, 0.9, 1.0, 40, "2026-01-01")
                  for name in ("call", "edit-replace", "secret", "instruct", "record")}  # fmt: skip
        keep(self.data, Profile(self.url, "", skills))

    @property
    def argv(self) -> list[str]:
        return [sys.executable, "-m", "geist.cli.main", "do", "count the limit", "--check",
                "python -m pytest -q", "--autonomy", "loop", "--yes", "--model", self.url,
                "--driver", "free"]  # fmt: skip

    def begin(self) -> subprocess.Popen[bytes]:
        env = os.environ | {"GEIST_HOME": str(self.data)}
        return subprocess.Popen(self.argv, cwd=self.root, env=env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip

    def on_terminal(self) -> tuple[int, int]:
        pid, file = pty.fork()
        if pid == 0:
            os.chdir(self.root)
            os.environ |= {"GEIST_HOME": str(self.data), "TERM": "xterm"}
            os.execv(sys.executable, self.argv)
        return pid, file

    def end(self) -> None:
        for folder in self.mounted:
            subprocess.run(["umount", "-l", folder], check=True)


def mount(folder: Path, kilobytes: int) -> None:
    argv = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", str(folder)]
    subprocess.run(argv, check=True)


def fill(folder: Path) -> None:
    try:
        with (folder / "ballast").open("wb", buffering=0) as f:
            while True:
                f.write(b"\0" * 1024)
    except OSError:
        pass


def disturb(kind: str, case: Case, wait: float) -> tuple[str, bool]:
    """What the disturbed session said, and whether the user saved a line of their own."""
    if kind == "terminal closed":
        pid, file = case.on_terminal()
        time.sleep(wait)
        os.close(file)
        end = time.monotonic() + 30
        while time.monotonic() < end and os.waitpid(pid, os.WNOHANG) == (0, 0):
            time.sleep(0.05)
        return "", False
    first = case.begin()
    second = case.begin() if kind == "two sessions" else None
    time.sleep(wait)
    if kind == "killed":
        first.send_signal(signal.SIGKILL)
    elif kind.startswith("full"):
        fill(case.data if kind == "full data" else case.root)
    elif kind == "user saves":
        (case.root / "cart.py").write_text((case.root / "cart.py").read_text() + SAVED)
    said = first.communicate(timeout=120)[0].decode(errors="replace")
    if second is not None:
        said += second.communicate(timeout=120)[0].decode(errors="replace")
    (case.data / "ballast").unlink(missing_ok=True)
    (case.root / "ballast").unlink(missing_ok=True)
    return said, kind == "user saves"


def problems(case: Case, said: str, saved: bool) -> list[str]:
    """What is wrong after the disturbance, and after a next session."""
    found = list[str]()
    if "Traceback" in said:
        found.append(f"a traceback: {said[-600:]}")
    found += _files(case, saved, "")
    for name in sessions(case.data):
        try:
            fold(case.data, name)
        except GeistError:
            continue  # it says why
        except Exception as e:  # noqa: BLE001 - the thing that is looked for
            found.append(f"session {name} does not fold: {type(e).__name__}: {e}")
    again = case.begin()
    after = again.communicate(timeout=120)[0].decode(errors="replace")
    if "Traceback" in after:
        found.append(f"a traceback afterwards: {after[-600:]}")
    found += _files(case, saved, " afterwards")
    if (case.root / "cart.py").read_text().replace(SAVED, "") != MENDED:
        found.append(f"the next session did not do the work: {after[-600:]}")
    return found


def _files(case: Case, saved: bool, when: str) -> list[str]:
    found, cart = list[str](), (case.root / "cart.py").read_text()
    if saved and SAVED not in cart:
        found.append(f"the user's line is gone{when}")
    if cart.replace(SAVED, "") not in (CART, MENDED):
        found.append(f"cart.py is torn{when}: {cart!r}")
    if (case.root / "notes.txt").read_text() not in (NOTES, NEW):
        found.append(f"notes.txt is torn{when}")
    if (case.root / "test_cart.py").read_text() != TEST:
        found.append(f"test_cart.py is torn{when}")
    known = {"cart.py", "test_cart.py", "notes.txt", "__pycache__", ".pytest_cache", "ballast"}
    if extra := {p.name for p in case.root.iterdir()} - known:
        found.append(f"left behind{when}: {sorted(extra)}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    said = parser.parse_args()
    kinds = [k for k in KINDS if os.geteuid() == 0 or not k.startswith("full")]
    dice, counts, bad = random.Random(said.seed), Counter[str](), Counter[str]()
    server, url = serve()
    length = [0.0]

    def one(kind: str, wait: Callable[[], float]) -> list[str]:
        with tempfile.TemporaryDirectory() as name:
            place = Path(name).resolve()
            place.chmod(0o755)
            case = Case(place, url)
            case.lay(kind)
            try:
                start = time.monotonic()
                told, saved = disturb(kind, case, wait())
                length[0] = length[0] or time.monotonic() - start
                return problems(case, told, saved)
            finally:
                case.end()

    calm = one("none", lambda: 0.0)
    if calm:
        raise SystemExit(f"an undisturbed session fails: {calm}")
    print(f"an undisturbed session takes {length[0]:.1f} s")
    for number in range(said.times):
        kind = kinds[number % len(kinds)]
        wait = dice.uniform(0.1, length[0])
        found = one(kind, lambda wait=wait: wait)
        counts[kind] += 1
        bad[kind] += bool(found)
        for problem in found:
            print(f"{kind} after {wait:.2f} s: {problem}", flush=True)
    server.shutdown()
    figures: list[dict[str, Any]] = []
    for kind in kinds:
        print(f"{kind:<18}{counts[kind]:>4} times, {bad[kind]} with a loss or a session that "
              "neither goes on nor says why")  # fmt: skip
        figures.append({"name": f"{kind}: something lost", "value": bad[kind],
                        "unit": f"of {counts[kind]}", "goal": 0, "met": not bad[kind],
                        "spread": None})  # fmt: skip
    RESULTS.write_text(json.dumps({
        "figures": figures, "settings": {"times": said.times, "seed": said.seed},
        "versions": {"python": platform.python_version()}, "machine": machine(),
        "date": date.today().isoformat(),
    }, indent=1) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
