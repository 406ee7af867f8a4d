"""A jagged map as a picture and as one self-contained page."""

import html
import json
from pathlib import Path
from typing import Any

from geist.jagged.cells import Cell, JaggedMap
from geist.jagged.stats import Estimate

COLOURS = {"reliable": "#1b7837", "now and then": "#b07d00", "unreliable": "#b3261e",
           "unresolved": "#7a7a7a"}  # fmt: skip
HEADS = ("skill", "right", "95%", "κ", "reworded", "no form", "what may be said", "p",
         "strict", "cut", "tokens")  # fmt: skip
STYLE = (
    "body{font:14px/1.45 system-ui,sans-serif;margin:2em auto;max-width:960px;color:#222;"
    "padding:0 1em}table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "td,th{text-align:left;padding:.3em .7em;border-top:1px solid #ddd;white-space:nowrap}"
    "svg{max-width:100%;height:auto}.wide{overflow-x:auto}h2{margin-top:1.6em;font-size:1.1em}"
)


def spec(found: JaggedMap, title: str) -> dict[str, Any]:
    """Vega-Lite: a row a skill, its accuracy with interval, chance, and both wordings."""
    rows = [
        {"skill": c.skill, "mean": c.right.mean, "low": c.right.low, "high": c.right.high,
         "chance": c.chance, "word": c.word}
        for c in sorted(found.cells, key=lambda c: -c.right.mean)
    ]  # fmt: skip
    order = [r["skill"] for r in rows]
    y = {"field": "skill", "type": "nominal", "sort": order, "title": None,
         "axis": {"labelFontSize": 13, "labelLimit": 200}}  # fmt: skip

    def x(field: str) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", "scale": {"domain": [0, 1]},
                "title": "right answers, with 95% interval; the bar is chance",
                "axis": {"format": ".0%", "labelFontSize": 12}}  # fmt: skip

    colour = {"field": "word", "type": "nominal", "title": None,
              "legend": {"labelFontSize": 12, "orient": "bottom"},
              "scale": {"domain": list(COLOURS), "range": list(COLOURS.values())}}  # fmt: skip
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": title, "fontSize": 16, "anchor": "start"},
        "width": 520, "height": {"step": 28}, "data": {"values": rows}, "padding": 16,
        "layer": [
            {"mark": {"type": "bar", "color": "#e9e9ee", "height": {"band": 0.7}},
             "encoding": {"y": y, "x": x("chance")}},
            {"mark": {"type": "rule", "strokeWidth": 4, "strokeCap": "round"},
             "encoding": {"y": y, "x": x("low"), "x2": {"field": "high"}, "color": colour}},
            {"mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
             "encoding": {"y": y, "x": x("mean"), "color": colour}},
        ],
        "config": {"font": "sans-serif", "view": {"stroke": None}},
    }  # fmt: skip


def write(found: JaggedMap, title: str, about: list[str], folder: Path) -> tuple[Path, Path]:
    """`map.html` and `map.png` in `folder`."""
    import vl_convert

    folder.mkdir(parents=True, exist_ok=True)
    web, png = folder / "map.html", folder / "map.png"
    svg = vl_convert.vegalite_to_svg(json.dumps(spec(found, title)))
    png.write_bytes(vl_convert.svg_to_png(svg, scale=2))
    web.write_text(page(found, title, about, svg), encoding="utf-8")
    return web, png


def page(found: JaggedMap, title: str, about: list[str], svg: str) -> str:
    head = "".join(f"<th>{h}</th>" for h in HEADS)
    rows = "".join(
        f'<tr style="color:{COLOURS[c.word]}">'
        + "".join(f"<td>{html.escape(x)}</td>" for x in cells(c)) + "</tr>"
        for c in sorted(found.cells, key=lambda c: -c.right.mean)
    )  # fmt: skip
    axes = "".join(
        "<tr>" + "".join(f"<td>{html.escape(x)}</td>" for x in row) + "</tr>"
        for row in axis_rows(found)
    )
    words = "".join(f"<p>{html.escape(line)}</p>" for line in [*about, spread(found)])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}'
        f"</title><style>{STYLE}</style></head><body><h1>{html.escape(title)}</h1>{svg}{words}"
        f'<div class="wide"><table><tr>{head}</tr>{rows}</table></div>'
        "<h2>What rewording does, over all skills</h2>"
        f"<table><tr><th>axis</th><th>points of 100 (95%)</th><th>p</th></tr>{axes}</table>"
        "</body></html>\n"
    )


def cells(c: Cell) -> list[str]:
    """A skill's row, as texts in the order of HEADS."""
    return [c.skill, f"{c.right.mean:.0%}", f"{100 * c.right.low:.0f}–{c.right.high:.0%}",
            f"{c.corrected:+.2f}", change(c.gap) if c.gap else "–", f"{c.formless:.0%}", said(c),
            f"{c.p:.2g}", f"{c.strict:.0%}", f"{c.cut:.0%}", f"{c.tokens:.0f}"]  # fmt: skip


def said(c: Cell) -> str:
    return f"{c.word}, brittle" if c.brittle else c.word


def axis_rows(found: JaggedMap) -> list[tuple[str, str, str]]:
    return [(name, change(gap), f"{p:.2g}") for name, gap, p in found.axes]


def spread(found: JaggedMap) -> str:
    j = found.jagged
    told = f"Jaggedness: the true skills lie {j.j:.0%} around their mean"
    if j.p >= 0.05:
        told = f"Jaggedness: not shown, the skills could all be one (spread {j.j:.0%})"
    return f"{told} (Cochran's Q {j.q:.1f}, {j.skills} skills, p {j.p:.2g})."


def change(gap: Estimate) -> str:
    """What rewording does to the answers, in points of 100: below 0 it costs."""

    half = min(100.0, 100 * max(gap.high - gap.mean, gap.mean - gap.low))
    return f"{-100 * gap.mean + 0.0:+.0f} ±{half:.0f}"
