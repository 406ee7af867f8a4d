"""Text: words, in which every figure is a question to the data."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from geist.canvas.catalog import Build, Plain, arguments, condition, kind, text, word
from geist.canvas.fields import field
from geist.canvas.language import Call, Name, Value, value
from geist.canvas.problem import Problem, Wrong
from geist.canvas.tables import quoted
from geist.canvas.view import Answered, Question, View, written

VARIANTS = ("body", "h1", "h2", "h3", "caption")
HOLE = re.compile(r"\{([^{}]{1,200})\}")
PATH = re.compile(r"\$\{/shown/([\w.]+)\}")
FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


@kind
class Text(Plain):
    name = "Text"
    example = 'Text("In all {sum(orders.price)} was paid.", h2)'

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        told = arguments(call, ("text", "variant"), ("where",))
        words = text(told, "text")
        if not words.strip():
            raise Wrong("arguments", "the text is empty")
        bare = HOLE.sub("", words)
        if "${" in words:
            raise Wrong("arguments", "write {…}, not ${…}")
        for found in FIGURE.findall(bare):
            if found not in FIGURE.findall(build.question):
                raise Wrong("literal figure", f"{found} must come from the data: write {{sum(table."
                            "column)} or the like, or leave it out")  # fmt: skip
        where, number = condition(told), 0

        def asked(hole: re.Match[str]) -> str:
            nonlocal number
            number += 1
            name = f"{id}.{number}"
            build.values[name] = figure(hole[1], build, where)
            return f"${{/shown/{name}}}"

        made = HOLE.sub(asked, words)
        shown: Any = {"call": "formatString", "args": {"value": made}, "returnType": "string"}
        return {"text": shown if number else words,
                "variant": word(told, "variant", VARIANTS, "body")} | (
                    {"where": where} if where else {})  # fmt: skip

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        shown = component["text"]
        words = shown if isinstance(shown, str) else PATH.sub(
            lambda m: f"{{{view.values[m[1]].said}}}", shown["args"]["value"])  # fmt: skip
        given: list[Value] = [words]
        if component["variant"] != "body":
            given.append(Name(component["variant"]))
        named = (("where", component["where"]),) if "where" in component else ()
        return Call("Text", tuple(given), named)

    def problems(self, component: Mapping[str, Any], shown: Answered) -> Iterator[Problem]:
        for name, found in shown.model["values"].items():
            if name.rpartition(".")[0] == component["id"] and found is None:
                said = shown.view.values[name].said
                yield Problem("empty", component["id"], f"{said} is empty")

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        told = component["text"]
        if isinstance(told, str):
            return told
        values = shown.model["values"]
        return PATH.sub(lambda m: written(values.get(m[1])), told["args"]["value"])


def figure(words: str, build: Build, where: str = "") -> Question:
    """`sum(orders.price)`, or a column of a query that has one row: `best.name`. Raises Wrong."""
    made, only = value(words), f" WHERE ({where})" if where else ""
    inner = made.given[0] if isinstance(made, Call) and made.given else made
    if isinstance(made, Call) and made.name == "count" and isinstance(inner, Name):
        # count(orders) counts rows
        if inner.text in build.data.tables or inner.text in build.own:
            name = quoted(build.table(inner).name)
            return Question(f"SELECT count(*) FROM {name}{only}", words.strip())
    if not isinstance(inner, Name) or "." not in inner.text:
        raise Wrong("field", f"{words} must name a table and its column: sum(orders.price)")
    table = build.table(Name(inner.text.split(".")[0]))
    found = field(made, table)
    if not found.sums and table.rows != 1:
        raise Wrong("field", f"{words} is {table.rows} rows, not one figure: let the query count "
                    "or sum them, or show a Table")  # fmt: skip
    return Question(f"SELECT {found.sql} FROM {quoted(table.name)}{only}", words.strip())
