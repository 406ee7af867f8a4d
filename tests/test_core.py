"""The laws of the shapes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geist.core.budget import Budget
from geist.core.canonical import canonical
from geist.core.errors import GeistError, OutOfBudget
from geist.core.log import Log, read, sessions
from geist.core.message import Message, Usage
from geist.core.task import Task
from geist.core.verdict import Status, Verdict

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)

# written down once: a change of it would make every recorded task another task
KEY = "e9d58efd6e7023d8b40670ace2313e071516ec403052f172f23ed687416374a8"


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4), st.dictionaries(st.text(), JSON))
def test_a_task_has_its_key_whatever_its_meta(truth: dict, meta: dict) -> None:
    prompt = (Message("user", "what is 2 + 2?", "user"),)
    shuffled = dict(reversed(list(truth.items())))
    a = Task("sums", prompt, truth, "exact@1")
    b = Task("sums", prompt, shuffled, "exact@2", meta)
    assert a.key == b.key
    assert Task.from_plain(json.loads(json.dumps(a.plain()))).key == a.key


def test_a_task_has_the_same_key_in_another_process() -> None:
    code = (
        "from geist.core.task import Task; from geist.core.message import Message;"
        "print(Task('f', (Message('user', 'é ☃'),), {'b': 1.5, 'a': ['x']}, 'v@1').key)"
    )
    keys = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": s}, capture_output=True, text=True
        ).stdout
        for s in ("1", "2")
    }
    assert keys == {KEY + "\n"}


def test_canonical_json_has_no_nan() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        canonical({"x": float("nan")})


def test_only_a_passed_verdict_scores_one() -> None:
    assert Verdict(Status.PASSED, 1.0, "").passed
    with pytest.raises(ValueError, match="only a passed"):
        Verdict(Status.FAILED, 1.0, "")
    with pytest.raises(ValueError, match="outside"):
        Verdict(Status.FAILED, 1.5, "")


@given(
    st.lists(st.tuples(st.floats(0.1, 1.0), st.lists(st.integers(0, 50), max_size=5)), max_size=5)
)
def test_what_children_spend_the_parent_spends(children: list[tuple[float, list[int]]]) -> None:
    parent, total = Budget(tokens=100), 0
    for share, calls in children:
        child = parent.child(share)
        for tokens in calls:
            try:
                child.check()
            except OutOfBudget:
                break
            before = parent.left()[0]
            child.spend(Usage(completion=tokens))
            total += tokens
            # a limit is passed by at most the one call that was under way
            assert before is not None and before > 0
    assert parent.used.tokens == total
    assert total <= 100 + 50


def test_a_spent_budget_carries_the_work() -> None:
    now = [0.0]
    budget = Budget(seconds=5, clock=lambda: now[0])
    child = budget.child(1)
    child.check()
    now[0] = 5.5
    with pytest.raises(OutOfBudget) as e:
        child.check(work="half a mend")
    assert (e.value.limit, e.value.work) == ("seconds", "half a mend")


@given(st.lists(st.tuples(st.sampled_from("abc"), JSON), max_size=5), st.integers(0, 400))
def test_every_prefix_of_a_log_reads(
    tmp_path_factory: pytest.TempPathFactory, facts: list[tuple[str, object]], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = Log(folder)
    for kind, value in facts:
        log.append(kind, value=value)
    log.close()
    raw = log.path.read_bytes()
    kept = raw[: max(0, len(raw) - cut)]
    log.path.write_bytes(kept)
    events = list(read(folder, log.session))
    whole = kept.count(b"\n")
    assert [(e.kind, e.data["value"]) for e in events[:whole]] == facts[:whole]
    # a writer that comes after a torn line loses nothing of its own
    again = Log(folder, log.session)
    again.append("after", value=1)
    assert list(read(folder, log.session))[-1].kind == "after"
    again.close()


def test_large_values_are_kept_by_content(tmp_path: Path) -> None:
    log = Log(tmp_path)
    big = "x" * 100_000
    log.append("one", text=big)
    log.append("two", text=big)
    assert log.path.stat().st_size < 2000
    assert [e.data["text"] for e in read(tmp_path, log.session)] == [big, big]
    blob = next((tmp_path / "blobs").rglob("*/*"))
    blob.write_text('"y"')
    with pytest.raises(GeistError, match="damaged"):
        list(read(tmp_path, log.session))


def test_ids_sort_by_time(tmp_path: Path) -> None:
    log = Log(tmp_path)
    ids = [log.append("x").id for _ in range(50)]
    assert ids == sorted(ids)
    assert sessions(tmp_path) == [log.session]
