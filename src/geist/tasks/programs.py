"""Families whose answers are programs, verified on hidden inputs in the sandbox."""

import random
from collections.abc import Callable
from typing import Any

from geist.tasks.family import Problem, task_family
from geist.verify.programs import Program

FORM = "Answer with one fenced Python block that holds the function and nothing else."
CASES = 8


def _problem(
    dice: random.Random, head: str, told: str, body: str, value: Callable[..., Any],
    given: Callable[[], list[Any]],
) -> Problem:  # fmt: skip
    """The problem with one shown example; hidden inputs differ from it. Inputs on which all values
    are equal would let a constant pass: they are drawn again."""
    shown = given()
    cases: list[list[Any]] = []
    while len(cases) < CASES or len({str(v) for _, v in cases}) < 3:
        new = given()
        if new != shown and all(new != old for old, _ in cases):
            cases = [*cases[-(CASES - 1) :], [new, value(*new)]]
    args = ", ".join(map(repr, shown))
    question = (
        f"Write a Python function `{head}` that returns {told}. "
        f"For example, f({args}) is {value(*shown)!r}."
    )
    answer = f"def {head}:\n    return {body}\n"
    return Problem(question, answer, data={"name": "f", "cases": cases})


ARITHMETIC = [
    ("{k} times a, plus b", "{k} * a + b", lambda k, a, b: k * a + b),
    ("a plus {k} times b", "a + {k} * b", lambda k, a, b: a + k * b),
    ("the sum of a and b, times {k}", "(a + b) * {k}", lambda k, a, b: (a + b) * k),
    ("the product of a and b, minus {k}", "a * b - {k}", lambda k, a, b: a * b - k),
    ("the larger of a and b, times {k}", "max(a, b) * {k}", lambda k, a, b: max(a, b) * k),
    ("the smaller of a and b, plus {k}", "min(a, b) + {k}", lambda k, a, b: min(a, b) + k),
    ("the distance between a and b, plus {k}", "abs(a - b) + {k}", lambda k, a, b: abs(a - b) + k),
    ("the square of a, minus {k} times b", "a ** 2 - {k} * b", lambda k, a, b: a**2 - k * b),
]
KEEP = [
    ("even numbers", "x % 2 == 0", lambda k: lambda x: x % 2 == 0),
    ("odd numbers", "x % 2 == 1", lambda k: lambda x: x % 2 == 1),
    ("numbers greater than {k}", "x > {k}", lambda k: lambda x: x > k),
    ("numbers less than {k}", "x < {k}", lambda k: lambda x: x < k),
    ("multiples of {m}", "x % {m} == 0", lambda k: lambda x: x % (k % 5 + 3) == 0),
]
TURN = [
    ("{k} times each of", "{k} * x", lambda k: lambda x: k * x),
    ("each plus {k} of", "x + {k}", lambda k: lambda x: x + k),
    ("the squares of", "x ** 2", lambda k: lambda x: x**2),
]
FOLD = [
    ("the sum of", "sum({})", sum),
    ("how many there are of", "len({})", len),
    ("the largest (0 if there is none) of", "max({}, default=0)", lambda xs: max(xs, default=0)),
    ("in ascending order", "sorted({})", sorted),
]


@task_family("program", verifier=Program(), levels=(1, 3), form=FORM)
def program(dice: random.Random, level: int) -> Problem:
    """A function of two numbers (1), or of a list, that keeps (2) and changes (3) its numbers."""
    k = dice.randrange(2, 60)
    if level == 1:
        told, body, value = dice.choice(ARITHMETIC)
        return _problem(
            dice, "f(a, b)", told.format(k=k), body.format(k=k), lambda a, b: value(k, a, b),
            lambda: [dice.randrange(0, 50), dice.randrange(0, 50)],
        )  # fmt: skip
    kept, test, keep = dice.choice(KEEP)
    fold, written, folded = dice.choice(FOLD)
    turned, change, turn = dice.choice(TURN) if level > 2 else ("", "x", lambda k: lambda x: x)
    names = {"k": k, "m": k % 5 + 3}
    j = dice.randrange(2, 10)
    inner = f"{turned.format(k=j)} the {kept.format(**names)} in xs".strip()
    told = f"{inner} {fold}" if fold.startswith("in ") else f"{fold} {inner}"
    body = written.format(f"[{change.format(k=j)} for x in xs if {test.format(**names)}]")
    return _problem(
        dice, "f(xs)", told, body,
        lambda xs: folded([turn(j)(x) for x in xs if keep(k)(x)]),
        lambda: [[dice.randrange(0, 80) for _ in range(dice.randrange(3, 9))]],
    )  # fmt: skip
