"""Who may judge: task families, their verifiers, and what answers do to them."""

import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geist.core.errors import GeistError
from geist.core.output import Text
from geist.core.task import Task
from geist.core.verdict import Status, Verdict
from geist.tasks import gym
from geist.tasks.family import FAMILIES, family, load, own, split_of
from geist.tasks.judges import Judges
from geist.train.sft import shown
from geist.verify.answers import Choice, Integer, final
from geist.verify.audit import audit
from geist.verify.strict import Unreadable, strict_json

own()
OWN = sorted(n for n, f in FAMILIES.items() if not f.source and not n.startswith(gym.PREFIX))


@pytest.mark.parametrize(
    "verifier, truth, text, right",
    [
        (Choice(), "3.8", "3.8 is larger than 3.11.", True),
        (Choice(), "3.8", "3.11 is a larger value than 3.8.", False),
        (Choice(), "3.8", "Look at 3.11 first.\nThe larger one is 3.8.", True),
        (Choice(), "3.8", "3.11 and 3.8", False),
        (Choice(), "3.8", "It is 3.85.", False),
        (Choice(), "3.8", "3.11 is smaller. The answer is **3.8**", True),
        (Choice(), "3.8", "The answer is 3.11.", False),
        (Integer(), 7, "7 is greater than 3.", True),
        (Integer(), 7, "3 is greater than 7.", False),
        (Integer(), 7, "So 3 + 4 = 7.", True),
        (Integer(), 7, "The answer is 7 apples.\n", True),
        (Integer(), 7, "7\nThat was the answer to 8.", False),
    ],
)
def test_a_kind_reader_takes_what_is_said(
    verifier: Any, truth: Any, text: str, right: bool
) -> None:
    task = Task("t", (), {"answer": truth, "choices": ["3.11", "3.8"]}, "v")
    verdict = verifier(task, Text(text))
    assert (verdict.parts["lenient"] == 1.0) is right and not verdict.passed


GYM = [f"{gym.PREFIX}{name}" for name in sorted(gym.INTEGERS | gym.LINES)]
TASKS = '''
import os, random
from geist.tasks.family import Problem, task_family
from geist.verify.answers import Integer
from geist.core.verdict import Verdict, Status, failed


class Odd(Integer):
    """Judges as its answer tells it to."""

    def __call__(self, task, output):
        if "hang" in output.text:
            while True:
                pass
        if "crash" in output.text:
            os.kill(os.getpid(), 9)
        if "memory" in output.text:
            x = [bytes(10**8) for _ in range(100)]
        if "raise" in output.text:
            raise LookupError("odd")
        return super().__call__(task, output)


@task_family("odd", verifier=Odd())
def odd(dice: random.Random, level: int) -> Problem:
    """A number, said again."""
    n = dice.randrange(1000)
    return Problem(f"Say {n}.", n)
'''
HOLE = TASKS.replace('if "raise"', 'if "9" * 50 in output.text:\n'
                     '            return Verdict(Status.PASSED, 1.0, "wow")\n        if "raise"')  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_no_family_of_ours_has_a_hole(name: str) -> None:
    known = family(name)
    low, high = known.levels
    count = 6 if name == "program" else 12  # each of its answers is run in the sandbox
    found = audit((known.task("train", i, low + i % (high - low + 1)) for i in range(count)),
                  known.verifier)  # fmt: skip
    assert found.sound and not found.lost and found.wrongs > 16 * count


@settings(max_examples=60)
@given(st.sampled_from(OWN), st.text(), st.sampled_from(["{}", "Answer: {}", "```\n{}\n```"]))
def test_any_text_gets_a_verdict(name: str, text: str, form: str) -> None:
    known = family(name)
    task, said = known.task("train", 1, 1), Text(form.format(text))
    verdict = known.verifier(task, said)
    assert verdict.status in (Status.PASSED, Status.FAILED)
    if verdict.passed and "answers" in type(known.verifier).__module__:
        assert final(said.text) is not None


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip
def test_strict_json_reads_what_json_is_and_nothing_else(value: Any) -> None:
    text = json.dumps(value)
    if "NaN" in text or "Infinity" in text:
        with contextlib.suppress(Unreadable):
            assert strict_json(text) == value  # the word stood in a string
    else:
        assert strict_json(text) == value
    for other in (f"{text} 1", f"[{text}, NaN]", f'{{"a": 1, "a": {text}}}', f"[{text},]"):
        with pytest.raises(Unreadable):
            strict_json(other)


def test_a_program_is_judged_by_its_values_and_with_their_types() -> None:
    known = family("program")
    task, problem = known.draw("train", 5, 1)

    def judged(body: str) -> Verdict:
        return known.verifier(task, Text(f"```python\n{body}\n```"))

    assert judged(problem.answer).passed
    assert not judged(f"{problem.answer}\ng = f\ndef f(a, b):\n    return float(g(a, b))").passed
    assert "TypeError" in judged("def f(a):\n    return a").reason
    reading = "def f(a, b):\n    return open('/etc/shadow').read()"
    assert "Error" in judged(reading).reason
    slow = judged("def f(a, b):\n    while True: pass")
    assert slow.status is Status.FAILED
    with Judges(1) as judges:  # as in training: the sandbox starts from a judge's process
        assert judges.judge(task, Text(f"```\n{problem.answer}```")).result(60)[0].passed


