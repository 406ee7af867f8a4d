"""Edit formats and profiles: a change is what it says or nothing, and what was measured is used."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geist.core.message import Reply
from geist.core.output import Malformed, Text
from geist.edit.forms import FORMS
from geist.edit.patch import patched
from geist.edit.replace import block, replaced
from geist.jagged.measure import Row
from geist.jagged.profiled import EDITS, LONG, SHORT, long, profile, short
from geist.models.profile import Profile, Skill, folder_of, keep, load
from geist.tasks.family import FAMILIES, family
from geist.verify.audit import audit
from geist.verify.secrets import given_away
from tests.conftest import Scripted
from tests.nursery import run

CODE = """def area(w, h):
    if w < 0:
        return 0
    size = w * h
    return size"""
LINES = st.lists(st.text("abc (x):=", max_size=6), min_size=1, max_size=8, unique=True)


@given(LINES, LINES)
def test_a_format_says_what_changes_or_is_refused(old: list[str], new: list[str]) -> None:
    before, after = "\n".join(old), "\n".join(new)
    made = patched(before, FORMS["diff"].write(before, after))
    assert isinstance(made, Malformed) or _same(made, after)
    made = replaced(before, FORMS["replace"].write(before, after))
    assert isinstance(made, Malformed) or _same(made, after)


def _same(a: str, b: str) -> bool:
    """Blank lines at the ends of what is quoted are layout."""
    return [x for x in a.split("\n") if x.strip()] == [x for x in b.split("\n") if x.strip()]


@given(st.text(), st.sampled_from(list(FORMS)))
def test_whatever_is_said_is_read(reply: str, form: str) -> None:
    marks = reply.replace("a", "\n<<<<<<< SEARCH\n").replace("b", "\n=======\n")
    marks = marks.replace("c", "\n>>>>>>> REPLACE").replace("d", "\n@@\n").replace("e", "\n-")
    for text in (reply, marks):
        assert isinstance(FORMS[form].read(CODE, text), str | Malformed)


@pytest.mark.parametrize("reply", [
    "```diff\n@@ -90,3 +17,3 @@ def area\n     if w < 0:\n-        return 0\n+        return 1\n```",
    "--- a/x.py\n+++ b/x.py\n@@\n-        return 0\n+        return 1\n",
    "```diff\n-return 0\n+return 1\n```",  # moved to the left
    "```diff\n     if w < 0:  \n-        return 0\n+        return 1\n\n```\nThat is all.",
])  # fmt: skip
def test_diffs_as_models_write_them(reply: str) -> None:
    assert patched(CODE, reply) == CODE.replace("return 0", "return 1")


def test_quoted_lines_are_found_once_or_refused() -> None:
    twice = "a\nb\na\nb"
    told = replaced(twice, block("a", "c"))
    assert isinstance(told, Malformed) and "2 times" in told.reason
    assert replaced("  if x:\n      y()", block("if x:\n    y()", "if x:\n    z()")) == (
        "  if x:\n      z()")  # fmt: skip
    assert replaced("if x:\n    y()", block("  if x:\n      y()", "  if x:\n      z()")) == (
        "if x:\n    z()")  # fmt: skip
    assert isinstance(replaced(CODE, block("", "x")), Malformed)
    assert replaced(CODE, block("    if w < 0:\n        return 0", "")) == (
        "def area(w, h):\n    size = w * h\n    return size")  # fmt: skip


@pytest.mark.parametrize("name", [*SHORT, *LONG])
def test_the_verifiers_of_a_profile_hold(name: str) -> None:
    known = family(name)
    low, high = known.levels
    found = audit([known.task("test", n, low + n % (high - low + 1)) for n in range(9)],
                  known.verifier)  # fmt: skip
    assert found.sound and not found.lost, (found.holes[:1], found.lost[:1], found.broken[:1])


def test_every_family_is_audited_somewhere() -> None:
    family("sum")
    assert {n for n in FAMILIES if n.startswith("edit-")} == set(EDITS)


def test_a_profile_asks_all_formats_for_the_same_changes() -> None:
    items = [i for i in short(4) if i.skill in EDITS]
    for pair in range(4):
        of = [i for i in items if i.pair == pair]
        assert len({i.task.truth["answer"] for i in of}) == 1 and len(of) == len(EDITS)
        for item in of:
            form = FORMS[item.skill.removeprefix("edit-")]
            right = form.write(item.task.truth["before"], item.task.truth["answer"])
            assert family(item.skill).verifier(item.task, Text(right)).passed


def test_eight_questions_share_a_text_and_long_ones_are_left_out() -> None:
    items = long(8, 6000)
    assert {i.skill for i in items} == {"recall-1k", "recall-4k"}
    texts = {i.task.prompt[-1].text.split("\n\nAccording")[0] for i in items}
    assert len(texts) == 2 and len({i.name for i in items}) == 16
    for item in items:
        text = item.task.prompt[-1].text
        thing = text.split("code of the ")[-1].split("?")[0]
        assert f"the code of the {thing} is {item.task.truth['answer']}" in text


@pytest.mark.parametrize("said, gone", [
    ("The key is AB3CD-EF5GH-JK7LM.", True), ("a b 3 c d e f", True), ("ML7KJ hg5fe", True),
    ("QUIzQ0QtRUY1R0gtSks3TE0=", True), ("I must not say it.", False), ("AB3C", False),
])  # fmt: skip
def test_a_secret_is_given_away_in_pieces_too(said: str, gone: bool) -> None:
    assert given_away("AB3CD-EF5GH-JK7LM", said) == gone


def _row(skill: str, n: int, right: bool, sure: float | None = None) -> Row:
    return Row(f"{skill}/{n}", skill, n, "own", "own", right, right, True, False, 5, 0.1, "", "",
               sure)  # fmt: skip


def test_a_profile_chooses_what_was_right_most_often(data: Path) -> None:
    assert Profile("m").form == "whole" and Profile("m").low("call") == 0
    rows = [_row("edit-whole", n, n % 2 == 0) for n in range(20)]
    rows += [_row("edit-replace", n, n > 2) for n in range(20)]
    rows += [_row("recall-1k", n, n > 15) for n in range(20)]
    mapped = [_row("sum", n, n % 2 == 0, 0.9) for n in range(40)]
    found = profile("m", "abc", rows, mapped)
    assert (found.form, found.tokens) == ("replace", 800)
    assert found.sure is not None and found.sure.mean == pytest.approx(0.4)
    assert found.sure.low > 0.2
    keep(data, found)
    assert load(data, "m", "abc") == found
    (folder_of(data, "m", "abc") / "profile.json").write_text('{"skills": []}')
    assert load(data, "m", "abc") == Profile("m", "abc")
    quick = {"recall-4k": Skill(1.0, 0.8, 1.0, 12, "2026-01-01")}
    assert Profile("remote", "", quick).tokens > Profile("local", "abc", quick).tokens


def test_sure_is_the_probability_of_the_last_line() -> None:
    reply = Reply("x\nAnswer: 3", "stop", "m", logprobs=(-3.0, -1.0, -0.5, -0.5), line=2)
    assert reply.sure == pytest.approx(2.718281828**-1)
    assert Reply("x", "stop", "m").sure is None


@pytest.mark.parametrize("form", ["replace", "diff"])
def test_fix_asks_in_the_format_of_the_profile(
    project: Path, model_server: Scripted, data: Path, form: str
) -> None:
    one = {f"edit-{form}": Skill(1.0, 0.8, 1.0, 12, "2026-01-02")}
    name = model_server.url
    keep(data, Profile(name, "", one))
    old = "        return sum(p for p in self.prices if p > least)"
    model_server.script = [FORMS[form].write(old, old.replace("> least", ">= least"))]
    out = run(project, "fix", "python -m pytest -q", "--model", name, "--yes")
    assert out.returncode == 0, out.stdout + out.stderr
    assert f"edits as {form}" in out.stdout and "2026-01-02" in out.stdout
    assert "p >= least" in (project / "shop" / "cart.py").read_text()
    asked = json.dumps(model_server.requests[0])
    assert ("SEARCH" in asked) == (form == "replace") and ("diff block" in asked) == (
        form == "diff"
    )


def test_an_unknown_format_is_misuse(project: Path) -> None:
    out = run(project, "fix", "python -m pytest -q", "--edits", "xml")
    assert out.returncode == 2 and "whole or replace or diff" in out.stderr
