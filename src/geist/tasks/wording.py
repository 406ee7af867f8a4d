"""The same problem in other words: its numbers and its answer stay, the rest changes.

Templates (wordings.toml) ask in other ways for what a problem's `slots` hold. A clause that does
not matter, numbers as words and slips of the hand fit any template. A problem with other numbers is
another problem, and a separate axis.
"""

import random
import re
import string
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from geist.core.message import Message
from geist.core.task import Task
from geist.tasks.family import Family, Problem

AXES = ("paraphrase", "irrelevant", "reordered", "language", "surface", "typos", "units")
LANGUAGES = ("de", "es", "fr")
ASIDES = [
    "My neighbour painted her fence green.",
    "It rained for most of Tuesday.",
    "The library on the corner closes at six.",
    "A box of 12 pencils lies on the desk.",
    "My cousin has 3 cats and a piano.",
    "The bus to the lake was late again.",
    "There were 40 people at the concert last night.",
    "He had soup for lunch.",
]
TYPO = 0.12  # of the longer words


@cache
def wordings() -> Mapping[str, Mapping[str, Any]]:
    """By family: `own`, the template of its own question, and the others."""
    return tomllib.loads(Path(__file__).with_name("wordings.toml").read_text())


def axes(family: Family) -> list[str]:
    """Those on which a family's questions can be reworded."""
    told = wordings().get(family.name)
    if told is None:
        return []
    has = {"paraphrase", "irrelevant", "typos"} | {n for n in ("reordered", "units") if n in told}
    if any(language in told for language in LANGUAGES):
        has.add("language")
    if told.get("spelt"):
        has.add("surface")
    return [axis for axis in AXES if axis in has]


def templates(family: Family, axis: str) -> list[str]:
    told = wordings()[family.name]
    if axis == "paraphrase":
        return list(told["plain"])
    if axis == "language":
        return [told[language] for language in LANGUAGES if language in told]
    if axis in ("reordered", "units"):
        return list(told[axis])
    return [told["own"]]


def reword(family: Family, task: Task, problem: Problem, axis: str, number: int) -> Task:
    """The same task on an axis of its family. `number` chooses the template, or what is added; the
    rest is decided by the task. Its `meta` names axis, template and the task it is a rewording of.
    """
    dice = random.Random(f"{task.key}/{axis}/{number}")
    choice = templates(family, axis)
    at = number % len(choice)
    slots: dict[str, Any] = dict(problem.slots)
    if axis == "surface":
        slots = {name: spelt(value) for name, value in slots.items()}
    text = choice[at]
    question = slipped(text, slots, dice) if axis == "typos" else text.format(**slots)
    if axis == "irrelevant":
        at = number % len(ASIDES)
        question = f"{ASIDES[at]} {question}"
    prompt = (*task.prompt[:-1], Message("user", f"{question}\n{family.form}", "task"))
    meta = {**task.meta, "axis": axis, "template": f"{axis}/{at}", "of": task.key}
    return Task(task.family, prompt, task.truth, task.verifier, meta)


def slots_of(family: Family, question: str) -> dict[str, str] | None:
    """What the slots of a question in the family's own wording hold; None for any other text."""
    pattern, seen = "", set[str]()
    for literal, name, _, _ in string.Formatter().parse(wordings()[family.name]["own"]):
        pattern += re.escape(literal)
        if name is not None:
            pattern += f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
            seen.add(name)
    found = re.fullmatch(pattern, question)
    return found.groupdict() if found else None


def spelt(value: Any) -> Any:
    """A whole number in words; anything else as it is."""
    from num2words import num2words

    return num2words(value) if type(value) is int else value


def slipped(template: str, slots: Mapping[str, Any], dice: random.Random) -> str:
    """The template filled in, with two letters exchanged in some of its longer words and never in
    what the slots hold: the problem itself stays."""
    out = []
    for literal, name, _, _ in string.Formatter().parse(template):
        out.append(" ".join(_slip(word, dice) for word in literal.split(" ")))
        if name is not None:
            out.append(str(slots[name]))
    slipped = "".join(out)
    if slipped != template.format(**slots):
        return slipped
    # one slip at least: in its longest word
    longest = max(
        template.split(), key=lambda w: (len(w.strip("{}`?.,:")), w) if "{" not in w else (0, w)
    )
    return slipped.replace(longest, _swap(longest, dice), 1)


def _slip(word: str, dice: random.Random) -> str:
    return _swap(word, dice) if len(word) > 3 and dice.random() < TYPO else word


def _swap(word: str, dice: random.Random) -> str:
    places = [i for i in range(1, len(word) - 1) if word[i].isalpha() and word[i + 1].isalpha()
              and word[i] != word[i + 1]]  # fmt: skip
    if not places:
        return word
    i = dice.choice(places)
    return f"{word[:i]}{word[i + 1]}{word[i]}{word[i + 2 :]}"
