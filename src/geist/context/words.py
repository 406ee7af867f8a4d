"""Text as terms: what both a query and a file are reduced to before they are compared.

A word gives itself, lower-cased, and the stems of its parts, so that `recall_score`, `recallScore`
and "recalled scores" meet. Terms are 32-bit hashes: an index needs no table of its vocabulary, and
two of 200,000 terms share a hash about five times.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from typing import Any
from zlib import crc32

WORD = re.compile(r"\w+")
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
MOST_WORD = 80  # a longer one is data, not a name
# words of English and of commit messages that say nothing about where to look
COMMON = frozenset(
    """a about after again all also an and any are as at be because been before being both but by
    can could did do does doing done don down each few for from further get gets had has have
    having he her here him his how i if in into is it its just ll may me might more most much must
    my no nor not now of off on once only or other our out over own per re s same see she should
    so some such t than that the their them then there these they this those through to too under
    until up us use used uses using ve very via was we were what when where which while who why
    will with within without would you your""".split()
)
_stemmer: Any = import_module("Stemmer")  # compiled: it has no types
_stem = _stemmer.Stemmer("english", 0)


@lru_cache(maxsize=400_000)
def terms_of(word: str) -> tuple[int, ...]:
    """The hashes of a word: each part's stem and, where it has several parts, the whole."""
    if len(word) > MOST_WORD:
        return ()
    parts = [p.lower() for p in PART.findall(word)]
    found = [_stem.stemWord(p) for p in parts if len(p) > 1 or len(parts) == 1]
    if len(parts) > 1:
        found.append(whole(word))
    return tuple(dict.fromkeys(crc32(f.encode()) for f in found))


def whole(word: str) -> str:
    """A name as it is compared with others: without case and underscores at its ends."""
    return "=" + word.strip("_").lower()


def salted(term: int, salt: int) -> int:
    """The same term in another field of the index."""
    return (term * 0x9E3779B1 + salt) & 0xFFFFFFFF


def count(text: str) -> dict[int, int]:
    """How often each term occurs."""
    found: dict[int, int] = {}
    get = found.get
    for word, times in Counter(WORD.findall(text)).items():
        for term in terms_of(word):
            found[term] = get(term, 0) + times
    return found


def count_words(words: Iterable[str]) -> Counter[int]:
    return Counter(term for word in words for term in terms_of(word))


def content_words(text: str) -> list[str]:
    """The words of a query that say something."""
    return [w for w in WORD.findall(text) if w.lower() not in COMMON and (len(w) > 1 or w == "C")]
