"""From the compact language to a view, and back: compile(decompile(v)) is v."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import geist.canvas.components.app
import geist.canvas.components.chart
import geist.canvas.components.controls
import geist.canvas.components.diagram
import geist.canvas.components.figure
import geist.canvas.components.layout
import geist.canvas.components.map
import geist.canvas.components.table
import geist.canvas.components.text
import geist.canvas.components.timeline
import geist.canvas.components.whiteboard
import geist.canvas.components.words  # noqa: F401 - these register their kinds
from geist.canvas.catalog import KINDS, Build
from geist.canvas.data import Data
from geist.canvas.language import Call, Line, Name, Value, parse, said, written
from geist.canvas.problem import Problem, Wrong, like
from geist.canvas.tables import Table, quoted
from geist.canvas.view import CONTROLS, ROOT, Answered, View

DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?")
QUERY, ROWS = "Query", "Rows"
TABLES = (QUERY, ROWS)  # lines that show nothing by themselves
ALSO = {"Slider": "Steps", "Plot": "Chart"}
ROWS_FORM = 'name = Rows([city, people], ["Kyoto", 1460000], ["Nara", 350000])'


def compile(text: str, data: Data, question: str = "") -> tuple[View, list[Problem]]:
    """Total. A part that is wrong stands in the view as a visible, named error; the others are
    there. `question` is the user's: figures that it has may be said again."""
    lines, problems = parse(text)
    return _Compiler(lines, data, question, problems).view()


class _Compiler:
    def __init__(self, lines: list[Line], data: Data, question: str,
                 problems: list[Problem]) -> None:  # fmt: skip
        self.problems = problems
        data.forget()
        self.made: dict[str, dict] = {}
        self.children: set[str] = set()
        self.open: list[str] = []  # what is being made, to notice circles
        self.count = 0
        self.lines = [_coerced(line) for line in lines]
        self.named = {line.id: line for line in self.lines if line.id}
        self.build = Build(data, question, {}, {}, self._child, self._controls)
        self.told: list[str] = []

    def view(self) -> tuple[View, list[Problem]]:
        top = list[str]()
        for line in self.lines:
            if line.call.name == QUERY:
                self._query(line)
            elif line.call.name == ROWS:
                self._rows(line)
        for line in self.lines:
            if line.call.name not in TABLES:
                id = line.id or self._fresh(line.call.name)
                if id not in self.made:
                    self._make(id, line.call, f"line {line.number}")
                top.append(id)
        if not top and not self.problems:
            for table in self.build.own.values():
                for call in _suits(table):
                    id = self._fresh(call.name)
                    self._make(id, call, id)
                    top.append(id)
        if not top:
            self.problems.append(Problem("empty", ROOT, "there is nothing to show"))
        unheld = [id for id in dict.fromkeys(top) if id not in self.children]
        root = {"id": ROOT, "component": "Column", "children": unheld}
        order = list[dict]()
        self._order(root, order)
        queries = {name: table.source for name, table in self.build.own.items()}
        told = tuple(n for n in queries if n in self.told)
        view = View((root, *order), self.build.rows, self.build.values, queries, told)
        return view, self.problems

    def _order(self, parent: dict, found: list[dict]) -> None:
        """Each child with what stands in it, from the top down."""
        for id in children(parent):
            found.append(self.made[id])
            self._order(self.made[id], found)

    def _query(self, line: Line) -> None:
        where, sql = f"line {line.number}", line.call.given[0] if line.call.given else ""
        if not line.id or len(line.call.given) != 1 or line.call.named or not isinstance(sql, str):
            self.problems.append(Problem("query", where, 'write  name = Query("SELECT …")'))
            return
        self._define(line, sql, where)

    def _define(self, line: Line, sql: str, where: str) -> None:
        data = self.build.data
        try:
            found = data.defined(line.id, sql)
            asks = data.asks(sql)
            if line.call.name == QUERY and (made_up := data.literals(sql)):
                raise Wrong("literal figure", f"{line.id} makes up {made_up[0]}: figures must come "
                            "from the columns of a table")  # fmt: skip
            if not asks and data.tables and line.call.name == QUERY:
                raise Wrong("literal figure", f"{line.id} asks no table: its figures must come "
                            f"from the data ({', '.join(data.tables)})")  # fmt: skip
        except Wrong as e:
            self.problems.append(e.at(where))
            return
        if not asks or asks & set(self.told):
            self.told.append(line.id)
        self.build.own[line.id] = Table(line.id, found.columns, len(found.rows), sql)

    def _rows(self, line: Line) -> None:
        """Rows that the model wrote itself, or the SELECT that stands for them. They are told as
        that wherever they are shown."""
        if len(line.call.given) == 1 and isinstance(line.call.given[0], str) and line.id:
            self._define(line, line.call.given[0], f"line {line.number}")
            return
        where, (names, *rows) = f"line {line.number}", (*line.call.given, ())
        rows = rows[:-1]
        try:
            if not line.id or line.call.named or not isinstance(names, tuple) or not rows:
                raise Wrong("rows", f"write  {ROWS_FORM}")
            columns = [n.text if isinstance(n, Name) else str(n) for n in names]
            for row in rows:
                if not isinstance(row, tuple) or len(row) != len(columns):
                    raise Wrong("rows", f"each row needs {len(columns)} values: {said(row)[:60]}")
            sql = _values(columns, rows)
        except Wrong as e:
            self.problems.append(e.at(where))
            return
        self._define(line, sql, where)

    def _controls(self) -> Mapping[str, Call]:
        return {id: line.call for id, line in self.named.items() if line.call.name in CONTROLS}

    def _make(self, id: str, call: Call, where: str) -> None:
        if id in self.open:
            self.problems.append(Problem("circle", where, f"{id} stands in itself"))
            self.made[id] = _broken(id, "circle", f"{id} stands in itself")
            return
        self.open.append(id)
        kind = KINDS.get(call.name)
        try:
            if kind is None:
                known = [*KINDS, *TABLES]
                raise Wrong("unknown component",
                            f"there is no {call.name}: {like(call.name, known)}")  # fmt: skip
            self.made[id] = {"id": id, "component": call.name} | kind.made(id, call, self.build)
        except Wrong as e:
            self.problems.append(e.at(where))
            self.made[id] = _broken(id, e.code, e.message, said(call))
        self.open.pop()

    def _child(self, value: Value) -> str:
        if isinstance(value, Name):
            line = self.named.get(value.text)
            if line is None or line.call.name in TABLES:
                raise Wrong("unknown line", f"there is no {value.text}: "
                            f"{like(value.text, self.named)}")  # fmt: skip
            if value.text in self.children:
                raise Wrong("twice", f"{value.text} stands in two places")
            id, call, where = value.text, line.call, f"line {line.number}"
        elif isinstance(value, Call):
            id, call = self._fresh(value.name), value
            where = id
        else:
            raise Wrong("arguments", f"{said(value)[:40]} is no component")
        if id not in self.made:
            self._make(id, call, where)
        if id in self.open:
            raise Wrong("circle", f"{id} stands in itself")
        self.children.add(id)
        return id

    def _fresh(self, name: str) -> str:
        while True:
            self.count += 1
            id = f"{name.lower()}_{self.count}"
            if id not in self.named and id not in self.made:
                return id


