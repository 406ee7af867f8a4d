"""The jagged map: rewordings that keep the problem, statistics that hold, and maps that go on."""

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geist.core.errors import GeistError
from geist.core.output import Text
from geist.jagged.cells import compare, fold
from geist.jagged.contaminated import order, ranks_p
from geist.jagged.measure import Row, Rows
from geist.jagged.sets import read
from geist.jagged.stats import (
    Likeness,
    difference,
    holm,
    jaggedness,
    likeness,
    mcnemar,
    proportion,
    share,
)
from geist.jagged.suite import FIRST, SKILLS, chance, pairs, probes
from geist.tasks.family import family
from geist.tasks.famous import FAMOUS, PROBES, famous
from geist.tasks.wording import axes, reword, slots_of, templates, wordings
from geist.verify.audit import audit
from tests.conftest import Scripted
from tests.nursery import run


@pytest.mark.parametrize("skill", SKILLS)
def test_other_words_ask_the_same(skill: str) -> None:
    known = family(skill)
    assert len(templates(known, "paraphrase")) >= 8
    low, high = known.levels
    for number in range(40):
        task, problem = known.draw("test", FIRST + number, low + number % (high - low + 1))
        own = wordings()[skill]["own"]
        assert own.format(**problem.slots) == problem.question
        found = slots_of(known, problem.question)
        assert found is not None and own.format(**found) == problem.question
        for axis in axes(known):
            told = reword(known, task, problem, axis, number)
            text = told.prompt[-1].text
            assert told.truth == task.truth and text != task.prompt[-1].text
            assert told == reword(known, task, problem, axis, number)  # the same everywhere
            assert text.endswith(known.form) and "{" not in text.replace("`", "")[:1]
            numbers = re.findall(r"\d+", problem.question)
            if axis in ("paraphrase", "reordered", "typos", "units", "language"):
                assert sorted(re.findall(r"\d+", text.split("\n")[0])) == sorted(numbers)
            if axis == "typos":
                # no slot is touched: letters are exchanged in the words around
                assert all(str(v) in text for v in problem.slots.values() if str(v) in own)
                assert sorted(text) == sorted(task.prompt[-1].text)
            if axis == "surface":
                assert not re.search(r"\d", text.split("\n")[0].replace("`", ""))


def test_pairs_are_the_same_everywhere_and_no_problem_comes_twice() -> None:
    for skill in SKILLS:
        made = list(pairs(skill, 12))
        assert [a.name for a, _ in made] == [a.name for a, _ in pairs(skill, 12)]
        assert len({a.task.key for a, _ in made}) == 12
        assert all(a.task.truth == b.task.truth for a, b in made if b.axis != "renumbered")
        for a, b in made:
            if b.axis == "renumbered":
                assert abs(len(a.task.prompt[0].text) - len(b.task.prompt[0].text)) < 3
    # a guess between two, and a word of many letters that nobody guesses
    assert chance("decimal") == pytest.approx(0.5, abs=0.08) and chance("reverse") < 0.05


def test_the_famous_have_answers_that_pass_and_the_fresh_are_others() -> None:
    for name in PROBES:
        found = audit(famous(name), family(name).verifier)
        assert not found.holes and not found.lost and not found.broken, (name, found)
    assert set(FAMOUS) <= set(PROBES)
    items = probes(PROBES, 3)
    fresh = {i.task.prompt[-1].text for i in items if i.axis == "own"}
    assert len(fresh) == 3 * len(PROBES)
    assert not fresh & {i.task.prompt[-1].text for i in items if i.axis == "famous"}


@given(st.integers(0, 40), st.integers(1, 40))
def test_an_interval_is_wilsons(right: int, of: int) -> None:
    from statsmodels.stats.proportion import proportion_confint

    right = min(right, of)
    made = proportion(right / of, of)
    low, high = proportion_confint(right, of, method="wilson")
    assert made.low == pytest.approx(low, abs=1e-9) and made.high == pytest.approx(high, abs=1e-9)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 5)), min_size=8,
                max_size=60))  # fmt: skip
