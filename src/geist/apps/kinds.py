"""What kind of app a description wants, and the one question about one that says too little."""

import re
from collections.abc import Sequence
from threading import Event

from geist.apps.asking import answered
from geist.apps.checking import Kind
from geist.core.budget import Budget
from geist.core.errors import GeistError
from geist.core.log import Log
from geist.core.message import Message
from geist.core.output import Output
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed
from geist.models.model import Model
from geist.verify.verifier import text_of

WORDS: tuple[tuple[Kind, str], ...] = (
    (
        "service",
        r"\b(web service|rest|api|endpoints?|http service|service|server|(get|post|put|delete) /)\b",
    ),
    ("tool", r"\b(command[- ]line|cli|tool|terminal|stdin|standard input|prints)\b|(?<!\w)--\w"),
    (
        "page",
        r"\b(web ?page|page|website|calculator|converter|button|shows?|form|game|quiz|timer|browser)\b",
    ),
)
CHOICES = {
    "page": "a page to look at and type into, in the browser",
    "service": "a web service that keeps data",
    "tool": "a command-line program",
    "script": "a script over data files",
}


def pick(description: str, data: Sequence[str]) -> Kind | None:
    """The kind that a description names by its words; None where it could be several."""
    if data:
        return "script"
    low = description.lower()
    for kind, words in WORDS:
        if re.search(words, low):
            return kind
    return None


def vague(description: str) -> bool:
    """Whether it says too little to be built: fewer than three words of some weight."""
    words = [w for w in re.findall(r"[\w-]{3,}", description.lower()) if w not in SMALL]
    return len(set(words)) < 3


SMALL = frozenset(
    "the and for with that some app page tool make build little small simple please".split()
)


def question(
    description: str, model: Model, budget: Budget, log: Log, stop: Event | None = None
) -> str:
    """The one thing to ask about a vague description; "" where the model asks nothing."""
    turns = (Message("system", "Somebody wants a small app and says too little. Ask the one short question whose "
                     "answer helps most to build it: what goes in, and what should come out. One sentence."),
             Message("user", description, "user"))  # fmt: skip
    try:
        text = answered(turns, OneSentence(), {}, model, log, budget, "question", 0, stop)
    except GeistError:
        return ""  # it knows nothing to ask: then it is built of what was said
    return " ".join(text.split()).partition("?")[0][:300] + "?"


class OneSentence:
    name, version = "question", 1

    def __call__(self, task: Task, output: Output) -> Verdict:
        text = text_of(output, 2000)
        if isinstance(text, Verdict):
            return text
        return (
            Verdict(Status.PASSED, 1.0, "a question") if "?" in text else failed("it asks nothing")
        )
