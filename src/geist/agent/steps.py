"""A large draft as a sequence of steps, each of which keeps the tests green.

Nobody reads ten thousand lines at once. A step is a few files that can be taken without those that
come after it: with them, and with all earlier steps, every test that passed before still passes.
"""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from geist.agent.draft import Draft
from geist.agent.review import lines_of
from geist.verify.tests import is_judge

LARGE = 80  # changed lines from which a draft is worth taking apart
MOST_RUNS = 30  # of the tests; what is left then is one step


def size(draft: Draft) -> int:
    """Lines that are new or gone."""
    count = 0
    for path, new in draft.files.items():
        before, after = lines_of(draft.seen[path]), lines_of(new)
        if before is None or after is None:
            continue
        matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
        for op, i, j, k, m in matcher.get_opcodes():
            count += 0 if op == "equal" else (j - i) + (m - k)
    return count


@dataclass(frozen=True)
class Step:
    """`green` says that the tests were seen to pass with it and all steps before it."""

    paths: tuple[str, ...]
    green: bool


def steps(draft: Draft, green: Callable[[Draft], bool], whole: bool) -> list[Step]:
    """The draft's paths, step by step. `green` says whether a part of the draft keeps the tests;
    of the whole its own verdict has said so, or not (`whole`)."""
    left, taken, found, runs = _order(draft), list[str](), list[Step](), 0
    while left:
        step = Step(tuple(left), whole)
        for trial in _trials(left):
            if len(trial) == len(left) or runs == MOST_RUNS:
                break
            runs += 1
            if green(part(draft, [*taken, *trial])):
                step = Step(trial, True)
                break
        found.append(step)
        taken += step.paths
        left = [p for p in left if p not in step.paths]
    return found


def _trials(left: Sequence[str]) -> list[tuple[str, ...]]:
    """Each file alone, then ever more of them together."""
    alone = [(p,) for p in left]
    return [*alone, *(tuple(left[:n]) for n in range(2, len(left) + 1))]


def part(draft: Draft, paths: Sequence[str]) -> Draft:
    return Draft(draft.root, draft.base, {p: draft.files[p] for p in paths},
                 {p: draft.seen[p] for p in paths})  # fmt: skip


def _order(draft: Draft) -> list[str]:
    """What is new cannot break what is there; what is deleted may still be needed until the end."""

    def place(path: str) -> tuple[int, str]:
        if draft.files[path] is None:
            return 3, path
        return (2 if is_judge(path) else 0 if draft.seen[path] is None else 1), path

    return sorted(draft.files, key=place)
