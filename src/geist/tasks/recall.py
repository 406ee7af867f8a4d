"""Finding one of several like facts in a long text of real files."""

import random

from geist.tasks.family import Problem, task_family
from geist.tasks.real import files
from geist.verify.answers import Integer

CHARACTERS = 3.5  # of Python source in a token, about
FACTS = 8
LENGTHS = {"recall-1k": 1000, "recall-4k": 4000, "recall-16k": 16000}  # tokens, about
THINGS = "printer scanner mixer camera heater router pump lamp".split()
COLOURS = "red blue green black white brown".split()


def asked(thing: str) -> str:
    return f"According to the notes in the files above, what is the code of the {thing}?"


def haystack(dice: random.Random, tokens: int) -> tuple[str, dict[str, int]]:
    """A text with eight notes at even depths, and what they say."""
    room, parts = int(tokens * CHARACTERS), list[str]()
    known = dice.sample(list(files()), len(files()))
    for name, source in known:
        parts.append(f"# {name}\n{source.decode('utf-8', 'replace')}")
        if sum(map(len, parts)) > room:
            break
    lines = "\n".join(parts)[:room].split("\n")[:-1]
    things = dice.sample(THINGS, FACTS)
    facts = {f"{dice.choice(COLOURS)} {thing}": dice.randrange(1000, 9999) for thing in things}
    for number, (thing, code) in enumerate(facts.items()):
        place = int((number + 0.5) / FACTS * len(lines)) + number
        lines.insert(place, f"# note: the code of the {thing} is {code}")
    return "\n".join(lines), facts


def _family(name: str, tokens: int) -> None:
    def make(dice: random.Random, level: int) -> Problem:
        """One of eight like facts in a text of real files."""
        text, facts = haystack(dice, tokens)
        thing = dice.choice(list(facts))
        question = f"{text}\n\n{asked(thing)}"
        return Problem(question, facts[thing], slots={"text": text, "facts": facts})

    task_family(name, verifier=Integer())(make)


for _name, _tokens in LENGTHS.items():
    _family(_name, _tokens)
