"""Does a map say what is so? Simulated models whose truth is known.

python -m bench.map.simulate [--times 300]

Coverage: skills whose templates differ (intraclass correlation 0 to 0.5) and whose two wordings of
a problem agree (correlation 0 to 0.4), on the designs that `geist map` really asks. The truth is
what the estimate is of: half the family's own wording, half the mean over all that there could be.
"""

import argparse
import json
import platform
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np

from bench.fix.run import machine
from geist.jagged.contaminated import fresh, order, words
from geist.jagged.stats import Estimate, Pair, jaggedness, likeness, proportion, share
from geist.jagged.suite import SKILLS, pairs

RESULTS = Path(__file__).parent.parent / "results" / "map-simulate.json"
COUNTS = (20, 50)
ICCS, ACCURACIES = (0.0, 0.1, 0.3, 0.5), (0.1, 0.3, 0.5, 0.8)


def answered(p: float, icc: float, alike: float, design: list[str],
             rng: np.random.Generator) -> list[Pair]:  # fmt: skip
    """Answers to one skill's pairs: right with probability p in the own wording, with the
    template's own probability (Beta with mean p) in the other; with probability `alike` both fall
    together."""
    names = sorted(set(design))
    a, b = (p * (1 - icc) / icc, (1 - p) * (1 - icc) / icc) if icc else (0.0, 0.0)
    of = {n: float(rng.beta(a, b)) if icc else p for n in names}
    made = list[Pair]()
    for name in design:
        u = rng.random()
        v = u if rng.random() < alike else rng.random()
        made.append((u < p, v < of[name], name))
    return made


def coverage(times: int, rng: np.random.Generator) -> tuple[list[dict[str, float]], list[float]]:
    """By setting: how often 95% intervals hold the truth, and how wide they are."""
    designs = {n: [[b.template for _, b in pairs(s, n)] for s in SKILLS] for n in COUNTS}
    rows = []
    for count in COUNTS:
        for icc in ICCS:
            for p in ACCURACIES:
                held, width, of = 0, 0.0, 0
                for t in range(times // len(SKILLS) + 1):
                    # a map whose skills all differ from each other, as real ones do
                    middle = [p, *rng.uniform(0.1, 0.9, len(SKILLS) - 1)]
                    made = [answered(m, icc, 0.4 * (t % 2), d, rng)
                            for m, d in zip(middle, designs[count])]  # fmt: skip
                    like = likeness(made)
                    for skill in range(len(SKILLS)):
                        # every design has its turn at this accuracy
                        found = share(answered(p, icc, 0.4 * (t % 2), designs[count][skill], rng),
                                      like)  # fmt: skip
                        held += found.low <= p <= found.high
                        width += found.width
                        of += 1
                rows.append({"pairs": count, "icc": icc, "p": p, "covered": held / of,
                             "width": width / of})  # fmt: skip
    return rows, [r["covered"] for r in rows]


def spread(times: int, rng: np.random.Generator) -> tuple[list[float], list[float], float]:
    """(J of flat profiles, J over the planted spread, how often Q finds a flat one jagged)."""
    flat, ratio, alarms = list[float](), list[float](), 0
    for _ in range(times):
        p = float(rng.uniform(0.2, 0.8))
        told = jaggedness([_seen(p, rng) for _ in SKILLS])
        flat.append(told.j)
        alarms += told.p < 0.05
        truth = np.clip(0.5 + 0.2 * rng.standard_normal(len(SKILLS)), 0.03, 0.97)
        ratio.append(jaggedness([_seen(q, rng) for q in truth]).j / float(truth.std(ddof=1)))
    return flat, ratio, alarms / times


def _seen(p: float, rng: np.random.Generator, n: int = 40) -> Estimate:
    return proportion(float(rng.binomial(n, p)) / n, n)


def contamination(times: int, rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """By test: how often it cries wolf, and how often it finds the effect that is stated: items
    that score above fresh ones with probability .70; a gap of one standard deviation more; shards
    whose order is half a standard deviation likelier."""
    items = [str(n) for n in range(64)]
    found = {"fresh": [0, 0], "words": [0, 0], "order": [0, 0]}
    for t in range(times):
        for which, shift in enumerate((0.0, 1.0)):
            a, b = rng.standard_normal(64) + 0.742 * shift, rng.standard_normal(64)
            found["fresh"][which] += fresh(list(a), list(b)).p <= 0.05
            c, d = rng.standard_normal(64) + 0.5 * shift, rng.standard_normal(64)
            found["words"][which] += words(list(c), list(d), shuffles=499, seed=t).p <= 0.05
            shard = {"\n\n".join(items[s * 6 : s * 6 + 6]) for s in range(10)}

            def score(text: str, shard: set[str] = shard, shift: float = shift) -> float:
                return float(rng.standard_normal()) + 1.0 * shift * (text in shard)

            found["order"][which] += order(items[:60], score, seed=t).p <= 0.05
    return {k: (v[0] / times, v[1] / times) for k, v in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=600)
    times = parser.parse_args().times
    rng = np.random.default_rng(0)
    rows, covered = coverage(times, rng)
    print("pairs  icc    right  covered  width")
    for r in rows:
        print(
            f"{r['pairs']:>5}{r['icc']:>6.1f}{r['p']:>8.1f}{r['covered']:>9.1%}{r['width']:>7.2f}"
        )
    mean = float(np.mean(covered))
    inside = float(np.mean([0.93 <= c <= 0.97 for c in covered]))
    flat, ratio, alarms = spread(times, rng)
    told = contamination(times, rng)
    figures = [
        ("coverage, mean", mean, "share", 0.95, 0.93 <= mean <= 0.97, [min(covered), max(covered)]),
        ("settings covered 93–97%", inside, "share", 1.0, inside == 1.0, None),
        ("J of flat profiles, median", float(np.median(flat)), "points", 0.0,
         float(np.median(flat)) < 0.005, list(np.quantile(flat, [0.05, 0.95]))),
        ("J over the planted spread, median", float(np.median(ratio)), "ratio", 1.0,
         abs(float(np.median(ratio)) - 1) <= 0.1, list(np.quantile(ratio, [0.05, 0.95]))),
        ("Q finds a flat profile jagged", alarms, "share", 0.05, alarms <= 0.07, None),
    ]  # fmt: skip
    for name, (wolf, power) in told.items():
        figures.append((f"{name}: false alarms", wolf, "share", 0.05, wolf <= 0.05 + 0.02, None))
        figures.append((f"{name}: power", power, "share", 0.8, power >= 0.8, None))
    for name, value, unit, goal, met, reach in figures:
        held = "" if reach is None else f" ({reach[0]:.3f} to {reach[1]:.3f})"
        print(f"{name:<36}{value:>8.3f}{held} {unit}, goal {goal}: {'met' if met else 'missed'}")
    RESULTS.write_text(json.dumps({
        "figures": [{"name": n, "value": round(v, 4), "unit": u, "goal": g, "met": bool(m),
                     "spread": None if s is None else [round(float(x), 4) for x in s]}
                    for n, v, u, g, m, s in figures],
        "rows": rows, "settings": {"times": times, "skills": len(SKILLS)},
        "versions": {"python": platform.python_version(), "scipy": version("scipy")},
        "machine": machine(), "date": date.today().isoformat(),
    }, indent=1) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
