"""`geist ask`: an answer about a folder in which every claim cites lines that hold it up, or none.

Every try reads some excerpts, writes claims, and is verified, and each claim gets a second look.
More effort reads on and searches again with the words of what it tried; the most asks once more
with the excerpts in another order and compares. What is not held up is withheld.
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from geist.context import memory
from geist.context.excerpts import excerpts, rarity
from geist.context.index import Index
from geist.context.pack import Item, Pack
from geist.context.query import Query, read
from geist.core.budget import Budget
from geist.core.errors import OutOfBudget
from geist.core.log import Log
from geist.core.message import Message, Reply, Usage
from geist.core.output import Malformed, Output, Text
from geist.core.task import Task
from geist.models.model import Model, Sampling
from geist.think.effort import Ask, Effort, Opening
from geist.think.solve import Attempt, Held, Outcome, solve
from geist.verify.support import Excerpt, Support, agree, attribute, claims_of

# no example: a small model answers with the example where it knows nothing. And no offer to say
# that nothing was found: it takes the offer where the answer is plain. What the excerpts do not
# say is found out by the verifier and by the second look
SYSTEM = (
    "You answer a question about a project from numbered excerpts of its files, and from nothing "
    "else. Answer in one short sentence that names what was asked for, exactly as it is spelt in "
    "the excerpt, and end it with the number of that excerpt in square brackets."
)
SECOND = (
    "You check answers against a text. Say yes if the text itself gives this answer to the "
    "question, otherwise no. Answer with one word."
)
TOKENS = {"low": 1000, "medium": 1300, "high": 1500}
OPENINGS = {"low": 1, "medium": 2, "high": 3}
SAMPLES = {"low": 1, "medium": 3, "high": 8}


@dataclass
class Answer:
    """`claims` are (text, places) with places (path, first line, last line); none where nothing
    was found, and then `nearest` are where one would look. `why` says in a line how it ended."""

    claims: list[tuple[str, list[tuple[str, int, int]]]] = field(default_factory=list)
    nearest: list[tuple[str, int, int]] = field(default_factory=list)
    why: str = ""
    usage: Usage = field(default_factory=Usage)
    outcome: Outcome | None = None
    sent: list[Excerpt] = field(default_factory=list)  # the excerpts that the answer was read from

    @property
    def found(self) -> bool:
        return bool(self.claims)


class Asking:
    """The brief: opening 0 are the best excerpts, 1 the next, 2 what a search for the words of the
    earlier tries finds."""

    def __init__(self, index: Index, question: str, count: Callable[[str], int], level: str,
                 rules: str) -> None:  # fmt: skip
        self.index, self.question, self.count, self.rules = index, question, count, rules
        self.query: Query = read(question)
        self.tokens, self.most = TOKENS[level], OPENINGS[level]
        self.sent: dict[int, list[Excerpt]] = {}
        self.tried: list[str] = []
        self.truth: dict[str, Any] = {}
        self.origins: dict[str, str] = {}  # of excerpts that are notes: whatever they were made of
        self.read_excerpts(0)

    def read_excerpts(self, opening: int) -> list[Excerpt]:
        if opening not in self.sent:
            seen = frozenset((e.path, e.first) for sent in self.sent.values() for e in sent)
            query, skip = self.query, seen
            if opening >= 2 and self.tried:
                query, skip = read(f"{self.question}\n{' '.join(self.tried)[:600]}"), frozenset()
            found = excerpts(self.index, query, self.tokens, self.count, skip)
            if opening == 0:
                found = [*self._notes(), *found]
            self.sent[opening] = found
            self.truth.setdefault("excerpts", {})[str(opening)] = [e.plain() for e in found]
        return self.sent[opening]

    def _notes(self) -> list[Excerpt]:
        """Notes and instructions are evidence as well: a person wrote or accepted them."""
        found = []
        for note in memory.relevant(self.index.root, self.question):
            first = memory.first_line(self.index.root, note)
            last = first + note.text.count("\n")
            path = f"{memory.FOLDER.as_posix()}/{note.file}"
            self.origins[path] = ",".join(note.origins)
            found.append(Excerpt(path, first, last, note.text, note=True))
        return found

    def openings(self) -> list[Opening]:
        return [Opening(0, 0.8 * i) for i in range(self.most)]

    def pack(self, opening: int) -> Pack:
        items = list[Item]()
        for n, e in enumerate(self.read_excerpts(opening), 1):
            title = f"[{n}] {e.path}, lines {e.first} to {e.last}"
            origin = self.origins.get(e.path, "project")
            items.append(Item(title, e.path, origin, e.text, "an excerpt that was searched for"))
        return Pack(tuple(items))

    def messages(self, ask: Ask, best: Attempt | None) -> list[Message]:
        system = (
            f"{SYSTEM}\n\nThe project's own instructions:\n{self.rules}" if self.rules else SYSTEM
        )
        pack = self.pack(ask.opening)
        text = f"{pack.text}\n\nQuestion: {self.question}"
        turns = [Message("system", system), Message("user", text, pack.origin)]
        if best is not None:
            turns.append(Message("assistant", best.reply.text, "model"))
            told = f"That will not do: {best.verdict.reason}. Answer again from the excerpts."
            turns.append(Message("user", told, "geist"))
        return turns

    def held(self, ask: Ask) -> Held:
        return Held(until=("\n\n\n",))

    def read(self, ask: Ask, reply: Reply) -> Output | Malformed:
        text = attribute(reply.text, self.sent[ask.opening], self.question)
        claims = claims_of(text)
        if isinstance(claims, Malformed):
            return claims
        self.tried += [c.text for c in claims]
        return Text(f"{ask.opening}\n{text}")

    def fingerprint(self, output: Output) -> str:
        return output.digest


def ask(
    index: Index,
    question: str,
    model: Model,
    level: str,
    budget: Budget,
    log: Log,
    count: Callable[[str], int],
    *,
    rules: str = "",
    second: bool = True,
    stop: threading.Event | None = None,
    tell: Callable[[str, dict[str, object]], None] = lambda kind, data: None,
) -> Answer:
    """Searches, answers, verifies. `second` is the model's second look at each claim."""
    brief = Asking(index, question, count, level, rules)
    words = [w.lower() for w in re.findall(r"[^\W\d_]{3,}", question)]
    brief.truth |= {"question": question, "weights": rarity(index.corpus, words)}
    log.append("start", command=f"ask {question}", root=str(index.root), model=model.name,
               digest=model.digest)  # fmt: skip
    prompt = (Message("user", question, "user"),)
    task = Task("ask", prompt, brief.truth, "support@1", {"root": str(index.root)})
    nearest = [(e.path, e.first, e.last) for e in brief.sent[0]][:5]
    if not brief.sent[0]:
        return _end(log, Answer(why="nothing here has any of the question's words"))
    effort = Effort(SAMPLES[level], 160)
    outcome = solve(task, brief, model, effort, budget, Support(), log, stop=stop, tell=tell)
    log.append("task", **task.plain())  # now that all excerpts that were read are in it
    answer = Answer([], nearest, "", outcome.usage, outcome)
    if outcome.passed is None:
        best = outcome.best()
        limit = {"seconds": "the time was up", "tokens": "the tokens were used up"}
        answer.why = best.verdict.reason if best else limit.get(outcome.why, outcome.why)
        return _end(log, answer)
    sent = answer.sent = brief.sent[outcome.passed.ask.opening]
    for claim in outcome.passed.verdict.evidence["claims"]:
        places = [tuple(p) for p in claim["places"]]
        tell("second look", {"claim": claim["text"]})
        if second and not _confirmed(model, question, claim["text"], places, sent, budget, answer,
                                     log, stop):  # fmt: skip
            answer.claims = []
            answer.why = f"a second look did not find “{claim['text'][:80]}” in the lines"
            return _end(log, answer)
        answer.claims.append((claim["text"], places))
    answer.why = outcome.passed.verdict.reason
    if level == "high":
        tell("cross-check", {})
        if not _said_again(model, brief, outcome.passed, budget, answer, log, stop):
            answer.claims = []
    return _end(log, answer)


