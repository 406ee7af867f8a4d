"""How often the ranking has the files that a change really touched: on a repository's own past."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from geist.context.corpus import Corpus
from geist.context.mine import Task, candidate
from geist.context.past import Past
from geist.context.query import read
from geist.context.rank import rank

CUTS = (1, 5, 10)
Order = Callable[[Task, Corpus, Past, np.ndarray], list[int]]


@dataclass(frozen=True)
class Row:
    """One task: the recall at each of CUTS by method, and how many files competed."""

    task: Task
    files: int
    recall: dict[str, tuple[float, ...]]


def geist(task: Task, corpus: Corpus, past: Past, among: np.ndarray) -> list[int]:
    return rank(corpus, past, task.query, among).files


def plain(task: Task, corpus: Corpus, past: Past, among: np.ndarray) -> list[int]:
    """BM25 over whole files, nothing else."""
    scores = corpus.files(read(task.query).terms)[among]
    return [int(among[i]) for i in np.argsort(-scores, kind="stable")]


def chance(task: Task, corpus: Corpus, past: Past, among: np.ndarray) -> list[int]:
    """A random order."""
    dice = np.random.default_rng(int(task.commit[:8], 16))
    return [int(i) for i in dice.permutation(among)]


METHODS: dict[str, Order] = {"geist": geist, "BM25": plain, "random": chance}


def rows(states: Iterator[tuple[Task, Corpus, Past]], methods: dict[str, Order] = METHODS
         ) -> Iterator[Row]:  # fmt: skip
    """The candidates are Python files outside the tests, as in the tasks."""
    for task, corpus, past in states:
        among = np.array([i for i, p in enumerate(corpus.paths) if candidate(p)])
        truth = {corpus.number[p] for p in task.truth if p in corpus.number}
        if not truth:
            continue
        found = {}
        for name, order in methods.items():
            ranked = order(task, corpus, past, among)
            found[name] = tuple(len(truth & set(ranked[:k])) / len(truth) for k in CUTS)
        yield Row(task, len(among), found)


def interval(values: np.ndarray, draws: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """The 95% bootstrap interval of the mean over rows (Efron 1979)."""
    dice = np.random.default_rng(0)
    means = values[dice.integers(0, len(values), (draws, len(values)))].mean(1)
    low, high = np.percentile(means, [2.5, 97.5], axis=0)
    return low, high
