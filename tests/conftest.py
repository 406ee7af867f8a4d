"""Shared parts, all of them real: a sandbox, a project folder, and a model that is a real HTTP
server speaking the provider's protocol."""

import json
import os
import shutil
import sys
import sysconfig
import threading
import time
import venv
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution
from pathlib import Path

import pytest
from hypothesis import settings

from geist.agent.guard import Answer
from geist.agent.leash import Decision, Wish
from geist.core.home import home
from geist.sandbox.bubblewrap import Bubblewrap
from geist.verify.testrun import Where

# two tests at a time on two cores: threads that spin while they wait take the other's time
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
BIN = str(Path(sys.executable).parent)
settings.register_profile("untimed", deadline=None)  # other tests run beside each
settings.load_profile("untimed")
USERS_HOME = home()  # where `make test` has pulled the small model to


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the Python that projects under test are run by, as a project's own has it: with
    pytest, and without the plugins of ours, which take two seconds to load each time."""
    made = tmp_path_factory.mktemp("python")
    made.chmod(0o755)  # for root, projects are run as somebody else
    venv.create(made, symlinks=True)
    site = made / Path(sysconfig.get_path("purelib", vars={"base": "."}))
    for name in ("pytest", "pluggy", "iniconfig", "packaging", "pygments"):
        for file in distribution(name).files or ():
            if ".." not in file.parts:  # its commands
                (site / file).parent.mkdir(parents=True, exist_ok=True)
                # with its time: what is compiled is not taken without it
                shutil.copy2(file.locate(), site / file)
    return made / "bin"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, python: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, and the test environment's tools first on PATH."""
    monkeypatch.setenv("GEIST_HOME", str(tmp_path / "geist"))
    monkeypatch.setenv("PATH", os.pathsep.join((str(python), BIN, os.environ["PATH"])))
    (tmp_path / "geist").mkdir()
    return tmp_path / "geist"


@pytest.fixture
def sandbox(data: Path) -> Bubblewrap:
    return Bubblewrap(data)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small package with a bug and a test that shows it."""
    root = tmp_path / "project"
    (root / "shop").mkdir(parents=True)
    (root / "tests").mkdir()
    (root / "shop" / "__init__.py").write_text("")
    (root / "shop" / "cart.py").write_text(CART)
    (root / "tests" / "test_cart.py").write_text(TEST)
    return root


CART = '''"""A cart."""

from dataclasses import dataclass


@dataclass
class Cart:
    prices: list

    def total(self, least=0):
        """The sum of the prices that are at least `least`."""
        # cheap things are free
        return sum(p for p in self.prices if p > least)


def average(prices):
    return Cart(prices).total(-1) / len(prices)
'''

TEST = """from shop.cart import Cart, average


def test_total_counts_the_least():
    assert Cart([1, 2, 3]).total(2) == 5


def test_all():
    assert Cart([1, 2]).total() == 3


def test_average():
    assert average([1, 3]) == 2
"""

MENDED = """```python
def total(self, least=0):
    # cheap things are free
    return sum(p for p in self.prices if p >= least)
```"""


@pytest.fixture
def where(project: Path) -> Where:
    return Where(project, project.resolve(), os.environ["PATH"])


class Scripted:
    """What the server answers: each item is a text, an HTTP status, or a function of the request's
    messages. The last item is repeated."""

    def __init__(self) -> None:
        self.script: list[str | int | Callable[[list[dict]], str]] = [MENDED]
        self.requests: list[dict] = []
        self.url, self.pace = "", 0.0  # seconds between the pieces of a stream

    def next(self, request: dict) -> str | int:
        self.requests.append(request)
        item = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(item, str | int):
            return item
        return item(request["messages"])


def streamed(body: dict) -> bytes:
    """The same answer as a stream of pieces, as providers send them."""
    text, pieces = body["choices"][0]["message"]["content"], list[dict]()
    for at in range(0, len(text), 20):
        pieces.append({"index": 0, "delta": {"content": text[at : at + 20]}, "finish_reason": None})
    pieces.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    common = {k: body[k] for k in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    events = [common | {"choices": [piece]} for piece in pieces]
    events.append(common | {"choices": [], "usage": body["usage"]})
    lines = [f"data: {json.dumps(e)}\n\n" for e in events]
    return "".join([*lines, "data: [DONE]\n\n"]).encode()


@pytest.fixture
def model_server() -> Iterator[Scripted]:
    scripted = Scripted()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections stay open, as providers' do

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = scripted.next(request)
            status = answer if isinstance(answer, int) else 200
            body = {
                "id": "1",
                "object": "chat.completion",
                "created": 1,
                "model": request["model"],
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": "stop",
                        "message": {"role": "assistant", "content": answer},
                    }
                ],
                "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
            }
            if status != 200:
                body = {"error": {"message": f"scripted {status}", "type": "error"}}
            raw, kind = json.dumps(body).encode(), "application/json"
            if request.get("stream") and status == 200:
                raw, kind = streamed(body), "text/event-stream"
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            for line in raw.splitlines(keepends=True):
                self.wfile.write(line)
                if scripted.pace and line.strip():
                    self.wfile.flush()
                    time.sleep(scripted.pace)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    scripted.url = f"http://127.0.0.1:{server.server_port}/v1#scripted"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield scripted
    server.shutdown()
    server.server_close()


class Nobody:
    """Where no terminal can be asked: what is not allowed already does not happen."""

    def may(self, wish: Wish, decision: Decision, shown: str, pattern: str | None) -> Answer:
        return "no"

    def answer(self, question: str) -> str | None:
        return None

    def check(self, path: str, text: str) -> str | None:
        return None
