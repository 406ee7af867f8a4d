"""Row, Column, Tabs and Slides: where others stand. The first three are of A2UI's basic catalog."""

from collections.abc import Mapping
from typing import Any

from geist.canvas.catalog import Build, Plain, arguments, kind, text
from geist.canvas.language import Call, Name
from geist.canvas.problem import Wrong
from geist.canvas.view import View


class _Box(Plain):
    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        if call.named or not call.given:
            raise Wrong("arguments", f"{self.name} takes the components that stand in it")
        return {"children": [build.child(v) for v in call.given]}

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        return Call(self.name, tuple(Name(c) for c in component["children"]))


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


@kind
class Slides(_Box):
    name = "Slides"
    example = 'Slides(first, second, title="…")    # each a line of its own'

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        told = arguments(Call(call.name, (), call.named), (), ("title",))
        if len(call.given) < 2:
            raise Wrong("arguments", "Slides takes two components or more: one for each slide")
        title = text(told, "title")
        return {"children": [build.child(v) for v in call.given]} | (
            {"title": title} if title else {}
        )

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        named = (("title", component["title"]),) if "title" in component else ()
        return Call("Slides", tuple(Name(c) for c in component["children"]), named)
