"""Thinking time: votes, checks, and budgets that force an answer."""

import json
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import beta

from geist.core.budget import Budget
from geist.core.log import Log, read
from geist.core.message import Message, Reply
from geist.core.task import Task
from geist.models.config import RemoteConfig
from geist.models.local import Local
from geist.models.model import Sampling
from geist.models.remote import Remote
from geist.models.store import Store
from geist.think.forcing import Forced
from geist.think.vote import above_half, ballot, settled, vote, votes
from tests.conftest import USERS_HOME, Scripted
from tests.nursery import run

TASK = Task("think", (Message("user", "What is 6 times 7?", "user"),), {}, "votes@1")


@given(st.text())
def test_any_answer_has_a_vote_or_none(text: str) -> None:
    said = ballot(text)
    assert said is None or (said and said == said.strip() and "\n" not in said)


@pytest.mark.parametrize(
    "one, other",
    [
        ("Answer: 42", "So it is **42**.\n**Answer:** 42."),
        ("Answer: 1,042", "answer is 1042.0"),
        ("Answer: Paris", "Answer: 1\nNo.\nAnswer:  paris."),
        ("Answer: $42$", "Answer: \\boxed{42}"),
    ],
)
def test_answers_vote_for_the_same_however_they_are_spelt(one: str, other: str) -> None:
    assert ballot(one) == ballot(other) is not None
    assert ballot(one) != ballot("Answer: 43")


@given(st.lists(st.sampled_from(["Answer: 1", "Answer: 2", "none"]), max_size=20),
       st.integers(1, 24))  # fmt: skip
@example(["none"] * 6, 7)
@example(["Answer: 1"] * 4 + ["Answer: 2"] * 4 + ["none"] * 11, 21)
def test_a_vote_ends_when_nothing_can_change_it(texts: list[str], most: int) -> None:
    """Where it ends because of the lead, no further answers could have made another lead; else
    nothing was said often."""
    told, left = votes(texts), most - len(texts)
    if left > 0 and settled(texts, most):
        assert len(texts) >= min(4, most)
        first, second = ([c for _, c in told.counts] + [0, 0])[:2]
        hopeless = len(texts) > 5 and 4 * first <= len(texts)  # six that name nothing are enough
        assert told.sure >= 0.95 or first > second + left or hopeless
    assert settled(texts, len(texts))
    assert told.cast + told.silent == len(texts)


def test_a_vote_without_any_lead_ends() -> None:
    scattered = [f"Answer: {n}" for n in range(9)]
    assert settled(scattered, 16) and not settled(scattered[:6], 16)
    assert not settled([*scattered[:7], "Answer: 1"], 16)


@given(st.integers(1, 40), st.integers(1, 40))
def test_the_lead_is_as_sure_as_betas_tail(a: int, b: int) -> None:
    assert above_half(a, b) == pytest.approx(float(beta.sf(0.5, a, b)))


def endpoint(server: Scripted) -> Remote:
    url, _, name = server.url.partition("#")
    return Remote("scripted", RemoteConfig(model=name, base_url=url))


def test_a_vote_asks_no_more_than_it_takes(data: Path, model_server: Scripted) -> None:
    model, log = endpoint(model_server), Log(data)
    model_server.script = ["Answer: 42"]
    outcome = vote(TASK, model, 20, Budget(), log, tokens=20)
    assert (outcome.why, len(outcome.attempts), len(model_server.requests)) == ("enough", 4, 4)
    model_server.script = ["Answer: 42", "Answer: 41"] * 3 + ["Answer: 42"]
    outcome = vote(TASK, model, 20, Budget(), log, tokens=20)
    said = votes([a.reply.text for a in outcome.attempts])
    assert said.leader == "42" and 6 < len(outcome.attempts) < 20
    model_server.script = [f"Answer: {n}" for n in range(30)]
    assert len(vote(TASK, model, 8, Budget(), log, tokens=20).attempts) == 8