def _suits(table: Table) -> Iterator[Call]:
    """What shows a table that no line shows: a map of places, a timeline of times, its rows."""
    kinds = {c.name.lower(): c.kind for c in table.columns}
    name = Name(table.name)
    words = [("label", Name(c.name)) for c in table.columns if c.kind == "text"][:1]
    if kinds.get("lat") == kinds.get("lon") == "number":
        yield Call("Map", (name,), (("lat", Name("lat")), ("lon", Name("lon")), *words))
    times = [Name(c.name) for c in table.columns if c.kind == "time"]
    if times and words:
        ends = [("end", times[1])] if len(times) > 1 else []
        yield Call("Timeline", (name,), (("start", times[0]), *ends, *words))
    yield Call("Table", (name,))


def _coerced(line: Line) -> Line:
    """With the name that a component has here."""
    name = ALSO.get(line.call.name, line.call.name)
    known = {k.lower(): k for k in (*KINDS, *TABLES)}
    return replace(line, call=replace(line.call, name=known.get(name.lower(), name)))


def _values(columns: list[str], rows: Sequence[Value]) -> str:
    """SQL for rows as they were written."""

    def literal(value: Value) -> str:
        if isinstance(value, Name):
            return "NULL" if value.text.lower() in ("null", "none") else literal(value.text)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            text = value.replace("'", "''")
            return f"'{text}'"
        if isinstance(value, int | float):
            return repr(value)
        raise Wrong("rows", f"{said(value)[:40]} is no value: a text, a number, true or false")

    def column(number: int, name: str) -> str:
        there = [r[number] for r in rows if isinstance(r, tuple)]
        if all(isinstance(v, str) and DAY.fullmatch(v) for v in there):
            return f"CAST({quoted(name)} AS TIMESTAMP) AS {quoted(name)}"
        return quoted(name)

    told = ", ".join(f"({', '.join(literal(v) for v in r)})" for r in rows if isinstance(r, tuple))
    names = ", ".join(map(quoted, columns))
    chosen = ", ".join(column(n, name) for n, name in enumerate(columns))
    return f"SELECT {chosen} FROM (VALUES {told}) AS t({names})"


def _broken(id: str, code: str, message: str, line: str = "") -> dict:
    return {"id": id, "component": "Broken", "code": code, "message": message, "line": line}


def children(component: dict) -> list[str]:
    """The ids of what stands in it."""
    return [*component.get("children", []), *(t["child"] for t in component.get("tabs", []))]


def decompile(view: View) -> str:
    """The view in the compact language: one named line for each component below the root, after the
    queries that it asks of. What is broken is left out."""
    lines = [Line(Call(ROWS if name in view.told else QUERY, (sql,)), name)
             for name, sql in view.queries.items()]  # fmt: skip
    for component in view.components[1:]:
        if component["component"] == "Broken":
            continue
        call = KINDS[component["component"]].call(component, view)
        lines.append(Line(call, component["id"]))
    return written(lines)


def problems(shown: Answered) -> list[Problem]:
    """What would mislead or show nothing, component by component."""
    found = list[Problem]()
    for component in shown.view.components:
        if kind := KINDS.get(component["component"]):
            found += kind.problems(component, shown)
    return found


def drawn(shown: Answered) -> Answered:
    """With what the elements need beside the components' own fields."""
    found = {
        c["id"]: KINDS[c["component"]].drawn(c, shown)
        for c in shown.view.components if c["component"] in KINDS
    }  # fmt: skip
    return replace(shown, drawn={id: more for id, more in found.items() if more})


def as_text(shown: Answered) -> str:
    """The view for who cannot see it."""
    told = list[str]()
    for component in shown.view.components:
        if component["component"] == "Broken":
            told.append(f"[{component['code']}: {component['message']}]")
        elif component["component"] in KINDS:
            if text := KINDS[component["component"]].text(component, shown):
                told.append(text)
    return "\n\n".join(told)
