"""What a map may claim: intervals, pairs, clusters, and how uneven skills really are.

scipy where it has it, and of that the functions alone, imported where used: scipy.stats, which has
them as distributions, takes two seconds. The tests hold it against statsmodels.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

LEVEL = 0.05
Pair = tuple[bool, bool, Hashable]  # right in its own wording, right reworded, the other template


@dataclass(frozen=True)
class Estimate:
    """A mean in its range with its 95% interval; `se` is its standard error and `n` how many
    independent answers, or pairs, it is worth."""

    mean: float
    low: float
    high: float
    se: float
    n: float

    @property
    def width(self) -> float:
        return self.high - self.low


@dataclass(frozen=True)
class Likeness:
    """How much answers resemble each other: `template` is the correlation of answers to one
    template, `pair` that of a problem's two wordings."""

    template: float = 0.0
    pair: float = 0.0


def likeness(skills: Sequence[Sequence[Pair]]) -> Likeness:
    """Estimated over all skills together, since one skill has too few templates to tell: the
    intraclass correlation by analysis of variance (Ridout, Demétrio and Firth 1999, eq. 2), and the
    pairs' covariance over their variance."""
    between = total = shared = spread = 0.0
    for pairs in skills:
        if len(pairs) < 3:
            continue
        x, y = (np.array([p[i] for p in pairs], float) for i in (0, 1))
        shared += float(((x - x.mean()) * (y - y.mean())).sum())
        spread += float((x.var() * y.var()) ** 0.5 * len(x))
        sizes, means = _clusters(y, [p[2] for p in pairs])
        k, n = len(sizes), len(y)
        if not 1 < k < n:
            continue
        ssb = float((sizes * (means - y.mean()) ** 2).sum())
        within = (float(((y - y.mean()) ** 2).sum()) - ssb) / (n - k)
        size = (n - float((sizes**2).sum()) / n) / (k - 1)
        between += (ssb / (k - 1) - within) / size
        total += within + (ssb / (k - 1) - within) / size
    icc = max(0.0, between / total) if total > 0 else 0.0
    return Likeness(min(1.0, icc), max(0.0, shared / spread) if spread > 0 else 0.0)


def share(pairs: Sequence[Pair], like: Likeness) -> Estimate:
    """The share that is right, half in the families' own wording and half in others: Wilson's
    interval at the effective sample size (Korn and Graubard 1998), which is that of as many
    independent answers as would have the same variance."""
    n = len(pairs)
    mean = float(np.mean([p[:2] for p in pairs]))
    sizes, _ = _clusters(np.zeros(n), [p[2] for p in pairs])
    # Kish's design effect of the reworded half; the own wording is one and the same everywhere
    effect = 1 + (float((sizes**2).sum()) / n - 1) * like.template
    return proportion(mean, 4 * n / (1 + effect + 2 * like.pair))


