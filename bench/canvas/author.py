"""The scripted perfect author: for each question of the benchmark the view that a careful person
would have written, from the reference query. What the verifier says against one is a false alarm.

python -m bench.canvas.author
"""

from collections.abc import Iterator
from pathlib import Path

from bench.canvas.facts import Asked, right
from bench.canvas.questions import HERE, questions
from geist.canvas.ask import judged
from geist.canvas.browser import Browser
from geist.canvas.data import Answer, Data
from geist.canvas.language import Call, Line, Name, Value, said, written
from geist.canvas.look import look
from geist.canvas.page import page
from geist.canvas.problem import Problem


def lines(asked: Asked, data: Data) -> Iterator[str]:
    """A view for each family that answers the question; with a control where there is one to cut
    by."""
    answer = data.query(asked.sql)
    query = written([Line(Call("Query", (asked.sql,)), "q1")])
    for family in asked.shown:
        made = _component(family, answer)
        if made is not None:
            yield query + said(made) + "\n"
            cut = next((c.name for c in answer.columns if c.kind == "text" and 2 <= len(
                {r[answer.columns.index(c)] for r in answer.rows}) <= 12), "")  # fmt: skip
            if cut and family in ("bar", "table", "map", "timeline"):
                by = Call(made.name, made.given, (*made.named, ("by", Name("pick"))))
                pick = Line(Call("Picker", (Name("q1"), Name(cut))), "pick")
                yield query + written([pick]) + said(by) + "\n"
                step = Line(Call("Steps", (Name("q1"), Name(cut))), "pick")
                yield query + written([step]) + said(by) + "\n"


def _component(family: str, answer: Answer) -> Call | None:
    q, title = Name("q1"), ("title", "What was asked")
    numbers = [Name(c.name) for c in answer.columns if c.kind == "number"]
    times = [Name(c.name) for c in answer.columns if c.kind == "time"]
    words = [Name(c.name) for c in answer.columns if c.kind in ("text", "truth")]
    if family == "table":
        return Call("Table", (q,), (title,))
    if family == "text":
        return Call("Text", (f"It is {{q1.{answer.columns[0].name}}}.",))
    if family == "map" and len(numbers) >= 2:
        if {"lat", "lon"} <= {n.text for n in numbers}:
            label = [("label", words[0])] if words else []
            return Call("Map", (q,), (("lat", Name("lat")), ("lon", Name("lon")), *label, title))
    if family == "map" and words and numbers:
        return Call("Map", (q,), (("country", words[0]), ("color", numbers[0]), title))
    if family == "timeline" and times and words:
        end = [("end", times[1])] if len(times) > 1 else []
        return Call("Timeline", (q,), (("start", times[0]), *end, ("label", words[0]), title))
    if family not in ("bar", "line", "area", "point", "pie", "heatmap"):
        return None
    return _chart(family, times, words, numbers, title)


def _chart(family: str, times: list[Name], words: list[Name], numbers: list[Name],
           title: tuple[str, Value]) -> Call | None:  # fmt: skip
    q, axes = Name("q1"), [*times, *words, *numbers]
    if len(axes) < 2 or not numbers:
        return None
    named: list[tuple[str, Value]] = [("x", axes[0]), ("y", numbers[-1])]
    if family == "heatmap" and len(axes) > 2:
        named = [("x", axes[0]), ("y", axes[1]), ("color", numbers[-1])]
    elif family == "pie":
        named[1] = ("y", Call("sum", (numbers[-1],)))
    elif len(axes) > 2 and axes[1] is not numbers[-1] and family != "point":
        named.append(("color", axes[1]))
    return Call("Chart", (Name(family), q), (*named, title))


def good(browser: Browser) -> Iterator[tuple[Asked, str, bool, list[Problem]]]:
    """Each view of the author with whether the benchmark calls it right, and what the verifier
    says."""
    for asked in questions():
        with Data([Path(HERE / "data" / asked.data)]) as data:
            for text in lines(asked, data):
                shown, wrong = judged(text, data, asked.question)
                if {p.code for p in wrong} & {"too many", "one point", "negative", "empty"}:
                    continue  # this family does not suit these rows: a good author takes another
                seen = look(browser, page(shown, asked.question), shown)
                yield asked, text, right(asked, shown, data), [*wrong, *seen.problems]


def main() -> None:
    count = alarms = unlike = 0
    with Browser() as browser:
        for asked, text, is_right, found in good(browser):
            count, alarms, unlike = count + 1, alarms + bool(found), unlike + (not is_right)
            if found:
                print(f"{asked.id}: {text.splitlines()[-1]}")
                for problem in found:
                    print(f"   {problem.code} {problem.path}: {problem.message}")
    print(f"{count} good views, {alarms} false alarms; {unlike} that the facts do not call right")


if __name__ == "__main__":
    main()
