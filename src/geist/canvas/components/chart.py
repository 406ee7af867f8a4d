"""Chart: a Vega-Lite mark over rows that geist computes from the channels."""

from collections.abc import Iterator, Mapping
from typing import Any

from geist.canvas.catalog import Build, Plain, arguments, kind, word
from geist.canvas.fields import field
from geist.canvas.language import Call, Name, Value
from geist.canvas.problem import Problem, Wrong
from geist.canvas.rows import COMMON, as_lines, asked, columns, first, of, rows, told_again
from geist.canvas.vega import compiled
from geist.canvas.view import Answered, View

MARKS = ("bar", "line", "area", "point", "pie", "heatmap")
CHANNELS = ("x", "y", "color", "size", "facet")
MOST_SLICES, MOST_BARS, MOST_COLORS = 8, 60, 8


@kind
class Chart(Plain):
    name = "Chart"
    example = 'Chart(line, orders, x=month(day), y=sum(price), color=shop, title="…")'

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        told = arguments(call, ("mark", "data"), (*CHANNELS, *COMMON, "sort"))
        mark = word(told, "mark", MARKS)
        table = build.table(told.get("data"))
        fields = {c: field(told[c], table) for c in CHANNELS if c in told}
        for channel in "xy":
            if channel not in fields:
                raise Wrong("channel", f"a {mark} chart needs {channel}")
        if mark == "heatmap" and "color" not in fields:
            raise Wrong("channel", "a heatmap needs color")
        if mark == "pie" and not fields["y"].sums:
            raise Wrong("channel", "a pie shows shares: y must be a sum or a count")
        # a bar of amounts may lie: then x is the amount
        along = "x" if mark == "bar" and fields["x"].sums and not fields["y"].sums else "y"
        if mark in ("bar", "area") and fields[along].kind != "number":
            raise Wrong("kind", f"y of a {mark} chart must be a number, and {fields['y'].name} is "
                        f"{fields['y'].kind}")  # fmt: skip
        sort = word(told, "sort", ("x", "y", "-y", "-x"), "x")
        order = ("-" if sort[0] == "-" else "") + fields[sort.lstrip("-")].name
        made = {"mark": mark, **asked(id, table, fields, told, build, order)}
        made["encode"] = columns(fields)
        return made | ({"sort": sort} if "sort" in told else {})

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        named: list[tuple[str, Value]] = of(component, CHANNELS, "encode") + told_again(component)
        named += [("sort", component["sort"])] if "sort" in component else []
        return Call("Chart", (Name(component["mark"]), Name(component["source"])), tuple(named))

    def problems(self, component: Mapping[str, Any], shown: Answered) -> Iterator[Problem]:
        id, mark, encode = component["id"], component["mark"], component["encode"]
        if shown.model["rows"].get(id) is None:
            return
        there = first(component, shown)
        if not there:
            yield Problem("empty", id, "no row is left to show")
            return
        x, y = encode["x"]["field"], encode["y"]["field"]
        if all(row[y] is None for row in there):
            yield Problem("empty", id, f"{encode['y']['of']} is empty in every row")
        values = {str(row[x]) for row in there}
        if mark in ("line", "area") and len(values) < 2:
            yield Problem("one point", id, "a line needs more than one point: use a bar")
        if mark == "pie" and len(values) > MOST_SLICES:
            yield Problem("too many", id, f"{len(values)} slices cannot be told apart: use a bar")
        if mark == "pie" and any((row[y] or 0) < 0 for row in there):
            yield Problem("negative", id, "a share cannot be negative: use a bar")
        if mark == "bar" and len(values) > MOST_BARS and encode["x"]["kind"] not in (
                "time", "number"):  # fmt: skip
            yield Problem("too many", id, f"{len(values)} bars: limit=20 shows the first")
        if "color" in encode and encode["color"]["kind"] != "number" and mark != "heatmap":
            colors = {str(row[encode["color"]["field"]]) for row in rows(component, shown)}
            if len(colors) > MOST_COLORS:
                yield Problem(
                    "too many", f"{id}/color", f"{len(colors)} colours cannot be told apart"
                )

    def drawn(self, component: Mapping[str, Any], shown: Answered) -> Mapping[str, Any]:
        told = self.text(component, shown).split("\n")[0]
        return {"vega": compiled(component, rows(component, shown)), "label": told}

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        encode = component["encode"]
        told = ", ".join(f"{c} is {e['of']}" for c, e in encode.items())
        head = f"{component.get('title') or component['mark'] + ' chart'} ({told})"
        return "\n".join([head, *as_lines(component, list(encode.values()), shown, 20)])
