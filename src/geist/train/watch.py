"""A run's curves as one self-contained page, and as a picture."""

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geist.train.run import Run

CURVES = (
    ("held_out", "right answers to held-out tasks", (0.0, 1.0)),
    ("reward", "reward", (0.0, 1.0)),
    ("strict", "right answers while training", (0.0, 1.0)),
    ("format", "answers in the right form", (0.0, 1.0)),
    ("signal", "groups with signal", (0.0, 1.0)),
    ("length", "tokens an answer", None),
    ("drift", "sampler and trainer apart", None),
    ("loss", "loss", None),
    ("norm", "gradient", None),
    ("tokens_per_second", "tokens a second", None),
)
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 360, 190, 44, 24, 26
GAP, COLUMNS = 16, 2


def picture(run: Run) -> str:
    """All curves as one SVG."""
    rows = run.rows()
    charts = []
    for name, title, span in CURVES:
        for stage in ("sft", "rlvr"):
            points = [(float(r["step"]), float(r[name])) for r in rows
                      if r["stage"] == stage and isinstance(r.get(name), int | float)
                      and (name == "held_out" or r.get("kind") != "evaluation")]  # fmt: skip
            if len(points) > 1:
                charts.append(_chart(f"{stage}: {title}", points, span))
    lines = max(1, -(-len(charts) // COLUMNS))
    width = COLUMNS * (WIDTH + GAP) + GAP
    height = lines * (HEIGHT + GAP) + GAP
    placed = [
        f'<g transform="translate({GAP + (i % COLUMNS) * (WIDTH + GAP)},'
        f'{GAP + (i // COLUMNS) * (HEIGHT + GAP)})">{chart}</g>'
        for i, chart in enumerate(charts)
    ]
    empty = "" if charts else f'<text x="{GAP}" y="40">no step has been made yet</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11" fill="#222">'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(placed)}{empty}</svg>'
    )


def page(run: Run) -> str:
    """The picture, the recipe and the last answers; nothing is loaded from anywhere."""
    answers = run.rows("answers")
    last = [a for a in answers if a["step"] == answers[-1]["step"]] if answers else []
    cards = "".join(
        f"<tr><td>{html.escape(a['question'])}</td><td><pre>{html.escape(a['answer'])}</pre></td>"
        f"<td>{html.escape(str(a['truth']))}</td><td>{a['reward']}</td></tr>"
        for a in last
    )
    recipe = html.escape((run.folder / "recipe.toml").read_text())
    name = html.escape(run.name)
    style = (
        "body{font:14px sans-serif;margin:2em;max-width:800px;color:#222}"
        "pre{white-space:pre-wrap;background:#f5f5f5;padding:.5em;margin:0}"
        "td,th{vertical-align:top;text-align:left;padding:.3em;border-top:1px solid #ddd}"
        "svg{max-width:100%;height:auto}"
    )
    heads = "<tr><th>question</th><th>answer</th><th>right</th><th>reward</th></tr>"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f"<style>{style}</style></head><body><h1>{name}</h1>"
        f"<p>{html.escape(run.recipe.about)}</p>{picture(run)}"
        f"<h2>Answers of the last step, worst and best</h2><table>{heads}{cards}</table>"
        f"<h2>Recipe</h2><pre>{recipe}</pre></body></html>\n"
    )


def write(run: Run, folder: Path) -> tuple[Path, Path]:
    """`curves.html` and `curves.png` in `folder`."""
    import vl_convert

    folder.mkdir(parents=True, exist_ok=True)
    web, png = folder / "curves.html", folder / "curves.png"
    web.write_text(page(run), encoding="utf-8")
    png.write_bytes(vl_convert.svg_to_png(picture(run), scale=2))
    return web, png


def _chart(title: str, points: Sequence[tuple[float, float]], span: Any) -> str:
    low, high = span or (min(y for _, y in points), max(y for _, y in points))
    if high <= low:
        low, high = low - 0.5, high + 0.5
    first, last = points[0][0], max(points[-1][0], points[0][0] + 1)

    def at(x: float, y: float) -> tuple[float, float]:
        right = LEFT + (x - first) / (last - first) * (WIDTH - LEFT - 8)
        down = TOP + (high - min(max(y, low), high)) / (high - low) * (HEIGHT - TOP - BOTTOM)
        return round(right, 1), round(down, 1)

    marks = []
    for share in (0.0, 0.5, 1.0):
        value = low + share * (high - low)
        _, y = at(first, value)
        marks.append(f'<line x1="{LEFT}" x2="{WIDTH - 8}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        marks.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{value:.3g}</text>')
    for x in (first, last):
        marks.append(
            f'<text x="{at(x, low)[0]}" y="{HEIGHT - 6}" text-anchor="middle">{x:g}</text>'
        )
    path = " ".join(f"{x},{y}" for x, y in (at(*p) for p in points))
    dots = ""
    if len(points) < 40:
        dots = "".join(f'<circle cx="{x}" cy="{y}" r="2" fill="#1a5fb4"/>'
                       for x, y in (at(*p) for p in points))  # fmt: skip
    return (
        f'<text x="{LEFT}" y="14" font-weight="bold">{html.escape(title)}</text>{"".join(marks)}'
        f'<polyline points="{path}" fill="none" stroke="#1a5fb4" stroke-width="1.6"/>{dots}'
    )
