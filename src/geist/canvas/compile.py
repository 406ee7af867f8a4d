"""From the compact language to a view, and back: compile(decompile(v)) is v."""

import geist.canvas.components.chart
import geist.canvas.components.layout
import geist.canvas.components.table
import geist.canvas.components.text  # noqa: F401 - these register their kinds
from geist.canvas.catalog import KINDS, Build
from geist.canvas.data import Data, Table
from geist.canvas.language import Call, Line, Name, Value, parse, said, written
from geist.canvas.problem import Problem, Wrong, like
from geist.canvas.view import ROOT, Answered, View

QUERY = "Query"


def compile(text: str, data: Data, question: str = "") -> tuple[View, list[Problem]]:
    """Total. A part that is wrong stands in the view as a visible, named error; the others are
    there. `question` is the user's: figures that it has may be said again."""
    lines, problems = parse(text)
    return _Compiler(lines, data, question, problems).view()


class _Compiler:
    def __init__(self, lines: list[Line], data: Data, question: str,
                 problems: list[Problem]) -> None:  # fmt: skip
        self.lines, self.problems = lines, problems
        self.made: dict[str, dict] = {}
        self.children: set[str] = set()
        self.open: list[str] = []  # what is being made, to notice circles
        self.count = 0
        self.build = Build(data, question, {}, {}, self._child)
        self.named = {line.id: line for line in lines if line.id}

    def view(self) -> tuple[View, list[Problem]]:
        top = list[str]()
        for line in self.lines:
            if line.call.name == QUERY:
                self._query(line)
        for line in self.lines:
            if line.call.name != QUERY:
                id = line.id or self._fresh(line.call.name)
                if id not in self.made:
                    self._make(id, line.call, f"line {line.number}")
                top.append(id)
        if not top:
            self.problems.append(Problem("empty", ROOT, "there is nothing to show"))
        unheld = [id for id in dict.fromkeys(top) if id not in self.children]
        root = {"id": ROOT, "component": "Column", "children": unheld}
        order = list[dict]()
        self._order(root, order)
        queries = {name: table.source for name, table in self.build.own.items()}
        view = View((root, *order), self.build.rows, self.build.values, queries)
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
        try:
            found = self.build.data.defined(line.id, sql)
        except Wrong as e:
            self.problems.append(e.at(where))
            return
        self.build.own[line.id] = Table(line.id, found.columns, len(found.rows), sql)

    def _make(self, id: str, call: Call, where: str) -> None:
        if id in self.open:
            self.problems.append(Problem("circle", where, f"{id} stands in itself"))
            self.made[id] = _broken(id, "circle", f"{id} stands in itself")
            return
        self.open.append(id)
        kind = KINDS.get(call.name)
        try:
            if kind is None:
                known = [*KINDS, QUERY]
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
            if line is None or line.call.name == QUERY:
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


def _broken(id: str, code: str, message: str, line: str = "") -> dict:
    return {"id": id, "component": "Broken", "code": code, "message": message, "line": line}


def children(component: dict) -> list[str]:
    """The ids of what stands in it."""
    return [*component.get("children", []), *(t["child"] for t in component.get("tabs", []))]


def decompile(view: View) -> str:
    """The view in the compact language: one named line for each component below the root, after the
    queries that it asks of. What is broken is left out."""
    lines = [Line(Call(QUERY, (sql,)), name) for name, sql in view.queries.items()]
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


def as_text(shown: Answered) -> str:
    """The view for who cannot see it."""
    told = list[str]()
    for component in shown.view.components:
        if component["component"] == "Broken":
            told.append(f"[{component['code']}: {component['message']}]")
        elif text := KINDS[component["component"]].text(component, shown):
            told.append(text)
    return "\n\n".join(told)
