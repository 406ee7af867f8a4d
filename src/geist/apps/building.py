"""The brief for building an app: whole functions for a shape, or a whole file for a model that has
earned it; then what was wrong with the last try, as a person would see it."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from geist.apps.checking import Check, Kind
from geist.apps.hunch import hunches
from geist.apps.judge import unreadable
from geist.apps.plan import Plan
from geist.apps.shapes import SHAPES
from geist.apps.shapes.shape import code_of, merged, missing
from geist.context.pack import Item, Pack
from geist.core.canonical import digest
from geist.core.message import Message, Reply
from geist.core.output import Malformed, Output, Text
from geist.think.effort import Ask, Effort, Opening, Wave
from geist.think.solve import Attempt, Held

# the likeliest; then looks at what was wrong with the best, and others with some freedom, in turns
WAVES = (Wave(0.0, 1, 0.0), Wave(1.0, 2, 0.6, feedback=True), Wave(2.0, 2, 0.8, patient=True),
         Wave(3.0, 2, 0.8, feedback=True), Wave(4.0, 2, 0.9, patient=True),
         Wave(5.0, 2, 1.0, feedback=True))  # fmt: skip
# of functions that do not depend on each other: those that are wrong again, which is quick
MENDING = tuple(Wave(1.0 + n, 2, 0.5 + 0.1 * n, feedback=True) for n in range(7))
FREELY = (Wave(0.0, 1, 0.0), *(Wave(1.0 + n, 1, 0.3, feedback=True) for n in range(4)))
LEVELS = {"low": 4, "medium": 11, "high": 40}
SHORT, EACH, FREELY_TOKENS = 900, 250, 8000  # tokens: of two functions, of each more, of a file
ONE = 300  # of a function alone
MOST_SHOWN = 5  # of what was wrong
SYSTEM = """You write the code of small apps, correct and short. Answer with one fenced code block and nothing else.
Follow the description to the letter: names, order, messages, limits. Round only where it says so."""
FREE: dict[Kind, str] = {
    "page": """Write one self-contained HTML file: inline CSS and JavaScript, nothing from the network, no frames, no
eval, no innerHTML with data in it. Every field has a label; every result stands in text after its own label
(<dt>Total</dt><dd>60</dd>). Empty, wrong and very long input gets a clear message, never NaN or undefined;
it fits a phone (390 px); colours are readable, in the dark too. A submit handler calls preventDefault.
localStorage may be used.""",
    "service": """Write one Python file: Starlette and sqlite3 only, a module-level `app`, the database in the file data.db of
the folder os.environ["APP_DATA"]. A PEP 723 block at the top with pinned dependencies. SQL only with ?. It
serves GET /openapi.json (OpenAPI 3.0.3) that describes each route exactly: parameters, bodies, and every status
that can be answered. Wrong input is answered by 422, whatever it is; no network, no files, no tracebacks.""",
    "tool": """Write one Python 3.11 file with a PEP 723 block at the top (dependencies = []), Python's own library only,
argparse. Wrong use or input: one line on standard error and status 2, never a traceback, also for files that
are missing, empty or not text. It reaches no network, starts no program, and writes nothing that nobody named.""",
    "script": """Write one Python 3.11 file with a PEP 723 block at the top (dependencies = []), Python's own library only. It is