def test_think_says_how_sure_it_is_and_when_it_is_not(tmp_path: Path,
                                                     model_server: Scripted) -> None:  # fmt: skip
    ask = ("think", "What is 6 times 7?", "--model", model_server.url)
    model_server.script = ["It is 42.\nAnswer: 42"]
    done = run(tmp_path, *ask)
    assert done.returncode == 0 and done.stdout.startswith("42\n") and "4 × 42" in done.stdout
    model_server.script = [f"Answer: {n % 2}" for n in range(99)]
    done = run(tmp_path, *ask, "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1 and told["answer"] is None and told["votes"] == {"0": 4, "1": 4}
    done = run(tmp_path, "log", told["session"], "--reverify")
    # the same text is judged once
    assert done.returncode == 0 and "2 verdicts judged again, 0 differ" in done.stdout
    model_server.script = ["I would rather not say."]
    done = run(tmp_path, *ask, "--effort", "3")
    assert done.returncode == 1 and "no answer named one" in done.stdout
    assert run(tmp_path, *ask, "--effort", "much").returncode == 2


def test_think_tries_until_the_check_passes(tmp_path: Path, model_server: Scripted) -> None:
    place = tmp_path / "here"
    place.mkdir()
    (place / "check.py").write_text(
        "import sys\nn = int(sys.stdin.read())\nif n % 7: sys.exit(f'{n} is odd by 7')\n"
    )
    seen = list[str]()

    def says(text: str) -> Callable[[list[dict]], str]:
        return lambda turns: (seen.append(turns[-1]["content"]), text)[1]

    model_server.script = [says("Answer: 40"), says("Answer: 41"), says("Answer: 42")]
    done = run(place, "think", "A multiple of 7?", "--model", model_server.url, "--json",
               "--check", f"{sys.executable} check.py")  # fmt: skip
    told = json.loads(done.stdout)
    assert done.returncode == 0 and told["answer"] == "42" and told["passed"], done.stderr
    # the second was shown what was found against the first
    assert "40 is odd by 7" in seen[1]
    done = run(place, "log", told["session"], "--reverify")
    assert done.returncode == 0 and "0 differ" in done.stdout, done.stdout + done.stderr
    model_server.script = ["Answer: 41"]
    done = run(place, "think", "A multiple of 7?", "--model", model_server.url, "--effort", "2",
               "--check", f"{sys.executable} check.py")  # fmt: skip
    assert done.returncode == 1 and "41 is odd by 7" in done.stdout
    done = run(place, "think", "A multiple of 7?", "--check", "no-such-command")
    assert done.returncode == 2 and "no-such-command" in done.stderr


@pytest.fixture(scope="module")
def several() -> Local:
    here = Store(USERS_HOME).need("smollm2-135m")
    return Local(here, window=1024, slots=4)


def test_answers_are_written_side_by_side(several: Local, data: Path) -> None:
    question = [Message("user", "Name a colour.")]
    made = list(several.sample(question, Sampling(6, 0.9, 12, 3)))
    assert len(made) == 6 and all(r.usage.completion for r in made)
    assert len({r.text for r in made}) > 1 and all(len(r.tokens) == len(r.logprobs) for r in made)
    # one that is not wanted any more ends, and the model goes on working
    first = cast(Generator[Reply], several.sample(question, Sampling(6, 0.9, 400, 3)))
    next(first)
    first.close()
    assert next(several.sample(question, Sampling(1, 0.0, 4))).text


def test_a_budget_forces_an_answer_and_forces_thought(several: Local, data: Path) -> None:
    log = Log(data)
    short = vote(TASK, Forced(several), 2, Budget(), log, tokens=8, temperature=0.7)
    for attempt in short.attempts:
        # a model may still end its turn there: it was made to begin an answer
        assert "Answer:" in attempt.reply.text
        assert attempt.reply.usage.completion <= 8 + 40
    long = vote(TASK, Forced(several, 60), 1, Budget(), log, tokens=60, temperature=0.0)
    assert long.attempts[0].reply.usage.completion >= 50
    assert sum(e.kind == "attempt" for e in read(data, log.session)) == 3
    several.close()
