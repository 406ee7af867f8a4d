"""The support verifier: an answer passes when every claim in it is held up by the lines it cites.

What can be checked is checked: names, numbers and quotations of a claim must stand in the cited
excerpt; most of its other words too; and the cited excerpts must be about what was asked. That
refuses what is made up. Whether the claim follows from the lines is then asked of a model, with
the question turned round, by whoever asks (`second_look`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from geist.core.output import Malformed, Output, Text
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed
from geist.verify.verifier import total

CITATION = re.compile(r"\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
NOT_FOUND = re.compile(
    r"\bnot[ _-]?found\b|\bno answer\b|\bcannot be (?:found|determined)|\bisn't (?:mentioned|in)|"
    r"\bdo(?:es)? not (?:say|answer|contain|mention|provide)|"
    r"\bnot (?:mentioned|specified|provided|stated|available)",
    re.I,
)
WORD = re.compile(r"\w+")
QUOTED = re.compile(r"`([^`\n]+)`|“([^”\n]+)”|\"([^\"\n]{2,})\"|(?<![\w'])'([^'\n]{2,})'(?![\w'])")
NUMBER = re.compile(r"(?<![\w.])-?\d[\d_,]*(?:\.\d+)*(?:%|[a-zA-Z]+\b)?")  # with its unit
NAME = re.compile(
    r"\b(?:[A-Za-z]\w*_\w+|_\w+|[a-z]+[A-Z]\w*|[A-Z][a-z0-9]+[A-Z]\w*|[A-Z][A-Z0-9]{1,}|"
    r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w+)+)\b"
)
PROPER = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-Z][a-z]{2,}\b")
COMMON = frozenset(
    """a an and any are as at be because been being but by can could did do does done each else
    every for from has have how however if in into is it its may might must no nor not of on
    only or other over own same set should since so some such than that the their them then
    there these they this those through to under until up use used uses using was were what
    when where which while who whom whose why will with within without would you your function
    method class file code module parameter argument value values default returns return
    called name named given also line lines excerpt excerpts answer question according
    defined one two three several many much more most least often long short far kind sort way
    something anything everything someone first last belong belongs happen happens exist exists
    contain contains mean means stand stands""".split()
)
LEAST = 0.5  # of a claim's plain words that must stand in the excerpt
# of the question's words, by weight, in and around the excerpt: a constant seldom stands with the
# words one asks for it by, but the functions that use it do. Both numbers were set on questions
# about repositories that are not reported on (recall .61, precision .88 against .85 without)
LEAST_ASKED, AROUND = 0.6, 40
WINDOW = 6  # lines that are cited for a claim


@dataclass(frozen=True)
class Excerpt:
    """Lines `first`…`last` of a file, as they were sent. `note` says that a person wrote it to be
    remembered: it need not have the question's words. `around` is the text with AROUND lines of
    the file on both sides, which was not sent."""

    path: str
    first: int
    last: int
    text: str
    note: bool = False
    around: str = ""

    def plain(self) -> dict[str, Any]:
        return dict(self.__dict__)


@dataclass(frozen=True)
class Claim:
    """One statement, and the numbers (from 1) of the excerpts that it cites."""

    text: str
    cites: tuple[int, ...]


@dataclass(frozen=True)
class Held:
    """A claim with the lines that hold it up, as (path, first, last)."""

    claim: Claim
    places: tuple[tuple[str, int, int], ...] = ()
    missing: tuple[str, ...] = field(default=())


def claims_of(text: str) -> list[Claim] | Malformed:
    """What a model wrote, as claims. Total. A line without a citation belongs to the next one
    that has one."""
    if NOT_FOUND.search(text) and not CITATION.search(text):
        return Malformed("not found")
    found, open_ = list[Claim](), ""
    for line in text.strip().splitlines():
        line = line.strip().lstrip("-*• ").strip()
        if not line or line.startswith("```"):
            continue
        numbers = [int(n) for m in CITATION.finditer(line) for n in re.findall(r"\d+", m[1])]
        words = " ".join(f"{open_} {CITATION.sub('', line)}".split())
        if not numbers:
            open_ = words[:600]
            continue
        bare = re.sub(r"\s+([.,;:])", r"\1", words).strip(" .:;,-")
        if NOT_FOUND.search(bare):
            return Malformed("not found")
        if WORD.search(bare):
            found.append(Claim(bare, tuple(dict.fromkeys(numbers))))
        open_ = ""
    if not found:
        return Malformed("the answer cites no excerpt")
    if WORD.search(open_) and len(open_.split()) > 3:
        return Malformed("part of the answer has no citation")
    return found


def attribute(text: str, excerpts: Sequence[Excerpt], question: str = "") -> str:
    """The same answer; a citation that is missing, or does not hold, is set to the excerpt that
    holds the sentence best. Small models forget them; whether they hold is judged afterwards."""
    if NOT_FOUND.search(text):
        return text
    out = []
    for line in text.strip().splitlines():
        for sentence in re.split(r"(?<=[.!?\]])\s+(?=[A-Z`])", line.strip()):
            bare = CITATION.sub("", sentence).strip(" -*•")
            numbers = [
                int(n) for m in CITATION.finditer(sentence) for n in re.findall(r"\d+", m[1])
            ]
            if not WORD.search(bare) or sentence.startswith("```"):
                out.append(sentence)
                continue
            claim = Claim(bare, tuple(numbers))
            if not numbers or hold(claim, excerpts).missing:
                best = _best(bare, excerpts, question)
                sentence = f"{bare} [{best}]" if best else sentence
            out.append(sentence)
    return "\n".join(out)


def _best(text: str, excerpts: Sequence[Excerpt], question: str) -> int | None:
    """The number of the excerpt that holds a sentence and shares most with it and the question."""
    roots, found = _roots(f"{text} {question}"), []
    for number, e in enumerate(excerpts, 1):
        if not hold(Claim(text, (number,)), excerpts).missing:
            found.append((len(roots & _roots(f"{e.path}\n{e.text}")), -number))
    return -max(found)[1] if found else None


def facts_of(text: str) -> list[str]:
    """What a claim says that can be looked up word for word: quotations, numbers, names."""
    found = [next(g for g in m.groups() if g) for m in QUOTED.finditer(text)]
    bare = QUOTED.sub(" ", text)
    for pattern in (NUMBER, NAME, PROPER):
        found += [m[0] for m in pattern.finditer(bare)]
    # a quotation of nothing but marks, such as ": ", is a fact as it stands
    return list(dict.fromkeys(f.strip(" .,;:()") or f.strip() for f in found if f.strip()))


def hold(claim: Claim, excerpts: Sequence[Excerpt]) -> Held:
    """Where the cited excerpts hold the claim up, and what of it stands nowhere in them."""
    cited = [excerpts[n - 1] for n in claim.cites if 1 <= n <= len(excerpts)]
    if len(cited) < len(claim.cites) or not cited:
        return Held(claim, (), ("the cited excerpt",))
    body = "\n".join(f"{e.path}\n{e.text}" for e in cited)
    flat = _flat(body)
    missing = [f for f in facts_of(claim.text) if not _stands(f, flat)]
    there = _roots(body)
    words = _plain_words(claim.text)
    known = sum(_root(w) in there for w in words)
    if words and known < LEAST * len(words):
        missing.append(f"{len(words) - known} of its {len(words)} words")
    places = tuple(_place(claim.text, e) for e in cited)
    return Held(claim, places, tuple(missing))


def about(question: str, excerpts: Sequence[Excerpt], weight: Mapping[str, float]) -> list[str]:
    """What of the question stands nowhere in or around the excerpts, where that is too much of it:
    its names, or many of its words (`weight` says how rare a word is; unknown ones are the rarest).
    """
    body = "\n".join(f"{e.path}\n{e.around or e.text}" for e in excerpts)
    flat, there = _flat(body), _roots(body)
    gone = [f for f in facts_of(question) if not _stands(f, flat)]
    words = _plain_words(question)
    most = max(weight.values(), default=1.0)
    total_weight = sum(weight.get(w, most) for w in words)
    lost = [w for w in words if _root(w) not in there]
    if words and sum(weight.get(w, most) for w in lost) > (1 - LEAST_ASKED) * total_weight:
        gone += lost
    return list(dict.fromkeys(gone))


def agree(first: str, second: str, question: str) -> bool:
    """Whether two answers to a question share something that the question did not say: a fact if
    the first has any, else a word."""
    asked = _flat(question)
    facts = [f for f in facts_of(first) if not _stands(f, asked)]
    if facts:
        flat = _flat(second)
        return any(_stands(f, flat) for f in facts)
    new = {_root(w) for w in _plain_words(first)} - _roots(question)
    return not new or bool(new & _roots(second))


def _flat(text: str) -> str:
    return " ".join(re.sub(r"[`\"'“”‘’*]", "", text).lower().split())


def _stands(fact: str, flat: str) -> bool:
    """As whole words: 8 does not stand in 18, nor `set` in `reset`; but `max_tries` does in
    `default_max_tries`, and 5s where there is 5."""
    if not WORD.search(fact):
        return fact in flat
    low = _flat(fact)
    spelt = {low, low.removesuffix("()"), low.replace(",", ""), low.removesuffix("%")}
    if re.fullmatch(r"[a-z_]\w*(\.[a-z_]\w*)+", low):
        spelt.add(low.rpartition(".")[2])  # flask.redirect, where the lines have def redirect
    if number := re.fullmatch(r"(-?\d[\d.]*)[a-z]+", low):
        spelt.add(number[1])
    edge = "[^\\W_]" if "_" in low.strip("_") else r"\w"
    return any(
        re.search(rf"(?<!{edge}){re.escape(s)}(?!{edge}|\.\d)", flat) is not None
        for s in spelt
        if s
    )


def _root(word: str) -> str:
    """So much of a word that its endings do not matter."""
    return word[: max(4, len(word) - 3)]


def _says_nothing(claim: str, asked: str) -> bool:
    new = [f for f in facts_of(claim) if not _stands(f, asked)]
    return not new and not {_root(w) for w in _plain_words(claim)} - _roots(asked)


def _roots(text: str) -> set[str]:
    """Of every word and of every part of a name."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+", text)
    return {_root(w.lower()) for w in parts}


