"""What a map asks: pairs of a task and the same task in other words, family by family."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from geist.core.task import Task
from geist.jagged.stats import chance_of
from geist.tasks.family import Family, Problem, family
from geist.tasks.famous import famous
from geist.tasks.wording import axes, reword

SKILLS = ("sum", "chain", "larger", "decimal", "count", "reverse", "sort", "weekday", "order",
          "convert", "negation", "record")  # fmt: skip
FIRST = 5_000_000  # the first number that a map draws; nothing of geist's own trains on that split
OWN, RENUMBERED, FAMOUS = "own", "renumbered", "famous"
SIMPLE = (OWN, RENUMBERED, FAMOUS)  # axes on which the wording is the family's own


@dataclass(frozen=True)
class Item:
    """One question. `pair` says with which others it belongs; `axis` is "own" for the family's own
    wording."""

    skill: str
    pair: int
    axis: str
    task: Task

    @property
    def name(self) -> str:
        return f"{self.skill}/{self.pair}/{self.axis}/{self.task.key[:12]}"

    @property
    def template(self) -> str:
        return str(self.task.meta.get("template", self.axis))


def pairs(skill: str, count: int) -> Iterator[tuple[Item, Item]]:
    """The first `count` pairs of a skill, the same everywhere: no problem twice as long as the
    family has others, levels and axes by turns. Every second pair is a plain paraphrase, the others
    go round the axes; "renumbered" is another problem of the same size, and no rewording."""
    known, seen, number = family(skill), set[str](), FIRST
    ways = [*axes(known)[1:], RENUMBERED]
    for place in range(count):
        task, problem, number = drawn(known, place, number, seen)
        axis = "paraphrase" if place % 2 == 0 and len(ways) > 1 else ways[place // 2 % len(ways)]
        if axis == RENUMBERED:
            other, number = _alike(known, problem, place, number, seen)
            told = replace(other, meta={**other.meta, "template": axis})
        else:
            told = reword(known, task, problem, axis, place // 2)
        yield Item(skill, place, OWN, task), Item(skill, place, axis, told)


def rounds(skills: Sequence[str], count: int) -> list[Item]:
    """Items in rounds over all skills, so that a map that is stopped has a little of everything."""
    by_skill = [list(pairs(skill, count)) for skill in skills]
    return [item for number in range(count) for of in by_skill for item in of[number]]


@cache
def chance(skill: str, draws: int = 300) -> float:
    """What needs no skill: the best constant answer, or a guess where the question names choices,
    whichever is right more often."""
    known = family(skill)
    truths = [known.task("test", FIRST + n, _level(known, n)).truth for n in range(draws)]
    guess = sum(1 / len(t["choices"]) if t.get("choices") else 0.0 for t in truths) / draws
    return max(chance_of([str(t.get("answer")) for t in truths]), guess)


def probes(names: Sequence[str], count: int) -> list[Item]:
    """Of each family its famous instances and `count` fresh ones, in rounds."""
    columns = list[list[Item]]()
    for name in names:
        known, seen, number = family(name), set[str](), FIRST
        made = [Item(name, i, FAMOUS, task) for i, task in enumerate(famous(name))]
        for place in range(count):
            task, _, number = drawn(known, place, number, seen)
            made.append(Item(name, 1000 + place, OWN, task))
        columns.append(made)
    longest = max(map(len, columns), default=0)
    return [column[row] for row in range(longest) for column in columns if row < len(column)]


def _level(known: Family, place: int) -> int:
    low, high = known.levels
    return low + place % (min(high, low + 2) - low + 1)


def drawn(known: Family, place: int, number: int, seen: set[str]) -> tuple[Task, Problem, int]:
    """The next problem that was not drawn yet, and the number after it."""
    for _ in range(50):
        task, problem = known.draw("test", number, _level(known, place))
        number += 1
        if task.key not in seen:
            break
    seen.add(task.key)
    return task, problem, number


def _alike(known: Family, problem: Problem, place: int, number: int,
           seen: set[str]) -> tuple[Task, int]:  # fmt: skip
    """Another problem of the same size, or of the nearest of some: its question is as long, so its
    numbers have as many digits in all. Larger numbers alone are harder, and must not look like
    memorisation."""
    size = len(problem.question)
    found = list[tuple[int, int, Task]]()
    for _ in range(50):
        task, other, number = drawn(known, place, number, seen)
        seen.discard(task.key)
        found.append((abs(len(other.question) - size), len(found), task))
        if found[-1][0] == 0:
            break
    best = min(found)[2]
    seen.add(best.key)
    return best, number
