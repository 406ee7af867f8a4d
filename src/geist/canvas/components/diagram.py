"""Diagram: boxes and arrows, from rows or as a model wrote them for mermaid."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from geist.canvas.catalog import Build, Plain, arguments, kind, text
from geist.canvas.fields import field
from geist.canvas.language import Call, Name, Value
from geist.canvas.problem import Problem, Wrong
from geist.canvas.rows import COMMON, as_lines, asked, columns, empty, of, rows, told_again
from geist.canvas.view import Answered, View

ROLES = {"from": "from", "to": "to", "label": "label"}
MOST = 60
KNOWN = ("flowchart", "graph", "sequenceDiagram", "classDiagram", "stateDiagram", "erDiagram",
         "gantt", "mindmap", "timeline", "gitGraph", "journey", "stateDiagram-v2")  # fmt: skip


@kind
class Diagram(Plain):
    name = "Diagram"
    example = (
        'Diagram(routes, from=start, to=goal)    or Diagram("flowchart LR; a[Order] --> b[Pay]")'
    )

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        told = arguments(call, ("data",), (*ROLES, *COMMON))
        if isinstance(told.get("data"), str):
            code = text(told, "data").strip()
            first = code.split(None, 1)[0].rstrip(";:") if code else ""
            if first not in KNOWN:
                raise Wrong("diagram", f"it must begin with one of {', '.join(KNOWN)}")
            if re.search(r"%%\{|(?:^|[;\n])\s*(?:click|link|links|href)\b|^---", code):
                raise Wrong("diagram", "directives, clicks and front matter are not allowed")
            if set(told) - {"data", "title"}:
                raise Wrong("arguments", "a diagram in words takes a title and nothing else")
            title = text(told, "title")
            return {"code": code} | ({"title": title} if title else {})
        table = build.table(told.get("data"))
        fields = {r: field(told[r], table) for r in ROLES if r in told}
        if "from" not in fields or "to" not in fields:
            raise Wrong("channel", "a diagram of rows needs from and to")
        made = asked(id, table, fields, told, build)
        return made | {"columns": columns(fields)}

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        if "code" in component:
            named: tuple[tuple[str, Value], ...] = ()
            if "title" in component:
                named = (("title", component["title"]),)
            return Call("Diagram", (component["code"],), named)
        told = of(component, list(ROLES)) + told_again(component)
        return Call("Diagram", (Name(component["source"]),), tuple(told))

    def problems(self, component: Mapping[str, Any], shown: Answered) -> Iterator[Problem]:
        if "code" in component:
            return
        yield from empty(component, shown)
        count = len(rows(component, shown))
        if count > MOST:
            yield Problem("too many", component["id"], f"{count} arrows cannot be read: limit=30")

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        head = component.get("title") or "diagram"
        if "code" in component:
            return f"{head}\n{component['code']}"
        return "\n".join([head, *as_lines(component, list(component["columns"].values()), shown)])