def test_differences_are_as_statsmodels_has_them(rows: list[tuple[bool, bool, int]]) -> None:
    import statsmodels.api as sm
    from statsmodels.stats.contingency_tables import mcnemar as theirs

    a, b, clusters = (list(x) for x in zip(*rows))
    table = [[sum((x, y) == (i, j) for x, y in zip(a, b)) for j in (True, False)]
             for i in (True, False)]  # fmt: skip
    assert mcnemar(a, b) == pytest.approx(min(1.0, float(theirs(table, exact=True).pvalue)))
    made = difference(a, b, clusters)
    values = np.array(b, float) - np.array(a, float)
    count = len(set(clusters))
    if count > 1:
        fit = sm.OLS(values, np.ones(len(values))).fit(
            cov_type="cluster", cov_kwds={"groups": np.array(clusters), "use_correction": True}
        )
        # theirs also corrects for the one parameter: (n − 1)/(n − 1)
        assert made.se == pytest.approx(max(float(fit.bse[0]), 1 / len(values) / 3**0.5), rel=1e-6)
    assert made.low <= made.mean <= made.high


@settings(max_examples=20)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_many_tests_are_adjusted_as_statsmodels_does(ps: list[float]) -> None:
    from statsmodels.stats.multitest import multipletests

    assert holm(ps) == pytest.approx(multipletests(ps, method="holm")[1])


def test_likeness_is_found_where_it_was_put() -> None:
    rng = np.random.default_rng(1)

    def skills(icc: float) -> list[list[tuple[bool, bool, int]]]:
        made = []
        for _ in range(60):
            p = np.full(10, 0.5) if icc == 0 else rng.beta(*[0.5 * (1 - icc) / icc] * 2, size=10)
            made.append([(bool(rng.random() < 0.5), bool(rng.random() < p[i % 10]), i % 10)
                         for i in range(40)])  # fmt: skip
        return made

    assert likeness(skills(0)).template < 0.03
    assert likeness(skills(0.3)).template == pytest.approx(0.3, abs=0.07)
    alike = [[(x, x, i % 10) for i, x in enumerate(rng.random(40) < 0.5)] for _ in range(20)]
    assert likeness(alike).pair == pytest.approx(1.0)
    one = [(True, True, i % 10) for i in range(20)] + [(False, False, i % 10) for i in range(20)]
    widths = [share(one, Likeness(t, p)).width for t, p in ((0, 0), (0.3, 0), (0.3, 0.5))]
    assert widths == sorted(widths) and widths[0] < widths[2]


def test_equal_skills_do_not_look_jagged() -> None:
    rng = np.random.default_rng(2)
    flat, planted = [], []
    for _ in range(200):
        truth = 0.5 + 0.2 * rng.standard_normal(12)
        for p, found in ((np.full(12, 0.5), flat), (truth.clip(0.02, 0.98), planted)):
            right = rng.binomial(40, p)
            told = jaggedness([proportion(r / 40, 40) for r in right])
            found.append((told.j, told.p, p.std(ddof=1)))
    assert np.median([j for j, _, _ in flat]) < 0.03
    assert np.mean([p < 0.05 for _, p, _ in flat]) < 0.09
    ratio = np.median([j / s for j, _, s in planted])
    assert ratio == pytest.approx(1.0, abs=0.1)


def answers(wrong: str = "") -> Any:
    """A model that adds and compares rightly where it is asked as usual; elsewhere it says `wrong`,
    if there is one."""

    def say(turns: list[dict]) -> str:
        text = turns[-1]["content"].split("\n")[0]
        usual = re.fullmatch(r"What is (\d+) \+ (\d+)\?|Which is larger, (\d+) or (\d+)\?", text)
        if wrong and not usual:
            return wrong
        numbers = [int(n) for n in re.findall(r"\d+", text)]
        larger = re.search("larger|greater|bigger|maximum|more|higher", text)
        made = max(numbers[-2:]) if larger else sum(numbers[-2:])
        return f"Answer: {made}"

    return say