def _plain_words(text: str) -> list[str]:
    bare = NUMBER.sub(" ", NAME.sub(" ", QUOTED.sub(" ", text)))
    words = [w.lower() for w in re.findall(r"[^\W\d_]{3,}", bare)]
    return list(dict.fromkeys(w for w in words if w not in COMMON))


def _place(claim: str, excerpt: Excerpt) -> tuple[str, int, int]:
    """The few lines of an excerpt that have most of the claim's facts and words."""
    lines = excerpt.text.split("\n")
    facts = [_flat(f) for f in facts_of(claim)]
    roots = {_root(w) for w in _plain_words(claim)}

    def worth(line: str) -> float:
        flat = _flat(line)
        hits = sum(2.0 for f in facts if f and f in flat)
        return hits + len(roots & _roots(line))

    scores = [worth(line) for line in lines]
    best, at, size = -1.0, 0, 1
    for width in range(1, min(WINDOW, len(lines)) + 1):
        for i in range(len(lines) - width + 1):
            value = sum(scores[i : i + width]) - 0.3 * width
            if value > best + 1e-9:
                best, at, size = value, i, width
    return excerpt.path, excerpt.first + at, excerpt.first + at + size - 1


class Support:
    """The verifier. A task's truth has `question`, `excerpts` (by opening, then in order) and
    `weights` (word → how rare it is); an output is a Text whose first line names the opening."""

    name, version = "support", 1

    def __call__(self, task: Task, output: Output) -> Verdict:
        return total(self._check, task, output)

    def _check(self, task: Task, output: Output) -> Verdict:
        if not isinstance(output, Text):
            return failed("an answer is a text")
        head, _, text = output.text.partition("\n")
        sent = task.truth["excerpts"].get(head)
        if sent is None:
            return failed("the answer belongs to no excerpts")
        excerpts = [Excerpt(**e) for e in sent]
        claims = claims_of(text)
        if isinstance(claims, Malformed):
            return failed(claims.reason)
        held = [hold(c, excerpts) for c in claims]
        weak = [h for h in held if h.missing]
        if weak:
            share = (len(held) - len(weak)) / len(held)
            reason = f"“{weak[0].claim.text[:80]}” is not in what it cites: {weak[0].missing[0]}"
            return failed(reason, 0.5 * share)
        asked = _flat(task.truth["question"])
        if all(_says_nothing(c.text, asked) for c in claims):
            return failed("it says nothing that the question did not", 0.3)
        cited = [excerpts[n - 1] for n in dict.fromkeys(n for c in claims for n in c.cites)]
        gone = about(task.truth["question"], cited, task.truth["weights"])
        if gone and not all(e.note for e in cited):
            reason = f"what it cites says nothing of {', '.join(gone[:3])}"
            return failed(reason, 0.6)
        evidence = {"claims": [{"text": h.claim.text, "places": list(h.places)} for h in held]}
        reason = f"{len(held)} claim{'s' if len(held) > 1 else ''}, each in the lines it cites"
        return Verdict(Status.PASSED, 1.0, reason, evidence=evidence)
