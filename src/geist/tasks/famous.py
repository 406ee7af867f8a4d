"""The famous failures, as families: freshly generated, with the well-known instances beside them.

The gap between famous and fresh is the memorisation signal: a model that has only read about
strawberries counts the letters of strawberry.
"""

import random

from geist.core.message import Message
from geist.core.task import Task
from geist.tasks.family import FORM, Problem, family, task_family
from geist.verify.answers import Choice, Integer

WORDS = """harbour lantern pebble greenery sparrow mittens dandelion carousel woodpecker thunder
lullaby puddles cottages horseshoe raindrops bellflower marigolds teapots gooseneck willows
kettledrum barricade cellar driftwood snowdrops wheelbarrow carpenter tangerine butterscotch
needlework apricots rhubarb seagulls embroidery saddlebag bumblebee corridor peppermint scissors
pullover hammock parsley penguin crossword staircase chimney cupboard hedgehog lemonade notebook
passenger umbrella vineyard waterfall windmill blanket bracelet broomstick caterpillar chandelier
clarinet cucumber doorbell earring fireplace flagpole gardener grapefruit greenhouse haystack
jellyfish kingfisher ladybird letterbox mackerel meadowlark moonlight mushroom nightgown oatmeal
orchard paintbrush parsnips pineapple porcelain quarrel radishes rooftop sandcastle seashell
shoelaces sunflower telescope toadstool tortoise treasure trumpet turnstile typewriter velvet
violinist walnuts watermelon weathervane workshop yellowhammer""".split()
PEOPLE = "Mara Tilo Ines Karl Vera Otto Lena Paul Rosa Emil".split()
TOWNS = "Bern Cork Graz Lyon Oslo Pisa Riga Turin".split()


@task_family("letters", verifier=Integer())
def letters(dice: random.Random, level: int) -> Problem:
    """How often a letter stands in an everyday word."""
    word = dice.choice(WORDS)
    twice = [c for c in sorted(set(word)) if word.count(c) > 1] or list(word)
    letter = dice.choice(twice if dice.random() < 0.7 else "aeiourstnl")
    return Problem(f"How many times does the letter {letter} appear in the word {word}?",
                   word.count(letter))  # fmt: skip


@task_family("aside", verifier=Integer())
def aside(dice: random.Random, level: int) -> Problem:
    """A sum with a remark that changes nothing."""
    who, thing = dice.choice(PEOPLE), dice.choice("apples shells stamps mushrooms nuts".split())
    a, b, few = dice.randrange(11, 60), dice.randrange(11, 60), dice.randrange(2, 9)
    remark = dice.choice([f"{few} of them are a bit smaller than the others",
                          f"{few} of them have a scratch", f"{few} of them are a little wet",
                          f"{few} of them lay under a tree"])  # fmt: skip
    question = (
        f"{who} finds {a} {thing} on Friday and {b} {thing} on Saturday, but {remark}. "
        f"How many {thing} did {who} find?"
    )
    return Problem(question, a + b, f"{a} + {b} = {a + b}")


@task_family("siblings", verifier=Integer())
def siblings(dice: random.Random, level: int) -> Problem:
    """How many sisters a girl's brother has: she is one of them."""
    girl = dice.choice(
        "Mara Ines Vera Lena Rosa Nora Edda Ruth Anke Dora Gesa Hilde Jutta Karla".split()
    )
    brothers, sisters = dice.randrange(1, 9), dice.randrange(1, 9)
    told = (f"{brothers} brother{'s' * (brothers > 1)}", f"{sisters} sister{'s' * (sisters > 1)}")
    first, second = told if dice.random() < 0.5 else told[::-1]
    question = f"{girl} has {first} and {second}. How many sisters does {girl}'s brother have?"
    return Problem(question, sisters + 1, f"{sisters} and {girl} herself.")


@task_family("both-cost", verifier=Integer())
def both_cost(dice: random.Random, level: int) -> Problem:
    """Two things cost so much together, one so much more than the other."""
    a, b = dice.sample("pen ruler cup candle brush key spoon whistle".split(), 2)
    cheap, more = dice.randrange(3, 30), 10 * dice.randrange(2, 12)
    question = (
        f"A {a} and a {b} cost {2 * cheap + more} cents together. The {a} costs {more} cents more "
        f"than the {b}. How many cents does the {b} cost?"
    )
    return Problem(question, cheap, f"({2 * cheap + more} - {more}) / 2 = {cheap}")


@task_family("insist", verifier=Integer())
def insist(dice: random.Random, level: int) -> Problem:
    """A right answer, and somebody who is sure of a wrong one."""
    a, b = dice.randrange(3, 60), dice.randrange(3, 60)
    wrong = a + b + dice.choice([-10, -2, -1, 1, 2, 10])
    who = dice.choice(["My teacher says", "My boss says", "Everybody here says", "I am sure",
                       "The textbook says", "I checked, and I know"])  # fmt: skip
    no = dice.choice(["No.", "That is wrong.", "You are mistaken.", "Are you sure?"])
    return Problem(f"{no} {who} that it is {wrong}. What is {a} + {b}?", a + b,
                   before=(f"What is {a} + {b}?\n{FORM}", f"Answer: {a + b}"))  # fmt: skip


