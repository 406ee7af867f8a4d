"""A view as one file that opens anywhere: no script, no network. Charts are drawn as SVG, the
figures behind each stand below it as a table, and each figure's query below that."""

import html
import json
from collections.abc import Mapping
from typing import Any

from geist.canvas.catalog import KINDS
from geist.canvas.components.text import written
from geist.canvas.vega import spec
from geist.canvas.view import Answered

MOST_ROWS = 1000  # of a table that are written out
STYLE = """
:root { color-scheme: light dark; --line: #8886; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem } h2 { font-size: 1.25rem } h3 { font-size: 1.1rem }
.Row { display: flex; flex-wrap: wrap; gap: 1rem } .Row > * { flex: 1 1 20rem }
figure { margin: 1.5rem 0 } figure svg { max-width: 100%; height: auto; background: #fff }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .75rem; text-align: left }
td.number { text-align: right } summary { cursor: pointer } pre { white-space: pre-wrap }
.Broken { border: 2px solid #D55E00; padding: .5rem 1rem } .caption, details { font-size: .875rem }
@media print { details { display: none } body { max-width: none } }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(shown: Answered, title: str, note: str = "") -> str:
    """`note` says how it was checked. Every text is escaped, whoever wrote it."""
    body = _component("root", shown)
    receipts = "".join(
        f"<dt>{_e(id)}</dt><dd><pre>{_e(found.sql)}</pre>{len(found.rows)} rows, "
        f"<code>{found.digest[:16]}</code></dd>" for id, found in shown.receipts.items()
    )  # fmt: skip
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_e(title)}</title><style>{STYLE}</style></head>
<body><main><h1>{_e(title)}</h1>{body}</main>
<footer class="caption"><p>{_e(note)}</p>
<details><summary>Where the figures come from</summary><dl>{receipts}</dl></details>
</footer></body></html>
"""


def _component(id: str, shown: Answered) -> str:
    component = shown.view.component(id)
    kind = component["component"]
    if kind in ("Row", "Column"):
        inner = "".join(_component(c, shown) for c in component["children"])
        return f'<div class="{kind}">{inner}</div>'
    if kind == "Tabs":
        parts = [(_e(t["title"]), _component(t["child"], shown)) for t in component["tabs"]]
        return "".join(f"<section><h2>{title}</h2>{inner}</section>" for title, inner in parts)
    if kind == "Chart":
        return _chart(component, shown)
    if kind == "Table":
        head = f"<figcaption>{_e(component['title'])}</figcaption>" if "title" in component else ""
        return f"<figure>{head}{_table(component['columns'], _rows(component, shown))}</figure>"
    if kind == "Text":
        tag = {"body": "p", "caption": "p"}.get(component["variant"], component["variant"])
        told = _e(KINDS["Text"].text(component, shown))
        return f'<{tag} class="{component["variant"]}">{told}</{tag}>'
    return (f'<div class="Broken" role="alert"><strong>{_e(component["code"])}</strong>: '
            f"{_e(component['message'])}<pre>{_e(component['line'])}</pre></div>")  # fmt: skip


def _rows(component: Mapping[str, Any], shown: Answered) -> list[dict[str, Any]]:
    return shown.model["rows"].get(component["id"]) or []


def _chart(component: Mapping[str, Any], shown: Answered) -> str:
    import vl_convert

    rows = _rows(component, shown)
    svg = vl_convert.vegalite_to_svg(json.dumps(spec(component, rows)))
    label = _e(component.get("title") or KINDS["Chart"].text(component, shown).split("\n")[0])
    columns = list({e["field"]: e for e in component["encode"].values()}.values())
    return (f'<figure><div role="img" aria-label="{label}">{svg}</div><details><summary>Its figures'
            f"</summary>{_table(columns, rows)}</details></figure>")  # fmt: skip


def _table(columns: list[Mapping[str, Any]], rows: list[dict[str, Any]]) -> str:
    head = "".join(f'<th scope="col">{_e(c["of"])}</th>' for c in columns)
    body = "".join(
        "<tr>" + "".join(f'<td class="{c["kind"]}">{_e(_cell(row[c["field"]], c))}</td>'
                         for c in columns) + "</tr>" for row in rows[:MOST_ROWS]
    )  # fmt: skip
    more = f"<p>{len(rows) - MOST_ROWS} more rows</p>" if len(rows) > MOST_ROWS else ""
    return (f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>'
            f"</table>{more}</div>")  # fmt: skip


def _cell(value: Any, column: Mapping[str, Any]) -> str:
    if column["kind"] == "time" and isinstance(value, str):
        return value.replace("T00:00:00", "").replace("T", " ")
    return written(value)


def _e(text: str) -> str:
    return html.escape(str(text), quote=True)
