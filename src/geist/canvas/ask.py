"""A question answered with a view: the brief, and the verifier that decides what may be shown."""

from collections.abc import Sequence

from geist.canvas.browser import Browser
from geist.canvas.catalog import KINDS
from geist.canvas.compile import ROWS_FORM, compile, problems
from geist.canvas.data import Data
from geist.canvas.grammar import grammar
from geist.canvas.look import Seen, look
from geist.canvas.page import page
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
SYSTEM = """You answer questions about tables. First write the DuckDB query that answers the
question, then one line that shows its result:
{examples}
Chart marks are bar, line, area, point, pie and heatmap; of a Chart, color=… splits by one more column.
In a Text every figure stands in braces, as {{q1.column}}: never write a figure yourself.
In DuckDB date_trunc('month', t) is the month of a time, strftime(t, '%u %a') its weekday, and
100.0 * count(*) FILTER (WHERE …) / count(*) a share. "Per" and "each" ask for a GROUP BY. Use no
condition and no LIMIT that the question does not ask for, and only the tables and columns that
there are."""
PLAIN = """You show things with a view: a few lines, each one component, in these forms:
{examples}
{rows}
There are no files: write rows of your own knowledge with Rows. Answer with lines of this form alone."""
PLAIN_TURN = (
    "The question: a weekend in Lyon",
    """q1 = Rows([what, begins, ends, lat, lon], \
["Old town", "2026-05-02 10:00", "2026-05-02 13:00", 45.762, 4.827], \
["Fine arts museum", "2026-05-02 14:00", "2026-05-02 17:00", 45.767, 4.834], \
["Golden Head park", "2026-05-03 10:00", "2026-05-03 13:00", 45.778, 4.856])
Map(q1, lat=lat, lon=lon, label=what, title="Where")
Timeline(q1, start=begins, end=ends, label=what, title="When")""",
)
# turns about other tables, of which each shows a form
TURNS = (
    ("orders (912 rows)\n  bought time, 2024-01-01 to 2025-12-31\n  shop text: Gate, Harbour\n"
     "  price number, 1.5 to 310\n  weight number, 0.1 to 44",
     "How did income develop?",
     "q1 = Query(\"SELECT date_trunc('month', bought) AS month, sum(price) AS income FROM orders "
     'GROUP BY month ORDER BY month")\nChart(line, q1, x=month, y=income, title="Income by month")'),
    ("lessons (77 rows)\n  teacher text, such as 'Okoye' or 'Lind'\n  minutes number, 20 to 120",
     "How many lessons were longer than an hour?",
     'q1 = Query("SELECT count(*) AS lessons FROM lessons WHERE minutes > 60")\n'
     'Text("{q1.lessons} lessons were longer than an hour.")'),
    ("stays (9120 rows)\n  patient number, 1 to 3040\n  cost number, 90 to 8100\n"
     "  kind text, such as 'planned' or 'check-up'",
     "which five kinds of stay cost the most in all?",
     'q1 = Query("SELECT kind, sum(cost) AS cost FROM stays GROUP BY kind ORDER BY cost DESC LIMIT '
     '5")\nChart(bar, q1, x=kind, y=cost, sort=-y, title="The costliest kinds of stay")'),
    ("trips (640 rows)\n  line text: 12, 14, 15\n  began time, 2025-11-01 to 2026-02-28\n"
     "  late number, 0 to 71",
     "what share of the trips was late, by weekday?",
     "q1 = Query(\"SELECT strftime(began, '%u %a') AS weekday, 100.0 * count(*) FILTER (WHERE late > "
     '0) / count(*) AS percent FROM trips GROUP BY weekday ORDER BY weekday")\n'
     'Chart(bar, q1, x=weekday, y=percent, title="Late trips by weekday, in percent")'),
    ("runs (210 rows)\n  runner text, such as 'Li' or 'Ben'\n  km number, 3 to 42\n"
     "  hours number, 0.2 to 5.1",
     "Are longer runs slower?",
     'q1 = Query("SELECT km, hours FROM runs")\n'
     'Chart(point, q1, x=km, y=hours, title="Hours against kilometres")'),
    ("books (5000 rows)\n  title text, such as 'Emma' or 'Nana'\n  genre text: essay, novel, verse\n"
     "  lent number, 0 to 340",
     "list the 10 most lent novels",
     "q1 = Query(\"SELECT title, lent FROM books WHERE genre = 'novel' ORDER BY lent DESC LIMIT 10\")"
     '\nTable(q1, columns=[title, lent], title="The most lent novels")'),
)  # fmt: skip
# what the examples do not show; where there is no data to ask, all kinds are named
OTHERS = (
    "Chart",
    "Table",
    "Text",
    "Map",
    "Timeline",
    "Picker",
    "Steps",
    "Animation",
    "Diagram",
    "Row",
    "Tabs",
)


