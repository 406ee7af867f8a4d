"""The parts of a description that a function has to meet: a small model forgets a rule that it read
a page before."""

import re
from collections.abc import Iterable, Sequence


def about(description: str, method: str, path: str) -> str:
    """The sentences that name a route."""
    shape = re.sub(r"\\\{\w+\\\}", r"[{:<]?\\w+[}>]?", re.escape(path))
    return _joined(s for s in re.split(r"(?<=\.)\s+", description)
                   if re.search(rf"\b{method} {shape}(?![\w/])", s))  # fmt: skip


def spoken_of(description: str, pattern: str, parts: str = r"(?<=[.;])\s+") -> str:
    """The sentences in which something is found, or other parts."""
    return _joined(s for s in re.split(parts, description) if re.search(pattern, s))


def said_of(description: str, label: str, labels: Sequence[str]) -> str:
    """What is said of one result of several: from where it is named to where another is."""
    found = list[str]()
    for sentence in re.split(r"(?<=[.;])\s+", description):
        mine = False
        for phrase in re.split(PHRASES, sentence):
            if any(re.search(rf"(?<!\w){re.escape(x)}(?!\w)", phrase) for x in labels):
                mine = re.search(rf"(?<!\w){re.escape(label)}(?!\w)", phrase) is not None
            found += [phrase] if mine else []
    return _joined(found)


PHRASES = r"(?<=[.;,])\s+(?![^()]*\))"  # as commas part them, but not in brackets


def unfiltered(text: str, filters: Iterable[str]) -> str:
    """Without what is said of filters by a field, which are there already."""
    named = "|".join(map(re.escape, filters))
    if not named:
        return text
    return _joined(s for s in re.split(PHRASES, text) if not re.search(rf"\?(?:{named})=", s))


def with_status(description: str, base: str, statuses: tuple[str, ...]) -> list[str]:
    """What is answered with a status where no other route is spoken of: of what is sent to `base`.
    Each rule alone: "X is 409, and so is Y" are two."""
    found = list[str]()
    for sentence in re.split(r"(?<=\.)\s+", description):
        if re.search(rf"{re.escape(base)}/|\b(?:GET|DELETE|PATCH|PUT) /", sentence):
            continue
        for part in re.split(r"(?<=;)\s+", sentence):
            if m := re.search(rf"\b(?:{'|'.join(statuses)})\b", part):
                rules = re.split(r",? and so (?:is|are) ", part)
                found += [rules[0], *(f"{r.rstrip('.;')} is {m[0]}." for r in rules[1:])]
    return [" ".join(r.split()) for r in found]


def _joined(found: Iterable[str]) -> str:
    return " ".join(" ".join(s.split()) for s in found)
