"""The session in the terminal, on a real one."""

import os
import pty
import re
import select
import signal
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from geist.cli.live import Live
from geist.cli.live_talk import Talk
from geist.core.errors import GeistError
from geist.core.log import read, sessions
from tests.conftest import Scripted
from tests.nursery import run
from tests.test_do import DONE, FIX, call, measured


class Terminal:
    """A command on a terminal of 60 columns, without colours."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.environ |= {"TERM": "vt100", "COLUMNS": "60", "LINES": "30", "NO_COLOR": "1",
                           "PROMPT_TOOLKIT_NO_CPR": "1"}  # fmt: skip
            os.execv(sys.executable, [sys.executable, "-m", "geist.cli.main", *arguments])
        self.seen, self.at = "", 0

    def wait(self, text: str, seconds: float = 30) -> None:
        """Until a text stands there after what was waited for last."""
        end = time.monotonic() + seconds
        while text not in self.plain()[self.at :]:
            if time.monotonic() > end or not self._more():
                os.kill(self.pid, signal.SIGKILL)
                raise AssertionError(f"{text!r} did not come:\n{self.plain()[-3000:]}")
        self.at = self.plain().index(text, self.at) + len(text)

    def plain(self) -> str:
        return re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>78]|\r", "", self.seen)

    def type(self, text: str) -> None:
        os.write(self.file, text.encode())

    def _more(self) -> bool:
        if select.select([self.file], [], [], 0.2)[0]:
            try:
                data = os.read(self.file, 65536)
            except OSError:
                return False
            self.seen += data.decode("utf-8", "replace")
            return bool(data)
        return True

    def end(self) -> int:
        end = time.monotonic() + 30
        while time.monotonic() < end and self._more():
            pass
        if time.monotonic() >= end:
            os.kill(self.pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def slow(answer: str, seconds: float) -> Any:
    def say(messages: Any) -> str:
        time.sleep(seconds)
        return answer

    return say


@pytest.fixture
def opened(project: Path, model_server: Scripted, data: Path) -> Terminal:
    measured(data, model_server.url)
    terminal = Terminal(project, "--model", model_server.url)
    terminal.wait("/help lists the commands")
    return terminal


def test_a_task_is_typed_worked_on_reviewed_and_taken(
    opened: Terminal, project: Path, model_server: Scripted
) -> None:
    model_server.script = [call("read", path="shop/cart.py"), FIX, DONE]
    opened.type("/check python -m pytest -q\r")
    opened.wait("done when this succeeds")
    opened.type("count the limit in @shop/cart.py\r")
    opened.wait("read shop/cart.py")
    opened.wait("verified: 3 tests passed")
    opened.wait("/review")
    assert "class Cart" in model_server.requests[0]["messages"][1]["content"]
    opened.type("/diff\r")
    opened.wait("+        return sum(p for p in self.prices if p >= least)")
    opened.type("!echo n=$(grep -c '>= least' shop/cart.py)\r")
    opened.wait("n=1")
    assert ">= least" not in (project / "shop/cart.py").read_text()
    opened.type("/review\r")
    opened.wait("y/n/a/d/e/?/space/q:")
    opened.type("?")
    opened.wait("The limit counts now.")
    opened.wait("y/n/a/d/e/?/space/q:")
    opened.type("y")
    opened.wait("applied: shop/cart.py")
    opened.type("/cost\r")
    opened.wait("tokens read")
    opened.type("/quit\r")
    assert opened.end() == 0
    assert ">= least" in (project / "shop/cart.py").read_text()


def test_words_are_seen_while_they_are_written(opened: Terminal, model_server: Scripted) -> None:
    model_server.script = ["First I look at all the files that there are, one by one. "
                           + call("list"), DONE]  # fmt: skip
    model_server.pace = 0.4
    opened.type("look around\r")
    opened.wait("… First I look at all")
    assert "list" not in opened.plain()[opened.at :].replace("lists", "")
    model_server.pace = 0.0
    opened.wait("limit counts now")
    opened.type("/quit\r")
    assert opened.end() == 0


def test_the_leash_asks_in_the_session_and_moves(
    opened: Terminal, project: Path, model_server: Scripted
) -> None:
    model_server.script = [call("run", command="touch one.txt"), call("run", command="touch two.txt"),
                           DONE]  # fmt: skip
    opened.type("make files\r")
    opened.wait("every `touch *` in this session")
    opened.type("s\r")
    opened.wait("limit counts now")
    opened.type("/diff\r")
    opened.wait("two.txt")
    opened.type("/undo\r")
    opened.wait("1 changes taken back; the draft has 1 files")
    opened.type("/undo @2\r")
    opened.wait("there is no message 2")
    opened.type("/undo @1\r")
    opened.wait("the draft has 0 files")
    opened.type("!touch three.txt; echo n=$((1 + 1))\r")
    opened.wait("n=2")
    opened.type("/leash verify src\r")
    opened.wait("verify, scope src, 1 approvals")
    opened.type("/leash god\r")
    opened.wait("there is no stop 'god'")
    opened.type("/nothing\r")
    opened.wait("there is no /nothing")
    opened.type("/quit\r")
    opened.wait("geist resume")
    assert opened.end() == 0 and not (project / "one.txt").exists()


def test_esc_stops_it_and_messages_wait(
    opened: Terminal, project: Path, model_server: Scripted, data: Path
) -> None:
    model_server.script = [slow(call("list"), 3), DONE]
    opened.type("look around\r")
    time.sleep(1)
    opened.type("then say more\r")
    opened.wait("limit counts now")
    opened.wait("limit counts now")
    model_server.script = [slow(FIX, 4), DONE]
    opened.type("change it\r")
    time.sleep(2)
    opened.type("\x1b")
    opened.wait("stopped: say how to go on")
    model_server.script = [FIX, DONE]
    opened.type("go on\r")
    opened.wait("/review takes it")
    assert [m["content"] for m in model_server.requests[-1]["messages"] if m["role"] == "user"][
        -2:-1
    ]
    os.kill(opened.pid, signal.SIGKILL)
    os.waitpid(opened.pid, 0)
    # a killed session goes on from its log
    name = sessions(data)[-1]
    assert any(e.kind == "draft" for e in read(data, name))
    again = Terminal(project, "resume")
    again.wait("with a draft of 1 files")
    twice = Terminal(project, "resume")
    twice.wait("open in another terminal")
    assert twice.end() == 2
    model_server.script = [DONE]
    again.type("is it done?\r")
    again.wait("limit counts now")
    told = [m["content"] for m in model_server.requests[-1]["messages"]]
    assert any("change it" in t for t in told) and "is it done?" in told[-1]
    again.type("/accept\r")
    again.wait("applied: shop/cart.py")
    again.type("/quit\r")
    assert again.end() == 0 and ">= least" in (project / "shop/cart.py").read_text()


def test_without_a_terminal_there_is_help(project: Path) -> None:
    out = run(project)
    assert out.returncode == 0 and "opens a session" in out.stdout
    assert run(project, "resume").returncode == 2


def test_what_is_typed_at_the_end_of_some_work_waits_for_it() -> None:
    do: Any = SimpleNamespace(stop=threading.Event())
    session, seen = Live(do, Talk(), ""), list[str]()
    session.begin(lambda: time.sleep(0.3))
    session.must_be_idle()  # a command: not refused
    session.begin(lambda: time.sleep(5))
    with pytest.raises(GeistError, match="it is working"):
        session.must_be_idle()
    session = Live(do, Talk(), "")
    session.work = lambda text, check=True: seen.append(text)
    for n in range(200):  # messages that come while the last is ending
        session.typed(str(n))
    if session.worker is not None:
        session.worker.join(5)
    assert sorted(seen, key=int) == [str(n) for n in range(200)] and not session.waiting
