"""The index in memory: inverted lists over the chunks, files and paths of one state."""

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from geist.context.extract import DOCS, NAMES
from geist.context.words import count, salted, terms_of

K1, B = 1.2, 0.75  # BM25's usual constants (Robertson and Zaragoza 2009, section 3.5)
Weights = dict[int, float]  # a query: term → how much it counts


class Lists:
    """Inverted lists over documents: which of them has a term, how often."""

    def __init__(self, terms: np.ndarray, docs: np.ndarray, counts: np.ndarray, size: int) -> None:
        # one sort of whole numbers is several times faster than a stable argsort
        keys = (terms.astype(np.uint64) << np.uint64(32)) | np.arange(len(terms), dtype=np.uint64)
        keys.sort()
        order = (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
        self.terms, self.docs, self.counts = terms[order], docs[order], counts[order]
        self.size = size

    def of(self, term: int) -> tuple[np.ndarray, np.ndarray]:
        """Documents in ascending order, and counts."""
        key = np.uint32(term)
        low, high = np.searchsorted(self.terms, key), np.searchsorted(self.terms, key, "right")
        return self.docs[low:high], self.counts[low:high]


def bm25(
    lists: Lists,
    lengths: np.ndarray,
    query: Weights,
    salt: int = 0,
    b: float = B,
    groups: np.ndarray | None = None,
) -> np.ndarray:
    """The score of each document (or, with `groups`, of each group of documents together, whose
    `lengths` are then the groups'). Idf as in Lucene: log(1 + (N − n + ½)/(n + ½))."""
    scores = np.zeros(len(lengths))
    if not len(lengths):
        return scores
    norm = K1 * (1 - b + b * lengths / max(1.0, float(lengths.mean())))
    for term, weight in query.items():
        docs, counts = lists.of(salted(term, salt) if salt else term)
        if not len(docs):
            continue
        if groups is not None:
            of = groups[docs]
            first = np.flatnonzero(np.concatenate(([True], of[1:] != of[:-1])))
            docs, counts = of[first], np.add.reduceat(counts, first)
        n = len(docs)
        idf = np.log(1 + (len(lengths) - n + 0.5) / (n + 0.5))
        scores[docs] += weight * idf * counts * (K1 + 1) / (counts + norm[docs])
    return scores


class Corpus:
    """The files of one state of a project. Chunks of a file are neighbours, files sorted by
    path."""

    def __init__(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """`rows` as Store.rows gives them."""
        self.paths = [r[0] for r in rows]
        self.contents = [r[1] for r in rows]
        self.lines = np.array([r[7] for r in rows], np.int64)
        self.number = {p: i for i, p in enumerate(self.paths)}
        starts, ends, sizes, terms, counts = (_joined(rows, i) for i in range(2, 7))
        self.starts, self.ends = starts, ends
        self.chunk_file = np.repeat(
            np.arange(len(rows)), np.array([len(r[2]) // 4 for r in rows], np.int64)
        )
        self.first_chunk = np.searchsorted(self.chunk_file, np.arange(len(rows) + 1))
        chunk_of = np.repeat(np.arange(len(sizes)), sizes)
        self.lists = Lists(terms, chunk_of, counts.astype(np.float64), len(sizes))
        self.chunk_lengths = np.bincount(chunk_of, counts, len(sizes))
        self.lengths = np.bincount(self.chunk_file, self.chunk_lengths, len(rows))

    def __len__(self) -> int:
        return len(self.paths)

    def chunks(self, query: Weights) -> np.ndarray:
        return bm25(self.lists, self.chunk_lengths, query)

    def files(self, query: Weights) -> np.ndarray:
        return bm25(self.lists, self.lengths, query, groups=self.chunk_file)

    def names(self, query: Weights) -> np.ndarray:
        """By the names that a file defines."""
        return bm25(self.lists, self.lengths, query, NAMES, groups=self.chunk_file)

    def docs(self, query: Weights) -> np.ndarray:
        """By its comments and docstrings."""
        return bm25(self.lists, self.lengths, query, DOCS, groups=self.chunk_file)

    @cached_property
    def folders(self) -> np.ndarray:
        """The number of each file's folder."""
        names = [p.rpartition("/")[0] for p in self.paths]
        return np.unique(names, return_inverse=True)[1]

    @cached_property
    def stems(self) -> list[str]:
        """What each file is called, without case, suffix and underscores; a package by its
        folder."""
        found = []
        for path in self.paths:
            parts = path.lower().split("/")
            stem = parts[-1].partition(".")[0]
            if stem in ("__init__", "index", "mod") and len(parts) > 1:
                stem = parts[-2]
            found.append(re.sub(r"[_\W]", "", stem))
        return found

    @cached_property
    def _path_lists(self) -> tuple[Lists, np.ndarray]:
        terms, docs, counts, lengths = [], [], [], []
        for number, path in enumerate(self.paths):
            found = count(path)
            stem = PurePosixPath(path).stem
            for term in terms_of(stem):
                found[term] = found.get(term, 0) + 2  # the name itself says more than its folders
            terms += found.keys()
            counts += found.values()
            docs += [number] * len(found)
            lengths.append(sum(found.values()))
        return (
            Lists(np.array(terms, np.uint32), np.array(docs, np.int64),
                  np.array(counts, np.float64), len(self)),
            np.array(lengths, np.float64),
        )  # fmt: skip

    def by_path(self, query: Weights) -> np.ndarray:
        lists, lengths = self._path_lists
        return bm25(lists, lengths, query, b=0.4)


def _joined(rows: Sequence[tuple[Any, ...]], column: int) -> np.ndarray:
    return np.frombuffer(b"".join(r[column] for r in rows), np.uint32)