def test_a_map_goes_on_where_it_was_stopped_and_sees_what_rewording_costs(
    tmp_path: Path, model_server: Scripted
) -> None:
    model_server.script = [answers("Answer: 0")]
    ask = ("map", model_server.url, "--skills", "sum,larger")
    done = run(tmp_path, *ask, "--pairs", "3")
    assert done.returncode == 0, done.stderr
    assert "12 questions: 2 skills, 3 pairs each" in done.stderr
    first = len(model_server.requests)
    assert first == 12
    done = run(tmp_path, *ask, "--pairs", "12", "--out", str(tmp_path / "map"), COLUMNS="160")
    assert "(12 are answered)" in done.stderr and len(model_server.requests) == 48
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith(("sum", "larger"))]
    assert len(rows) == 2 and all("brittle" in " ".join(r) for r in rows), done.stdout
    page = (tmp_path / "map" / "map.html").read_text()
    assert "<svg" in page and "brittle" in page
    assert not re.search(r"src=|<link|@import|url\((?!#)", page)  # nothing is fetched
    assert (tmp_path / "map" / "map.png").read_bytes()[1:4] == b"PNG"
    session = sorted((Path(os.environ["GEIST_HOME"]) / "sessions").glob("*.jsonl"))[-1].stem
    done = run(tmp_path, "log", session, "--reverify")
    assert done.returncode == 0 and "0 differ" in done.stdout, done.stdout[-500:] + done.stderr
    # a narrower map keeps what is known of other skills
    done = run(tmp_path, "map", model_server.url, "--skills", "sum", "--pairs", "8")
    assert "all 2 skills" in done.stdout
    kept = next((Path(os.environ["GEIST_HOME"]) / "maps").glob("*/map.json"))
    assert set(json.loads(kept.read_text())["skills"]) == {"sum", "larger"}
    # known well enough after some ten pairs of the thirty
    done = run(tmp_path, *ask, "--pairs", "30", "--fresh", "--width", "0.5")
    assert done.returncode == 0 and 48 + 40 <= len(model_server.requests) < 48 + 80


def test_what_is_forgotten_is_what_was_named(tmp_path: Path, model_server: Scripted) -> None:
    model_server.script = [answers()]
    ask = ("map", model_server.url, "--pairs", "2", "--skills")
    assert run(tmp_path, *ask, "sum,larger").returncode == 0
    assert run(tmp_path, "probe", model_server.url, "--count", "2", "--skills", "letters",
               "--fresh").returncode == 0  # fmt: skip
    before = len(model_server.requests)
    assert run(tmp_path, *ask, "sum", "--fresh").returncode == 0
    assert len(model_server.requests) == before + 4
    done = run(tmp_path, *ask, "sum,larger")
    assert len(model_server.requests) == before + 4 and "(8 are answered)" in done.stderr


def test_a_probe_tells_the_famous_from_the_fresh(tmp_path: Path, model_server: Scripted) -> None:
    known = {t.prompt[0].text: t.truth["answer"] for n in ("letters", "both-cost", "siblings")
             for t in famous(n)}  # fmt: skip
    model_server.script = [lambda turns: f"Answer: {known.get(turns[-1]['content'], 99)}"]
    done = run(tmp_path, "probe", model_server.url, "--count", "8", "--show", "--skills",
               "letters,both-cost,siblings")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "9 famous ones and 24 fresh" in done.stderr
    assert "famous 9 of 9, fresh 0 of 24" in done.stdout and "it has read them" in done.stdout
    assert "4 of 4" in done.stdout and "strawberry" in done.stdout


