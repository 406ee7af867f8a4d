"""A Chart component as a Vega-Lite specification over its own rows."""

import re
from collections.abc import Mapping
from typing import Any

TYPES = {"number": "quantitative", "time": "temporal", "text": "nominal", "truth": "nominal",
         "other": "nominal"}  # fmt: skip
LETTERS = {"month": 7, "quarter": 7, "hour": 16}  # of a time's ISO 8601
FORMATS = {"month": "%b %Y", "quarter": "%b %Y", "week": "%d %b", "day": "%d %b"}
FEW, SHORT = 24, 70  # ticks that all have a label; characters of labels that stand side by side
MARKS = {"pie": "arc", "heatmap": "rect"}
# Okabe and Ito's palette, which people with any kind of colour vision can tell apart
PALETTE = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#000000"]


def spec(component: Mapping[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    mark, encode = component["mark"], dict[str, Any]()
    for channel, field in component["encode"].items():
        values = {str(row[field["field"]]) for row in rows}
        encode[channel] = _channel(channel, field, mark, component.get("sort", "x"), values)
    if mark == "pie":
        encode = {"theta": encode["y"] | {"stack": True}, "color": encode["x"]}
    made: dict[str, Any] = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": rows},
        "mark": {"type": MARKS.get(mark, mark), **({"point": True} if mark == "line" else {})},
        "encoding": encode,
        "width": 640 if "facet" not in component["encode"] else 200,
        "height": 320,
        "config": {"background": "white", "range": {"category": PALETTE}, "view": {"stroke": None},
                   "axis": {"labelLimit": 220}},
    }  # fmt: skip
    return made | ({"title": component["title"]} if "title" in component else {})


def _channel(channel: str, field: Mapping[str, Any], mark: str, sort: str,
             values: set[str]) -> dict[str, Any]:  # fmt: skip
    kind = TYPES[field["kind"]]
    if mark in ("bar", "heatmap") and channel in ("x", "y") and kind == "temporal":
        kind = "ordinal"  # one for each time that there is
    if mark in ("bar", "heatmap") and channel == "x" and kind == "quantitative":
        kind = "ordinal"
    # dots and brackets in a name would be read as a path
    name = re.sub(r"([.\[\]\\'\"])", r"\\\1", field["field"])
    made: dict[str, Any] = {"field": name, "type": kind, "title": field["of"]}
    if channel in ("x", "y") and kind in ("nominal", "ordinal"):
        made["sort"] = None if channel == sort.lstrip("-") or "-" in sort else "ascending"
    if channel in ("x", "y") and field["kind"] == "time":
        unit = field["of"].partition("(")[0]
        if kind == "ordinal":
            made["axis"] = {"labelExpr": f"slice(datum.label, 0, {LETTERS.get(unit, 10)})"}
        elif unit in FORMATS:
            few = unit in ("month", "day") and len(values) <= FEW
            each = {"tickCount": {"interval": unit, "step": 1}} if few else {}
            made["axis"] = {"format": FORMATS[unit]} | each
    if channel == "x" and kind in ("nominal", "ordinal") and sum(map(len, values)) < SHORT:
        made["axis"] = made.get("axis", {}) | {"labelAngle": 0}
    return made
