"""What a project's history says about where a change belongs."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from geist.context.corpus import Corpus, Lists, Weights, bm25

MOST_COMMITS = 5000
MOST_FILES = 30  # a commit of more says nothing of each


class Past:
    """The commits that led to one state, newest first, over the files of a corpus."""

    def __init__(self, corpus: Corpus, rows: Sequence[tuple[Any, ...]]) -> None:
        """`rows` as Store.commits gives them: (id, at, message, files, terms, counts)."""
        self.size = len(corpus)
        moved = _Moved(corpus)
        commits, files, terms, counts, sizes = [], [], [], [], []
        self.messages = [r[2] for r in rows]
        self.names = [r[0] for r in rows]
        for number, row in enumerate(rows):
            names = row[3].split("\n") if row[3] else []
            found = {moved.now(n) for n in names} - {-1} if len(names) <= MOST_FILES else set()
            commits += [number] * len(found)
            files += sorted(found)
            terms.append(row[4])
            counts.append(row[5])
            sizes.append(len(row[4]) // 4)
        # each touch: (commit, file)
        self.commit, self.file = np.array(commits, np.int64), np.array(files, np.int64)
        self.width = np.bincount(self.commit, minlength=len(rows)).astype(np.float64)
        of = np.repeat(np.arange(len(rows)), np.array(sizes, np.int64))
        times = np.frombuffer(b"".join(counts), np.uint32).astype(np.float64)
        self.lists = Lists(np.frombuffer(b"".join(terms), np.uint32), of, times, len(rows))
        self.lengths = np.bincount(of, times, len(rows))

    def __len__(self) -> int:
        return len(self.messages)

    def alike(self, query: Weights) -> np.ndarray:
        """How well each commit's message answers the query."""
        return bm25(self.lists, self.lengths, query)

    def spread(self, weight: np.ndarray, power: float = 0.5) -> np.ndarray:
        """A weight of each commit given to the files that it changed."""
        share = weight[self.commit] / np.maximum(1.0, self.width[self.commit]) ** power
        return np.bincount(self.file, share, self.size)

    def best(self, weight: np.ndarray) -> np.ndarray:
        """The highest weight among a file's commits."""
        found = np.zeros(self.size)
        np.maximum.at(found, self.file, weight[self.commit])
        return found

    def messages_of(self, query: Weights, commits: float) -> np.ndarray:
        """BM25 over all that was ever said of each file, older commits counting less."""
        age = 0.5 ** (np.arange(len(self)) / commits)
        per = self.lengths[self.commit] * age[self.commit]
        lengths = np.bincount(self.file, per, self.size)
        scores = np.zeros(self.size)
        active = int(np.count_nonzero(lengths)) or 1
        norm = 1.2 * (0.25 + 0.75 * lengths / max(1.0, lengths.sum() / active))
        order = np.argsort(self.commit, kind="stable")
        commit, file = self.commit[order], self.file[order]
        for term, weight in query.items():
            docs, counts = self.lists.of(term)
            if not len(docs):
                continue
            value = np.zeros(len(self))
            value[docs] = counts * age[docs]
            times = np.bincount(file, value[commit], self.size)
            n = int(np.count_nonzero(times))
            if n:
                idf = np.log(1 + (active - n + 0.5) / (n + 0.5))
                scores += weight * idf * times * 2.2 / (times + norm)
        return scores


class _Moved:
    """Where a file of an old commit is now: at its path, or at the only one that ends like it."""

    def __init__(self, corpus: Corpus) -> None:
        self.number = corpus.number
        self.tails: dict[str, list[int]] = defaultdict(list)
        for path, number in corpus.number.items():
            parts = path.split("/")
            self.tails["/".join(parts[-2:])].append(number)
        self.known: dict[str, int] = {}

    def now(self, path: str) -> int:
        if path not in self.known:
            found = self.number.get(path, -1)
            if found < 0 and "/" in path:
                tail = self.tails.get("/".join(path.split("/")[-2:]), [])
                found = tail[0] if len(tail) == 1 else -1
            self.known[path] = found
        return self.known[path]
