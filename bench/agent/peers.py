"""What the agent itself costs: geist do, aider and mini-swe-agent driven by the same strong model.

python -m bench.agent.peers [--bugs 20] [--seconds 180]

The model is a script behind a provider's protocol: it knows the bug, looks at the failing command
where the agent has not shown it, at the place, mends it in the form that the agent asks for, runs
the command where the agent does not, and ends. So what
differs is the agent: whether it gets there, its time, the text that it sends, and how often its
user would be asked in its default setting (geist: at the stops `verify` and `edit`). The bugs are
one-line mutations in real packages, found by their own tests. Where a local 1.5B model is to find
the place and the mend by itself: `python -m bench.fix.peers`.
"""

import argparse
import difflib
import json
import platform
import re
import shlex
import shutil
import statistics
import sys
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.fix import run as measured
from bench.fix.bugs import Bug
from bench.fix.peers import AIDER_MODEL, PINS, WORK, Peers, install
from geist.context.pack import estimate
from geist.models.profile import Profile, Skill, keep

RESULTS = measured.RESULTS.with_name("agent-peers.json")
TASK = ("The command `{command}` fails in the current directory. Find the bug in the source code "
        "and fix it so that the command passes. Do not change the tests.")  # fmt: skip
TOOLS = ("geist", "aider", "mini-swe-agent")
NAME = "strong"


def change(wrong: str, right: str) -> tuple[int, str, str]:
    """(the first line of the place, its lines as they stand, as they should be), with as much
    around them as makes them occur once."""
    old, new = wrong.split("\n"), right.split("\n")
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    ops = [op for op in matcher.get_opcodes() if op[0] != "equal"]
    first, last = ops[0][1], ops[-1][2]
    begin, end = ops[0][3], ops[-1][4]
    around = 1
    while True:
        a, b = max(0, first - around), min(len(old), last + around)
        search = "\n".join(old[a:b])
        if wrong.count(search) == 1 or (a == 0 and b == len(old)):
            lo, hi = begin - (first - a), end + (b - last)
            return a, search, "\n".join(new[lo:hi])
        around += 1


