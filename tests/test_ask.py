"""Answers with citations, and what a project is remembered by."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geist.context import memory
from geist.core.errors import GeistError
from geist.core.output import Malformed, Text, Tree
from geist.core.task import Task
from geist.verify.support import Claim, Excerpt, Support, agree, attribute, claims_of, hold
from tests.conftest import Scripted
from tests.nursery import run

PORT = Excerpt(
    "server/config.py",
    10,
    14,
    'DEFAULT_PORT = 8080\n\ndef listen(host="localhost", timeout=30):\n'
    '    """Open the socket; waits `timeout` seconds."""\n    return open_socket(host)',
)
DOCS = Excerpt(
    "docs/guide.md", 3, 4, "The server was written by Ada Lovelace in 1843.\nIt runs on Linux."
)
TASK = Task("ask", (), {"question": "which port does the server listen on?",
                        "excerpts": {"0": [PORT.plain(), DOCS.plain()]},
                        "weights": {"port": 3.0, "server": 2.0, "listen": 2.0}}, "support@1")  # fmt: skip


def test_a_quotation_of_marks_is_an_answer() -> None:
    there = Excerpt("a.py", 1, 1, 'def prompt(text, prompt_suffix: str = ": "): ...')
    truth = {"question": "what is the default prompt suffix?", "weights": {},
             "excerpts": {"0": [there.plain()]}}  # fmt: skip
    task = Task("ask", (), truth, "support@1")
    assert Support()(task, Text('0\nThe default prompt suffix is ": " [1].')).passed
    assert not Support()(task, Text('0\nThe default prompt suffix is "; " [1].')).passed


@pytest.mark.parametrize(
    "second, same",
    [("8080", True), ("On port 8080 or 9090", True), ("9090", False), ("the server port", False)],
)
def test_two_answers_agree_in_what_the_question_did_not_say(second: str, same: bool) -> None:
    asked = "which port does the server listen on?"
    assert agree("The server listens on port 8080", second, asked) is same


@pytest.mark.parametrize(
    "text",
    [
        "The server listens on port 8080 [1].",
        "- The default port is `8080`. [1]",
        "DEFAULT_PORT is 8080 [1]\nThe server runs on Linux [2]",
        "The port is\n8080, set by DEFAULT_PORT [1, 2]",
        "The port that listens is 'localhost', and waits 30s before the socket is 8080 [1]",
        "DEFAULT_PORT makes the server's port 8080 [1]",
    ],
)
def test_what_the_lines_say_passes(text: str) -> None:
    verdict = Support()(TASK, Text(f"0\n{text}"))
    assert verdict.passed, verdict.reason
    path, first, last = verdict.evidence["claims"][0]["places"][0]
    assert path == "server/config.py" and first <= 10 <= last <= 14


@pytest.mark.parametrize(
    "text",
    [
        "The server listens on port 8081 [1].",  # a wrong number
        "The server listens on port 80 [1].",  # a part of the right one
        "The server listens on port 8080 [2].",  # the wrong excerpt
        "The server listens on port 8080 [3].",  # one that was not sent
        "The server listens on port 8080.",  # none
        "The port is set by SERVER_PORT, which is 8080 [1].",  # a made-up name
        "The port is “localhost:8080” [1].",  # a made-up quotation
        "The port 8080 listens on 'remotehost' [1].",  # another, in single quotes
        "The server's port 8080 waits 31s [1].",  # a wrong number with its unit
        "The server was written by Charles Babbage [2].",  # a made-up person
        "The server was written by Ada Lovelace [2].",  # true, but not what was asked
        "The server listens on a port [1].",  # only what was asked
        "Kangaroos govern municipal sewage quietly [1].",  # nothing of it is there
        "The port is 8080 [1]. Bananas are mostly radioactive potassium and ripen in cellars",
        "NOT FOUND",
        "The excerpts do not mention the port [1].",
        "",
    ],
)
def test_what_they_do_not_say_fails(text: str) -> None:
    assert not Support()(TASK, Text(f"0\n{text}")).passed
    assert not Support()(TASK, Text(f"7\n{text}")).passed


def test_what_lines_are_about_may_stand_around_them() -> None:
    """A constant seldom stands with the words that one asks for it by."""
    lines = 'NETRC_FILES = (".netrc", "_netrc")'
    near = f"{lines}\n\ndef get_auth(url):\n    # credentials are tried from these names"
    asked = "Which file names are tried for credentials?"
    for around, passed in (("", False), (near, True)):
        sent = Excerpt("utils.py", 1, 1, lines, around=around)
        truth = {"question": asked, "weights": {}, "excerpts": {"0": [sent.plain()]}}
        task = Task("ask", (), truth, "support@1")
        assert Support()(task, Text("0\n`.netrc` and `_netrc` [1].")).passed is passed


@given(st.text(max_size=300))
@settings(max_examples=150)
def test_any_answer_gets_a_verdict(text: str) -> None:
    verdict = Support()(TASK, Text(text))
    assert verdict.status in ("passed", "failed")
    assert Support()(TASK, Text(f"0\n{text}")).status in ("passed", "failed")
    found = claims_of(text)
    assert isinstance(found, Malformed) or all(c.text and c.cites for c in found)
    assert not Support()(TASK, Tree("b", ())).passed


def test_the_cited_lines_are_the_few_that_say_it() -> None:
    lines = [f"option_{i} = {i * 11}" for i in range(40)]
    held = hold(Claim("option_17 is 187", (1,)), [Excerpt("a.py", 100, 139, "\n".join(lines))])
    assert held.places == (("a.py", 117, 117),) and not held.missing


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The port is 8080.", "The port is 8080. [1]"),
        ("The port is 8080. [2]", "The port is 8080. [1]"),
        ("The port is 8080. It runs on Linux.", "The port is 8080. [1]\nIt runs on Linux. [2]"),
        ("The port is 9999.", "The port is 9999."),
        ("NOT FOUND", "NOT FOUND"),
    ],
)
def test_a_forgotten_citation_is_found(text: str, wanted: str) -> None:
    assert attribute(text, [PORT, DOCS]) == wanted


@given(st.text(max_size=200))
def test_any_answer_is_attributed(text: str) -> None:
    attribute(text, [PORT, DOCS])
    attribute(text, [])


NOTES = st.builds(
    memory.Note,
    st.text("abc é.\n-:@", min_size=1, max_size=60).map(str.strip).filter(bool),
    st.sampled_from(["user", "session 20260101-000000-abcd"]),
    st.just("2026-01-01"),
    st.lists(st.sampled_from(["user", "project", "model"]), min_size=1, unique=True).map(tuple),
    st.dictionaries(st.sampled_from(["a.py", "b/c d.py"]), st.just("0" * 40)),
)


@given(NOTES)
def test_a_note_is_read_as_it_was_written(note: memory.Note) -> None:
    again = memory.parse(memory.spell(note))
    assert (again.text, again.source, again.origins, again.about) == (
        note.text, note.source, note.origins, note.about)  # fmt: skip
    assert again.id == note.id


@given(st.text(max_size=200))
def test_any_file_is_a_note(text: str) -> None:
    memory.parse(text)
    memory.parse("---\n" + text + "\n---\n" + text)


def test_notes_are_kept_once_go_stale_and_are_forgotten(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    note, fresh = memory.remember(tmp_path, "Redis must run  first", about=["a.py"])
    assert fresh and note.stale(tmp_path) == []
    again, fresh = memory.remember(tmp_path, "redis must run first")
    assert not fresh and again.id == note.id and len(memory.notes(tmp_path)) == 1
    (tmp_path / "a.py").write_text("x = 2\n")
    assert memory.notes(tmp_path)[0].stale(tmp_path) == ["a.py"]
    (tmp_path / memory.FOLDER / "mine.md").write_text("written by hand\n")
    assert [n.text for n in memory.notes(tmp_path)] == ["Redis must run  first", "written by hand"]
    with pytest.raises(GeistError, match="no note"):
        memory.forget(tmp_path, "zzz")
    memory.forget(tmp_path, note.id[:5])
    assert [n.text for n in memory.notes(tmp_path)] == ["written by hand"]


def test_notes_do_not_lead_out_of_the_project(tmp_path: Path) -> None:
    root, outside = tmp_path / "r", tmp_path / "private"
    (root / ".geist").mkdir(parents=True)
    outside.mkdir()
    (outside / "diary.md").write_text("secret\n")
    (root / memory.FOLDER).symlink_to(outside)
    assert memory.notes(root) == []
    with pytest.raises(GeistError, match="leads out"):
        memory.remember(root, "x")
    assert [f.name for f in outside.iterdir()] == ["diary.md"]


def test_instructions_hold_from_the_root_to_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "AGENTS.md").write_text("use tabs\n")
    (tmp_path / "CLAUDE.md").write_text("use tabs\n")  # the same said twice
    (tmp_path / "a" / "CLAUDE.md").write_text("no globals\n")
    (tmp_path / "a" / "b" / "AGENTS.md").symlink_to("/etc/hostname")
    assert memory.instructions(tmp_path, tmp_path / "a" / "b") == [
        ("AGENTS.md", "use tabs"), ("a/CLAUDE.md", "no globals")]  # fmt: skip
    assert memory.instructions(tmp_path) == [("AGENTS.md", "use tabs")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "docs"
    root.mkdir()
    (root / "config.py").write_text(PORT.text + "\n")
    (root / "guide.md").write_text(f"# Guide\n\n{DOCS.text}\n")
    return root


def says(answer: str, second: str) -> Callable[[list[dict]], str]:
    """A model that gives this answer, and this second look: by what it is asked, for the next
    answer may be asked for before the first is judged."""
    return lambda turns: second if "Does the text give" in turns[-1]["content"] else answer


def test_ask_answers_with_lines_or_not_at_all(folder: Path, model_server: Scripted) -> None:
    url = model_server.url
    model_server.script = [says("The server listens on port 8080 [1].", "yes")]
    done = run(folder, "ask", "Which port does the server listen on?", "--model", url)
    assert done.returncode == 0, done.stderr
    assert "port 8080" in done.stdout and "config.py:1" in done.stdout
    # made up, then withheld by the second look
    model_server.script = ["The server listens on port 9999 [1]."]
    done = run(
        folder, "ask", "Which port does the server listen on?", "--model", url, "--effort", "low"
    )
    assert done.returncode == 1 and "not found here" in done.stdout and "config.py" in done.stdout
    model_server.script = [says("The server listens on port 8080 [1].", "no")]
    done = run(folder, "ask", "Which port does the server listen on?", "--model", url, "--effort",
               "low", "--json")  # fmt: skip
    told = json.loads(done.stdout)
    assert not told["found"] and told["nearest"]
    verified = run(folder, "log", told["session"], "--reverify")
    assert verified.returncode == 0 and "same" in verified.stdout, verified.stdout + verified.stderr


def test_ctrl_c_ends_ask_at_once(folder: Path, model_server: Scripted) -> None:
    reached, go = threading.Event(), threading.Event()

    def slow(_: object) -> str:
        reached.set()
        go.wait(60)
        return "The server listens on port 8080 [1]."

    model_server.script = [slow]
    argv = [sys.executable, "-m", "geist.cli.main", "ask", "Which port?", "--model",
            model_server.url]  # fmt: skip
    with subprocess.Popen(argv, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert reached.wait(60)
        process.send_signal(signal.SIGINT)
        # an answer that is on its way is not waited for
        assert process.wait(20) == 130
    go.set()
    shown = run(folder, "log")
    assert "Which port?" in shown.stdout and shown.returncode == 0


@pytest.mark.parametrize("again, status", [("Port 8080 [2].", 0), ("It is localhost [2].", 1)])
def test_high_effort_asks_again_in_another_order(
    folder: Path, model_server: Scripted, again: str, status: int
) -> None:
    asked = "Which port does the server listen on?"

    def answer(messages: list[dict]) -> str:
        text = messages[-1]["content"]
        turned = "guide.md" in text and text.index("guide.md") < text.index("config.py")
        return says(again if turned else "The server listens on port 8080 [1].", "yes")(messages)

    model_server.script = [answer]
    done = run(folder, "ask", asked, "--model", model_server.url, "--effort", "high")
    assert done.returncode == status, done.stdout + done.stderr
    sent = [r["messages"][-1]["content"] for r in model_server.requests]
    first, last = sent[0], sent[-1]
    assert first.index("config.py") < first.index("guide.md")
    assert last.index("guide.md") < last.index("config.py")


def test_notes_are_used_until_they_are_forgotten(folder: Path, model_server: Scripted) -> None:
    done = run(folder, "remember", "Deployments happen on Thursdays")
    note = done.stdout.split()[1]
    model_server.script = [says("Deployments happen on Thursdays [1].", "yes")]
    url = model_server.url
    done = run(folder, "ask", "On which day do deployments happen?", "--model", url)
    assert done.returncode == 0 and ".geist/memory" in done.stdout, done.stdout + done.stderr
    assert "Thursdays" in json.dumps(model_server.requests[0])
    assert "Thursdays" in run(folder, "memory").stdout
    assert run(folder, "memory", "forget", note).returncode == 0
    model_server.script = ["NOT FOUND"]
    count = len(model_server.requests)
    done = run(folder, "ask", "On which day do deployments happen?", "--model", url)
    assert done.returncode == 1
    assert "Thursdays" not in json.dumps(model_server.requests[count:])


def test_a_notes_place_is_where_its_text_stands(folder: Path, model_server: Scripted) -> None:
    note, _ = memory.remember(folder, "Deployments happen on Thursdays")
    model_server.script = [says("Deployments happen on Thursdays [1].", "yes")]
    asked = "On which day do deployments happen?"
    done = run(folder, "ask", asked, "--model", model_server.url, "--json")
    (place,) = json.loads(done.stdout)["claims"][0]["places"]
    path, _, lines = place.rpartition(":")
    line = (folder / path).read_text().splitlines()[int(lines.split("-")[0]) - 1]
    assert line == note.text
    sessions = run(folder, "log").stdout
    assert "answered" in sessions and "not mended" not in sessions


def test_a_notes_origin_comes_with_it(folder: Path, model_server: Scripted) -> None:
    memory.remember(folder, "The port was 8080 last year", origins=["web", "user"])
    model_server.script = ["NOT FOUND"]
    done = run(folder, "ask", "Which port was it?", "--model", model_server.url, "--json")
    log = run(folder, "log", json.loads(done.stdout)["session"], "--json").stdout
    asks = [e for e in map(json.loads, log.splitlines()) if e["kind"] == "ask"]
    origins = asks[0]["data"]["messages"][1]["origin"].split(",")
    assert {"project", "user", "web"} <= set(origins)


def test_a_note_need_not_have_the_questions_words(folder: Path, model_server: Scripted) -> None:
    memory.remember(folder, "Use pnpm, never npm")
    model_server.script = [says("pnpm [1]", "yes")]
    done = run(folder, "ask", "Which package manager is used?", "--model", model_server.url)
    assert done.returncode == 0 and "pnpm" in done.stdout


def test_sleep_proposes_what_sessions_taught(project: Path, model_server: Scripted) -> None:
    url = model_server.url
    mended = run(project, "fix", "python -m pytest -q", "--model", url, "--yes")
    assert mended.returncode == 0, mended.stdout + mended.stderr
    told = run(project, "sleep").stdout
    assert "shop/cart.py" in told and "p > least" in told and "p >= least" in told
    assert not (project / memory.FOLDER).exists()
    run(project, "sleep", "--yes")
    kept = memory.notes(project)
    assert any("p >= least" in n.text and "model" in n.origins for n in kept)
    assert all(not n.stale(project) for n in kept)
    assert "nothing to propose" in run(project, "sleep").stdout
    run(project, "undo")
    log = run(project, "fix", "python -m pytest -q", "--model", url, "--dry-run", "--json").stdout
    session = json.loads(log.splitlines()[0])["session"]
    sent = run(project, "log", session, "--json").stdout
    assert "A note on this project" in sent and "model,project" in sent
    assert [n for n in memory.notes(project) if n.stale(project)]
    assert "taken back" in run(project, "sleep").stdout
