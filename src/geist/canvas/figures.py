"""The figures on an open page against those that the data answered."""

from collections.abc import Iterator, Mapping
from typing import Any

from geist.canvas.browser import Opened
from geist.canvas.catalog import KINDS
from geist.canvas.problem import Problem
from geist.canvas.view import Answered, written


def figures(opened: Opened, shown: Answered | None,
             at: Mapping[str, str] | None = None) -> Iterator[Problem]:  # fmt: skip
    """What stands on the page against what the data answered, where the controls are at `at`."""
    if shown is None:
        return
    known = {c["id"]: c for c in shown.view.components}
    for one in opened.page.evaluate("geistLook.told()"):
        component = known.get(one["id"])
        if component is None or component["component"] != one["type"]:
            continue
        if one["type"] == "Text":
            wanted = " ".join(KINDS["Text"].text(component, shown).split())
            if one["text"] != wanted:
                yield Problem("wrong figure", one["id"], f"it says {one['text'][:80]!r}, and the "
                              f"data say {wanted[:80]!r}")  # fmt: skip
        elif one["rows"] is not None:
            yield from _rows(component, one["rows"], _expected(component, shown, at))


def _expected(component: Mapping[str, Any], shown: Answered,
              at: Mapping[str, str] | None) -> list[dict[str, Any]]:  # fmt: skip
    receipt = shown.receipts.get(component["id"])
    found = receipt.records() if receipt else []
    for one in component.get("by", ()):
        control = one["value"]["path"].rpartition("/")[2]
        value = (at or {}).get(control, shown.model["controls"].get(control))
        if value:
            found = [r for r in found if r[one["column"]] == value]
        elif one["fold"]:
            found = [r for r in found if r[one["column"]] is None]
    return found


def _rows(component: Mapping[str, Any], there: list[Any],
          wanted: list[dict[str, Any]]) -> Iterator[Problem]:  # fmt: skip
    id, kind = component["id"], component["component"]
    if kind == "Chart":
        names = {e["field"] for e in component["encode"].values()}
        a = sorted(str([_same(r.get(n)) for n in sorted(names)]) for r in there)
        b = sorted(str([_same(r[n]) for n in sorted(names)]) for r in wanted)
        if a != b:
            yield Problem("wrong figure", id, f"it draws {len(a)} rows that are not the "
                          f"{len(b)} of the data")  # fmt: skip
    elif kind == "Table":
        shown = [[_cell(r[c["field"]], c["kind"]) for c in component["columns"]]
                 for r in wanted[:len(there)]]  # fmt: skip
        wrong = [n for n, (x, y) in enumerate(zip(there, shown)) if x != y]
        if wrong or (len(there) < min(len(wanted), 30)):
            yield Problem("wrong figure", id, f"row {wrong[0] + 1 if wrong else len(there) + 1} is "
                          "not what the data say")  # fmt: skip
    elif kind == "Timeline":
        start = component["columns"]["start"]["field"]
        count = sum(1 for r in wanted if r[start])
        if len(there) != count:
            yield Problem("wrong figure", id, f"{len(there)} entries of {count} are shown")
    elif kind == "Map" and "lat" in component["columns"]:
        lat, lon = (component["columns"][n]["field"] for n in ("lat", "lon"))
        a = sorted((round(x, 6), round(y, 6)) for x, y in there)
        b = sorted((round(r[lat], 6), round(r[lon], 6)) for r in wanted
                   if r[lat] is not None and r[lon] is not None)  # fmt: skip
        if a != b:
            yield Problem("wrong figure", id, f"{len(a)} places are not the {len(b)} of the data")


def _same(value: Any) -> Any:
    """One form for what JavaScript and Python write differently."""
    return float(f"{value:.12g}") if isinstance(value, int | float) else value


def _cell(value: Any, kind: str) -> str:
    if kind == "time" and isinstance(value, str):
        return value.removesuffix("T00:00:00").replace("T", " ")
    return written(value).strip()
