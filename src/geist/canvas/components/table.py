"""Table: rows to read, to sort and to search."""

from collections.abc import Iterator, Mapping
from typing import Any

from geist.canvas.catalog import Build, Plain, arguments, kind
from geist.canvas.fields import field
from geist.canvas.language import Call, Name, Value, value
from geist.canvas.problem import Problem, Wrong
from geist.canvas.rows import COMMON, as_lines, asked, columns, empty, told_again
from geist.canvas.view import Answered, View


@kind
class Table(Plain):
    name = "Table"
    example = "Table(orders, columns=[shop, sum(price)], sort=-sum(price))"

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        told = arguments(call, ("data", "columns"), (*COMMON, "sort"))
        table = build.table(told.get("data"))
        wanted = told.get("columns", tuple(Name(c.name) for c in table.columns))
        if not isinstance(wanted, tuple) or not wanted:
            raise Wrong("arguments", "columns must be a list: [name, name]")
        fields = {str(n): field(w, table) for n, w in enumerate(wanted)}
        if len({f.name for f in fields.values()}) < len(fields):
            raise Wrong("arguments", "a column is there twice")
        order = self._order(told.get("sort"), table, {f.name for f in fields.values()})
        made = asked(id, table, fields, told, build, order)
        made["columns"] = list(columns(fields).values())
        return made | ({"sort": order} if order else {})

    def _order(self, sort: Value | None, table: Any, there: set[str]) -> str:
        """The name of the column that rows are in the order of."""
        if sort is None:
            return ""
        words = sort.text if isinstance(sort, Name) else sort.name if isinstance(sort, Call) else ""
        words = sort if isinstance(sort, str) else words
        down = words.startswith("-")
        if isinstance(sort, Call):
            name = field(Call(sort.name.lstrip("-"), sort.given, sort.named), table).name
        else:
            name = words.lstrip("-")
            if name not in there and name:
                made = value(name) if "(" in name else Name(name)
                name = field(made, table).name
        if name not in there:
            raise Wrong("arguments", f"sort must be one of the columns: {', '.join(sorted(there))}")
        return f"-{name}" if down else name

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        given: Value = tuple(value(c["of"]) for c in component["columns"])
        named = [("columns", given), *told_again(component)]
        named += [("sort", component["sort"])] if "sort" in component else []
        return Call("Table", (Name(component["source"]),), tuple(named))

    def problems(self, component: Mapping[str, Any], shown: Answered) -> Iterator[Problem]:
        return empty(component, shown)

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        head = "  ".join(c["field"] for c in component["columns"])
        title = [component["title"]] if "title" in component else []
        return "\n".join([*title, head, *as_lines(component, component["columns"], shown)])