def test_a_curve_says_what_votes_buy(tmp_path: Path, model_server: Scripted) -> None:
    """A model that is right two times of three: votes make it right nearly always."""
    turn = iter(range(100_000))

    def say(turns: list[dict]) -> str:
        a, b = re.findall(r"\d+", turns[-1]["content"])[:2]
        return f"Answer: {int(a) + int(b) + (next(turn) % 3 == 0) * next(turn)}"

    model_server.script = [say]
    ask = ("curve", model_server.url, "sum", "--tasks", "4", "--level", "2")
    done = run(tmp_path, *ask, "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert len(model_server.requests) == 4 * 16
    rows = {tuple(line.split()[:2]): line.split() for line in done.stdout.splitlines()}
    assert rows["votes", "16"][3] == "100%" and rows["votes", "1"][3] != "100%"
    adaptive = next(line for line in done.stdout.splitlines() if line.startswith("adaptive votes "))
    assert "100%" in adaptive and "one long sample" not in done.stdout  # a remote model goes on not
    assert "<svg" in (tmp_path / "curve-sum.html").read_text()
    assert (tmp_path / "curve-sum.png").read_bytes()[1:4] == b"PNG"
    assert run(tmp_path, *ask).returncode == 0 and len(model_server.requests) == 4 * 16
    assert run(tmp_path, *ask[:-1], "9").returncode == 2


def test_ctrl_c_keeps_what_a_map_has(tmp_path: Path, model_server: Scripted) -> None:
    def slow(turns: list[dict]) -> str:
        time.sleep(0.2)
        return answers()(turns)

    model_server.script = [slow]
    argv = [sys.executable, "-m", "geist.cli.main", "map", model_server.url, "--skills", "sum",
            "--pairs", "40"]  # fmt: skip
    process = subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)  # fmt: skip
    while len(model_server.requests) < 20:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "the same command goes on" in err, err
    assert "sum" in out
    before = len(model_server.requests)
    assert before < 80
    model_server.script = [answers()]
    done = run(tmp_path, *argv[3:])
    assert done.returncode == 0 and before + 50 <= len(model_server.requests) <= 88


def test_two_models_are_compared_pair_by_pair(tmp_path: Path, model_server: Scripted) -> None:
    def by_name(turns: list[dict]) -> str:
        good = model_server.requests[-1]["model"] == "good"
        return answers()(turns) if good else "Answer: 1"

    model_server.script = [by_name]
    url = model_server.url.split("#")[0]
    done = run(tmp_path, "map", f"{url}#bad", f"{url}#good", "--skills", "sum", "--pairs", "6")
    assert done.returncode == 0, done.stderr
    told = next(x for x in done.stdout.splitlines() if x.startswith("sum"))
    assert "better" in told, done.stdout


def test_a_map_with_a_price_asks_first(tmp_path: Path, model_server: Scripted) -> None:
    url, _, name = model_server.url.partition("#")
    (tmp_path / "geist").mkdir(exist_ok=True)
    (tmp_path / "geist" / "geist.toml").write_text(
        f'[models.paid]\nprovider = "openai"\nmodel = "{name}"\nbase_url = "{url}"\n'
        "price_in = 1000\nprice_out = 1000\n"
    )
    ask, there = ("map", "paid", "--skills", "sum"), str(tmp_path)
    model_server.script = [answers()]
    done = run(tmp_path, *ask, "--pairs", "4", XDG_CONFIG_HOME=there)
    assert done.returncode == 2 and "$1.92" in done.stderr and not model_server.requests
    done = run(tmp_path, *ask, "--minutes", "1", XDG_CONFIG_HOME=there)
    assert done.returncode == 2 and not model_server.requests
    # 120 tokens at a thousand dollars a million are 12 cents: nine fit, and those under way are not
    # cut. Whatever order they come in, nine of at most sixteen have both of one pair among them.
    done = run(tmp_path, *ask, "--pairs", "10", "--money", "1", XDG_CONFIG_HOME=there)
    assert done.returncode == 0 and 9 <= len(model_server.requests) <= 16, done.stderr
    assert "the same command goes on" in done.stderr