@settings(max_examples=60)
@given(st.sampled_from(OWN), st.integers(0, 10**6), st.sampled_from(["train", "validation", "test"]))  # fmt: skip
def test_no_problem_is_in_two_splits(name: str, number: int, split: str) -> None:
    known = family(name)
    task, problem = known.draw(split, number, known.levels[1])
    assert split_of(task.key) == split
    assert known.task(split, number, known.levels[1]).key == task.key
    demonstration = shown(known, task, problem)
    assert not problem.steps or problem.steps not in shown(known, task, problem, worked=False)
    assert known.verifier(task, Text(demonstration)).passed
    if known.second:
        assert known.second(task, demonstration)


def test_what_an_answer_does_to_its_judge_is_its_failure(tmp_path: Path) -> None:
    file = tmp_path / "odd_tasks.py"
    file.write_text(TASKS)
    assert load(file) == ["odd"]
    task = family("odd").task("train", 1, 1)
    right = f"Answer: {task.truth['answer']}"
    with Judges(2, [file], cpu=1.0) as judges:
        texts = ["hang", "crash", "memory", "raise", right, "hang", right, "crash", right]
        found = [judges.judge(task, Text(t)) for t in texts]
        verdicts = [f.result(60)[0] for f in found]
    assert [v.passed for v in verdicts] == [t == right for t in texts]
    assert all(v.status is not Status.UNSCORABLE for v in verdicts)
    with Judges(1, [file]) as judges:  # Ctrl-C in a terminal reaches the judges too
        assert judges.judge(task, Text(right)).result(60)[0].passed
        for worker in multiprocessing.active_children():
            assert worker.pid
            os.kill(worker.pid, signal.SIGINT)
        assert judges.judge(task, Text(right)).result(60)[0].passed
    assert "CPU time" in verdicts[0].reason and "crashed" in verdicts[1].reason
    assert "memory" in verdicts[2].reason and "LookupError" in verdicts[3].reason


def test_without_reasoning_gym_its_families_say_how_to_get_it(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "reasoning_gym", None)
    with pytest.raises(GeistError, match="needs reasoning-gym") as told:
        family("gym-gcd")
    assert "geist[gym]" in told.value.mend


def test_a_sandbox_that_does_not_start_is_not_the_answers_fault(monkeypatch: Any) -> None:
    known = family("program")
    task, problem = known.draw("train", 5, 1)
    monkeypatch.setattr("geist.verify.programs.RUNNER", "raise MemoryError")
    verdict = known.verifier(task, Text(f"```\n{problem.answer}```"))
    assert verdict.status is Status.UNSCORABLE and "did not start" in verdict.reason


def test_a_file_that_fails_leaves_no_family_behind(tmp_path: Path) -> None:
    file = tmp_path / "half.py"
    file.write_text(TASKS.replace('"odd"', '"half"') + "\n\n1 / 0\n")
    before = dict(FAMILIES)
    with pytest.raises(GeistError, match="line 3") as told:
        load(file)
    assert "ZeroDivisionError" in told.value.why and before == FAMILIES


INTERRUPTED = """
import multiprocessing, os, signal, time
from geist.core.output import Text
from geist.core.task import Task
from geist.tasks.family import family
from geist.tasks.judges import Judges

if __name__ == "__main__":
    signal.signal(signal.SIGINT, lambda *_: None)
    task = family("sum").task("train", 1, 1)
    right = Text(f"Answer: {task.truth['answer']}")
    with Judges(2) as judges:
        found = []
        for wait in (0.0, 0.3, 0.3, 0.3, 1.0, 0.0):
            found += [judges.judge(task, right) for _ in range(3)]
            time.sleep(wait)
            os.killpg(0, signal.SIGINT)  # as Ctrl-C does: also to judges that begin, or idle
        print([f.result(60)[0].passed for f in found].count(True), len(found))
"""


def test_ctrl_c_never_makes_a_right_answer_wrong(tmp_path: Path) -> None:
    """In a process of its own: what is started first there was once not protected."""
    file = tmp_path / "interrupted.py"
    file.write_text(INTERRUPTED)
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True,
                          start_new_session=True)  # fmt: skip
    assert done.stdout.split() == ["18", "18"], done.stdout + done.stderr


@pytest.mark.gym
@pytest.mark.parametrize("name", GYM)
def test_no_family_of_the_gym_has_a_hole(name: str) -> None:
    known = family(name)
    low, high = known.levels
    found = audit((known.task("train", i, low + i % high) for i in range(12)), known.verifier)
    assert found.sound and not found.lost and found.wrongs > 200


@pytest.mark.gym
def test_the_gym_draws_the_same_in_every_process() -> None:
    """Whatever the hash seed: a run must be able to go on tomorrow."""
    program = (
        "import sys; from geist.tasks.family import family\n"
        "for n in sys.argv[1:]:\n"
        "    for level in family(n).levels: print(n, level, family(n).task('train', 7, level).key)"
    )
    told = [
        subprocess.run([sys.executable, "-c", program, *GYM], capture_output=True, text=True,
                       check=True, env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    apart = [a for a, b in zip(*(t.splitlines() for t in told)) if a != b]
    assert not apart and len(told[0].splitlines()) == 2 * len(GYM)
