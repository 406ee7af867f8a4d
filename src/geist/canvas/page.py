"""A view as one file that opens anywhere. It reaches nothing: its policy lets only its own scripts
run, by their hashes, and nothing be loaded. The same page is what the checks run on."""

import base64
import hashlib
import html
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from geist.canvas.compile import as_text, drawn
from geist.canvas.components.app import INLINE, hashes
from geist.canvas.scripts import built
from geist.canvas.view import Answered

# the scripts that components need beside the first
NEEDS = {"Chart": "chart", "Map": "map", "Diagram": "diagram", "Slides": "slides", "Math": "math",
         "Whiteboard": "board"}  # fmt: skip
STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1c1c1e, #e8e8ea);
  --paper: light-dark(#ffffff, #17181a); --raised: light-dark(#f5f6f8, #24262a);
  --line: light-dark(#c9ccd2, #4a4e55); --soft: light-dark(#5a5f68, #a5abb5);
  --accent: light-dark(#0060a8, #6cb6ff); --good: light-dark(#00684a, #5fd3a8);
  --bad: light-dark(#a83a00, #ff9a6b); --plus: light-dark(#dff3e4, #16351f);
  --minus: light-dark(#fbe3e0, #42201c); --sea: light-dark(#eef4f9, #1d2630);
  --land: light-dark(#d9dbd6, #3a3d40); --code-word: light-dark(#0b5394, #7fbaff);
  --code-text: light-dark(#7a3e00, #ffb978); --code-number: light-dark(#6a1b9a, #d0a6ff) }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 64rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.25 } .caption { font-size: .875rem; color: var(--soft) }
.Broken { border: 2px solid var(--bad); padding: .5rem 1rem } summary { cursor: pointer }
footer { margin-top: 3rem; border-top: 1px solid var(--line) } pre { white-space: pre-wrap }
.told { border-left: 4px solid var(--bad); padding-left: .75rem }
@media print { details { display: none } body { max-width: none; margin: 0 } }
"""
BASIC = "https://a2ui.org/specification/v0_9/catalogs/basic/catalog.json"


def page(shown: Answered, title: str, note: str = "", alarms: Sequence[str] = (),
         other: str = "") -> str:  # fmt: skip
    """`note` says how it was checked, `alarms` what must be known before anything is believed;
    `other` is the query that had other figures. Every text is escaped, whoever wrote it."""
    whole = drawn(shown)
    apps = [c["html"] for c in shown.view.components if c["component"] == "App"]
    receipts = "".join(
        f"<dt>{_e(id)}</dt><dd><pre>{_e(found.sql)}</pre>{len(found.rows)} rows, "
        f"<code>{found.digest[:16]}</code></dd>" for id, found in shown.receipts.items()
    )  # fmt: skip
    asked = "".join(f"<dt>{_e(n)}</dt><dd><pre>{_e(q)}</pre></dd>"
                    for n, q in shown.view.queries.items())  # fmt: skip
    where = (f"<details><summary>Where the figures come from</summary><dl>{asked}{receipts}</dl>"
             "</details>") if receipts else ""  # fmt: skip
    if other:
        where += ("<details open><summary>What was asked the second time</summary>"
                  f"<pre>{_e(other)}</pre></details>")  # fmt: skip
    told = "".join(f'<p class="told">{_e(alarm)}</p>' for alarm in dict.fromkeys(alarms))
    told += "".join(
        f'<p class="told">The rows of <b>{_e(name)}</b> come from no file: who wrote this view, a '
        "model mostly, wrote them too. Nothing checked them.</p>" for name in shown.view.told
    )  # fmt: skip
    return document(whole.messages(), title, told, f'<p class="caption">{_e(note)}</p>{where}',
                    as_text(shown), apps)  # fmt: skip


def document(messages: list[dict[str, Any]], title: str, above: str = "", below: str = "",
             plain: str = "", apps: Iterable[str] = ()) -> str:  # fmt: skip
    """`above` and `below` are HTML of geist's own; `plain` is for where no script runs."""
    names = [NEEDS[c["component"]] for m in messages
             for c in m.get("updateComponents", {}).get("components", ())
             if c.get("component") in NEEDS]  # fmt: skip
    if any(m.get("createSurface", {}).get("catalogId", "").startswith("https://a2ui.org")
           for m in messages):  # fmt: skip
        names.append("markdown")
    scripts = [built(f"{name}.js") for name in (*dict.fromkeys(names), "core")]
    own = [f"'sha256-{_hash(script)}'" for script in scripts]
    theirs = list(dict.fromkeys(h for app in apps for h in hashes(app)))
    handlers = [*theirs, "'unsafe-hashes'"] if theirs else []
    policy = (f"default-src 'none'; script-src {' '.join([*own, *handlers])}; "
              "style-src 'unsafe-inline'; img-src data: blob:; media-src data:; font-src data:; "
              "form-action 'none'; base-uri 'none'; frame-src 'none'")  # fmt: skip
    data = json.dumps(messages, ensure_ascii=False).replace("<", "\\u003c")
    data = data.encode("utf-8", "replace").decode()  # half a character is none
    told = "".join(f"<script>{script}</script>" for script in scripts)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta http-equiv="Content-Security-Policy" content="{INLINE}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">
<title>{_e(title)}</title><style>{STYLE}</style></head>
<body><main><h1>{_e(title)}</h1>{above}<geist-view></geist-view>
<noscript><pre>{_e(plain)}</pre></noscript></main>
<footer>{below}</footer>
<script type="application/json" id="view">{data}</script>
{told}</body></html>
"""


def own_data(text: str) -> list[Mapping[str, Any]]:
    """The messages in a page that geist made. Raises ValueError for another."""
    _, mark, rest = text.partition('<script type="application/json" id="view">')
    if not mark:
        raise ValueError("this is no page of geist show")
    return json.loads(rest.partition("</script>")[0])


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _e(text: str) -> str:
    return html.escape(str(text), quote=True)
