"""Was this set trained on? Tests whose null distribution is exact, because what they compare would
be exchangeable had the model never seen the set.

order: the set in the order in which it was published, against shuffles of it (Oren et al. 2023).
fresh: items of the set against items of the same making that cannot have been trained on.
words: how much an item loses by rewording, in the set and among fresh items: the difference.
Min-K% (Shi et al. 2024) is told as the weak signal that it is: it says what is probable, not why.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Found:
    """`p`: how probable so large an `effect` is for a set that was never seen. `n` is how many
    items, or shards, it rests on, and `unit` what the effect is measured in."""

    test: str
    effect: float
    p: float
    n: int
    unit: str


def order(items: Sequence[str], score: Callable[[str], float], *, shards: int = 10,
          shuffles: int = 9, join: str = "\n\n", seed: int = 0) -> Found:  # fmt: skip
    """`score` is a text's summed log-probability. In each shard the published order is ranked among
    `shuffles` random ones. Unseen, each rank is as likely as the others, so the distribution of the
    sum of ranks is known exactly. It finds only what was trained on as one text, in its order."""
    shards = max(1, min(shards, len(items) // 2))
    size = len(items) // shards
    dice, ranks, gains = random.Random(seed), list[int](), list[float]()
    for s in range(shards):
        part = list(items[s * size : (s + 1) * size])
        first = score(join.join(part))
        others = [score(join.join(dice.sample(part, len(part)))) for _ in range(shuffles)]
        # ties are broken by dice, or equal scores would count for one side
        ranks.append(sum(o > first for o in others)
                     + dice.randint(0, sum(o == first for o in others)))  # fmt: skip
        gains.append(first - float(np.mean(others)))
    p = ranks_p(sum(ranks), shards, shuffles)
    return Found("order", float(np.mean(gains)), p, shards, "nats a shard")


def ranks_p(total: int, shards: int, shuffles: int) -> float:
    """P(sum of `shards` independent uniform ranks 0…shuffles ≤ total), by convolution."""
    ways = np.ones(1)
    for _ in range(shards):
        ways = np.convolve(ways, np.full(shuffles + 1, 1.0 / (shuffles + 1)))
    return float(min(1.0, ways[: total + 1].sum()))


def fresh(inside: Sequence[float], outside: Sequence[float]) -> Found:
    """Mean log-probability a token of items in the set and of fresh ones: Mann–Whitney's U,
    one-sided, exact for small sets without ties. The effect is P(inside > outside)."""
    from scipy import stats

    told = stats.mannwhitneyu(inside, outside, alternative="greater")
    effect = float(told.statistic) / (len(inside) * len(outside))
    return Found("fresh", effect, float(told.pvalue), len(inside), "P(inside > fresh)")


def words(inside: Sequence[float], outside: Sequence[float], *, shuffles: int = 9999,
          seed: int = 0) -> Found:  # fmt: skip
    """Both are differences, an item's own wording less its rewording. Rewordings are less fluent
    for any model: only a larger difference inside the set tells. Which items are inside is
    shuffled; the test is exact at its level (Phipson and Smyth 2010)."""
    a, b = np.asarray(inside, float), np.asarray(outside, float)
    seen = float(a.mean() - b.mean())
    both, rng, as_large = np.concatenate([a, b]), np.random.default_rng(seed), 1
    for _ in range(shuffles):
        rng.shuffle(both)
        as_large += int(both[: len(a)].mean() - both[len(a) :].mean() >= seen - 1e-12)
    return Found("words", seen, as_large / (shuffles + 1), len(a), "nats a token")


def mink(logps: Sequence[float], share: float = 0.2) -> float:
    """The mean of the least likely tokens' log-probabilities."""
    kept = sorted(logps)[: max(1, int(share * len(logps)))]
    return float(np.mean(kept)) if kept else 0.0


def power(items: int, effect: float, *, level: float = 0.05, tries: int = 400) -> float:
    """How often `fresh` would find a set of this size whose items score above fresh ones with
    probability `effect`, by simulation with normal scores."""
    from scipy import stats

    rng = np.random.default_rng(0)
    shift = 2**0.5 * float(stats.norm.ppf(effect))
    found = 0
    for _ in range(tries):
        a, b = rng.normal(shift, 1, items), rng.normal(0, 1, items)
        found += stats.mannwhitneyu(a, b, alternative="greater").pvalue <= level
    return found / tries


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """P(a contaminated model scores above a clean one); ties count half."""
    p, n = np.asarray(positive)[:, None], np.asarray(negative)[None]
    return float((p > n).mean() + 0.5 * (p == n).mean())
