"""A query as terms, names and paths."""

import re
from dataclasses import dataclass

from geist.context.corpus import Weights
from geist.context.words import COMMON, PART, WORD, terms_of

PATH = re.compile(r"[\w./-]*\w\.(?:\w{1,5})\b|\b[\w-]+(?:/[\w.-]+)+")
DOTTED = re.compile(r"\b[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
FRAME = re.compile(r'File "([^"\n]+)", line (\d+)|^([\w./-]+\.\w+):(\d+)(?::|$)', re.M)
CODE = re.compile(r"`+([^`\n]{1,120})`+")


@dataclass(frozen=True)
class Query:
    """`terms` weigh what was said; `names` are those that look like code; `paths` what looks like
    a file; `frames` (path, line) are places in a traceback or a compiler's message."""

    text: str
    terms: Weights
    names: frozenset[str]
    paths: tuple[str, ...]
    frames: tuple[tuple[str, int], ...] = ()


def read(text: str) -> Query:
    """The first line counts double: it is what the rest explains."""
    terms: Weights = {}
    head, _, rest = text.strip().partition("\n")
    names = set[str]()
    for part, weight in ((head, 1.0), (rest, 0.5)):
        seen: dict[int, float] = {}
        coded = {w for m in CODE.finditer(part) for w in WORD.findall(m[1])}
        for m in DOTTED.finditer(part):
            coded |= set(m[0].split("."))
        for word in WORD.findall(part):
            low = word.lower()
            if low in COMMON or (len(word) == 1 and not word.isdigit()):
                continue
            looks = word in coded or "_" in word.strip("_") or len(PART.findall(word)) > 1
            if looks:
                names.add(word)
            for term in terms_of(word):
                seen[term] = seen.get(term, 0.0) + (1.5 if looks else 1.0)
        for term, times in seen.items():
            terms[term] = terms.get(term, 0.0) + weight * times**0.5
    paths = tuple(dict.fromkeys(m[0] for m in PATH.finditer(text)))
    frames = [(m[1] or m[3], int(m[2] or m[4])) for m in FRAME.finditer(text)]
    return Query(text, terms, frozenset(names), paths, tuple(dict.fromkeys(frames)))
