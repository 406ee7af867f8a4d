"""A question answered with a view: the brief, and the verifier that decides what may be shown."""

from collections.abc import Sequence

import geist.canvas.compile  # noqa: F401 - registers the kinds
from geist.canvas.catalog import KINDS
from geist.canvas.compile import compile, problems
from geist.canvas.data import Data
from geist.canvas.fields import SUMS, TIMES
from geist.canvas.problem import Problem
from geist.canvas.view import Answered, answer
from geist.context.pack import Item, Pack
from geist.core.canonical import digest
from geist.core.message import Message, Reply
from geist.core.output import Malformed, Output, Text
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed
from geist.think.effort import Ask, Effort, Opening, Wave
from geist.think.solve import Attempt, Held
from geist.verify.verifier import text_of, total

REPAIRS = 3
MOST = 20_000  # characters of a view
SYSTEM = """You answer questions about tables with a view that shows the answer. A view is a few
lines, each one component, in this form and nothing else:
{examples}
name = Query("SELECT … FROM …")    names the result of a query, as a table for the other lines
A Chart begins with its mark: bar, line, area, point, pie or heatmap. Fields are columns, or
functions of one: {functions}. where="…" takes a condition in SQL.
In a Text every figure stands in braces and is computed: never write a figure yourself. Use only
the tables and columns that there are. Answer with the lines alone."""
EXAMPLES = """The lines are about other tables; they only show the form."""


def judged(text: str, data: Data, question: str) -> tuple[Answered, list[Problem]]:
    """The view that a text stands for, with its figures, and everything that is wrong with it."""
    view, wrong = compile(text, data, question)
    shown, failed_ = answer(view, data)
    found = [*wrong, *failed_, *problems(shown)]
    if not found and not view.rows and not view.values:
        found.append(Problem("no figure", "view", "it shows nothing of the data: add a Chart, a "
                             "Table, or a Text with a figure in braces"))  # fmt: skip
    return shown, found


class Shows:
    """Passes a view of which every part is there, every figure comes from the data, and nothing is
    empty or misleads by its form. Whether it answers the question it cannot know."""

    name, version = "view", 1

    def __init__(self, data: Data) -> None:
        self.data = data

    def __call__(self, task: Task, output: Output) -> Verdict:
        return total(self._check, task, output)

    def _check(self, task: Task, output: Output) -> Verdict:
        text = text_of(output, MOST)
        if isinstance(text, Verdict):
            return text
        shown, found = judged(text, self.data, task.prompt[-1].text)
        if found:
            parts = len(shown.view.components)
            evidence = {"problems": [p.plain() for p in found[:20]]}
            return failed(found[0].message, max(0.0, 0.9 - len(found) / (parts + 1)),
                          evidence=evidence)  # fmt: skip
        figures = len(shown.receipts)
        return Verdict(Status.PASSED, 1.0, f"all parts are shown, {figures} figures from the data")


class Viewing:
    """The brief: tables, the language, the question; then what was wrong with the last try."""

    def __init__(self, question: str, data: Data) -> None:
        self.question = question
        examples = "\n".join(kind.example for kind in KINDS.values())
        self.system = SYSTEM.format(examples=f"{examples}\n({EXAMPLES})",
                                    functions=", ".join([*SUMS, *TIMES, "bin"]))  # fmt: skip
        tables = Item("tables", "tables", "file", data.described(), "what the question is about")
        self._pack = Pack((tables, Item("", "question", "user", question, "the question itself")))

    def openings(self) -> Sequence[Opening]:
        return [Opening(0, 0.0)]

    def pack(self, opening: int) -> Pack:
        return self._pack

    def messages(self, ask: Ask, best: Attempt | None) -> Sequence[Message]:
        tables, question = self._pack.items
        asked = f"The tables:\n{tables.text}\n\nThe question: {question.text}"
        turns = [Message("system", self.system), Message("user", asked, "file")]
        if best is not None and ask.feedback:
            wrong = best.verdict.evidence.get("problems") or []
            told = "\n".join(f"- {p['path']}: {p['message']}" for p in wrong[:6])
            turns += [Message("assistant", best.reply.text, "model"),
                      Message("user", f"That is not right yet:\n{told or best.verdict.reason}\n"
                              "Write all lines again.", "project")]  # fmt: skip
        return turns

    def held(self, ask: Ask) -> Held:
        return Held()

    def read(self, ask: Ask, reply: Reply) -> Output | Malformed:
        if reply.finish == "length":
            return Malformed("the answer was cut off")
        return Text(reply.text)

    def fingerprint(self, output: Output) -> str:
        return digest(output.text if isinstance(output, Text) else "")


def effort(repairs: int = REPAIRS) -> Effort:
    """One view, then again with what was wrong with it."""
    more = (Wave(1.0 + n, 1, 0.4, feedback=True, patient=True) for n in range(repairs))
    waves = (Wave(0.0, 1, 0.0), *more)
    return Effort(len(waves), 700, waves)