@given(st.text(alphabet='{"}:,[]aitem\n0', max_size=200))
def test_any_file_of_answers_can_be_read(tmp_path_factory: pytest.TempPathFactory,
                                         text: str) -> None:  # fmt: skip
    file = tmp_path_factory.mktemp("rows") / "answers.jsonl"
    file.write_text(text)
    row = Row("a", "sum", 0, "own", "own", True, True, True, False, 3, 0.1, "Answer: 1", "1")
    Rows(file).add(row)
    assert Rows(file).rows["a"] == row


def test_no_skill_is_told_of_that_lacks_a_pair() -> None:
    row = Row("a", "sum", 0, "own", "own", True, True, True, False, 3, 0.1, "Answer: 1", "1")
    assert fold([row]).cells == () and compare([row], [row])[0].gain.mean == 0


def test_the_order_test_has_its_level_and_finds_an_order() -> None:
    items = [f"item {n}" for n in range(40)]
    rng = random.Random(3)
    found = [order(items, lambda text: rng.random(), seed=s).p for s in range(300)]
    assert np.mean([p <= 0.05 for p in found]) <= 0.08 and 0.4 < np.mean(found) < 0.65
    assert ranks_p(90, 10, 9) == 1.0 and ranks_p(0, 10, 9) == pytest.approx(1e-10)

    def learned(text: str) -> float:
        """Knows the items in their order, a little."""
        at = [int(x.split()[1]) for x in text.split("\n\n")]
        return sum(b == a + 1 for a, b in zip(at, at[1:])) + rng.random()

    assert order(items, learned).p < 0.01


RECIPE = """
name = "reader"
threads = 1
seed = 1
evaluate = 1000
checkpoint = 1000
held_out = 1
[base.new]
width = 64
layers = 2
heads = 2
kv_heads = 1
hidden = 128
[tasks]
families = { chain = 1.0 }
level = 4
[sft]
steps = 50
batch = 10
data = "leaked.jsonl"
optimiser = { rate = 3e-3 }
"""


def test_what_a_model_was_trained_on_is_found(tmp_path: Path) -> None:
    """A small model learns twenty solutions by heart; twenty others it never saw."""
    known = family("chain")
    for name, first in (("leaked", 0), ("clean", 500)):
        with (tmp_path / f"{name}.jsonl").open("w") as f:
            for n in range(20):
                task, problem = known.draw("train", first + n, 4)
                answer = f"{problem.steps}\n{known.verifier.rights(task.truth)[0]}"
                f.write(json.dumps({"messages": [
                    {"role": "user", "content": task.prompt[0].text},
                    {"role": "assistant", "content": answer}]}) + "\n")  # fmt: skip
        assert Text(answer) and known.verifier(task, Text(answer)).passed
    (tmp_path / "r.toml").write_text(RECIPE)
    done = run(tmp_path, "train", "sft", "r.toml", "--name", "reader")
    assert done.returncode == 0, done.stdout[-800:] + done.stderr
    ask = ("contaminated", "reader")
    done = run(tmp_path, *ask, "leaked.jsonl", "--family", "chain", "--level", "4")
    assert done.returncode == 1 and "was trained on leaked.jsonl" in done.stdout, done.stdout
    done = run(tmp_path, *ask, "clean.jsonl", "--family", "chain", "--level", "4")
    assert done.returncode == 0 and "no sign" in done.stdout, done.stdout + done.stderr
    (tmp_path / "bad.jsonl").write_text('{"text": "a"}\n{"nothing": 1}\n')
    done = run(tmp_path, *ask, "bad.jsonl")
    assert done.returncode == 2 and "line 2" in done.stderr


@given(st.text(alphabet='{"}:,[]texmsagprown\n0', max_size=200))
def test_any_file_is_a_set_or_is_told_why_not(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.mktemp("sets") / "set.jsonl"
    file.write_text(text)
    with contextlib.suppress(GeistError):
        assert all(isinstance(i.text, str) for i in read(file))
