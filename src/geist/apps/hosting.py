"""The page around a page that a model wrote: a frame without network, and what it keeps.

The frame has an origin of its own, so it has no storage; a shim gives it one that is this app's
alone: what it sets is sent to the page around it, which keeps it, and hands it over with the frame's
name when it is opened again.
"""

import json
from html import escape

from geist.canvas.components.app import INLINE, PREAMBLE, framed, hashed, hashes

# `name` is the only thing that can be handed to a frame before its first script runs
SHIM = PREAMBLE + (
    "if (!window.geistKept) { "
    "let kept = {}; try { kept = JSON.parse(window.name || '{}'); } catch { kept = {}; } "
    "const map = new Map(Object.entries(kept)); "
    "let told = 0; const tell = () => parent.postMessage("
    "{geistKeeps: JSON.stringify(Object.fromEntries(map)), told: ++told}, '*'); "
    "const storage = {getItem: k => map.has(String(k)) ? map.get(String(k)) : null, "
    "setItem: (k, v) => { map.set(String(k), String(v)); tell(); }, "
    "removeItem: k => { map.delete(String(k)); tell(); }, clear: () => { map.clear(); tell(); }, "
    "key: n => [...map.keys()][n] ?? null, get length() { return map.size; }}; "
    "Object.defineProperty(window, 'geistKept', {value: () => told}); "
    "for (const n of ['localStorage', 'sessionStorage']) "
    "Object.defineProperty(window, n, {value: storage}); } "
)
MOST_KEPT = 1_000_000
HOST = """
const frame = document.createElement('iframe');
frame.setAttribute('sandbox', 'allow-scripts allow-forms allow-modals');
frame.title = document.title;
const name = document.body.dataset.app;
let kept = '{}';
try { kept = localStorage.getItem('geist:' + name) ?? '{}'; } catch { /* nothing is kept here */ }
frame.name = kept;
addEventListener('message', event => {
  if (event.source !== frame.contentWindow || typeof event.data?.geistKeeps !== 'string') return;
  document.documentElement.dataset.told = String(event.data.told);
  if (event.data.geistKeeps.length > MOST) return;
  try { localStorage.setItem('geist:' + name, event.data.geistKeeps); } catch { /* full, or off */ }
});
frame.addEventListener('load', () => { document.documentElement.dataset.ready = ''; });
frame.srcdoc = JSON.parse(document.querySelector('#app').textContent);
document.body.append(frame);
""".replace("MOST", str(MOST_KEPT))
STYLE = """html, body { margin: 0; height: 100%; color-scheme: light dark; }
iframe { border: 0; width: 100%; height: 100%; display: block; }
p.geist { margin: 0; padding: .5rem 1rem; font: 14px system-ui, sans-serif; background: #b3261e;
color: #fff; } body { display: flex; flex-direction: column; } iframe { flex: 1; }"""


def hosted(source: str, name: str, title: str, alarm: str = "") -> str:
    """One self-contained page with the app in a frame. `name` is what it keeps its data under;
    `alarm` stands above it."""
    allowed = " ".join([hashed(HOST), *hashes(source, SHIM)])
    policy = (
        f"default-src 'none'; script-src {allowed} 'unsafe-hashes'; style-src 'unsafe-inline'; "
        "img-src data: blob:; media-src data: blob:; font-src data:; form-action 'none'; "
        "base-uri 'none'; frame-src 'none'"
    )
    # nothing in it may end the element that it stands in
    inner = json.dumps(framed(source, SHIM)).replace("<", "\\u003c")
    told = f'<p class="geist" role="alert">{escape(alarm)}</p>' if alarm else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-'
        f'Security-Policy" content="{policy}"><meta http-equiv="Content-Security-Policy" '
        f'content="{INLINE}"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f'<body data-app="{escape(name, quote=True)}">{told}'
        f'<script type="application/json" id="app">{inner}</script>'
        f"<script>{HOST}</script></body></html>"
    )
