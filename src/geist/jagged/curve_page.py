"""Curves of thinking as a picture and as one self-contained page."""

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geist.jagged.curve import Point


def write(found: Sequence[Point], title: str, folder: Path, name: str) -> tuple[Path, Path]:
    """The curves as a self-contained page and a PNG."""
    import vl_convert

    folder.mkdir(parents=True, exist_ok=True)
    svg = vl_convert.vegalite_to_svg(json.dumps(spec(found, title)))
    web, png = folder / f"{name}.html", folder / f"{name}.png"
    png.write_bytes(vl_convert.svg_to_png(svg, scale=2))
    rows = "".join(
        f"<tr><td>{html.escape(p.kind)}</td><td>{p.n}</td><td>{p.tokens:.0f}</td>"
        f"<td>{p.right.mean:.0%}</td><td>{p.right.low:.0%} to {p.right.high:.0%}</td></tr>"
        for p in found
    )
    web.write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}'
        "</title><style>body{font:14px sans-serif;margin:2em}td,th{padding:.2em .8em;text-align:"
        f"left}}svg{{max-width:100%}}</style></head><body><h1>{html.escape(title)}</h1>{svg}<table>"
        "<tr><th>how</th><th>n</th><th>tokens a question</th><th>right</th><th>95%</th></tr>"
        f"{rows}</table></body></html>\n",
        encoding="utf-8",
    )
    return web, png


def spec(found: Sequence[Point], title: str) -> dict[str, Any]:
    rows = [{"how": p.kind, "tokens": p.tokens, "right": p.right.mean, "low": p.right.low,
             "high": p.right.high, "n": p.n} for p in found]  # fmt: skip
    x = {"field": "tokens", "type": "quantitative", "scale": {"type": "log"},
         "title": "tokens a question", "axis": {"tickCount": 6, "format": "d"}}  # fmt: skip
    y: dict[str, Any] = {"type": "quantitative", "scale": {"domain": [0, 1]}, "title": "right",
                         "axis": {"format": ".0%"}}  # fmt: skip
    colour = {"field": "how", "type": "nominal", "title": None, "legend": {"orient": "bottom"}}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "padding": 16,
        "title": {"text": title, "anchor": "start", "fontSize": 16},
        "width": 520, "height": 320, "data": {"values": rows},
        "layer": [
            {"mark": {"type": "rule", "opacity": 0.35, "strokeWidth": 2},
             "encoding": {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"},
                          "color": colour}},
            {"mark": {"type": "line", "point": {"size": 80, "filled": True}},
             "encoding": {"x": x, "y": {"field": "right", **y}, "color": colour}},
        ],
        "config": {"font": "sans-serif", "view": {"stroke": None}},
    }  # fmt: skip