run as `app.py FILE...` with the data files in the order below, reads them and nothing else, writes nothing, and
prints the answer. Wrong or broken input: one line on standard error and status 2, never a traceback.""",
}
LOST = 'raise RuntimeError("still to be written")'
NEXT = {"python": ("\ndef ", "\nclass "), "javascript": ("\nfunction ",)}  # what ends a function
MOST_SAMPLE = 700  # characters of a data file


def tokens(plan: Plan, free: bool) -> int:
    """The most that an answer may have."""
    if not free and (names := apart(plan)):
        # all of them are written in one only where it is not known which is wrong
        return ONE + 60 * len(names)
    return (
        FREELY_TOKENS
        if free
        else SHORT + EACH * max(0, len(SHAPES[plan.shape].functions(plan)) - 2)
    )


def round_(functions: int, temperature: float, at: float) -> tuple[Wave, ...]:
    """Each function once, then those that are wrong again."""
    each = [Wave(at + n / 100, 1, temperature, patient=not n) for n in range(functions)]
    return (*each, *(Wave(at + w.at, w.n, w.temperature, feedback=True) for w in MENDING))


def apiece(plan: Plan, count: int, mended: int, waves: Sequence[Wave]) -> Effort:
    """For versions of an app beside the first: `waves`, or, where functions are written one by one,
    `count` times each of them, with `mended` looks at what is wrong."""
    if names := apart(plan):
        each = len(names) + mended
        waves = [w for n in range(count) for w in round_(len(names), 0.8, 10.0 * n)[:each]]
    return Effort(sum(w.n for w in waves), tokens(plan, False), tuple(waves))


def apart(plan: Plan) -> tuple[str, ...]:
    """The functions, where each is written without the others from the start: a small model does
    best at a form's in one go, which are formulas, and at a service's one by one, which are longer."""
    shape = SHAPES[plan.shape]
    names = shape.functions(plan) if shape.alone else ()
    return names if len(names) > 1 else ()


def versions(level: str) -> int:
    """How many are tried at most, of low, medium, high or a number. Raises GeistError for another word."""
    from geist.think.effort import effort as read

    return LEVELS[level] if level in LEVELS else read(level).samples


def effort(level: str, plan: Plan, free: bool) -> Effort:
    count = versions(level)
    if not free and (names := apart(plan)):
        count = len(names) + count * 3 // 2  # most of them are one function
        rounds = 1 + count // (len(names) + 2 * len(MENDING))
        kinds = [w for r in range(rounds) for w in round_(len(names), 0.9 if r else 0.0, 10.0 * r)]
        return Effort(count, tokens(plan, free), tuple(kinds))
    kinds = FREELY if free else WAVES
    if not free and SHAPES[plan.shape].blamed and len(SHAPES[plan.shape].functions(plan)) > 1:
        kinds, count = (WAVES[0], *MENDING), count * 3 // 2  # most of them are one function
    waves = [*kinds, *(Wave(6.0 + n, 3, 0.9, patient=True) for n in range(count // 3))]
    return Effort(count, tokens(plan, free), tuple(waves))


def samples(plan: Plan) -> str:
    """The first lines of the user's own files."""
    parts = []
    for name, path in plan.data.items():
        with path.open("rb") as f:
            text = f.read(4 * MOST_SAMPLE).decode("utf-8-sig", "replace")
        lines = text[:MOST_SAMPLE].splitlines()
        parts.append(f"{name} begins with:\n" + "\n".join(lines[: max(3, len(lines) - 1)]))
    return "\n\n".join(parts)


