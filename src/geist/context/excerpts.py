"""What to read for a question: short excerpts, best first, of files and notes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from geist.context.corpus import Corpus
from geist.context.index import Index
from geist.context.packing import lines_of
from geist.context.query import Query
from geist.context.rank import kind
from geist.context.signals import SIGNALS, State
from geist.context.words import terms_of
from geist.verify.support import AROUND, Excerpt

MOST_LINES = 26
PER_FILE = 3
# a question is answered by what is written, not by what was changed lately: no history here.
# Set by hand on questions about repositories that are not reported on.
FILE_SHARE = {"stem": 0.25, "exact": 0.35, "path": 0.15}
KIND = {"code": 1.0, "test": 0.6, "text": 1.0, "data": 0.5}


def excerpts(
    index: Index,
    query: Query,
    tokens: int,
    count: Callable[[str], int],
    skip: frozenset[tuple[str, int]] = frozenset(),
) -> list[Excerpt]:
    """The best that fit into `tokens`, without those of `skip` (path, first line)."""
    corpus = index.corpus
    if not len(corpus):
        return []
    state = State(corpus, index.past, query, np.arange(len(corpus)))
    score = state.fielded / max(state.fielded.max(initial=0.0), 1e-9)
    files = sum(share * state.shared(SIGNALS[name][1](state)) for name, share in FILE_SHARE.items())
    weight = np.array([KIND[kind(p)] for p in corpus.paths])
    score = (score * (1.0 + np.asarray(files)[corpus.chunk_file])) * weight[corpus.chunk_file]
    chosen, taken, left = list[Excerpt](), dict[int, int](), tokens
    for chunk in np.argsort(-score, kind="stable")[:60]:
        file = int(corpus.chunk_file[chunk])
        if score[chunk] <= 0 or taken.get(file, 0) >= PER_FILE:
            continue
        made = _cut(index.root, corpus, int(chunk), query)
        if made is None or (made.path, made.first) in skip:
            continue
        price = count(made.text) + 12
        if price > left:
            if chosen:
                break
            continue
        left -= price
        taken[file] = taken.get(file, 0) + 1
        chosen.append(made)
    return [_with_around(index.root, e) for e in _joined(index.root, chosen)]


def _with_around(root: Path, e: Excerpt) -> Excerpt:
    lines = lines_of(root, e.path)[max(0, e.first - 1 - AROUND) : e.last + AROUND]
    return replace(e, around="\n".join(line[:300].rstrip() for line in lines))


def _joined(root: Path, chosen: list[Excerpt]) -> list[Excerpt]:
    """Neighbours as one, where the better of them stood: a constant and the function below it."""
    made = list[Excerpt]()
    for e in chosen:
        for i, other in enumerate(made):
            first, last = min(e.first, other.first), max(e.last, other.last)
            near = e.first <= other.last + 4 and other.first <= e.last + 4
            if e.path == other.path and near and last - first < 2 * MOST_LINES:
                lines = lines_of(root, e.path)[first - 1 : last]
                text = "\n".join(line[:300].rstrip() for line in lines)
                made[i] = Excerpt(e.path, first, last, text)
                break
        else:
            made.append(e)
    return made


def _cut(root: Path, corpus: Corpus, chunk: int, query: Query) -> Excerpt | None:
    """A chunk, or of a long one the lines with most of the query's terms."""
    path = corpus.paths[int(corpus.chunk_file[chunk])]
    first, last = int(corpus.starts[chunk]), int(corpus.ends[chunk])
    lines = lines_of(root, path)[first - 1 : last]
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        return None
    if len(lines) > MOST_LINES:
        worth = []
        for line in lines:
            said = {t for w in line.replace("_", " ").split() for t in terms_of(w.strip(".,:()"))}
            worth.append(sum(query.terms.get(t, 0.0) for t in said))
        sums = np.convolve(worth, np.ones(MOST_LINES), "valid")
        at = int(np.argmax(sums))
        first += at
        lines = lines[at : at + MOST_LINES]
    text = "\n".join(line[:300].rstrip() for line in lines)
    return Excerpt(path, first, first + len(lines) - 1, text)


def rarity(corpus: Corpus, words: list[str]) -> dict[str, float]:
    """How rare each word is in the corpus: its idf over chunks."""
    size, found = len(corpus.chunk_file), {}
    for word in words:
        terms = terms_of(word)
        n = max((len(corpus.lists.of(t)[0]) for t in terms), default=0)
        found[word.lower()] = float(np.log(1 + (size - n + 0.5) / (n + 0.5)))
    return found