def _end(log: Log, answer: Answer) -> Answer:
    log.append("ended", state="answered" if answer.found else "not found", why=answer.why,
               claims=[[text, places] for text, places in answer.claims])  # fmt: skip
    return answer


def _said_again(
    model: Model,
    brief: Asking,
    passed: Attempt,
    budget: Budget,
    answer: Answer,
    log: Log,
    stop: threading.Event | None,
) -> bool:
    """Whether the model gives the same answer with the excerpts the other way round: what it took
    from where an excerpt stood, and not from what it says, changes then."""
    ask = passed.ask
    system, told = brief.messages(ask, None)
    pack = Pack(tuple(reversed(brief.pack(ask.opening).items)))
    text = f"{pack.text}\n\nQuestion: {brief.question}"
    try:
        budget.check()
    except OutOfBudget:
        answer.why = "the budget ended before the answer was cross-checked"
        return False
    turns = [system, Message("user", text, told.origin)]
    replies = list(model.sample(turns, Sampling(1, 0.0, passed.reply.usage.completion + 60), stop))
    if not replies:
        answer.why = "stopped"
        return False
    reply = replies[0]
    budget.spend(reply.usage)
    answer.usage = answer.usage + reply.usage
    first = " ".join(text for text, _ in answer.claims)
    same = agree(first, reply.text, brief.question)
    log.append("cross-check", reply=reply.plain(), same=same)
    if not same:
        answer.why = f"asked again in another order it said “{' '.join(reply.text.split())[:80]}”"
    return same


def _confirmed(
    model: Model,
    question: str,
    claim: str,
    places: list[tuple[str, int, int]],
    sent: list[Excerpt],
    budget: Budget,
    answer: Answer,
    log: Log,
    stop: threading.Event | None,
) -> bool:
    """The model's second look: the excerpt alone, and the claim."""
    paths = {(p, a) for p, a, _ in places}
    shown = [e for e in sent if any(e.path == p and e.first <= a <= e.last for p, a in paths)]
    text = "\n\n".join(f"{e.path}:\n{e.text}" for e in shown)
    turns = [
        Message("system", SECOND),
        Message("user", f"Text:\n{text}\n\nQuestion: {question}\nAnswer: {claim}\n\n"
                "Does the text give this answer?", "project"),
    ]  # fmt: skip
    try:
        budget.check()
    except OutOfBudget:
        return False  # unconfirmed is not confirmed
    replies = list(model.sample(turns, Sampling(1, 0.0, 4), stop))
    if not replies:
        return False  # it was stopped
    reply = replies[0]
    budget.spend(reply.usage)
    answer.usage = answer.usage + reply.usage
    yes = reply.text.strip().lower().startswith("yes")
    log.append("second look", claim=claim, reply=reply.plain(), confirmed=yes)
    return yes
