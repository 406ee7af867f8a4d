"""Row, Column and Tabs: where others stand. These are of A2UI's basic catalog."""

from collections.abc import Iterator, Mapping
from typing import Any

from geist.canvas.catalog import Build, kind
from geist.canvas.language import Call, Name
from geist.canvas.problem import Problem, Wrong
from geist.canvas.view import Answered, View


class _Box:
    name = ""
    example = ""

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        if call.named or not call.given:
            raise Wrong("arguments", f"{self.name} takes the components that stand in it")
        return {"children": [build.child(v) for v in call.given]}

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        return Call(self.name, tuple(Name(c) for c in component["children"]))

    def problems(self, component: Mapping[str, Any], shown: Answered) -> Iterator[Problem]:
        return iter(())

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        return ""


@kind
class Row(_Box):
    name = "Row"
    example = "Row(chart, table)"


@kind
class Column(_Box):
    name = "Column"
    example = "Column(text, chart)"


@kind
class Tabs(_Box):
    name = "Tabs"
    example = "Tabs(overview=chart, rows=table)"

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        if call.given or not call.named:
            raise Wrong("arguments", "Tabs takes its components by their titles: Tabs(title=chart)")
        return {"tabs": [{"title": n.replace("_", " "), "child": build.child(v)}
                         for n, v in call.named]}  # fmt: skip

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        named = tuple((t["title"].replace(" ", "_"), Name(t["child"])) for t in component["tabs"])
        return Call("Tabs", (), named)
