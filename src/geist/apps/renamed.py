"""A check with other words in it: a small model writes the words of its examples into the code, and
such an app meets the examples and nothing else."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import quote, unquote

from geist.apps.checking import Check, Kind, Step

# words that mean something by themselves
MEANT = frozenset(
    """true false null none yes no monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat
sun january february march april may june july august september october november december jan feb mar apr jun jul
aug sep oct nov dec""".split()
)


def renamed(check: Check, kind: Kind, description: str) -> Check | None:
    """The check with each word of its data that is nowhere in the description exchanged for one that is as
    long, wherever it stands. None where there is no such word, or where it is refused: of services and
    scripts, whose data are names; what other apps do may depend on how a word is spelled."""
    refused = any(
        e.verb == "fails" or (e.name == "status" and e.value[:1] in "45") for e in check.expects
    )
    if kind not in ("service", "script") or refused:
        return None
    known = {w.casefold() for w in re.findall(r"\w+", description)} | MEANT
    words = {w for w in (_sent(check) if kind == "service" else _held(check))
             if not known & {x.casefold() for x in re.findall(r"\w+", w)}}  # fmt: skip
    if not words or words & {_other(w) for w in words}:
        return None
    either = "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))

    def said(text: str) -> str:
        return re.sub(rf"(?i)(?<!\w)(?:{either})(?!\w)", lambda m: _other(m[0]), text)

    steps = tuple(_step(s, said) for s in check.steps)
    expects = tuple(replace(e, name=said(e.name) if e.verb in ("seen", "unseen") else e.name,
                            value=said(e.value)) for e in check.expects)  # fmt: skip
    return Check(steps, expects)


def _step(step: Step, said: Callable[[str], str]) -> Step:
    if step.verb == "run":
        return step
    method, _, path = step.name.partition(" ")
    parts = [_encoded(p, said) for p in re.split(r"([/?&=])", path)]
    name = f"{method} {''.join(parts)}" if step.verb == "request" else step.name
    return replace(step, name=name, value=said(step.value))


def _encoded(part: str, said: Callable[[str], str]) -> str:
    plain = unquote(part)
    return part if (other := said(plain)) == plain else quote(other, safe="")


def _sent(check: Check) -> Iterator[str]:
    """The texts of what a service is sent, which have no digits: a code or a date has a form."""
    for step in check.steps:
        told = json.loads(step.value) if step.value else {}
        for value in told.values() if isinstance(told, dict) else ():
            if isinstance(value, str) and re.fullmatch(r"[^\W\d_]{3,}(?: [^\W\d_]+)*", value):
                yield value


def _held(check: Check) -> Iterator[str]:
    """The words of files that are printed again."""
    printed = {w for e in check.expects for w in re.findall(r"(?<!\w)[^\W\d_]{3,}(?!\w)", e.value)}
    for step in check.steps:
        if step.verb == "file":
            yield from printed & set(re.findall(r"(?<!\w)[^\W\d_]{3,}(?!\w)", step.value))


def _other(word: str) -> str:
    """As long, in the same letters' case, and mostly in the same place of an order."""
    last = word[-1]
    if not last.isascii():
        return f"{word[:-1]}a"
    return word[:-1] + chr(ord(last) + (-1 if last in "zZ" else 1))
