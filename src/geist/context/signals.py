"""What speaks for each file: one number per file and source. Each earned its place in the ablation
of bench/context; what did not help was deleted: callers and callees of the best files, how much a
file is used, what changed together with the best, tests that match, the words of the best chunks
and of similar commits (pseudo-relevance feedback), more half-lives of recency, an embedding."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geist.context.corpus import Corpus, bm25
from geist.context.extract import DOCS, NAMES
from geist.context.past import Past
from geist.context.query import Query
from geist.context.words import COMMON, terms_of

FOREIGN = re.compile(r"(^|/)(_?vendor(ed)?|third_party|extern(al)?|xlib|examples?|docs?|"
                     r"benchmarks?|scripts?|tools|contrib)(/|$)")  # fmt: skip


@dataclass(frozen=True)
class State:
    """All that a signal may look at. `among` are the numbers of the files that are ranked."""

    corpus: Corpus
    past: Past
    query: Query
    among: np.ndarray

    def shared(self, scores: np.ndarray) -> np.ndarray:
        """Scaled so that the best of the ranked files has 1."""
        most = scores[self.among].max(initial=0.0)
        return scores / most if most > 0 else np.zeros(len(scores))

    @cached_property
    def chunks(self) -> np.ndarray:
        return self.corpus.chunks(self.query.terms)

    @cached_property
    def fielded(self) -> np.ndarray:
        """Chunks by their text, the names they define and their comments together."""
        c, terms = self.corpus, self.query.terms
        names = bm25(c.lists, c.chunk_lengths, terms, NAMES, b=0.2)
        return self.chunks + names + 0.5 * bm25(c.lists, c.chunk_lengths, terms, DOCS, b=0.5)

    @cached_property
    def body(self) -> np.ndarray:
        return self.corpus.files(self.query.terms)

    @cached_property
    def alike(self) -> np.ndarray:
        scores = self.past.alike(self.query.terms)
        return scores / max(scores.max(initial=0.0), 1e-9)

    @cached_property
    def said(self) -> np.ndarray:
        return self.past.messages_of(self.query.terms, 3000)

    @cached_property
    def touched(self) -> tuple[np.ndarray, np.ndarray]:
        """Each file's last and first commit, counted back from now."""
        last, first = np.full(len(self.corpus), np.inf), np.full(len(self.corpus), -1.0)
        np.minimum.at(last, self.past.file, self.past.commit.astype(float))
        np.maximum.at(first, self.past.file, self.past.commit.astype(float))
        return last, first


def best_chunks(corpus: Corpus, chunks: np.ndarray) -> np.ndarray:
    found = np.zeros(len(corpus))
    np.maximum.at(found, corpus.chunk_file, chunks)
    return found


Signal = Callable[[State], np.ndarray]
SIGNALS: dict[str, tuple[str, Signal]] = {}


def signal(name: str, means: str) -> Callable[[Signal], Signal]:
    def add(function: Signal) -> Signal:
        SIGNALS[name] = means, function
        return function

    return add


@signal("body", "its text answers the query")
def _body(s: State) -> np.ndarray:
    return s.body


@signal("best", "one function or section of it does")
def _best(s: State) -> np.ndarray:
    return best_chunks(s.corpus, s.chunks)


@signal("fielded", "a name, or a comment beside it, does")
def _fielded(s: State) -> np.ndarray:
    return best_chunks(s.corpus, s.fielded)


@signal("cover", "one function has most of the query's words")
def _cover(s: State) -> np.ndarray:
    size, covered = len(s.corpus), np.zeros(len(s.chunks))
    for term in s.query.terms:
        docs, _ = s.corpus.lists.of(term)
        if len(docs):
            n = len(np.unique(s.corpus.chunk_file[docs]))
            covered[docs] += np.log(1 + (size - n + 0.5) / (n + 0.5))
    return best_chunks(s.corpus, covered) ** 2


@signal("path", "its path has the query's words")
def _path(s: State) -> np.ndarray:
    return s.corpus.by_path(s.query.terms)


@signal("stem", "the query says its name, the earlier the better")
def _stem(s: State) -> np.ndarray:
    words = re.findall(r"[A-Za-z0-9]+", re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", s.query.text))
    words = [w.lower() for w in words[:400]]
    at: dict[str, int] = {}
    for n in (1, 2, 3):
        for i in range(len(words) - n + 1):
            if n > 1 or words[i] not in COMMON:
                key = "".join(words[i : i + n])
                at.setdefault(key, i)
                at.setdefault(key[:-1] if key.endswith("s") else key + "s", i)
    found = np.zeros(len(s.corpus))
    for number, stem in enumerate(s.corpus.stems):
        place = at.get(stem)
        if place is not None:
            found[number] = 1.0 / (1.0 + 0.15 * place)
    return found


@signal("exact", "it defines a name that the query spells")
def _exact(s: State) -> np.ndarray:
    spelt = (terms_of(n) for n in sorted(s.query.names))
    return s.corpus.names({t[-1]: 1.0 for t in spelt if t})


@signal("alike", "commits with such a message changed it")
def _alike(s: State) -> np.ndarray:
    return s.past.spread(s.alike**2)


@signal("nearest", "the commit most like it changed it")
def _nearest(s: State) -> np.ndarray:
    return s.past.best(s.alike)


@signal("said", "all that was ever said of it answers the query")
def _said(s: State) -> np.ndarray:
    return s.said


@signal("last", "it changed a few commits ago")
def _last(s: State) -> np.ndarray:
    return 1.0 / (1.0 + s.touched[0] / 5)


@signal("young", "it is new")
def _young(s: State) -> np.ndarray:
    first = s.touched[1]
    return np.where(first >= 0, 1.0 / (1.0 + first / 50), 0.0)


@signal("folder", "its neighbours in the folder answer the query")
def _folder(s: State) -> np.ndarray:
    total = s.shared(s.body) + s.shared(s.said) + s.shared(best_chunks(s.corpus, s.chunks))
    ranked = np.zeros(len(s.corpus))
    ranked[s.among] = 1.0
    groups = s.corpus.folders.max(initial=-1) + 1
    sums = np.bincount(s.corpus.folders, total * ranked, groups)
    return (sums / np.maximum(1.0, np.bincount(s.corpus.folders, ranked, groups)))[s.corpus.folders]


@signal("foreign", "it lies among vendored code, examples or scripts")
def _foreign(s: State) -> np.ndarray:
    return np.array([float(bool(FOREIGN.search(p))) for p in s.corpus.paths])