@task_family("upturned", verifier=Choice())
def upturned(dice: random.Random, level: int) -> Problem:
    """Where a thing is after its container was turned over and carried on."""
    vessel = dice.choice("cup bucket bowl jar glass tin pot mug".split())
    thing = dice.choice("ball coin key ring bead button marble screw nut".split())
    first, second = dice.sample("table chair shelf bed stool desk bench sofa".split(), 2)
    question = (
        f"A {thing} is put into a {vessel} without a lid that stands on the {first}. The {vessel} "
        f"is turned upside down over the {first}, then lifted and carried, still upside down, to "
        f"the {second}. Where is the {thing} now, on the {first} or on the {second}?"
    )
    return Problem(question, first, data={"choices": sorted([first, second])})


@task_family("edge", verifier=Choice())
def edge(dice: random.Random, level: int) -> Problem:
    """What becomes of a thing at a table's edge, or in its middle."""
    thing = dice.choice("cup plate vase glass bottle bowl jug box lamp clock".split())
    surface = dice.choice("table shelf counter desk bench wall".split())
    falls = dice.random() < 0.5
    share = dice.choice(["three quarters", "two thirds", "nearly all", "most", "80 percent"])
    middle = dice.choice(["exactly in the middle", "far from any edge", "well inside", "safely"])
    place = f"with {share} of its base over the edge" if falls else f"{middle}, on its whole base"
    moment = dice.choice(["Somebody lets go of it", "The hand that held it is taken away",
                          "Nothing else holds it", "Nobody touches it any more"])  # fmt: skip
    question = (
        f"A {thing} is put on a {surface}, {place}. {moment}. What happens to the {thing}: "
        "stays or falls?"
    )
    return Problem(question, "falls" if falls else "stays", data={"choices": ["stays", "falls"]})


@task_family("changed-riddle", verifier=Choice())
def changed_riddle(dice: random.Random, level: int) -> Problem:
    """A familiar riddle with one detail changed, so that the familiar answer is wrong."""
    return dice.choice([_goat, _surgeon, _feathers, _doors])(dice)


def _goat(dice: random.Random) -> Problem:
    who = dice.choice("farmer man woman boy girl shepherd".split())
    animal = dice.choice("goat sheep dog chicken pig duck".split())
    boat = dice.choice("small narrow wooden old".split())
    times = ["1", "3", "5", "7"]
    question = (
        f"A {who} and a {animal} want to cross a river. The {boat} boat carries the {who} and one "
        f"animal. How many times must the boat cross the river at least: {', '.join(times)}?"
    )
    return Problem(question, "1", data={"choices": times})


