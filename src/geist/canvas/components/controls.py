"""Picker, Steps and Animation: what other components' rows are cut by."""

from collections.abc import Iterator, Mapping
from typing import Any

from geist.canvas.catalog import Build, Plain, arguments, kind, text
from geist.canvas.fields import field
from geist.canvas.language import Call, Name, Value, said, value
from geist.canvas.problem import Problem, Wrong
from geist.canvas.rows import controls_of
from geist.canvas.tables import quoted
from geist.canvas.view import Answered, Question, View

MOST = 500
# how a key is read, of the functions of a time
LABELS = {"month": "strftime(e, '%b %Y')", "week": "strftime(e, '%d %b %Y')",
          "quarter": "concat(year(e), ' Q', quarter(e))"}  # fmt: skip


class _Control(Plain):
    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        told = arguments(call, ("data", "column"), ("label",))
        table = build.table(told.get("data"))
        if "column" not in told:
            raise Wrong("arguments", f"{self.name} needs a table and a column")
        cut = field(told["column"], table)
        if cut.sums:
            raise Wrong("field", f"{self.name} cannot step through {cut.said}")
        function = told["column"].name if isinstance(told["column"], Call) else ""
        label = LABELS.get(function, "CAST(e AS VARCHAR)")
        build.rows[id] = Question(
            f"SELECT CAST(e AS VARCHAR) AS value, {label} AS label FROM (SELECT DISTINCT "
            f"{cut.sql} AS e FROM {quoted(table.name)}) WHERE e IS NOT NULL ORDER BY e"
        )
        return {"source": table.name, "of": cut.said, "kind": cut.kind,
                "label": text(told, "label") or said(told["column"]),
                "rows": {"path": f"/rows/{id}"}, "value": {"path": f"/controls/{id}"}}  # fmt: skip

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        of: Value = value(component["of"])
        named = () if component["label"] == said(of) else (("label", component["label"]),)
        return Call(self.name, (Name(component["source"]), of), named)

    def problems(self, component: Mapping[str, Any], shown: Answered) -> Iterator[Problem]:
        id = component["id"]
        count = len(shown.model["rows"].get(id) or [])
        if count < 2:
            yield Problem("empty", id, f"{component['of']} has {count} values: nothing to choose")
        if count > MOST:
            yield Problem("too many", id, f"{count} values are too many to choose from")
        if not any(id in controls_of(c) for c in shown.view.components):
            yield Problem("dead control", id, f"nothing listens to {id}: give what it should change"
                          f" by={id}")  # fmt: skip

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        found = [r["label"] for r in shown.model["rows"].get(component["id"]) or []]
        return f"{component['label']}: {', '.join(found[:12])}{' …' if len(found) > 12 else ''}"


@kind
class Picker(_Control):
    name = "Picker"
    example = "shop = Picker(orders, shop)    # then by=shop in a Chart, Table, Map …"


@kind
class Steps(_Control):
    name = "Steps"
    example = "when = Steps(orders, month(day))    # a slider; then by=when"


@kind
class Animation(_Control):
    name = "Animation"
    example = "film = Animation(orders, year(day))    # plays; then by=film"
