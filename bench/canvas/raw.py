"""The same components as JSON, which is what a model writes without the compact language: for the
comparison alone. A list of objects; `component` names the kind, the rest are its fields."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from geist.canvas.ask import TURNS, Viewing
from geist.canvas.components.chart import MARKS
from geist.canvas.language import Call, Line, Name, Value, parse, value, written
from geist.canvas.problem import Wrong
from geist.core.message import Message, Reply
from geist.core.output import Malformed, Output, Text
from geist.think.effort import Ask
from geist.think.solve import Attempt, Held

FIELDS = ("x", "y", "color", "size", "facet", "lat", "lon", "country", "label", "start", "end",
          "from", "to", "sort", "by")  # fmt: skip
WORDS = ("title", "where")
PLAIN: dict[str, Any] = {"type": "string"}
SCHEMA: dict[str, Any] = {
    "type": "array", "minItems": 2, "maxItems": 6,
    "items": {"anyOf": [
        {"type": "object", "required": ["component", "id", "sql"], "additionalProperties": False,
         "properties": {"component": {"const": "Query"}, "id": PLAIN, "sql": PLAIN}},
        {"type": "object", "required": ["component", "mark", "data", "x", "y"],
         "additionalProperties": False,
         "properties": {"component": {"const": "Chart"}, "mark": {"enum": list(MARKS)},
                        "data": PLAIN, "x": PLAIN, "y": PLAIN, "color": PLAIN, "sort": PLAIN,
                        "title": PLAIN}},
        {"type": "object", "required": ["component", "data", "columns"],
         "additionalProperties": False,
         "properties": {"component": {"const": "Table"}, "data": PLAIN,
                        "columns": {"type": "array", "items": PLAIN, "maxItems": 10},
                        "title": PLAIN}},
        {"type": "object", "required": ["component", "text"], "additionalProperties": False,
         "properties": {"component": {"const": "Text"}, "text": PLAIN}},
        {"type": "object", "required": ["component", "data", "lat", "lon"],
         "additionalProperties": False,
         "properties": {"component": {"const": "Map"}, "data": PLAIN, "lat": PLAIN, "lon": PLAIN,
                        "label": PLAIN, "size": PLAIN, "title": PLAIN}},
        {"type": "object", "required": ["component", "data", "start", "label"],
         "additionalProperties": False,
         "properties": {"component": {"const": "Timeline"}, "data": PLAIN, "start": PLAIN,
                        "end": PLAIN, "label": PLAIN, "title": PLAIN}},
    ]},
}  # fmt: skip


def as_json(text: str) -> str:
    """Lines of the compact language as the JSON that says the same."""
    made = list[dict[str, Any]]()
    for line in parse(text)[0]:
        call = line.call
        given = {"Query": ("sql",), "Chart": ("mark", "data"), "Text": ("text",)}.get(
            call.name, ("data",))  # fmt: skip
        told = {"component": call.name} | ({"id": line.id} if line.id else {})
        told |= {n: _plain(v) for n, v in zip(given, call.given, strict=False)}
        made.append(told | {n: _plain(v) for n, v in call.named})
    return json.dumps(made, ensure_ascii=False)


def _plain(value: Value) -> Any:
    if isinstance(value, Name):
        return value.text
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return written([Line(value)]).strip() if isinstance(value, Call) else value


def as_lines(text: str) -> str | None:
    """The compact language for such JSON; None where it is none."""
    found = re.search(r"\[.*\]", text, re.S)
    try:
        told = json.loads(found[0]) if found else None
    except ValueError:
        return None
    if not isinstance(told, list) or not all(isinstance(t, Mapping) for t in told):
        return None
    return written([_line(dict(t)) for t in told])


def _line(told: dict[str, Any]) -> Line:
    name, id = str(told.pop("component", "")), str(told.pop("id", ""))
    given: list[Value] = [str(told.pop("sql"))] if "sql" in told else []
    given += [str(told.pop("text"))] if "text" in told else []
    given += [Name(str(told.pop(n))) for n in ("mark", "data") if n in told]
    named = [(n, _field(v) if n in FIELDS else _listed(v)) for n, v in told.items()]
    return Line(Call(name, tuple(given), tuple(named)), id)


def _listed(given: Any) -> Value:
    if isinstance(given, list):
        return tuple(_field(v) for v in given)
    return given if isinstance(given, str | int | float) else str(given)


def _field(given: Any) -> Value:
    try:
        return value(given) if isinstance(given, str) and "(" in given else Name(str(given))
    except Wrong:
        return Name(str(given))


class Raw(Viewing):
    """The same brief, with JSON for the lines."""

    def __init__(self, question: str, data: Any, held: bool) -> None:
        super().__init__(question, data, held=False)
        self.schema = SCHEMA if held else None
        self.system = re.sub(r"then one line that shows its result:.*?Chart marks", "then the "
                             "component that shows its result, as one JSON list of objects. Chart "
                             "marks", self.system, flags=re.S)  # fmt: skip
        self.lines: dict[str, str] = {}

    def held(self, ask: Ask) -> Held:
        return Held(schema=self.schema)

    def messages(self, ask: Ask, best: Attempt | None) -> Sequence[Message]:
        told = {lines: as_json(lines) for _, _, lines in TURNS}
        return [
            Message(m.role, told.get(m.text, m.text), m.origin) for m in super().messages(ask, best)
        ]

    def read(self, ask: Ask, reply: Reply) -> Output | Malformed:
        if reply.finish == "length":
            return Malformed("the answer was cut off")
        lines = as_lines(reply.text)
        return Malformed("it is no JSON list of objects") if lines is None else Text(lines)
