"""Timeline: what happened, or will, and how long it took."""

from collections.abc import Iterator, Mapping
from typing import Any

from geist.canvas.catalog import Build, Plain, arguments, kind
from geist.canvas.fields import field
from geist.canvas.language import Call, Name
from geist.canvas.problem import Problem, Wrong
from geist.canvas.rows import COMMON, as_lines, asked, columns, empty, of, rows, told_again
from geist.canvas.view import Answered, View

ROLES = ("start", "end", "label", "color")
MOST = 400


@kind
class Timeline(Plain):
    name = "Timeline"
    example = "Timeline(orders, start=day, end=delivered, label=shop, color=state)"

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        told = arguments(call, ("data",), (*ROLES, *COMMON))
        table = build.table(told.get("data"))
        fields = {r: field(told[r], table) for r in ROLES if r in told}
        for role in ("start", "label"):
            if role not in fields:
                raise Wrong("channel", f"a timeline needs {role}")
        for role in ("start", "end"):
            if role in fields and fields[role].kind != "time":
                raise Wrong("kind", f"{role} must be a time, and {fields[role].name} is "
                            f"{fields[role].kind}")  # fmt: skip
        made = asked(id, table, fields, told, build, fields["start"].name)
        return made | {"columns": columns(fields)}

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        named = of(component, ROLES) + told_again(component)
        return Call("Timeline", (Name(component["source"]),), tuple(named))

    def problems(self, component: Mapping[str, Any], shown: Answered) -> Iterator[Problem]:
        yield from empty(component, shown)
        id, there, told = component["id"], rows(component, shown), component["columns"]
        if there and all(r[told["start"]["field"]] is None for r in there):
            yield Problem("empty", id, f"{told['start']['of']} is empty in every row")
        if len(there) > MOST:
            yield Problem("too many", id, f"{len(there)} entries: limit=50, or where=… shows some")
        if "end" in told:
            late = [r for r in there if r[told["end"]["field"]] and r[told["start"]["field"]]
                    and str(r[told["end"]["field"]]) < str(r[told["start"]["field"]])]  # fmt: skip
            if late:
                yield Problem("order", id, f"{len(late)} entries end before they begin")

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        told = list(component["columns"].values())
        head = f"{component.get('title') or 'timeline'} ({', '.join(c['of'] for c in told)})"
        return "\n".join([head, *as_lines(component, told, shown)])