class Strong:
    """Answers as a strong model would, in the form that each agent asks for."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.sent = self.answers = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                raw, kind = outer.answer(request)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def play(self, steps: list[str]) -> None:
        self.steps, self.sent, self.answers = steps, 0, 0

    def answer(self, request: dict[str, Any]) -> tuple[bytes, str]:
        text = self.steps[min(self.answers, len(self.steps) - 1)]
        self.answers += 1
        given = estimate("\n".join(_text(m["content"]) for m in request["messages"]))
        self.sent += given
        usage = {"prompt_tokens": given, "completion_tokens": estimate(text),
                 "total_tokens": given + estimate(text)}  # fmt: skip
        common = {"id": "1", "created": 1, "model": request["model"]}
        if not request.get("stream"):
            choice = {"index": 0, "finish_reason": "stop",
                      "message": {"role": "assistant", "content": text}}  # fmt: skip
            body = common | {"object": "chat.completion", "choices": [choice], "usage": usage}
            return json.dumps(body).encode(), "application/json"
        chunks = [
            {"choices": [{"index": 0, "delta": {"role": "assistant", "content": text},
                          "finish_reason": None}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            {"choices": [], "usage": usage},
        ]  # fmt: skip
        lines = [json.dumps(common | {"object": "chat.completion.chunk"} | c) for c in chunks]
        return "".join(f"data: {x}\n\n" for x in [*lines, "[DONE]"]).encode(), "text/event-stream"


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content)
    return str(content or "")


class Agents(Peers):
    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.strong, self.asks = Strong(), 0
        self.url, self.key = self.strong.url, "bench"
        self.data = WORK / "agent-home"
        self.data.mkdir(parents=True, exist_ok=True)
        # a strong model has earned its tools: that is measured elsewhere
        skills = {s: Skill(1.0, 0.9, 1.0, 40, "2026-01-01")
                  for s in ("call", "edit-replace", "secret", "instruct", "record")}  # fmt: skip
        keep(self.data, Profile(f"{self.url}#{NAME}", "", skills))

    def mend(self, tool: str, bug: Bug) -> dict[str, Any]:
        self.asks = 0
        wrong = (Path(bug.folder) / bug.file).read_bytes()
        right = bug.truth.encode(bug.encoding)
        try:
            self.encoding = "utf-8"
            self.wrong, self.mended = wrong.decode(), right.decode()
        except UnicodeDecodeError:
            self.encoding = "latin-1"
            self.wrong, self.mended = wrong.decode("latin-1"), right.decode("latin-1")
        row = self.run(tool, bug)
        return row | {"sent": self.strong.sent, "answers": self.strong.answers, "asks": self.asks}

    def log(self) -> str:
        return (WORK / "last.log").read_text(errors="replace")

    def geist(self, folder: Path, bug: Bug) -> None:
        at, old, new = change(self.wrong, self.mended)

        def call(name: str, body: str = "", **arguments: Any) -> str:
            return json.dumps({"name": name, "arguments": arguments}) + (
                f"\n{body}" if body else ""
            )

        block = f"<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE"
        # the failing command's output is in the task, and it is run once the work is done
        self.strong.play([
            call("read", path=bug.file, first=max(1, at - 20), last=at + 40),
            call("edit", block, path=bug.file), call("done", message="The bug is mended."),
        ])  # fmt: skip
        # the program, not `python -m`, which would import the project's own modules first
        self._call([
            str(Path(sys.executable).parent / "geist"), "do", TASK.format(command=bug.command),
            "--check", bug.command, "--autonomy", "verify", "--driver", "free", "--json",
            "--model", f"{self.url}#{NAME}"],
            folder, GEIST_HOME=str(self.data.resolve()), OPENAI_API_KEY=self.key)  # fmt: skip
        found = re.findall(r'^\{"kind": "end".*', self.log(), re.M)
        self.asks = json.loads(found[-1])["asked"] if found else 0

    def aider(self, folder: Path, bug: Bug) -> None:
        _, old, new = change(self.wrong, self.mended)
        self.strong.play([
            f"I need to see {bug.file}.",  # a file that is not in its chat is added first
            f"The bug is in {bug.file}.\n\n{bug.file}\n```python\n<<<<<<< SEARCH\n{old}\n=======\n"
            f"{new}\n>>>>>>> REPLACE\n```\n", "It is mended.",
        ])  # fmt: skip
        (WORK / "aider.json").write_text(json.dumps({f"openai/{NAME}": AIDER_MODEL}))
        message = WORK / "message.txt"
        message.write_text(TASK.format(command=bug.command))
        self._call([
            str(install("aider") / "aider"), "--model", f"openai/{NAME}", "--weak-model",
            f"openai/{NAME}", "--model-metadata-file", str(WORK / "aider.json"),
            "--edit-format", "diff", "--yes-always", "--no-auto-commits", "--no-dirty-commits",
            "--no-gitignore", "--test-cmd", bug.command, "--auto-test", "--no-auto-lint",
            "--no-detect-urls", "--no-check-update", "--no-show-release-notes",
            "--no-show-model-warnings", "--analytics-disable", "--disable-playwright",
            "--no-pretty", "--no-fancy-input", "--message-file", str(message)],
            folder, OPENAI_API_BASE=self.url, OPENAI_API_KEY=self.key,
            LITELLM_LOCAL_MODEL_COST_MAP="True")  # fmt: skip
        told = folder / ".aider.chat.history.md"  # has each question with the answer yes
        self.asks = told.read_text().count("(Y)es/(N)o") if told.exists() else 0

    def mini_swe_agent(self, folder: Path, bug: Bug) -> None:
        at, old, new = change(self.wrong, self.mended)
        patch = (f"import pathlib\np = pathlib.Path({bug.file!r})\nold, new = {old!r}, {new!r}\n"
                 f"s = p.read_bytes().decode({self.encoding!r})\nassert s.count(old) == 1\n"
                 f"p.write_bytes(s.replace(old, new).encode({self.encoding!r}))")  # fmt: skip
        commands = [bug.command, f"nl -ba {bug.file} | sed -n '{max(1, at - 20)},{at + 40}p'",
                    f"python -c {shlex.quote(patch)}", bug.command,
                    "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"]  # fmt: skip
        self.strong.play([f"THOUGHT: the next step.\n\n```mswea_bash_command\n{c}\n```"
                          for c in commands])  # fmt: skip
        config = WORK / "mini.yaml"
        config.write_text(
            "agent: {mode: yolo, confirm_exit: false, step_limit: 40, cost_limit: 0}\n"
            "environment: {environment_class: local, timeout: 120}\n"
            f"model:\n  model_class: litellm_textbased\n  model_name: openai/{NAME}\n"
            f"  cost_tracking: ignore_errors\n  model_kwargs: {{api_key: {self.key}, api_base: "
            f"'{self.url}', temperature: 0.0, drop_params: true}}\n"
        )
        self._call(
            [str(install("mini-swe-agent") / "mini"), "-y", "--exit-immediately",
             "-c", "mini_textbased.yaml", "-c", str(config), "-o", str(WORK / "mini.json"),
             "-t", TASK.format(command=bug.command)],
            folder, MSWEA_CONFIGURED="true", MSWEA_SILENT_STARTUP="1",
            MSWEA_COST_TRACKING="ignore_errors", LITELLM_LOCAL_MODEL_COST_MAP="True",
            MSWEA_GLOBAL_CONFIG_DIR=str(WORK / "home"),
        )  # fmt: skip
        # its default, `confirm`, asks before each command
        self.asks = self.strong.answers


def table(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    figures: list[dict[str, Any]] = []
    print(f"{'agent':<16}{'mended':>12}  {'95%':<10}{'median s':>10}{'over geist':>12}"
          f"{'tokens sent':>13}{'answers':>9}{'asked':>7}")  # fmt: skip
    for tool in TOOLS:
        of = [r for r in rows if r["tool"] == tool]
        if not of:
            continue
        hits = sum(r["mended"] for r in of)
        low, high = measured.wilson(hits, len(of))
        mine = {r["bug"]: r["seconds"] for r in rows if r["tool"] == "geist"}
        ratios = [r["seconds"] / mine[r["bug"]] for r in of if r["bug"] in mine]
        middle = {k: statistics.median(r[k] for r in of) for k in ("seconds", "sent", "answers",
                                                                  "asks")}  # fmt: skip
        ratio = statistics.median(ratios) if ratios else float("nan")
        print(f"{tool:<16}{hits:>5} of {len(of):<4}  {low:.0%}–{high:.0%}".ljust(40)
              + f"{middle['seconds']:>10.1f}{ratio:>12.2f}{middle['sent']:>13.0f}"
              f"{middle['answers']:>9.0f}{middle['asks']:>7.0f}")  # fmt: skip
        figures += [
            {"name": f"{tool}: mended", "value": round(hits / len(of), 3),
             "unit": f"share of {len(of)}", "goal": None, "met": None,
             "spread": [round(low, 3), round(high, 3)]},
            {"name": f"{tool}: time over geist's, the same bug", "value": round(ratio, 3),
             "unit": "median of ratios", "goal": None, "met": None,
             "spread": [round(min(ratios), 3), round(max(ratios), 3)] if ratios else None},
            {"name": f"{tool}: tokens sent", "value": middle["sent"], "unit": "median",
             "goal": None, "met": None, "spread": None},
            {"name": f"{tool}: questions to the user", "value": middle["asks"], "unit": "median",
             "goal": None, "met": None, "spread": None},
        ]  # fmt: skip
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bugs", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=180.0, help="the most for one bug")
    said = parser.parse_args()
    for name in PINS:
        install(name)
    agents = Agents(said.seconds)
    kept = WORK / "rows-strong.jsonl"
    rows = [json.loads(x) for x in kept.read_text().splitlines()] if kept.exists() else []
    done = {(r["bug"], r["tool"]) for r in rows}
    seen = 0
    for bug in measured.chosen(agents.bench, ["inplace"], 0, 4, measured.SEED):
        if seen == said.bugs:
            break
        seen += 1
        for tool in TOOLS:
            if (bug.name, tool) in done:
                continue
            row = agents.mend(tool, bug)
            rows.append(row)
            with kept.open("a") as f:
                f.write(json.dumps(row) + "\n")
            print(f"{bug.name:<22}{tool:<16}{'mended' if row['mended'] else '-':<8}"
                  f"{row['seconds']:>7} s{row['sent']:>8} tokens{row['asks']:>4} asked",
                  flush=True)  # fmt: skip
    figures = table(rows)
    if seen >= 20:
        RESULTS.write_text(json.dumps({
            "figures": figures,
            "settings": {"bugs": seen, "seconds": said.seconds, "seed": measured.SEED},
            "versions": {"python": platform.python_version(), "peers": PINS},
            "machine": measured.machine(), "date": date.today().isoformat(),
        }, indent=1) + "\n")  # fmt: skip
    shutil.rmtree(WORK / "tree", ignore_errors=True)


if __name__ == "__main__":
    main()
