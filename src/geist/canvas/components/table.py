"""Table: rows to read and to sort."""

from collections.abc import Iterator, Mapping
from typing import Any

from geist.canvas.catalog import Build, arguments, kind, text, whole
from geist.canvas.data import quoted
from geist.canvas.fields import field
from geist.canvas.language import Call, Name, Value, value
from geist.canvas.problem import Problem, Wrong
from geist.canvas.view import Answered, Question, View


@kind
class Table:
    name = "Table"
    example = "Table(orders, columns=[shop, sum(price)], limit=20)"

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        told = arguments(call, ("data",), ("columns", "title", "where", "limit"))
        table, where = build.table(told.get("data")), text(told, "where")
        wanted = told.get("columns", tuple(Name(c.name) for c in table.columns))
        if not isinstance(wanted, tuple) or not wanted:
            raise Wrong("arguments", "columns must be a list: [name, name]")
        fields = [field(w, table) for w in wanted]
        if len({f.name for f in fields}) < len(fields):
            raise Wrong("arguments", "a column is there twice")
        sql = f"SELECT {', '.join(f'{f.sql} AS {quoted(f.name)}' for f in fields)} FROM "
        sql += quoted(table.name) + (f" WHERE ({where})" if where else "")
        plain = [quoted(f.name) for f in fields if not f.sums]
        if len(plain) < len(fields) and plain:
            sql += f" GROUP BY {', '.join(plain)} ORDER BY {', '.join(plain)}"
        limit = whole(told, "limit", 100_000)
        build.rows[id] = Question(sql + (f" LIMIT {limit}" if limit else ""))
        made: dict[str, Any] = {"source": table.name, "rows": {"path": f"/rows/{id}"}}
        made["columns"] = [{"field": f.name, "kind": f.kind, "of": f.said} for f in fields]
        extra = (("title", text(told, "title")), ("where", where), ("limit", limit))
        return made | {name: given for name, given in extra if given}

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        columns: Value = tuple(value(c["of"]) for c in component["columns"])
        named: list[tuple[str, Value]] = [("columns", columns)]
        named += [(n, component[n]) for n in ("title", "where", "limit") if n in component]
        return Call("Table", (Name(component["source"]),), tuple(named))

    def problems(self, component: Mapping[str, Any], shown: Answered) -> Iterator[Problem]:
        if shown.model["rows"].get(component["id"]) == []:
            yield Problem("empty", component["id"], "no row is left to show")

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        rows = shown.model["rows"].get(component["id"]) or []
        names = [c["field"] for c in component["columns"]]
        lines = ["  ".join(names), *("  ".join(str(r[n]) for n in names) for r in rows[:30])]
        more = [f"({len(rows) - 30} more rows)"] if len(rows) > 30 else []
        return "\n".join([*([component["title"]] if "title" in component else []), *lines, *more])
