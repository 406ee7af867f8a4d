"""geist, aider and mini-swe-agent on the same bugs, with the same model and the same time.

The peers talk to the model through `geist models serve`. Each is installed, pinned, into an
environment of its own. Whether a bug is mended is judged the same way for all three: the tests and
their configuration are put back as they were, and the command must succeed in the sandbox.
"""

import argparse
import itertools
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from bench.fix import run as measured
from bench.fix.bugs import Bug
from geist.edit.snapshot import files
from geist.models.catalog import DEFAULT
from geist.sandbox.shapes import Limits
from geist.verify.testrun import Where, run_tests
from geist.verify.tests import is_judge

PINS = {
    "aider": ["aider-chat==0.86.2", "numpy==1.26.4", "litellm==1.81.10"],
    "mini-swe-agent": ["mini-swe-agent==2.4.6", "litellm==1.106.2"],
}
WORK = measured.WORK / "peers"
RESULTS = measured.RESULTS.with_name("fix-peers.json")
TASK = (
    "The command `{command}` fails in the current directory. Find the bug in the source code and "
    "fix it so that the command passes. Do not change the tests."
)
# A small model names no cost and is told no tools: text blocks, no price list.
MINI = """agent: {mode: yolo, confirm_exit: false, step_limit: 40, cost_limit: 0}
environment: {environment_class: local, timeout: 60}
model:
  model_class: litellm_textbased
  model_name: openai/MODEL
  cost_tracking: ignore_errors
  model_kwargs: {api_key: KEY, api_base: URL, temperature: 0.0, max_tokens: 1024, drop_params: true}
"""
AIDER_MODEL = {
    "max_tokens": 16384, "max_input_tokens": 16384, "max_output_tokens": 4096,
    "input_cost_per_token": 0.0, "output_cost_per_token": 0.0,
    "litellm_provider": "openai", "mode": "chat",
}  # fmt: skip


def install(name: str) -> Path:
    place = WORK / "env" / name
    if not (place / "ready").exists():
        print(f"installing {PINS[name][0]} into {place} (several hundred MB)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        subprocess.run([place / "bin" / "pip", "install", "-q", "--only-binary=:all:", *PINS[name]],
                       check=True)  # fmt: skip
        (place / "ready").touch()
    return place / "bin"


