"""What a person sees who compares several wrong results with what they should be."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from math import isclose

from geist.apps.checking import number

PRINTED = re.compile(r"it printed (['\"])(.*)\1 where (['\"])(.*)\3 was expected$", re.S)
WRONG = re.compile(r"the page shows (.+?) '([^']*)' where it should be (\S+)")


def hunches(wrong: Sequence[str]) -> list[str]:
    """Of each result that is wrong at least twice: that it is so by the same factor, or by the same
    amount; or that it is rounded where it should not be."""
    seen = dict[str, list[tuple[float, float]]]()
    for what in wrong:
        if m := WRONG.search(what):
            got, wanted = number(m[2]), number(m[3])
            if got is not None and wanted is not None:
                seen.setdefault(m[1], []).append((got, wanted))
    return [f"{name} {why}" for name, pairs in seen.items() if (why := _hunch(pairs))]


def _hunch(pairs: Sequence[tuple[float, float]]) -> str:
    if any(w != round(w) for _, w in pairs) and all(
        abs(g - w) <= 0.5 and g == round(g) for g, w in pairs
    ):
        return "was made a whole number, and should not be"
    if len(set(pairs)) < 2:
        return ""
    (got, wanted), *rest = pairs
    if wanted and all(w and isclose(g / w, got / wanted, rel_tol=0.01) for g, w in rest):
        factor = got / wanted
        if isclose(factor, -1, rel_tol=0.01):
            return "had the wrong sign"
        if not 1e-9 < factor < 1e9:
            return ""
        if factor > 1:
            return f"was always {(n := _short(factor))} times too large: divide by {n}"
        return f"was always {(n := _short(1 / factor))} times too small: multiply by {n}"
    if all(isclose(g - w, got - wanted, abs_tol=1e-6) for g, w in rest):
        size, way = ("large", "subtract") if got > wanted else ("small", "add")
        return f"was always {(n := _short(abs(got - wanted)))} too {size}: {way} {n}"
    return ""


def _short(x: float) -> str:
    return f"{round(x)}" if isclose(x, round(x), rel_tol=0.01) else f"{x:.3g}"


def printed(why: str) -> tuple[list[str], list[str]] | None:
    """(the lines that were printed, those that were expected) of a check that is not met."""
    m = PRINTED.search(why)
    return (m[2].split("\\n"), m[4].split("\\n")) if m else None


def nearness(why: str) -> float:
    """How near what was printed came to what was expected, 0 to 1; 0 where nothing is said of it."""
    if (found := printed(why)) is None:
        return 0.0
    return SequenceMatcher(None, *found, autojunk=False).ratio() / 2 + (
        SequenceMatcher(None, *map("\n".join, found), autojunk=False).ratio() / 2
    )