class Building:
    """`before` is the source of an app that a change is asked of."""

    def __init__(
        self, plan: Plan, checks: Sequence[Check], free: bool, before: str = "", change: str = ""
    ) -> None:
        self.plan, self.checks, self.free = plan, checks, free
        self.before, self.change = before, change
        self.shape = SHAPES[plan.shape]
        said = [Item("", "description", "user", plan.description, "what is wanted")]
        if checks:
            lines = "\n".join(
                f"- {c.line if free else self.shape.example(plan, c)}" for c in checks
            )
            told = (
                "It must meet these checks" if free else "Examples, among others that will be tried"
            )
            said.append(Item("", "checks", "user", f"{told}:\n{lines}", "agreed with the user"))
        if sample := samples(plan):
            said.append(Item("", "data", "file", sample, "the user's own files"))
        if before:
            said.append(
                Item(
                    "",
                    "app",
                    "model",
                    f"The app as it is:\n```\n{before}\n```\n\nThe change that is wanted: {change}",
                    "what is to be changed",
                )
            )
        said.append(
            Item("", "form", "geist", FREE[plan.kind] if free else self.shape.ask(plan), "the form")
        )
        self._pack = Pack(tuple(said))
        self.apart = () if free else apart(plan)
        self.parts: dict[str, str] = {}  # the first of each, by its name
        self.codes: dict[str, str] = {}  # all the functions, by the answer that they came of
        self.base, self.blamed, self.turn, self.asked = "", self.shape.functions(plan), 0, 0

    def again(self) -> None:
        """The next answer is the first of a new version."""
        self.parts, self.asked = {}, 0

    def openings(self) -> Sequence[Opening]:
        return [Opening(0, 0.0)]

    def pack(self, opening: int) -> Pack:
        return self._pack

    def messages(self, ask: Ask, best: Attempt | None) -> Sequence[Message]:
        text = "\n\n".join(i.text for i in self._pack.items)
        turns = [Message("system", SYSTEM), Message("user", text, "user")]
        self.base, self.blamed = "", self.shape.functions(self.plan)
        if not ask.feedback and self.apart:
            self.blamed = (self.apart[self.asked % len(self.apart)],)
            self.asked += 1
            told = self._brief() or f"{text}\n\nWrite only {self.blamed[0]}."
            return [turns[0], Message("user", told, "user")]
        # one that lost its way would be led there again
        if (
            best is None
            or not ask.feedback
            or (best.reply.finish == "length" and best.reply.text not in self.codes)
        ):
            return turns
        wrong = best.verdict.evidence.get("findings") or [{"what": best.verdict.reason}]
        seen = [w["what"] for w in wrong]
        told = "\n".join(
            f"- {what}"
            for what in seen[:MOST_SHOWN] + hunches(seen) + self._unsaid(best.reply.text)
        )
        if self.free:
            said = (f"That is not right yet. What somebody sees who uses it:\n{told}\nWrite the whole file "
                    "again, with that mended.")  # fmt: skip
            return [
                *turns,
                Message("assistant", best.reply.text, "model"),
                Message("user", said, "project"),
            ]
        # a small model that sees its own answer copies it: it is told what to take care of
        if self.shape.blamed is not None and best.reply.text in self.codes:
            lost = re.findall(
                rf"^def (\w+)(?:(?!^def ).)*?{re.escape(LOST)}",
                self.codes[best.reply.text],
                re.M | re.S,
            )
            if names := tuple(lost) or self.shape.blamed(self.plan, seen):
                self.blamed = (names[self.turn % len(names)],)
                self.turn += 1
        only = ""
        if self.blamed != self.shape.functions(self.plan):
            self.base = self.codes[best.reply.text]
            only = f"\nAll else is there and right: write only {' and '.join(self.blamed)}."
            if brief := self._brief():
                text, only = brief, ""
                told = "\n".join(f"- {w}" for w in seen if self._mine(w)) or told
        said = f"{text}\n\nSomebody else got this wrong, take care of it:\n{told}{only}"
        return [turns[0], Message("user", said, "project")]

    def _brief(self) -> str:
        """What a function is asked for with, where that is less than all of it."""
        if self.shape.brief is None or self.before:
            return ""
        return "\n\n".join(
            (self.shape.brief(self.plan, self.blamed[0], self.checks), samples(self.plan))
        )

    def _mine(self, what: str) -> bool:
        """Whether something wrong comes from the function that is asked for."""
        blamed = self.shape.blamed
        return blamed is not None and self.blamed[0] in blamed(self.plan, [what])

    def _unsaid(self, answer: str) -> list[str]:
        """Messages that the description quotes, and that are nowhere in an answer."""
        if self.plan.kind == "service":  # it quotes JSON
            return []
        quoted = [q for q in self.plan.messages() if " " in q and re.fullmatch(r"[^\d\n]{3,60}", q)]
        return [f'nothing says "{q}"' for q in quoted if q not in answer]

    def held(self, ask: Ask) -> Held:
        """Begun for the model: it neither repeats what is there nor explains itself first."""
        if self.free:
            return Held()
        alone = len(self.blamed) < len(self.shape.functions(self.plan))
        begun = self.shape.begun(self.plan, self.blamed[0])
        return Held(
            f"```{self.shape.language}\n{begun}",
            NEXT[self.shape.language] if alone else (),
        )

    def read(self, ask: Ask, reply: Reply) -> Output | Malformed:
        code = code_of(reply.text)
        if self.free:
            return Text(code) if code.strip() else Malformed("there is no file in it")
        names = self.shape.functions(self.plan)
        if not ask.feedback and self.apart:
            name = self.apart[len(self.parts)]  # they are asked for in this order
            self.parts[name] = code if reply.finish != "length" else self._nothing(name)
            if len(self.parts) < len(self.apart):
                return Malformed("the other functions are still to come")
            code, self.parts = "\n\n".join(self.parts.values()), {}
        if ask.feedback and self.base:
            code = merged(self.base, code, self.shape.language)
        if lacks := missing(names, code, self.shape.language):
            return lacks
        made = self.shape.build(self.plan, code)
        if wrong := unreadable(made, self.plan.kind):
            return Malformed(wrong)
        self.codes[reply.text] = code
        return Text(made)

    def _nothing(self, name: str) -> str:
        """In the place of a function that lost its way: nothing passes with it."""
        head, line, _ = self.shape.begun(self.plan, name).rpartition("\n")
        return f"{head}{line}    {LOST}"

    def fingerprint(self, output: Output) -> str:
        return (
            digest(output.text) if isinstance(output, Text) else digest(json.dumps(output.plain()))
        )


def mine(files: Sequence[Path]) -> dict[str, Path]:
    """The user's own files by their names."""
    return {f.name: f for f in files}
