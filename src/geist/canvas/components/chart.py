"""Chart: a Vega-Lite mark over rows that geist computes from the channels."""

from collections.abc import Iterator, Mapping
from typing import Any

from geist.canvas.catalog import Build, arguments, kind, text, whole, word
from geist.canvas.data import quoted
from geist.canvas.fields import Field, field
from geist.canvas.language import Call, Name, Value, value
from geist.canvas.problem import Problem, Wrong
from geist.canvas.view import Answered, Question, View

MARKS = ("bar", "line", "area", "point", "pie", "heatmap")
CHANNELS = ("x", "y", "color", "size", "facet")
# what each mark cannot do without
NEEDS = {"bar": "xy", "line": "xy", "area": "xy", "point": "xy", "pie": "xy", "heatmap": "xy"}
MOST_SLICES, MOST_BARS, MOST_COLORS = 8, 60, 20


@kind
class Chart:
    name = "Chart"
    example = 'Chart(line, orders, x=month(day), y=sum(price), color=shop, title="…")'

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        told = arguments(call, ("mark", "data"), (*CHANNELS, "title", "where", "sort", "limit"))
        mark = word(told, "mark", MARKS)
        table = build.table(told.get("data"))
        fields = {c: field(told[c], table) for c in CHANNELS if c in told}
        for channel in NEEDS[mark]:
            if channel not in fields:
                raise Wrong("channel", f"a {mark} chart needs {channel}")
        if mark == "heatmap" and "color" not in fields:
            raise Wrong("channel", "a heatmap needs color")
        if mark == "pie" and not fields["y"].sums:
            raise Wrong("channel", "a pie shows shares: y must be a sum or a count")
        if not fields["y"].sums and mark in ("bar", "area") and fields["y"].kind != "number":
            raise Wrong("kind", f"y of a {mark} chart must be a number, and {fields['y'].name} is "
                        f"{fields['y'].kind}")  # fmt: skip
        where = text(told, "where")
        sort = word(told, "sort", ("x", "y", "-y", "-x"), "x")
        limit = whole(told, "limit", 1000)
        build.rows[id] = Question(_sql(table.name, fields, where, sort, limit))
        made: dict[str, Any] = {"mark": mark, "source": table.name, "rows": {"path": f"/rows/{id}"}}
        made["encode"] = {c: {"field": f.name, "kind": f.kind, "of": f.said}
                          for c, f in fields.items()}  # fmt: skip
        for name, given in (("title", text(told, "title")), ("where", where), ("limit", limit)):
            if given:
                made[name] = given
        return made | ({"sort": sort} if "sort" in told else {})

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        named: list[tuple[str, Value]] = [
            (c, value(component["encode"][c]["of"])) for c in CHANNELS if c in component["encode"]
        ]
        named += [(n, component[n]) for n in ("title", "where", "sort", "limit") if n in component]
        return Call("Chart", (Name(component["mark"]), Name(component["source"])), tuple(named))

    def problems(self, component: Mapping[str, Any], shown: Answered) -> Iterator[Problem]:
        id, mark, encode = component["id"], component["mark"], component["encode"]
        rows = shown.model["rows"].get(id)
        if rows is None:
            return
        if not rows:
            yield Problem("empty", id, "no row is left to show")
            return
        x, y = encode["x"]["field"], encode["y"]["field"]
        if all(row[y] is None for row in rows):
            yield Problem("empty", id, f"{encode['y']['of']} is empty in every row")
        values = {row[x] for row in rows}
        if mark in ("line", "area") and len(values) < 2:
            yield Problem("one point", id, "a line needs more than one point: use a bar")
        if mark == "pie" and len(values) > MOST_SLICES:
            yield Problem("too many", id, f"{len(values)} slices cannot be told apart: use a bar")
        if mark == "pie" and any((row[y] or 0) < 0 for row in rows):
            yield Problem("negative", id, "a share cannot be negative: use a bar")
        if mark == "bar" and len(values) > MOST_BARS and encode["x"]["kind"] != "time":
            yield Problem("too many", id, f"{len(values)} bars: limit=20 shows the first")
        if "color" in encode and encode["color"]["kind"] != "number" and mark != "heatmap":
            colors = {row[encode["color"]["field"]] for row in rows}
            if len(colors) > MOST_COLORS:
                yield Problem(
                    "too many", f"{id}/color", f"{len(colors)} colours cannot be told apart"
                )

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        rows, encode = shown.model["rows"].get(component["id"]) or [], component["encode"]
        told = ", ".join(f"{c} is {e['of']}" for c, e in encode.items())
        head = f"{component.get('title') or component['mark'] + ' chart'} ({told})"
        names = [e["field"] for e in encode.values()]
        return "\n".join([head, *("  " + "  ".join(str(r[n]) for n in names) for r in rows[:20])])


def _sql(table: str, fields: Mapping[str, Field], where: str, sort: str, limit: int | None) -> str:
    """One column for each field, whoever shares it; folded where a channel folds."""
    unique = {f.name: f for f in fields.values()}
    columns = ", ".join(f"{f.sql} AS {quoted(f.name)}" for f in unique.values())
    sql = f"SELECT {columns} FROM {quoted(table)}"
    if where:
        sql += f" WHERE ({where})"
    plain = [quoted(f.name) for f in unique.values() if not f.sums]
    if len(plain) < len(unique) and plain:
        sql += f" GROUP BY {', '.join(plain)}"
    by = quoted(fields[sort.lstrip("-")].name)
    order = [f"{by} {'DESC' if sort.startswith('-') else 'ASC'} NULLS LAST"]
    # ties in one order always: the same question, the same picture
    order += [f"{name} NULLS LAST" for name in plain if name != by]
    sql += f" ORDER BY {', '.join(order)}"
    return sql + (f" LIMIT {limit}" if limit else "")
