"""Accuracy against tokens spent: votes, adaptive votes, best of N, and one long sample."""

import json
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from geist.core.budget import Budget
from geist.core.log import Log
from geist.core.message import Message
from geist.core.output import Text
from geist.core.task import Task
from geist.jagged.stats import Estimate, difference, proportion
from geist.jagged.suite import FIRST as FIRST_TASK
from geist.models.model import Model
from geist.tasks.family import family
from geist.think.forcing import Forced
from geist.think.vote import FIRST, THEN, ballot, settled, vote, votes

SAMPLES = 16
CAPS = (64, 128, 256, 512)  # tokens of the one long sample
TOKENS = 256  # of each of several
SUBSETS = 64  # random subsets of the samples, to say what k votes get
CHECKABLE = ("countdown", "record")  # whose answers can be checked from the question alone
THINK = "Think step by step."


@dataclass(frozen=True)
class Tried:
    """One task, by its `key`: sampled texts with their tokens and whether each is right (a kind
    reading) and passes (strict), and the same of one long sample for each cap."""

    key: str
    number: int
    level: int
    texts: list[str]
    tokens: list[int]
    right: list[bool]
    passed: list[bool]
    long_tokens: list[int]
    long_right: list[bool]


@dataclass(frozen=True)
class Point:
    """`tokens` is the mean for a question."""

    kind: str
    n: int
    tokens: float
    right: Estimate


def try_all(
    name: str,
    level: int,
    count: int,
    model: Model,
    file: Path,
    log: Log,
    stop: threading.Event,
    tell: Callable[[int], None],
    *,
    long: bool = True,
) -> list[Tried]:
    """Every task is sampled `SAMPLES` times and thought about at length; what `file` has already is
    not asked again. A model that cannot be made to go on (a remote one) has no `long` samples."""
    done = {t.key: t for t in read(file)}
    keys = [asked(name, level, number).key for number in range(count)]
    forced = Forced(model) if long else model
    for number in range(count):
        if keys[number] not in done and not stop.is_set():
            made = _try(name, level, number, model, forced, log, stop, long)
            if made is None or stop.is_set():
                break
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a", encoding="utf-8") as f:
                f.write(json.dumps(asdict(made)) + "\n")
            done[made.key] = made
        tell(number + 1)
    return [done[key] for key in keys if key in done]


def asked(name: str, level: int, number: int) -> Task:
    """The family's task, with the advice to think first."""
    known = family(name)
    task = known.task("test", FIRST_TASK + number, level)
    text = task.prompt[-1].text.replace(known.form, f"{THINK} {known.form}")
    prompt = (*task.prompt[:-1], Message("user", text, "task"))
    return Task(task.family, prompt, task.truth, task.verifier, task.meta)


def _try(name: str, level: int, number: int, model: Model, forced: Model, log: Log,
         stop: threading.Event, long: bool) -> Tried | None:  # fmt: skip
    task = asked(name, level, number)

    def judged(text: str) -> tuple[bool, bool]:
        verdict = family(name).verifier(task, Text(text))
        return bool(verdict.parts.get("lenient", verdict.passed)), verdict.passed

    found = vote(task, forced, SAMPLES, Budget(), log, tokens=TOKENS, seed=1000 * number, stop=stop,
                 adaptive=False)  # fmt: skip
    if len(found.attempts) < SAMPLES:
        return None
    texts = [a.reply.text for a in found.attempts]
    marks = [judged(t) for t in texts]
    lengths, goods = list[int](), list[bool]()
    for cap in CAPS if long else ():
        one = vote(
            task, Forced(model, cap), 1, Budget(), log, tokens=cap, temperature=0.0, stop=stop
        )
        if not one.attempts:
            return None
        reply = one.attempts[0].reply
        lengths.append(reply.usage.completion)
        goods.append(judged(reply.text)[0])
    return Tried(task.key, number, level, texts, [a.reply.usage.completion for a in found.attempts],
                 [m[0] for m in marks], [m[1] for m in marks], lengths, goods)  # fmt: skip


def points(name: str, tried: Sequence[Tried]) -> list[Point]:
    made = list[Point]()
    for k in (1, 2, 4, 8, SAMPLES):
        shares = [_voted(t, k) for t in tried]
        made.append(_point("votes", k, [k * sum(t.tokens) / SAMPLES for t in tried], shares))
    ends = [_adaptive(t) for t in tried]
    made.append(_point("adaptive votes", SAMPLES, [e[1] for e in ends], [e[0] for e in ends]))
    if name in CHECKABLE:
        for k in (2, 4, 8, SAMPLES):
            best = [_best(t, k) for t in tried]
            made.append(_point("best of N", k, [b[1] for b in best], [b[0] for b in best]))
    for place, cap in enumerate(CAPS):
        if all(len(t.long_right) > place for t in tried):
            made.append(_point("one long sample", cap, [t.long_tokens[place] for t in tried],
                               [float(t.long_right[place]) for t in tried]))  # fmt: skip
    return made


def adaptive_against_all(tried: Sequence[Tried]) -> tuple[Estimate, float]:
    """(accuracy of adaptive votes less that of all votes, paired; the share of the tokens)."""
    ends = [_adaptive(t) for t in tried]
    every = [_voted(t, SAMPLES) for t in tried]
    share = sum(e[1] for e in ends) / max(1, sum(sum(t.tokens) for t in tried))
    return difference(every, [e[0] for e in ends], range(len(tried))), share


def _point(kind: str, n: int, tokens: Sequence[float], right: Sequence[float]) -> Point:
    count = max(1, len(right))
    return Point(kind, n, sum(tokens) / count, proportion(sum(right) / count, count))


def _led(t: Tried, places: Sequence[int]) -> float:
    """Whether the answer that leads among these samples is right; wrong where none is named."""
    leader = votes([t.texts[i] for i in places]).leader
    said = next((i for i in places if ballot(t.texts[i]) == leader), None)
    return 0.0 if leader is None or said is None else float(t.right[said])


def _voted(t: Tried, k: int) -> float:
    """What k votes get, on average over subsets of the samples."""
    if k >= len(t.texts):
        return _led(t, range(len(t.texts)))
    if k == 1:
        return sum(t.right) / len(t.right)
    dice = random.Random(f"{t.number}/{k}")
    drawn = [dice.sample(range(len(t.texts)), k) for _ in range(SUBSETS)]
    return sum(_led(t, places) for places in drawn) / SUBSETS


def _adaptive(t: Tried) -> tuple[float, float]:
    """The vote as think/vote.py would have held it, over the samples in their order."""
    cast = FIRST
    while cast < SAMPLES and not settled(t.texts[:cast], SAMPLES):
        cast += THEN
    return _led(t, range(min(cast, SAMPLES))), float(sum(t.tokens[:cast]))


def _best(t: Tried, k: int) -> tuple[float, float]:
    """Tried until one passes."""
    first = next((i for i in range(k) if t.passed[i]), None)
    return float(first is not None), float(sum(t.tokens[: k if first is None else first + 1]))


def read(file: Path) -> list[Tried]:
    found = list[Tried]()
    if file.exists():
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                found.append(Tried(**json.loads(line)))
            except (ValueError, TypeError):
                continue  # a line that a kill cut short is asked again
    return found