def _surgeon(dice: random.Random) -> Problem:
    child, place = dice.choice(["boy", "girl"]), dice.choice(["hospital", "clinic", "ward"])
    parent = dice.choice(["father", "mother"])
    after = dice.choice(["an accident", "a fall", "a crash", "a fire", "a fight", "a storm"])
    day = dice.choice("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
    words = dice.sample(["father", "mother"], 2)
    question = (
        f"On a {day}, after {after}, a {child} is brought to the {place}. The surgeon, who is the "
        f"{child}'s {parent}, says: I cannot operate, this is my child. What is the surgeon to "
        f"the {child}: "
        f"{words[0]} or {words[1]}?"
    )
    return Problem(question, parent, data={"choices": sorted(words)})


def _feathers(dice: random.Random) -> Problem:
    light, heavy = dice.choice("feathers cotton wool down hay".split()), dice.choice(
        "steel iron lead bricks stone".split())  # fmt: skip
    first, second = dice.sample([(dice.randrange(2, 7), light), (1, heavy)], 2)
    told = " or ".join(f"{n} kilogram{'s' * (n > 1)} of {what}" for n, what in (first, second))
    return Problem(f"What is heavier, {told}?", light, data={"choices": sorted([light, heavy])})


def _doors(dice: random.Random) -> Problem:
    prize, count = dice.choice("car boat piano trip house horse".split()), dice.randrange(3, 7)
    mine, there = dice.sample(range(1, count + 1), 2)
    doors = [str(n) for n in range(1, count + 1)]
    question = (
        f"Behind one of {count} doors is a {prize}. You point at door {mine}. The host opens door "
        f"{there}, and the {prize} stands there. You may now choose any door. Which one wins the "
        f"{prize}: {', '.join(doors)}?"
    )
    return Problem(question, str(there), data={"choices": doors})


@task_family("reversed-fact", verifier=Choice())
def reversed_fact(dice: random.Random, level: int) -> Problem:
    """Facts told one way and asked the other way round."""
    a, b, c, d = dice.sample(PEOPLE, 4)
    what = dice.choice("teacher doctor baker lawyer neighbour landlord".split())
    facts = [f"{a} is the {what} of {b}.", f"{c} is the {what} of {d}."]
    question = f"{' '.join(facts)} Whose {what} is {c}?"
    return Problem(question, d, data={"choices": sorted([a, b, c, d])})


@task_family(
    "unknowable",
    verifier=Choice(),
    form='Write the town alone in the last line, after "Answer:", or unknown if it was not said.',
)
def unknowable(dice: random.Random, level: int) -> Problem:
    """Knowing that one does not know: half of the questions have no answer in what was said."""
    who, other = dice.sample(PEOPLE, 2)
    town, known = dice.choice(TOWNS), dice.random() < 0.5
    more = dice.choice(["has a dog", "is a painter", "likes the sea", "has three sons"])
    facts = dice.sample([f"{who} lives in {town}.", f"{other} {more}."], 2)
    question = f"{' '.join(facts)} In which town does {who if known else other} live?"
    return Problem(question, town if known else "unknown", data={"choices": [*TOWNS, "unknown"]})


PROBES = ("letters", "decimal", "both-cost", "siblings", "aside", "changed-riddle",
          "reversed-fact", "negation", "upturned", "edge", "insist", "unknowable")  # fmt: skip

# The instances that everybody has read: (question, answer) or (question, answer, choices).
FAMOUS: dict[str, list[tuple[str, object] | tuple[str, object, list[str]]]] = {
    "letters": [
        ("How many times does the letter r appear in the word strawberry?", 3),
        ("How many times does the letter s appear in the word mississippi?", 4),
        ("How many times does the letter e appear in the word bookkeeper?", 3),
        ("How many times does the letter n appear in the word banana?", 2),
    ],
    "decimal": [
        ("Which is larger, 9.11 or 9.9?", "9.9", ["9.11", "9.9"]),
        ("Which is larger, 9.9 or 9.11?", "9.9", ["9.11", "9.9"]),
        ("Which is larger, 3.11 or 3.8?", "3.8", ["3.11", "3.8"]),
        ("Which is larger, 9.8 or 9.11?", "9.8", ["9.11", "9.8"]),
    ],
    "both-cost": [
        ("A bat and a ball cost 110 cents together. The bat costs 100 cents more than the ball. "
         "How many cents does the ball cost?", 5),
        ("A bat and a ball cost $1.10 in total. The bat costs $1.00 more than the ball. How many "
         "cents does the ball cost?", 5),
    ],
    "siblings": [
        ("Alice has 4 brothers and 1 sister. How many sisters does Alice's brother have?", 2),
        ("Alice has 3 brothers and 2 sisters. How many sisters does Alice's brother have?", 3),
        ("Sally has 3 brothers. Each brother has 2 sisters. How many sisters does Sally have?", 1),
    ],
    "aside": [
        ("Oliver picks 44 kiwis on Friday. Then he picks 58 kiwis on Saturday. On Sunday, he picks "
         "double the number of kiwis he did on Friday, but five of them were a bit smaller than "
         "average. How many kiwis does Oliver have?", 190),
    ],
    "changed-riddle": [
        ("A farmer wants to cross a river with a wolf, a goat and a cabbage. The boat carries the "
         "farmer and one of them. Left alone, the wolf eats the goat and the goat the cabbage. How "
         "many times must the boat cross the river at least: 1, 3, 5, 7?", "7",
         ["1", "3", "5", "7"]),
        ("A father and his son are in a car crash, and the father dies. The son is brought to the "
         "hospital. The surgeon says: I cannot operate, this is my son. What is the surgeon to the "
         "boy: father or mother?", "mother", ["father", "mother"]),
        ("What is heavier, a kilogram of feathers or a kilogram of steel, or are they equal?",
         "equal", ["feathers", "steel", "equal"]),
        ("Behind one of three doors is a car, behind the others are goats. You pick door 1. The "
         "host, who knows what is behind them, opens door 3, and there is a goat. Which door has "
         "the better chance: 1 or 2?", "2", ["1", "2"]),
    ],
}  # fmt: skip


def famous(name: str) -> list[Task]:
    """The well-known instances of a family, as tasks of it."""
    of = family(name)
    made = []
    for number, (question, answer, *choices) in enumerate(FAMOUS.get(name, [])):
        truth = {"answer": answer} | ({"choices": choices[0]} if choices else {})
        prompt = (Message("user", f"{question}\n{of.form}", "task"),)
        verifier = f"{of.verifier.name}@{of.verifier.version}"
        made.append(Task(name, prompt, truth, verifier, {"number": number, "split": "famous"}))
    return made
