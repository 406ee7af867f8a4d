"""A Chart component as a Vega-Lite specification over its own rows, and compiled to Vega."""

import json
import re
from collections.abc import Mapping
from typing import Any

from geist.canvas.fields import SUMS

TYPES = {"number": "quantitative", "time": "temporal", "text": "nominal", "truth": "nominal",
         "other": "nominal"}  # fmt: skip
LETTERS = {"month": 7, "quarter": 7, "hour": 16}  # of a time's ISO 8601
FORMATS = {"month": "%b %Y", "quarter": "%b %Y", "week": "%d %b", "day": "%d %b"}
FEW, SHORT, WIDE = (
    24,
    90,
    6,
)  # ticks that all have a label; characters of labels that stand side by side
MARKS = {"pie": "arc", "heatmap": "rect"}
# Okabe and Ito's palette, which people with any kind of colour vision can tell apart
PALETTE = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#000000"]


def spec(component: Mapping[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    mark, encode = component["mark"], dict[str, dict[str, Any]]()
    fields = component["encode"]
    # a bar whose amount is along x lies down
    lies = mark == "bar" and folds(fields["x"]["of"]) and not folds(fields["y"]["of"])
    for channel, field in fields.items():
        values = {str(row[field["field"]]) for row in rows}
        encode[channel] = _channel(channel, field, mark, component.get("sort", "x"), values, lies)
    if mark == "pie":
        encode["x"]["type"] = "nominal"
        encode = {"theta": encode["y"] | {"stack": True}, "color": encode["x"] | {"sort": None}}
        encode["color"].pop("axis", None)
    if "color" in fields and fields["color"]["kind"] != "number":
        # colour is never all that tells two things apart
        second = {"line": "strokeDash", "point": "shape"}.get(mark)
        if second:
            encode[second] = {k: v for k, v in encode["color"].items() if k != "scale"}
    if mark == "heatmap":
        encode["color"]["scale"] = {"scheme": "blues"}
    if mark == "area" and "color" not in fields:
        encode["y"]["stack"] = None
    if (
        "color" in fields
        and mark in ("bar", "area")
        and not adds(fields["x" if lies else "y"]["of"])
    ):
        # means on top of each other are no mean
        encode["x" if lies else "y"]["stack"] = None
        if mark == "bar":
            side = "yOffset" if lies else "xOffset"
            encode[side] = {"field": encode["color"]["field"], "type": "nominal"}
    if "facet" in fields:
        encode["facet"]["columns"] = 4
    if film := _film(component, rows):
        encode["y"] |= {"scale": {"domain": film}}
    tips = [{k: v for k, v in c.items() if k in ("field", "type", "title")}
            for c in encode.values()][:5]  # fmt: skip
    shape: dict[str, Any] = {"line": {"point": len(rows) <= 200}, "pie": {"tooltip": True},
                             "point": {"filled": True, "size": 60}}.get(mark, {})  # fmt: skip
    if mark == "point" and "size" in fields:
        shape.pop("size")
    faceted = "facet" in fields
    made: dict[str, Any] = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"name": "rows", "values": rows},
        "mark": {"type": MARKS.get(mark, mark), **shape},
        "encoding": encode if mark == "pie" else {**encode, "tooltip": tips},
        "width": 200 if faceted else "container",
        "height": 160 if faceted else 320,
        "autosize": {"type": "pad"} if faceted else {"type": "fit-x", "contains": "padding"},
        "config": {"range": {"category": PALETTE}, "view": {"stroke": None},
                   "axis": {"labelLimit": 160, "labelOverlap": True}, "legend": {"labelLimit": 200},
                   "bar": {"color": PALETTE[0]}, "line": {"color": PALETTE[0]},
                   "area": {"color": PALETTE[0]}, "point": {"color": PALETTE[0]}},
    }  # fmt: skip
    return made


def folds(of: str) -> bool:
    return of.partition("(")[0] in SUMS and "(" in of


def adds(of: str) -> bool:
    """Whether figures may stand on each other. A column of a query is taken for one that may."""
    return of.partition("(")[0] not in ("mean", "avg", "min", "max", "median", "distinct")


def compiled(component: Mapping[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """As Vega, with no rows in it: the page has them once, in its data model."""
    import vl_convert

    vega = vl_convert.vegalite_to_vega(json.dumps(spec(component, rows)))
    for data in vega["data"]:
        if data["name"] == "rows":
            data.pop("values", None)
    return vega


def _film(component: Mapping[str, Any], rows: list[dict[str, Any]]) -> list[float]:
    """One scale for all positions of a control, so that a bar that grows is a figure that grows.
    Of single marks only: stacked ones add up."""
    fields, y = component["encode"], component["encode"]["y"]
    steps = [b["column"] for b in component.get("by", ()) if not b["fold"]]
    if not steps or "color" in fields or y["kind"] != "number" or component["mark"] not in (
            "bar", "line", "area", "point"):  # fmt: skip
        return []
    values = [v for row in rows if isinstance(v := row[y["field"]], int | float)]
    return [min(0, *values), max(0, *values)] if len(values) > 1 else []


def _channel(channel: str, field: Mapping[str, Any], mark: str, sort: str, values: set[str],
             lies: bool) -> dict[str, Any]:  # fmt: skip
    kind = TYPES[field["kind"]]
    if mark in ("bar", "heatmap") and channel in ("x", "y") and kind == "temporal":
        kind = "ordinal"  # one for each time that there is
    if mark in ("bar", "heatmap") and channel == "x" and kind == "quantitative" and not lies:
        kind = "ordinal"
    if mark in ("bar", "heatmap") and channel == "y" and kind == "quantitative" and lies:
        kind = "ordinal"
    # dots and brackets in a name would be read as a path
    name = re.sub(r"([.\[\]\\'\"])", r"\\\1", field["field"])
    made: dict[str, Any] = {"field": name, "type": kind, "title": field["of"].replace("`", "")}
    if channel in ("x", "y") and kind in ("nominal", "ordinal"):
        by = sort.lstrip("-")
        made["sort"] = sort if by != channel else "descending" if sort[0] == "-" else "ascending"
    if channel in ("x", "y") and field["kind"] == "time":
        unit = field["of"].partition("(")[0]
        if kind == "ordinal":
            made["axis"] = {"labelExpr": f"slice(datum.label, 0, {LETTERS.get(unit, 10)})"}
        elif unit in FORMATS:
            few = unit in ("month", "day") and len(values) <= FEW
            each = {"tickCount": {"interval": unit, "step": 1}} if few else {}
            made["axis"] = {"format": FORMATS[unit]} | each
    long = LETTERS.get(field["of"].partition("(")[0], 10) if field["kind"] == "time" else 99
    letters = sum(min(len(v), long) for v in values)
    if channel == "x" and kind in ("nominal", "ordinal") and letters < SHORT:
        made["axis"] = made.get("axis", {}) | {"labelAngle": 0}
    return made
