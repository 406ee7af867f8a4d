"""geist's own families. Small ones that a small model can learn, with ways to the answer."""

import json
import random
import re
from typing import Any

from geist.core.task import Task
from geist.tasks.family import Problem, task_family
from geist.verify.answers import Countdown, Integer, Word
from geist.verify.records import Record

LETTERS = "abcdefghijklmnoprstuvw"


def _last_number(text: str) -> int | None:
    found = re.findall(r"-?\d+", text)
    return int(found[-1]) if found else None


def _adds_up(task: Task, text: str) -> bool:
    """Reads the numbers from the question itself, and the last number of the answer."""
    question = task.prompt[-1].text.split("\n")[0]
    return _last_number(text) == sum(int(n) for n in re.findall(r"-?\d+", question))


@task_family("sum", verifier=Integer(), levels=(1, 4), second=_adds_up)
def add(dice: random.Random, level: int) -> Problem:
    """The sum of two numbers of `level` digits."""
    a, b = (dice.randrange(0 if level == 1 else 10 ** (level - 1), 10**level) for _ in range(2))
    return Problem(f"What is {a} + {b}?", a + b, slots={"a": a, "b": b})


@task_family("chain", verifier=Integer(), levels=(2, 6))
def chain(dice: random.Random, level: int) -> Problem:
    """A sum of `level` small numbers and differences, step by step."""
    total = dice.randrange(1, 10)
    text, steps = str(total), []
    for _ in range(level - 1):
        n = dice.randrange(1, 10)
        sign = "+" if total < n or dice.random() < 0.6 else "-"
        after = total + n if sign == "+" else total - n
        steps.append(f"{total} {sign} {n} = {after}")
        text, total = f"{text} {sign} {n}", after
    return Problem(f"What is {text}?", total, "\n".join(steps), slots={"text": text})


def _turned(task: Task, text: str) -> bool:
    question = task.prompt[-1].text.split("\n")[0]
    word = question.split("`")[1]
    return text.strip().lower().endswith(word[::-1])


@task_family("reverse", verifier=Word(), levels=(2, 8), second=_turned)
def reverse(dice: random.Random, level: int) -> Problem:
    """A string of `level` letters, backwards."""
    word = "".join(dice.choices(LETTERS, k=level))
    return Problem(f"Write `{word}` backwards.", word[::-1], slots={"word": word})


@task_family("count", verifier=Integer(), levels=(3, 10))
def count(dice: random.Random, level: int) -> Problem:
    """How often a letter stands in a string of `level` letters."""
    letter = dice.choice("abc")
    word = "".join(dice.choices("abc", k=level))
    marks, seen = [], 0
    for c in word:
        seen += c == letter
        marks.append(f"{c} {seen}")
    question = f"How many times does `{letter}` stand in `{word}`?"
    return Problem(question, seen, ", ".join(marks), slots={"letter": letter, "word": word})


@task_family("sort", verifier=Word(), levels=(2, 6))
def sort(dice: random.Random, level: int) -> Problem:
    """`level` numbers in ascending order."""
    numbers = [dice.randrange(0, 100) for _ in range(level)]
    told = ", ".join(map(str, numbers))
    answer = ", ".join(map(str, sorted(numbers)))
    return Problem(f"Sort from small to large: {told}.", answer, slots={"numbers": told})


@task_family("larger", verifier=Integer(), levels=(1, 4))
def larger(dice: random.Random, level: int) -> Problem:
    """The larger of two numbers of `level` digits."""
    a, b = dice.sample(range(10**level), 2)
    return Problem(f"Which is larger, {a} or {b}?", max(a, b), slots={"a": a, "b": b})


@task_family("countdown", verifier=Countdown(), levels=(2, 4))
def countdown(dice: random.Random, level: int) -> Problem:
    """Make a target from `level` numbers, each used once."""
    while True:
        numbers = [dice.randrange(1, 20) for _ in range(level)]
        text, value = str(numbers[0]), numbers[0]
        for n in numbers[1:]:
            sign = dice.choice("+-*" if value < 20 else "+-")
            text = (
                f"({text}) {sign} {n}"
                if sign == "*" and not text.isdigit()
                else f"{text} {sign} {n}"
            )
            value = value + n if sign == "+" else value - n if sign == "-" else value * n
        if 0 < value < 100:
            break
    shown = dice.sample(numbers, len(numbers))
    told = ", ".join(map(str, shown))
    question = f"Use each of {told} once, with + - * / and brackets, to make {value}."
    return Problem(question, text, data={"numbers": shown, "target": value})


NAMES = "Ada Ben Cleo Dan Eva Finn Gina Hugo Iris Jon Kim Leo Mia Noah Ola Pia".split()
TOWNS = "Bern Cork Graz Lyon Oslo Pisa Riga Turin".split()
FIELDS = ["name", "age", "town", "member", "scores", "floor"]


OBJECT = "Answer with that JSON object and nothing else."
KINDS = {str: {"type": "string"}, int: {"type": "integer"}, bool: {"type": "boolean"},
         list: {"type": "array", "items": {"type": "integer"}}}  # fmt: skip


def _schema(problem: Problem) -> dict[str, Any]:
    """The names and kinds of the fields, for a grammar."""
    plain = json.loads(problem.answer)
    return {"type": "object", "required": list(plain), "additionalProperties": False,
            "properties": {name: KINDS[type(value)] for name, value in plain.items()}}  # fmt: skip


@task_family("record-grammar", verifier=Record(), levels=(2, 6), form=OBJECT, schema=_schema)
@task_family("record", verifier=Record(), levels=(2, 6), form=OBJECT)
def record(dice: random.Random, level: int) -> Problem:
    """A JSON object with `level` fields that are told in words."""
    name, town, age = dice.choice(NAMES), dice.choice(TOWNS), dice.randrange(18, 90)
    member, scores = dice.random() < 0.5, [dice.randrange(100) for _ in range(3)]
    floor = dice.randrange(1, 20)
    told = {
        "name": (f"the string {name}", name),
        "age": (f"the number {age}", age),
        "town": (f"the string {town}", town),
        "member": (f"{str(member).lower()}, a truth value", member),
        "scores": (f"the list of the numbers {', '.join(map(str, scores))}", scores),
        "floor": (f"the number {floor}", floor),
    }
    fields = dice.sample(FIELDS, level)
    lines = [f"{field} is {told[field][0]}" for field in fields]
    slots = {"lines": "; ".join(lines), "turned": "; ".join(reversed(lines))}
    answer = json.dumps({field: told[field][1] for field in fields})
    question = f"Write a JSON object with these fields: {slots['lines']}."
    return Problem(question, answer, slots=slots)
