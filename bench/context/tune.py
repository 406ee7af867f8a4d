"""Fits the ranker's weights on repositories that are not reported on, and shows what each signal is
worth: the recall without it, fitted anew, on repositories held out in turn.

    python -m bench.context.tune --clones DIR [--ablate]
"""

import argparse
import importlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from bench.context.repos import TUNE, find
from geist.context.mine import candidate, mine
from geist.context.query import read
from geist.context.rank import matrix
from geist.context.replay import Repo
from geist.context.signals import SIGNALS, State

SEED, COUNT = "tune-1", 150
LEAST = 10  # candidates: fewer teach nothing
L2 = 0.01
WEIGHTS = Path("src/geist/context/weights.json")
Row = tuple[np.ndarray, np.ndarray]  # features (files × signals × 3), and which files changed


def rows_of(name: str, clones: Path, work: Path) -> list[Row]:
    kept = work / f"features-{name}.npz"
    if kept.exists():
        data = np.load(kept)
        if list(data["names"]) == list(SIGNALS):
            cuts = np.cumsum(data["sizes"])[:-1]
            return list(zip(np.split(data["x"], cuts), np.split(data["y"], cuts), strict=True))
    repo, rows = Repo(name, find(TUNE[name], clones), work), list[Row]()
    for task, corpus, past in repo.states(mine(name, repo.path, COUNT, SEED, work)):
        among = np.array([i for i, p in enumerate(corpus.paths) if candidate(p)])
        changed = np.array([corpus.paths[i] in task.truth for i in among])
        if len(among) >= LEAST and changed.any():
            state = State(corpus, past, read(task.query), among)
            rows.append((matrix(state).astype(np.float32), changed))
    x, y = (np.concatenate(parts) for parts in zip(*rows))
    np.savez(kept, names=list(SIGNALS), sizes=[len(y) for _, y in rows], x=x, y=y)
    return rows


def fit(rows: list[Row]) -> np.ndarray:
    """Listwise softmax (ListNet's loss, Cao et al. 2007) with an L2 penalty."""
    # only this needs scipy (pip install '.[bench]'), so the type checker does not get to see it
    minimize: Any = importlib.import_module("scipy.optimize").minimize
    x = np.concatenate([x.reshape(len(x), -1) for x, _ in rows]).astype(np.float64)
    y = np.concatenate([y / y.sum() for _, y in rows])
    sizes = [len(y) for _, y in rows]
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    of = np.repeat(np.arange(len(rows)), sizes)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        s = x @ w
        s -= np.maximum.reduceat(s, starts)[of]
        e = np.exp(s)
        z = np.add.reduceat(e, starts)[of]
        value = -(y * (s - np.log(z))).sum() / len(rows) + L2 * (w @ w)
        return value, -(x.T @ (y - e / z)) / len(rows) + 2 * L2 * w

    start = np.zeros(x.shape[1])
    return minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x


def recall(w: np.ndarray, rows: list[Row]) -> np.ndarray:
    """Of each row: recall at 1, 5, 10."""
    out = []
    for x, y in rows:
        order = np.argsort(-(x.reshape(len(x), -1) @ w), kind="stable")
        out.append([y[order[:k]].sum() / y.sum() for k in (1, 5, 10)])
    return np.array(out)


def held_out(found: dict[str, list[Row]], keep: list[int]) -> np.ndarray:
    """Every repository ranked by weights that were fitted on the others."""
    cut = {n: [(x[:, keep], y) for x, y in rows] for n, rows in found.items()}
    names, out = list(cut), []
    for fold in (names[i::4] for i in range(4)):
        w = fit([r for n in names if n not in fold for r in cut[n]])
        out += [recall(w, cut[n]) for n in fold]
    return np.concatenate(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clones", type=Path, default=Path("bench/.work/context/clones"))
    parser.add_argument("--work", type=Path, default=Path("bench/.work/context"))
    parser.add_argument("--ablate", action="store_true")
    said = parser.parse_args()
    with ProcessPoolExecutor(2) as pool:
        found: dict[str, list[Row]] = dict(
            zip(TUNE, pool.map(rows_of, TUNE, [said.clones] * 99, [said.work] * 99))
        )
    print({n: len(rows) for n, rows in found.items()})
    every = list(range(len(SIGNALS)))
    full = held_out(found, every)
    print("held out, recall at 1, 5, 10:", full.mean(0).round(3))
    if said.ablate:
        dice = np.random.default_rng(0)
        for number, name in enumerate(SIGNALS):
            less = held_out(found, [i for i in every if i != number]) - full
            draws = less[dice.integers(0, len(less), (2000, len(less)))].mean(1)
            low, high = np.percentile(draws, [2.5, 97.5], axis=0)
            told = "  ".join(f"{100 * m:+.2f} [{100 * a:+.2f}, {100 * b:+.2f}]"
                             for m, a, b in zip(less.mean(0), low, high))  # fmt: skip
            print(f"without {name:<9}{told}", flush=True)
        return
    w = fit([r for rows in found.values() for r in rows]).reshape(-1, 3)
    told = {name: [round(float(v), 3) for v in row] for name, row in zip(SIGNALS, w)}
    WEIGHTS.write_text("{\n" + ",\n".join(f' "{k}": {v}' for k, v in told.items()) + "\n}\n")


if __name__ == "__main__":
    main()