class Peers:
    def __init__(self, seconds: float) -> None:
        self.bench = measured.Bench("high", seconds, "unused")
        self.seconds = seconds
        self.server: subprocess.Popen[str] | None = None
        self.url = self.key = ""

    def serve(self) -> None:
        command = [sys.executable, "-m", "geist.cli.main", "models", "serve", DEFAULT]
        command += ["--port", "0", "--key", "bench", "--window", "16384"]
        self.server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.server.stdout is not None
        self.url, self.key = self.server.stdout.readline().split()[-1], "bench"

    def stop(self) -> None:
        if self.server is not None:
            self.server.terminate()
            self.server.wait()
            self.server = None

    def run(self, tool: str, bug: Bug) -> dict[str, Any]:
        folder = WORK / "tree" / tool
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(bug.folder, folder, symlinks=True)
        shutil.rmtree(folder / ".git", ignore_errors=True)
        who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
        for arguments in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "x"]):
            subprocess.run(["git", *arguments], cwd=folder, check=True)
        start = time.monotonic()
        getattr(self, tool.replace("-", "_"))(folder, bug)
        seconds = time.monotonic() - start
        right = self.right(folder, bug)
        return {"bug": bug.name, "suite": bug.suite, "tool": tool, "mended": right,
                "seconds": round(seconds, 1)}  # fmt: skip

    def right(self, folder: Path, bug: Bug) -> bool:
        origin = Path(bug.folder)
        for name in files(origin):
            if is_judge(name):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(origin / name, folder / name)
        where = Where(folder, folder.resolve(), self.bench.path)
        result, report = run_tests(self.bench.sandbox, self.bench.data, where, bug.command,
                                   limits=Limits(seconds=120))  # fmt: skip
        return result.status == 0 and bool(report.named("passed"))

    def _call(self, argv: list[str], folder: Path, **env: str) -> None:
        home = WORK / "home"
        home.mkdir(parents=True, exist_ok=True)
        full = os.environ | {"PATH": self.bench.path, "HOME": str(home)} | env
        with (WORK / "last.log").open("w") as out:
            process = subprocess.Popen(argv, cwd=folder, env=full, stdin=subprocess.DEVNULL,
                                       stdout=out, stderr=out, start_new_session=True)  # fmt: skip
            try:
                process.wait(self.seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def geist(self, folder: Path, bug: Bug) -> None:
        self.stop()  # one model on the cores at a time
        self._call([sys.executable, "-m", "geist.cli.main", "fix", bug.command, "--yes", "--effort",
                    "high", "--max-seconds", str(self.seconds)], folder,
                   HOME=os.environ["HOME"])  # fmt: skip

    def aider(self, folder: Path, bug: Bug) -> None:
        if self.server is None:
            self.serve()
        env = os.environ | {"PATH": self.bench.path}
        first = subprocess.run(bug.command, shell=True, cwd=folder, capture_output=True, text=True,
                               env=env)  # fmt: skip
        shown = first.stdout[-3000:]
        (WORK / "message.txt").write_text(
            f"{TASK.format(command=bug.command)}\nIts output ends with:\n{shown}"
        )
        (WORK / "aider.json").write_text(json.dumps({f"openai/{DEFAULT}": AIDER_MODEL}))
        self._call(
            [str(install("aider") / "aider"), "--model", f"openai/{DEFAULT}",
             "--weak-model", f"openai/{DEFAULT}", "--model-metadata-file", str(WORK / "aider.json"),
             "--edit-format", "whole", "--map-tokens", "1024", "--max-chat-history-tokens", "8192",
             "--yes-always", "--no-auto-commits", "--no-dirty-commits", "--no-gitignore",
             "--test-cmd", bug.command, "--auto-test", "--no-auto-lint",
             "--no-suggest-shell-commands", "--no-detect-urls", "--no-check-update",
             "--no-show-release-notes", "--no-show-model-warnings", "--analytics-disable",
             "--disable-playwright", "--no-pretty", "--no-fancy-input",
             "--message-file", str(WORK / "message.txt")],
            folder, OPENAI_API_BASE=self.url, OPENAI_API_KEY=self.key,
            LITELLM_LOCAL_MODEL_COST_MAP="True",
        )  # fmt: skip

    def mini_swe_agent(self, folder: Path, bug: Bug) -> None:
        if self.server is None:
            self.serve()
        config = WORK / "mini.yaml"
        config.write_text(
            MINI.replace("MODEL", DEFAULT).replace("KEY", self.key).replace("URL", self.url)
        )
        self._call(
            [str(install("mini-swe-agent") / "mini"), "-y", "--exit-immediately",
             "-c", "mini_textbased.yaml", "-c", str(config),
             "-c", f"agent.wall_time_limit_seconds={int(self.seconds)}",
             "-o", str(WORK / "mini.json"), "-t", TASK.format(command=bug.command)],
            folder, MSWEA_CONFIGURED="true", MSWEA_SILENT_STARTUP="1",
            MSWEA_COST_TRACKING="ignore_errors", LITELLM_LOCAL_MODEL_COST_MAP="True",
            MSWEA_GLOBAL_CONFIG_DIR=str(WORK / "home"),
        )  # fmt: skip


def table(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    figures = []
    print(f"{'suite':<14}{'tool':<16}{'mended':>12}  {'95%':<12}{'median s of a mend':>20}")
    for suite in ("inplace", "small-plain"):
        for tool in ("geist", *PINS):
            of = [r for r in rows if r["suite"] == suite and r["tool"] == tool]
            hits = [r for r in of if r["mended"]]
            if not of:
                continue
            low, high = measured.wilson(len(hits), len(of))
            median = statistics.median(r["seconds"] for r in hits) if hits else None
            print(f"{suite:<14}{tool:<16}{len(hits):>5} of {len(of):<4}  {low:.0%}–{high:.0%}"
                  f"{median if median is not None else '—':>22}")  # fmt: skip
            figures.append({"name": f"{suite} {tool} mended", "value": len(hits) / len(of),
                            "unit": "share", "goal": None, "met": None, "n": len(of),
                            "spread": [round(low, 3), round(high, 3)]})  # fmt: skip
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=3, help="in-place bugs of each package, to 30")
    parser.add_argument("--small", type=int, default=20)
    parser.add_argument("--most", type=int, default=30, help="in-place bugs in all")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--minutes", type=float, default=None)
    said = parser.parse_args()
    for name in PINS:
        install(name)
    peers = Peers(said.seconds)
    WORK.mkdir(parents=True, exist_ok=True)
    kept = WORK / f"rows-{int(said.seconds)}.jsonl"
    rows = [json.loads(x) for x in kept.read_text().splitlines()] if kept.exists() else []
    done = {(r["bug"], r["tool"]) for r in rows}
    # planted as they are needed: a run that is stopped early has not waited for all of them
    place = measured.chosen(peers.bench, ["inplace"], 0, said.each, measured.SEED)
    small = measured.chosen(peers.bench, ["small-plain"], said.small, 0, measured.SEED)
    bugs = itertools.chain(itertools.islice(place, said.most), small if said.small else [])
    began = time.monotonic()
    try:
        for bug in bugs:
            for tool in ("aider", "mini-swe-agent", "geist"):
                if (bug.name, tool) in done:
                    continue
                if said.minutes is not None and time.monotonic() - began > 60 * said.minutes:
                    print("time is up; run again to go on")
                    return
                row = peers.run(tool, bug)
                rows.append(row)
                with kept.open("a") as f:
                    f.write(json.dumps(row) + "\n")
                print(f"{bug.name:<22}{tool:<16}{'mended' if row['mended'] else '-':<8}"
                      f"{row['seconds']:>7} s", flush=True)  # fmt: skip
    finally:
        peers.stop()
        figures = table(rows)
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps({
            "figures": figures,
            "settings": {"model": DEFAULT, "seconds": said.seconds, "seed": measured.SEED},
            "versions": {"python": platform.python_version(), "peers": PINS},
            "machine": measured.machine(),
            "date": date.today().isoformat(),
        }, indent=1) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
