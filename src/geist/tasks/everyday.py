"""Families of small everyday reasoning, whose questions can be put in many ways."""

import random

from geist.tasks.family import Problem, task_family
from geist.verify.answers import Choice, Integer

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
PEOPLE = "Ada Ben Cleo Dan Eva Finn Gina Hugo Iris Jon".split()
UNITS = [("hours", "minutes", 60), ("minutes", "seconds", 60), ("days", "hours", 24),
         ("weeks", "days", 7), ("kilometres", "metres", 1000), ("metres", "centimetres", 100),
         ("kilograms", "grams", 1000), ("litres", "millilitres", 1000)]  # fmt: skip
KINDS = {
    "a fruit": "apple pear plum cherry banana grape lemon mango peach fig".split(),
    "an animal": "dog cat horse cow sheep wolf mouse rabbit goat bear".split(),
    "a colour": "red blue green yellow purple brown black white grey pink".split(),
    "a tool": "hammer saw drill wrench chisel pliers file screwdriver axe shovel".split(),
    "a vehicle": "car bus train lorry tram bicycle scooter van tractor taxi".split(),
    "a piece of furniture": "chair table sofa bed shelf desk wardrobe stool bench cupboard".split(),
}
SEVERAL = {"a piece of furniture": "pieces of furniture"}


@task_family("decimal", verifier=Choice(), levels=(1, 3))
def decimal(dice: random.Random, level: int) -> Problem:
    """The larger of two decimal fractions, the one with more digits as often as the other."""
    whole = dice.randrange(10 ** (level - 1), 10**level)
    first, second = dice.sample(range(1, 10), 2)
    short, long = f"{whole}.{first}", f"{whole}.{second}{dice.randrange(1, 10)}"
    larger = short if first > second else long
    a, b = dice.sample([short, long], 2)
    return Problem(f"Which is larger, {a} or {b}?", larger, data={"choices": [a, b]},
                   slots={"a": a, "b": b})  # fmt: skip


@task_family("weekday", verifier=Choice(), levels=(1, 3))
def weekday(dice: random.Random, level: int) -> Problem:
    """Which day of the week it is in some days."""
    n, first = dice.randrange(*((1, 15), (15, 100), (100, 1000))[level - 1]), dice.randrange(7)
    steps = f"{n} days are {n // 7} weeks and {n % 7} days."
    question = f"Today is {DAYS[first]}. Which day of the week will it be in {n} days?"
    return Problem(question, DAYS[(first + n) % 7], steps, {"choices": DAYS},
                   {"day": DAYS[first], "n": n})  # fmt: skip


@task_family("order", verifier=Choice(), levels=(3, 6))
def order(dice: random.Random, level: int) -> Problem:
    """Who of `level` people is the tallest, from comparisons of neighbours."""
    people = dice.sample(PEOPLE, level)
    facts = []
    for taller, smaller in zip(people, people[1:]):
        if dice.random() < 0.5:
            facts.append(f"{taller} is taller than {smaller}.")
        else:
            facts.append(f"{smaller} is shorter than {taller}.")
    dice.shuffle(facts)
    slots = {"facts": " ".join(facts), "turned": " ".join(reversed(facts))}
    steps = f"From tall to short: {', '.join(people)}."
    return Problem(f"{slots['facts']} Who is the tallest?", people[0], steps,
                   {"choices": sorted(people)}, slots)  # fmt: skip


@task_family("convert", verifier=Integer(), levels=(1, 3))
def convert(dice: random.Random, level: int) -> Problem:
    """A quantity in a smaller unit."""
    of, to, factor = dice.choice(UNITS)
    n = dice.randrange(2 if level == 1 else 10 ** (level - 1), 10**level)
    slots = {"n": n, "of": of, "to": to}
    return Problem(f"How many {to} are there in {n} {of}?", n * factor, slots=slots)


@task_family("negation", verifier=Choice(), levels=(3, 6))
def negation(dice: random.Random, level: int) -> Problem:
    """Which of `level` things is not of the kind of the others."""
    kind, other = dice.sample(sorted(KINDS), 2)
    items = dice.sample(KINDS[kind], level - 1)
    odd = dice.choice(KINDS[other])
    items.insert(dice.randrange(level), odd)
    bare = kind.split(" ", 1)[1]
    slots = {"kind": kind, "bare": bare, "kinds": SEVERAL.get(kind, f"{bare}s"),
             "items": ", ".join(items), "turned": ", ".join(reversed(items))}  # fmt: skip
    return Problem(f"Which of these is not {kind}: {slots['items']}?", odd,
                   data={"choices": sorted(items)}, slots=slots)  # fmt: skip