def judged(text: str, data: Data, question: str) -> tuple[Answered, list[Problem]]:
    """The view that a text stands for, with its figures, and everything that is wrong with it."""
    view, wrong = compile(text, data, question)
    shown, failed_ = answer(view, data)
    found = [*wrong, *failed_, *problems(shown)]
    if not found and data.tables and not view.rows and not view.values:
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


class Page(Shows):
    """As `view`, and then in a real browser: drawn, read, each control moved, each figure compared
    with what the data answered. `seen` is what was seen of the pages of this run, by their text."""

    name, version = "page", 1

    def __init__(self, data: Data, browser: Browser) -> None:
        super().__init__(data)
        self.browser = browser
        self.seen: dict[str, Seen] = {}

    def _check(self, task: Task, output: Output) -> Verdict:
        verdict = super()._check(task, output)
        if verdict.status is not Status.PASSED or not isinstance(output, Text):
            return verdict
        shown, _ = judged(output.text, self.data, task.prompt[-1].text)
        seen = self.seen[output.text] = look(self.browser, page(shown, task.prompt[-1].text), shown)
        if seen.problems:
            evidence = {"problems": [p.plain() for p in seen.problems[:20]]}
            return failed(seen.problems[0].message, 0.95, evidence=evidence)
        moved = f", {len(seen.tried)} controls moved" if seen.tried else ""
        return Verdict(Status.PASSED, 1.0, f"{verdict.reason}, drawn and read{moved}")


class Viewing:
    """The brief: tables, the language, the question; then what was wrong with the last try.
    `before` are the lines that a change is asked of."""

    def __init__(self, question: str, data: Data, before: str = "", held: bool = True) -> None:
        self.question, self.before, self.data = question, before, data
        if data.tables:
            self.system = SYSTEM.format(examples="\n".join(KINDS[n].example for n in OTHERS))
        else:
            forms = "\n".join(k.example for k in KINDS.values())
            self.system = PLAIN.format(examples=forms, rows=ROWS_FORM)
        self.grammar = grammar() if held and data.tables else ""
        tables = Item("tables", "tables", "file", data.described(), "what the question is about")
        self._pack = Pack((tables, Item("", "question", "user", question, "the question itself")))

    def openings(self) -> Sequence[Opening]:
        return [Opening(0, 0.0)]

    def pack(self, opening: int) -> Pack:
        return self._pack

    def messages(self, ask: Ask, best: Attempt | None) -> Sequence[Message]:
        tables, question = self._pack.items
        told = f"The tables:\n{tables.text}\n\n" if tables.text else ""
        asked = f"{told}The question: {question.text}"
        if self.before:
            asked = (f"{told}The view as it is:\n{self.before.strip()}\n\nThe change that is "
                     f"wanted: {question.text}\nWrite all lines of the changed view.")  # fmt: skip
        turns = [Message("system", self.system)]
        for known, question_, lines in TURNS if self.data.tables else ():
            shown = f"The tables:\n{known}\n\nThe question: {question_}"
            turns += [Message("user", shown), Message("assistant", lines)]
        if not self.data.tables:
            turns += [Message("user", PLAIN_TURN[0]), Message("assistant", PLAIN_TURN[1])]
        turns.append(Message("user", asked, "file"))
        if best is not None and ask.feedback:
            wrong = best.verdict.evidence.get("problems") or []
            told = "\n".join(f"- {p['path']}: {p['message']}" for p in wrong[:6])
            turns += [Message("assistant", best.reply.text, "model"),
                      Message("user", f"That is not right yet:\n{told or best.verdict.reason}\n"
                              f"{self._columns()}Write all lines again, in another way.",
                              "project")]  # fmt: skip
        return turns

    def _columns(self) -> str:
        return "".join(f"The columns of {t.name} are {', '.join(c.name for c in t.columns)}.\n"
                       for t in list(self.data.tables.values())[:6])  # fmt: skip

    def held(self, ask: Ask) -> Held:
        return Held(grammar=self.grammar)

    def read(self, ask: Ask, reply: Reply) -> Output | Malformed:
        if reply.finish == "length":
            return Malformed("the answer was cut off")
        return Text(reply.text)

    def fingerprint(self, output: Output) -> str:
        return digest(output.text if isinstance(output, Text) else "")


def effort(repairs: int = REPAIRS) -> Effort:
    """One view, then again with what was wrong with it."""
    # what was said twice will be said again: each try is freer than the one before
    more = (Wave(1.0 + n, 1, 0.3 * (n + 1), feedback=True, patient=True) for n in range(repairs))
    waves = (Wave(0.0, 1, 0.0), *more)
    return Effort(len(waves), 700, waves)
