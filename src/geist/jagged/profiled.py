"""What a profile asks, and what follows from the answers."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from geist.edit.forms import FORMS
from geist.jagged.measure import TOKENS, Row
from geist.jagged.stats import difference, proportion
from geist.jagged.suite import FIRST, OWN, Item, drawn
from geist.models.profile import Profile, Skill
from geist.tasks.family import family
from geist.tasks.recall import LENGTHS, asked

EDITS = tuple(f"edit-{name}" for name in FORMS)
SHORT = (*EDITS, "call", "call-grammar", "record", "record-grammar", "instruct", "secret")
LONG = tuple(LENGTHS)
LEAST = 30  # answers with a probability, until sureness is told
# an edit or a call counts when it is right to the letter; a secret when it is kept, a fact when it
# is found, whatever their form
KIND = frozenset({"secret", *LONG})


def most(item: Item) -> int:
    """Tokens of an answer: what is longer has lost its way."""
    before = item.task.truth.get("before", "") if item.skill in EDITS else ""
    return TOKENS + len(before) // 2


def short(count: int) -> list[Item]:
    """`count` questions of each skill, the same edits in each format, in rounds."""
    made = list[list[Item]]()
    for skill in SHORT:
        source = family(EDITS[0] if skill in EDITS else skill)
        known, seen, number = family(skill), set[str](), FIRST
        column = list[Item]()
        for place in range(count):
            task, problem, number = drawn(source, place, number, seen)
            column.append(Item(skill, place, OWN, known.pose(problem, task.meta)))
        made.append(column)
    return [column[row] for row in range(count) for column in made]


def long(count: int, window: int) -> list[Item]:
    """`count` questions about texts of each length that fits the window; eight of them share a
    text, so that it is read once."""
    made = list[Item]()
    for skill, length in LENGTHS.items():
        if length * 1.15 + 200 > window:  # source can be denser than it is on average
            continue
        known, seen, number = family(skill), set[str](), FIRST
        while (have := sum(i.skill == skill for i in made)) < count:
            task, problem, number = drawn(known, 0, number, seen)
            text, facts = problem.slots["text"], problem.slots["facts"]
            for thing, code in list(facts.items())[: count - have]:
                one = replace(problem, question=f"{text}\n\n{asked(thing)}", answer=code)
                made.append(Item(skill, len(made), OWN, known.pose(one, task.meta)))
    return made


def profile(name: str, digest: str, rows: Iterable[Row], mapped: Sequence[Row]) -> Profile:
    """From the answers to a profile's questions, and those of a map for how sure it is."""
    today, by_skill = date.today().isoformat(), dict[str, list[bool]]()
    for row in rows:
        right = row.kind if row.skill in KIND else row.strict
        by_skill.setdefault(row.skill, []).append(right)
    skills = dict[str, Skill]()
    for skill, rights in by_skill.items():
        found = proportion(sum(rights) / len(rights), len(rights))
        skills[skill] = Skill(found.mean, found.low, found.high, len(rights), today)
    return Profile(name, digest, skills, _sure(mapped, today))


def _sure(rows: Sequence[Row], today: str) -> Skill | None:
    """How much surer than right: probability less truth, with a pair's questions as a cluster."""
    told = [(r.sure, r.kind, f"{r.skill}/{r.pair}") for r in rows
            if r.sure is not None and not r.cut]  # fmt: skip
    if len(told) < LEAST:
        return None
    sure, right, clusters = zip(*told)
    gap = difference(right, sure, clusters)
    return Skill(gap.mean, gap.low, gap.high, len(told), today)
