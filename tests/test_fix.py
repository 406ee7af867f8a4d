"""`geist fix` as a user runs it: the real program, a real sandbox, a model behind a real HTTP
server."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geist.core.errors import GeistError
from geist.core.log import read, sessions
from tests.conftest import MENDED, Scripted
from tests.nursery import run

WRONG = "```python\ndef total(self, least=0):\n    return 42\n```"
COMMAND = "python -m pytest -q"


def geist(project: Path, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return run(project, *arguments, timeout=timeout)


def tree(project: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(project)): p.read_bytes()
        for p in sorted(project.rglob("*"))
        if p.is_file() and "__pycache__" not in p.parts
    }


def test_it_mends_shows_and_applies(project: Path, model_server: Scripted) -> None:
    before = tree(project)
    model_server.script = [WRONG, MENDED]
    done = geist(project, "fix", COMMAND, "--model", model_server.url, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of 3 tests fail" in done.stdout
    assert "shop/cart.py:10 Cart.total" in done.stdout
    assert "-        return sum(p for p in self.prices if p > least)" in done.stdout
    assert "mended: 3 tests passed, 1 of them mended" in done.stdout
    after = tree(project)
    assert [k for k in after if after[k] != before.get(k)] == ["shop/cart.py"]
    assert after["shop/cart.py"] == before["shop/cart.py"].replace(b"p > least", b"p >= least")
    # what the model was sent holds the failing test, the failure and the function
    sent = model_server.requests[0]["messages"][-1]["content"]
    assert "def test_total_counts_the_least" in sent and "assert 3 == 5" in sent
    assert "total(least=2) returned 3" in sent

    undone = geist(project, "undo")
    assert undone.stdout == "taken back: shop/cart.py\n" and tree(project) == before
    again = geist(project, "undo")
    assert again.returncode == 2 and "nothing to undo" in again.stderr


def test_a_passing_command_needs_nothing(project: Path, model_server: Scripted) -> None:
    done = geist(project, "fix", "python -m pytest -q -k average", "--model", model_server.url)
    assert done.returncode == 0 and "nothing to mend" in done.stdout
    assert model_server.requests == []


def test_what_cannot_be_mended_leaves_everything(project: Path, model_server: Scripted) -> None:
    before = tree(project)
    model_server.script = [WRONG]
    done = geist(project, "fix", "--model", model_server.url, "--effort", "4", "--yes")
    assert done.returncode == 1
    assert "pyproject" not in done.stdout and "there is tests/test_cart.py" in done.stdout
    assert "not mended: every answer" in done.stdout and "Cart.total" in done.stdout
    assert "as they were" in done.stdout
    assert tree(project) == before


def test_a_dry_run_changes_nothing(project: Path, model_server: Scripted) -> None:
    before = tree(project)
    done = geist(project, "fix", COMMAND, "--model", model_server.url, "--dry-run", "--yes")
    assert done.returncode == 0 and "+        return sum" in done.stdout
    assert tree(project) == before


def test_events_as_json(project: Path, model_server: Scripted) -> None:
    done = geist(project, "fix", COMMAND, "--model", model_server.url, "--yes", "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [e["kind"] for e in events]
    assert kinds[0] == "start" and kinds[-1] == "end"
    assert {"failed", "suspects", "asking", "judged", "change"} <= set(kinds)
    assert events[-1]["state"] == "mended" and events[-1]["accepted"]
    assert events[-1]["usage"]["completion"] >= 20


def test_pointing_at_the_place(project: Path, model_server: Scripted) -> None:
    done = geist(project, "fix", COMMAND, "--model", model_server.url, "--function", "average",
                 "--effort", "1", "--json")  # fmt: skip
    suspects = next(e for e in map(json.loads, done.stdout.splitlines()) if e["kind"] == "suspects")
    assert [s["label"] for s in suspects["suspects"]] == ["shop/cart.py:16 average"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fix", "--effort", "huge"], "--effort 'huge' makes no sense"),
        (["fix", "--max-seconds", "0"], "leaves nothing"),
        (["fix", "--model", "nothere"], "no model 'nothere'"),
        (["fix", "--model", "qwen2.5-coder-1.5b"], "geist models pull qwen2.5-coder-1.5b"),
        (["fix", "--model", "openai:gpt-x"], "OPENAI_API_KEY"),
        (["fix", "--model", "sky:net"], "no provider 'sky'"),
        (["fix", "--file", "../../etc/passwd"], "no such file"),
        (["fix", "no-such-command --x"], "the command was not found"),
        (["log", "20200101-000000-zzzz"], "there is no session"),
        (["demo", "nope"], "no demo 'nope'"),
        (["models", "add", "nothere.gguf"], "cannot read"),
        (["models", "pull", "nope"], "no model 'nope'"),
        (["models", "rm", "nope"], "no model 'nope'"),
        (["models", "serve", "smollm2-135m"], "geist models pull smollm2-135m"),
    ],
)  # fmt: skip
def test_misuse_is_one_message_and_status_2(
    project: Path, arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch,
    model_server: Scripted,
) -> None:  # fmt: skip
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    if "--model" not in arguments and arguments[0] == "fix":
        arguments = [*arguments, "--model", model_server.url]
    done = geist(project, *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr and "Traceback" not in done.stderr


def test_the_log_replays_and_verifies_again(
    project: Path, model_server: Scripted, data: Path
) -> None:
    model_server.script = [WRONG, MENDED]
    geist(project, "fix", COMMAND, "--model", model_server.url, "--yes")
    (session,) = sessions(data)
    assert "applied" in geist(project, "log").stdout
    told = geist(project, "log", session).stdout
    assert "return 42" in told and "[system]" in told and "passed: 3 tests passed" in told
    # the tree comes from the log: the project itself is changed, and may be gone
    (project / "shop" / "cart.py").write_text("raise SystemExit")
    again = geist(project, "log", session, "--reverify")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "same  attempt 1: failed, now failed" in again.stdout
    assert "passed, now passed" in again.stdout and "DIFFERS" not in again.stdout


def test_undo_keeps_other_edits_and_refuses_on_the_same_lines(
    project: Path, model_server: Scripted
) -> None:
    cart = project / "shop" / "cart.py"
    before = cart.read_bytes()
    geist(project, "fix", COMMAND, "--model", model_server.url, "--yes")
    cart.write_bytes(cart.read_bytes() + b"\n\nmine = 1\n")
    assert geist(project, "undo").returncode == 0
    assert cart.read_bytes() == before + b"\n\nmine = 1\n"

    geist(project, "fix", COMMAND, "--model", model_server.url, "--yes")
    touched = cart.read_bytes().replace(b"p >= least", b"p >= least + 0")
    cart.write_bytes(touched)
    refused = geist(project, "undo")
    assert refused.returncode == 2 and "shop/cart.py: the same lines" in refused.stderr
    assert cart.read_bytes() == touched


def test_budgets_end_it(project: Path, model_server: Scripted) -> None:
    model_server.script = [WRONG]
    url = model_server.url
    done = geist(project, "fix", COMMAND, "--model", url, "--max-tokens", "200", "--effort", "50")
    assert done.returncode == 1 and "the tokens were used up" in done.stdout
    assert len(model_server.requests) <= 6
    start = time.monotonic()
    done = geist(project, "fix", COMMAND, "--model", url, "--max-seconds", "4", "--effort", "900")
    assert done.returncode == 1 and time.monotonic() - start < 30


def test_a_hostile_project_sees_no_secret(project: Path, model_server: Scripted) -> None:
    (project / "tests" / "test_spy.py").write_text(
        "import os, pathlib\ndef test_spy():\n"
        "    assert 'OPENAI_API_KEY' not in os.environ\n"
        "    assert not (pathlib.Path.home() / '.ssh').exists()\n"
        "    pathlib.Path('shop/cart.py').write_text('')\n"
    )
    os.environ["OPENAI_API_KEY"] = "sk-secret"
    try:
        before = tree(project)
        done = geist(project, "fix", COMMAND, "--model", model_server.url, "--dry-run")
    finally:
        del os.environ["OPENAI_API_KEY"]
    assert "1 of 4 tests fail" in done.stdout, done.stdout
    assert tree(project) == before


def test_a_script_with_a_traceback(project: Path, model_server: Scripted) -> None:
    (project / "run.py").write_text("from shop.cart import average\nprint(average([]))\n")
    model_server.script = [
        "```python\ndef average(prices):\n    return Cart(prices).total(-1) / max(1, len(prices))\n```"
    ]
    done = geist(project, "fix", "python run.py", "--model", model_server.url, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "average" in done.stdout and "the command succeeds" in done.stdout


def test_killed_at_any_moment_the_tree_is_whole(
    project: Path, model_server: Scripted, data: Path
) -> None:
    """A few moments here; bench/fix/kill.py tries fifty."""
    before = (project / "shop" / "cart.py").read_bytes()
    after = before.replace(b"p > least", b"p >= least")
    chance = random.Random(7)
    for _ in range(4):
        (project / "shop" / "cart.py").write_bytes(before)
        process = subprocess.Popen(
            [sys.executable, "-m", "geist.cli.main", "fix", COMMAND, "--model", model_server.url,
             "--yes"], cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            process.wait(chance.uniform(0.3, 4.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.wait()
        assert (project / "shop" / "cart.py").read_bytes() in (before, after)
        for session in sessions(data):
            list(read(data, session))
    assert geist(project, "log").returncode == 0


def test_ctrl_c_changes_nothing(project: Path, model_server: Scripted) -> None:
    before = tree(project)
    model_server.script = [lambda _: (time.sleep(3), WRONG)[1]]
    process = subprocess.Popen(
        [sys.executable, "-m", "geist.cli.main", "fix", COMMAND, "--model", model_server.url],
        cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    while "suspects" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130 and "nothing was changed" in errors
    assert tree(project) == before


def test_what_fails_before_any_function_says_so(project: Path, model_server: Scripted) -> None:
    (project / "shop" / "cart.py").write_text("def total(x)\n    return x\n")
    done = geist(project, "fix", COMMAND, "--model", model_server.url)
    assert done.returncode == 1 and "SyntaxError" in done.stdout, done.stdout + done.stderr
    assert "site-packages" not in done.stdout and model_server.requests == []


def test_a_declined_mend_is_not_success(project: Path, model_server: Scripted) -> None:
    before = tree(project)
    done = geist(project, "fix", COMMAND, "--model", model_server.url)  # nobody can be asked
    assert done.returncode == 1 and "--yes applies it" in done.stdout
    assert tree(project) == before
    assert "mended, not applied" in geist(project, "log").stdout


def test_an_archive_stays_in_its_folder(tmp_path: Path) -> None:
    import io
    import tarfile

    from geist.tasks.index import extract

    def archive(*members: tuple[str, bytes, bytes]) -> tarfile.TarFile:
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w") as tar:
            for name, kind, content in members:
                info = tarfile.TarInfo(name)
                info.type, info.size = kind, len(content)
                info.linkname = "/etc/passwd" if kind == tarfile.SYMTYPE else ""
                tar.addfile(info, io.BytesIO(content))
        data.seek(0)
        return tarfile.open(fileobj=data)

    file = tarfile.REGTYPE
    target = tmp_path / "in"
    target.mkdir()
    link = ("p/link", tarfile.SYMTYPE, b"")
    extract(archive(("p/a.py", file, b"x"), link, ("p/link", file, b"y")), target)
    assert (target / "p/a.py").read_bytes() == b"x"
    assert not (target / "p/link").is_symlink()
    for name in ("../out.py", "/out.py", "p/../../out.py"):
        with pytest.raises(GeistError, match="leads out"):
            extract(archive((name, file, b"x")), target)
    assert not list(tmp_path.glob("out.py"))
