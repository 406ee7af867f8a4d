"""A second opinion on a view: the question is asked again in another way, as plain SQL, and the
figures must be the same. A view can be drawn without a fault and answer something else; two ways
to the same figures are seldom wrong in the same way (agreement of execution: Shi et al. 2022)."""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from geist.canvas.data import Data
from geist.canvas.problem import Wrong
from geist.canvas.view import Answered
from geist.context.pack import Item, Pack
from geist.core.canonical import digest
from geist.core.message import Message, Reply
from geist.core.output import Malformed, Output, Text
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed
from geist.think.effort import Ask, Effort, Opening, Wave
from geist.think.solve import Attempt, Held
from geist.verify.verifier import text_of, total

SYSTEM = """You are a careful data analyst. Answer each question with one DuckDB query, in one
```sql block and nothing else. "Per" and "each" ask for a GROUP BY. Use no condition and no LIMIT
that the question does not ask for. A month is date_trunc('month', t), a year strftime(t, '%Y'), a
weekday strftime(t, '%u %a'), a share 100.0 * count(*) FILTER (WHERE …) / count(*)."""
# turns about other tables; none is one of those that the view's own brief has
TURNS = (
    ("parcels (812 rows)\n  sent time, 2024-01-02 to 2025-12-30\n  city text: Graz, Linz, Wels\n"
     "  kilos number, 0.1 to 29.5\n\nhow heavy were the parcels of each city in all, by year?",
     "SELECT city, strftime(sent, '%Y') AS year, sum(kilos) AS kilos FROM parcels GROUP BY city, "
     "year"),
    ("calls (5110 rows)\n  agent text, such as 'Ida' or 'Tom'\n  began time, 2026-01-01 to "
     "2026-06-30\n  seconds number, 3 to 2710\n  kind text: order, repair\n\n"
     "How many calls about repairs?",
     "SELECT count(*) AS calls FROM calls WHERE kind = 'repair'"),
    ("plots (97 rows)\n  owner text, such as 'Haas' or 'Ott'\n  crop text: maize, oats, rye\n"
     "  hectares number, 0.4 to 61\n\nthe 3 crops with the most land",
     "SELECT crop, sum(hectares) AS hectares FROM plots GROUP BY crop ORDER BY hectares DESC LIMIT "
     "3"),
)  # fmt: skip
FENCE = re.compile(r"```(?:sql)?\s*\n(.*?)(?:```|\Z)", re.S | re.I)
EFFORT = Effort(4, 400, (Wave(0.0, 1, 0.0), Wave(1.0, 1, 0.6), Wave(2.0, 2, 0.9)))
Rows = Sequence[Sequence[Any]]


class Querying:
    """The brief for the second opinion: the tables as SQL defines them, and the question."""

    def __init__(self, question: str, data: Data) -> None:
        self._pack = Pack((Item("tables", "tables", "file", data.described(), "what may be asked"),
                           Item("", "question", "user", question, "the question")))  # fmt: skip

    def openings(self) -> Sequence[Opening]:
        return [Opening(0, 0.0)]

    def pack(self, opening: int) -> Pack:
        return self._pack

    def messages(self, ask: Ask, best: Attempt | None) -> Sequence[Message]:
        tables, question = self._pack.items
        turns = [Message("system", SYSTEM)]
        for asked, sql in TURNS:
            turns += [Message("user", asked), Message("assistant", f"```sql\n{sql}\n```")]
        return [*turns, Message("user", f"{tables.text}\n\n{question.text}", "file")]

    def held(self, ask: Ask) -> Held:
        return Held(prime="```sql\n", until=("\n```",))

    def read(self, ask: Ask, reply: Reply) -> Output | Malformed:
        found = FENCE.search(reply.text)
        sql = (found[1] if found else reply.text).strip().rstrip(";")
        return Text(sql) if sql else Malformed("it is no query")

    def fingerprint(self, output: Output) -> str:
        return digest(output.text if isinstance(output, Text) else "")


class Agrees:
    """Passes a query whose rows are those that the view shows. `answers` are the rows of those
    that could be asked."""

    name, version = "agrees", 1

    def __init__(self, shown: Answered, data: Data) -> None:
        self.shown, self.data = shown, data
        self.answers: list[tuple[str, Rows]] = []

    def __call__(self, task: Task, output: Output) -> Verdict:
        return total(self._check, task, output)

    def _check(self, task: Task, output: Output) -> Verdict:
        text = text_of(output, 5000)
        if isinstance(text, Verdict):
            return text
        try:
            rows = self.data.query(text).rows
        except Wrong as e:
            return failed(f"it cannot be asked: {e.message}")
        self.answers.append((text, rows))
        if any(same(rows, there) for there in tables(self.shown)):
            return Verdict(Status.PASSED, 1.0, "asked in another way, the figures are the same")
        return failed("asked in another way, the figures are others")


def tables(shown: Answered) -> Iterator[Rows]:
    """The rows of each component, and the figures of each text as one row."""
    for component in shown.view.components:
        if component["component"] == "Text":
            found = [v for k, v in shown.model["values"].items()
                     if k.rpartition(".")[0] == component["id"]]  # fmt: skip
            if found:
                yield [found]
        elif receipt := shown.receipts.get(component["id"]):
            yield receipt.rows


def same(a: Rows, b: Rows) -> bool:
    """Whether two answers have the same rows: each row's values are in one of the other, however
    the columns stand, and neither has others beside them."""
    if not a or not b or len(a) != len(b):
        return False
    small, large = (a, b) if len(a[0]) <= len(b[0]) else (b, a)
    return within(small, large)


def within(wanted: Rows, rows: Rows) -> bool:
    """Whether each row's values are in one row of the other."""
    return all(any(all(any(alike(v, w) for w in row) for v in one) for row in rows)
               for one in wanted)  # fmt: skip


def alike(a: Any, b: Any) -> bool:
    """Whether two cells say the same: a share in percent or in parts of one, a month as 2025-03 or
    as its first day."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, int | float) and isinstance(b, int | float):
        return any(math.isclose(a, b * by, rel_tol=1e-6, abs_tol=1e-9) for by in (1, 100, 0.01))
    return _plain(a) == _plain(b)


def _plain(value: Any) -> str:
    text = str(value).removesuffix("T00:00:00").removesuffix(" 00:00:00")
    return f"{text}-01" if re.fullmatch(r"\d{4}-\d\d", text) else text
