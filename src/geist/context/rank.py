"""Files and their chunks in the order in which they are likely to matter.

The score of a file is a weighted sum over its signals, each taken three ways (as it is, its square
root, and 1/(1 + rank/3) as in reciprocal-rank fusion, Cormack et al. 2009); scores become chances
by a softmax. The weights were fitted by `bench/context/tune.py` on repositories that are not
reported on. What cannot be learned from commit messages without paths (a path that the query
spells out, tests and documents) has a fixed weight here.
"""

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files as resources

import numpy as np

from geist.context.corpus import Corpus
from geist.context.languages import GRAMMARS, language
from geist.context.past import Past
from geist.context.query import Query, read
from geist.context.signals import SIGNALS, State
from geist.verify.tests import is_judge

SPELT, STEM_SPELT = 6.0, 2.0  # the query gives the path, or the module's name like code
KINDS = {"code": 0.0, "test": -1.5, "text": -1.5, "data": -3.0}
ASKED = {
    "test": re.compile(r"\btests?\b|\btesting\b", re.I),
    "text": re.compile(r"\bdoc(s|ument\w*)?\b|\breadme\b|\bchangelog\b|\bguide\b", re.I),
}


@dataclass(frozen=True)
class Ranking:
    """`files` are numbers in the corpus, likeliest first, with their `chance` (they add up to 1);
    `chunks` are (number, share of its file's worth), best first; `parts` says how much each signal
    gave to each of `files`, in `names`' order."""

    files: list[int]
    chance: list[float]
    chunks: list[tuple[int, float]]
    names: list[str]
    parts: np.ndarray

    def why(self, file: int, most: int = 3) -> str:
        """The strongest reasons for a file."""
        row = self.parts[self.files.index(file)]
        best = [i for i in np.argsort(-row, kind="stable")[:most] if row[i] > 0.05]
        return ", ".join(f"{self.names[i]} {row[i]:.1f}" for i in best) or "the rest"


@cache
def weights() -> dict[str, list[float]]:
    return json.loads((resources("geist.context") / "weights.json").read_text())


@lru_cache(maxsize=200_000)
def kind(path: str) -> str:
    """code, test, text or data."""
    low = path.lower()
    parts = low.split("/")
    written = language(path)
    if written == "data" or low.endswith(".json"):
        return "data"
    is_code = written in GRAMMARS
    if (is_judge(path) and is_code) or {"test", "tests", "testing"} & set(parts[:-1]):
        return "test"
    return "code" if is_code else "text"


def matrix(state: State) -> np.ndarray:
    """Files of `state.among` × signals × three ways."""
    columns = [state.shared(f(state))[state.among] for _, f in SIGNALS.values()]
    value = np.stack(columns, 1) if len(state.among) else np.zeros((0, len(columns)))
    value = np.maximum(value, 0.0)
    place = np.argsort(np.argsort(-value, axis=0, kind="stable"), axis=0)
    return np.stack([value, (value > 0) / (1 + place / 3.0), np.sqrt(value)], 2)


def rank(corpus: Corpus, past: Past, query: Query | str, among: np.ndarray | None = None
         ) -> Ranking:  # fmt: skip
    """`among` narrows down which files compete; all do if it is None."""
    asked = read(query) if isinstance(query, str) else query
    if among is None:
        among = np.arange(len(corpus))
    if not len(among):
        return Ranking([], [], [], [], np.zeros((0, 0)))
    state = State(corpus, past, asked, among)
    w = np.array([weights()[name] for name in SIGNALS])
    given = (matrix(state) * w).sum(2)
    names = [*SIGNALS, "spelt out", "kind"]
    fixed = np.array([[_spelt(corpus.paths[i], asked), _kind(corpus.paths[i], asked)]
                      for i in among])  # fmt: skip
    parts = np.concatenate([given, fixed], 1)
    score = parts.sum(1)
    # equal scores keep the order of paths: the same query gives the same bytes everywhere
    order = np.lexsort((np.arange(len(score)), -np.round(score, 9)))
    chance = np.exp(score[order] - score.max())
    chance /= chance.sum()
    return Ranking(
        [int(among[i]) for i in order],
        [float(c) for c in chance],
        _chunks(state, among),
        names,
        parts[order],
    )


def _spelt(path: str, query: Query) -> float:
    low = path.lower()
    if any(_ends(frame, path) for frame, _ in query.frames):
        return SPELT
    for wanted in query.paths:
        wanted = wanted.strip("./").lower()
        if low == wanted or low.endswith("/" + wanted):
            return SPELT
    stem = low.rpartition("/")[2].partition(".")[0]
    return STEM_SPELT if stem in {n.lower() for n in query.names} else 0.0


def _ends(frame: str, path: str) -> bool:
    """Whether a path in a traceback, often an absolute one, is this file's."""
    return frame == path or frame.endswith("/" + path) or path.endswith("/" + frame)


def _kind(path: str, query: Query) -> float:
    which = kind(path)
    asked = ASKED.get(which)
    return 0.0 if asked and asked.search(query.text) else KINDS[which]


def _chunks(state: State, among: np.ndarray) -> list[tuple[int, float]]:
    """Chunks with their share of what speaks for their file's chunks."""
    corpus, score = state.corpus, state.fielded.copy()
    for path, line in state.query.frames:
        for number in (i for i, p in enumerate(corpus.paths) if _ends(path, p)):
            low, high = corpus.first_chunk[number], corpus.first_chunk[number + 1]
            inside = (corpus.starts[low:high] <= line) & (line <= corpus.ends[low:high])
            score[low:high][inside] += max(1.0, score.max(initial=0.0))
    sharp = score**3  # what is wanted of a file is seldom spread over all of it
    total = np.bincount(corpus.chunk_file, sharp, len(corpus))
    allowed = np.zeros(len(corpus), bool)
    allowed[among] = True
    share = sharp / np.maximum(total[corpus.chunk_file], 1e-9)
    keep = np.flatnonzero((score > 0) & allowed[corpus.chunk_file])
    order = keep[np.lexsort((keep, -np.round(score[keep], 9)))]
    return [(int(i), float(share[i])) for i in order]