def proportion(mean: float, n: float) -> Estimate:
    """Wilson's interval (1927) for a size that need not be whole, which libraries insist on. Its
    half width over z stands in for the standard error, which at 0 and 1 is not 0."""
    from scipy import special

    z = float(special.ndtri(1 - LEVEL / 2))
    centre = (mean + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * (mean * (1 - mean) / n + z**2 / (4 * n**2)) ** 0.5
    low, high = max(0.0, centre - reach), min(1.0, centre + reach)
    return Estimate(mean, min(low, mean), max(high, mean), reach / z, n)


def difference(a: Sequence[float], b: Sequence[float], clusters: Sequence[Hashable]) -> Estimate:
    """The mean of b − a over pairs, with standard errors that are robust to clusters (Liang and
    Zeger 1986; CR1) and t at C − 1 degrees of freedom."""
    from scipy import special

    values = np.asarray(b, float) - np.asarray(a, float)
    mean, n = float(values.mean()), len(values)
    sizes, means = _clusters(values - mean, clusters)
    count = len(sizes)
    if count < 2:
        return Estimate(mean, -1.0, 1.0, 1.0, n)
    se = float((count / (count - 1) * ((sizes * means) ** 2).sum()) ** 0.5 / n)
    # where all pairs agree, nothing was seen that could vary: as if one of them had not
    se = max(se, 1 / n / 3**0.5)
    reach = float(special.stdtrit(count - 1, 1 - LEVEL / 2)) * se
    return Estimate(mean, max(-1.0, mean - reach), min(1.0, mean + reach), se, n)


def mcnemar(a: Sequence[bool], b: Sequence[bool]) -> float:
    """The exact two-sided p of McNemar's test: are changes one way as likely as the other?"""
    from scipy import special

    lost = sum(x and not y for x, y in zip(a, b, strict=True))
    won = sum(y and not x for x, y in zip(a, b, strict=True))
    return min(1.0, 2 * float(special.bdtr(min(lost, won), lost + won, 0.5)))


def holm(ps: Sequence[float]) -> list[float]:
    """Adjusted for how many there are (Holm 1979): the smallest times how many there are, the next
    times one fewer, and none below one that is smaller."""
    found, most = [1.0] * len(ps), 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        most = max(most, ps[place] * (len(ps) - rank))
        found[place] = min(1.0, most)
    return found


@dataclass(frozen=True)
class Jagged:
    """`j` is the spread of the true skills, in points of accuracy: what is left of the spread that
    was seen when the noise of measuring is taken off. `q` and `p`: Cochran's test that all skills
    are one."""

    j: float
    q: float
    p: float
    skills: int


def jaggedness(skills: Sequence[Estimate]) -> Jagged:
    """J² = max(0, S² − mean SE²), S² the variance of the means. Q = Σ nᵢ(mᵢ − m̄)²/(m̄(1 − m̄)) with
    the variances that hold when all skills are one, χ² with k − 1 degrees (Cochran 1954)."""
    from scipy import special

    if len(skills) < 2:
        return Jagged(0.0, 0.0, 1.0, len(skills))
    m, n = (np.array([getattr(s, what) for s in skills]) for what in ("mean", "n"))
    noise = np.mean([s.mean * (1 - s.mean) / max(1.0, s.n - 1) for s in skills])
    j = float(max(0.0, m.var(ddof=1) - noise) ** 0.5)
    middle = float((n * m).sum() / n.sum())
    if not 0 < middle < 1:
        return Jagged(0.0, 0.0, 1.0, len(skills))
    q = float((n * (m - middle) ** 2).sum() / (middle * (1 - middle)))
    return Jagged(j, q, float(special.chdtrc(len(m) - 1, q)), len(m))


def corrected(accuracy: float, chance: float) -> float:
    """0 where one constant answer does as well, 1 where all is right (Cohen's κ with a constant
    judge); below 0 where it does worse."""
    return (accuracy - chance) / (1 - chance) if chance < 1 else 0.0


def chance_of(answers: Sequence[Hashable]) -> float:
    """What the best constant answer gets right."""
    counts: Mapping[Hashable, int] = {a: answers.count(a) for a in set(answers)}
    return max(counts.values(), default=0) / max(1, len(answers))


def resolvable(pairs: int, changing: float = 0.3, power: float = 0.8) -> float:
    """The smallest gap between two wordings that `pairs` pairs will probably show, where a share of
    `changing` of them come out differently (Connor 1987, for McNemar's test); `changing` if none.
    """
    from scipy import special

    z, zb = (float(special.ndtri(x)) for x in (1 - LEVEL / 2, power))
    low, high = 0.0, changing
    for _ in range(50):
        gap = (low + high) / 2
        needed = (z * changing**0.5 + zb * max(0.0, changing - gap**2) ** 0.5) ** 2 / gap**2
        low, high = (gap, high) if needed > pairs else (low, gap)
    return high


def _clusters(values: np.ndarray, names: Sequence[Hashable]) -> tuple[np.ndarray, np.ndarray]:
    """How large each cluster is, and its mean."""
    known = {c: i for i, c in enumerate(dict.fromkeys(names))}
    index = [known[c] for c in names]
    sizes = np.bincount(index)
    return sizes, np.bincount(index, values) / sizes
