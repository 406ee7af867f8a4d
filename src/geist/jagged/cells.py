"""From rows to a jagged map: one cell for each skill, and what may be said of all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from geist.jagged.measure import Row
from geist.jagged.stats import (
    LEVEL,
    Estimate,
    Jagged,
    Likeness,
    corrected,
    difference,
    holm,
    jaggedness,
    likeness,
    mcnemar,
    share,
)
from geist.jagged.suite import FAMOUS, OWN, RENUMBERED, chance

LEAST = 8  # pairs until anything may be said of a skill
TRUSTED, DOUBTED = 0.8, 0.5  # right answers: surely above is reliable, surely below is unreliable
Pairs = Sequence[tuple[Row, Row]]


@dataclass(frozen=True)
class Cell:
    """A skill. `right` counts answers by a kind reading, `strict` the share that also kept the
    form. `gap` is how much is lost when a question is reworded (its own wording less the other,
    paired), `p` the exact test of that, adjusted for the number of skills."""

    skill: str
    pairs: int
    right: Estimate
    strict: float
    chance: float
    gap: Estimate | None
    p: float
    formless: float  # share of whole answers without the form
    cut: float
    tokens: float

    @property
    def corrected(self) -> float:
        return corrected(self.right.mean, self.chance)

    @property
    def word(self) -> str:
        """What may be said: reliable, unreliable, or that the data cannot tell."""
        if self.pairs < LEAST:
            return "unresolved"
        if self.right.low >= TRUSTED:
            return "reliable"
        if self.right.high <= DOUBTED:
            return "unreliable"
        if self.right.low > DOUBTED and self.right.high < TRUSTED:
            return "now and then"
        return "unresolved"

    @property
    def brittle(self) -> bool:
        """Whether rewording surely costs."""
        return self.gap is not None and self.p < LEVEL and self.gap.mean > 0


@dataclass(frozen=True)
class JaggedMap:
    """`axes` are (axis, what it costs, adjusted p) over all skills."""

    cells: tuple[Cell, ...]
    jagged: Jagged
    like: Likeness
    axes: tuple[tuple[str, Estimate, float], ...]


def fold(rows: Iterable[Row]) -> JaggedMap:
    """The map of all pairs that are there whole."""
    kept = sorted(rows, key=lambda r: (r.skill, r.pair, r.axis))
    by_skill: dict[str, list[tuple[Row, Row]]] = {}
    for a, b in paired(kept):
        by_skill.setdefault(a.skill, []).append((a, b))
    like = likeness([_plain(pairs) for pairs in by_skill.values()])
    reworded = {s: [p for p in pairs if p[1].axis != RENUMBERED] for s, pairs in by_skill.items()}
    adjusted = holm([_p(pairs) for pairs in reworded.values()])
    cells = tuple(
        _cell(skill, pairs, reworded[skill], p, like)
        for (skill, pairs), p in zip(by_skill.items(), adjusted, strict=True)
    )
    every = [p for pairs in by_skill.values() for p in pairs]
    return JaggedMap(cells, jaggedness([c.right for c in cells]), like, _axes(every))


def paired(rows: Sequence[Row]) -> list[tuple[Row, Row]]:
    """(own wording, reworded) of each pair that has both."""
    own = {(r.skill, r.pair): r for r in rows if r.axis == OWN}
    others = [r for r in rows if r.axis not in (OWN, FAMOUS)]
    return [(own[r.skill, r.pair], r) for r in others if (r.skill, r.pair) in own]


def _plain(pairs: Pairs) -> list[tuple[bool, bool, str]]:
    return [(a.kind, b.kind, b.template) for a, b in pairs]


def _p(pairs: Pairs) -> float:
    return mcnemar([b.kind for _, b in pairs], [a.kind for a, _ in pairs])


def _gap(pairs: Pairs, clusters: Sequence[str]) -> Estimate:
    return difference([b.kind for _, b in pairs], [a.kind for a, _ in pairs], clusters)


def _cell(skill: str, pairs: Pairs, reworded: Pairs, p: float, like: Likeness) -> Cell:
    rows, n = [r for pair in pairs for r in pair], 2 * len(pairs)
    gap = _gap(reworded, [b.template for _, b in reworded]) if reworded else None
    whole = sum(not r.cut for r in rows)
    return Cell(
        skill, len(pairs), share(_plain(pairs), like), sum(r.strict for r in rows) / n,
        chance(skill), gap, p,
        sum(not r.form and not r.cut for r in rows) / max(1, whole),
        sum(r.cut for r in rows) / n, sum(r.tokens for r in rows) / n,
    )  # fmt: skip


def _axes(pairs: Pairs) -> tuple[tuple[str, Estimate, float], ...]:
    names = sorted({b.axis for _, b in pairs}, key=lambda n: (n == RENUMBERED, n))
    of = {name: [p for p in pairs if p[1].axis == name] for name in names}
    adjusted = holm([_p(found) for found in of.values()])
    gaps = [_gap(found, [b.skill for _, b in found]) for found in of.values()]
    return tuple(zip(names, gaps, adjusted, strict=True))


@dataclass(frozen=True)
class Change:
    """One skill of two models on the same items: `gain` of the second over the first, paired;
    `p` is exact and adjusted for the number of skills."""

    skill: str
    first: float
    second: float
    gain: Estimate
    p: float


def compare(first: Iterable[Row], second: Iterable[Row]) -> list[Change]:
    """Over the items that both have answered, and over all skills together at the end."""
    a, b = ({r.item: r for r in rows} for rows in (first, second))
    both = sorted(a.keys() & b.keys())
    skills = list(dict.fromkeys(a[i].skill for i in both))
    found = [(s, [i for i in both if a[i].skill == s]) for s in skills]
    made = []
    for skill, of in [*found, ("all", both)] if both else []:
        x, y = [a[i].kind for i in of], [b[i].kind for i in of]
        # a problem and its rewording are one cluster
        gain = difference(x, y, [f"{a[i].skill}/{a[i].pair}" for i in of])
        made.append((skill, sum(x) / len(x), sum(y) / len(y), gain, mcnemar(x, y)))
    adjusted = [*holm([m[-1] for m in made[:-1]]), *(m[-1] for m in made[-1:])]
    return [Change(*m[:-1], p) for m, p in zip(made, adjusted, strict=True)]
