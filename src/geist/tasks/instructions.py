"""Instructions about the form of a text, all of which can be checked."""

import random

from geist.tasks.family import Problem, task_family
from geist.verify.instructions import Kept, Rule

SUBJECTS = ("a lighthouse", "rain in spring", "an old bicycle", "the sea at night", "a market hall",
            "learning to swim", "a train journey", "bread", "a chess club", "the first snow",
            "a night shift", "a vegetable garden", "moving house", "a broken clock",
            "a mountain hut", "the town library")  # fmt: skip
WORDS = "stone river window letter bridge music silver garden paper winter".split()
ENDS = "that is all", "and so it goes", "more tomorrow", "until then"
MARKS = {"- ": "a hyphen and a space", "* ": "an asterisk and a space"}


@task_family("instruct", verifier=Kept(), levels=(1, 3), form="Write nothing else.")
def instruct(dice: random.Random, level: int) -> Problem:
    """A short text that keeps `level` + 1 instructions to the letter."""
    n, mark, word, end = (dice.randrange(3, 6), dice.choice(list(MARKS)), dice.choice(WORDS),
                          dice.choice(ENDS))  # fmt: skip
    times = dice.randrange(2, 4)
    more: list[tuple[Rule, str]] = [
        (["without", ","], "There is no comma in it."),
        (["lower"], "All letters are small."),
        (["word", word, times], f"The word {word} stands in it exactly {times} times."),
        (["end", end], f"It ends with the words: {end}"),
        (["most", 12 * n], f"It has at most {12 * n} words."),
    ]
    chosen = [(["lines", n], f"It has exactly {n} lines."),
              (["start", mark], f"Each line begins with {MARKS[mark]}."),
              *dice.sample(more, level - 1)]  # fmt: skip
    subject = dice.choice(SUBJECTS)
    told = " ".join(text for _, text in chosen)
    rules = [rule for rule, _ in chosen]
    lines = [f"{mark}it is here"] * n
    if ["word", word, times] in rules:
        lines[0] += f" {word}" * times
    if ["end", end] in rules:
        lines[-1] += f" {end}"
    return Problem(f"Write a few lines about {subject}. {told}", "\n".join(lines),
                   data={"rules": rules})  # fmt: skip
