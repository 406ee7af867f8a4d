"""A view: A2UI components, the questions to the data behind them, and what those were answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from geist.canvas.data import Answer, Data
from geist.canvas.problem import Problem, Wrong

VERSION = "v0.9"
CATALOG = "https://geist.invalid/catalogs/1"  # an identifier, not an address
ROOT = "root"
CONTROLS = ("Picker", "Steps", "Animation")

Component = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """One SELECT. `said` is what it stands for in the language, where that is not SQL itself."""

    sql: str
    said: str = ""


@dataclass(frozen=True)
class View:
    """`components` have ids, and ids of their children, as A2UI has them. `rows` are questions
    whose answer is a table, `values` those whose answer is a single figure; `queries` are named
    SELECTs that they ask of as of tables. `told` are those of them that ask no file: what stands
    in them was written by a model."""

    components: tuple[Component, ...]
    rows: Mapping[str, Question] = field(default_factory=dict)
    values: Mapping[str, Question] = field(default_factory=dict)
    queries: Mapping[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    def component(self, id: str) -> Component:
        return next(c for c in self.components if c["id"] == id)


@dataclass(frozen=True)
class Answered:
    """A view with its figures. `receipts` has for each question what it was answered: the way from
    every figure that is shown back to the user's files. `drawn` is what the elements need beside
    the components' own fields, by id."""

    view: View
    model: Mapping[str, Any]
    receipts: Mapping[str, Answer]
    drawn: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def messages(self, surface: str = "view") -> list[dict[str, Any]]:
        """As A2UI v0.9 sends it (server_to_client.json)."""
        return [
            {"version": VERSION, "createSurface": {"surfaceId": surface, "catalogId": CATALOG}},
            {"version": VERSION, "updateDataModel": {"surfaceId": surface, "path": "/",
                                                     "value": self.model}},
            {"version": VERSION, "updateComponents": {
                "surfaceId": surface, "components": [
                    {**c, **self.drawn.get(c["id"], {})} for c in self.view.components]}},
        ]  # fmt: skip


def answer(view: View, data: Data) -> tuple[Answered, list[Problem]]:
    """Asks every question of a view. What could not be answered is told and has no figure."""
    receipts, problems = dict[str, Answer](), list[Problem]()
    rows, values = dict[str, Any](), dict[str, Any]()
    for id, question in (*view.rows.items(), *view.values.items()):
        try:
            found = receipts[id] = data.query(question.sql)
        except Wrong as e:
            problems.append(e.at(id))
            continue
        if id in view.rows:
            rows[id] = found.records()
        elif len(found.rows) != 1 or len(found.columns) != 1:
            problems.append(Problem("no single figure", id, f"{question.said} is "
                                    f"{len(found.rows)} rows of {len(found.columns)}"))  # fmt: skip
        else:
            values[id] = found.rows[0][0]
    shown = {id: written(value) for id, value in values.items()}
    # a control is at "all" where it can be, else at its first position
    controls = {
        c["id"]: "" if c["component"] == "Picker" else next(iter(rows.get(c["id"], [])), {}).get(
            "value", "") for c in view.components if c["component"] in CONTROLS
    }  # fmt: skip
    model = {"rows": rows, "values": values, "shown": shown, "controls": controls}
    return Answered(view, model, receipts), problems


def written(figure: Any) -> str:
    """A figure as people read it: no more than four digits behind the point."""
    if isinstance(figure, bool):
        return str(figure).lower()
    if isinstance(figure, int | float) and abs(figure) < 1e15:
        # 2024 is more often a year than two thousand and more
        told = f"{figure:,.4f}" if abs(figure) >= 10_000 else f"{figure:.4f}"
        return "0" if float(told.replace(",", "")) == 0 else told.rstrip("0").rstrip(".")
    if isinstance(figure, list | dict):
        return json.dumps(figure, ensure_ascii=False, separators=(",", ":"))
    return "–" if figure is None else str(figure)
