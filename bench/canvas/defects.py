"""The verifier itself: planted defects that it must find, good views on which it must be silent.

python -m bench.canvas.defects [--good]

Defects are planted in lines, in a page's messages, in its HTML, or as a script of the page that
stops a control from working. --good judges the perfect author's views too (some ten minutes).
"""

import argparse
import base64
import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.canvas.author import good
from bench.fix.run import machine, wilson
from geist.canvas.ask import judged
from geist.canvas.browser import Browser
from geist.canvas.data import Data
from geist.canvas.look import look
from geist.canvas.page import own_data, page
from geist.canvas.problem import Problem

RESULTS = Path(__file__).parent.parent / "results" / "canvas-verifier.json"
ROWS = "date,region,kind,amount,lat,lon\n" + "".join(
    f"2026-0{m}-{d:02},{r},k{(m + d + n) % 12},{(m * d * len(r)) % 37 + 1},{m * 3},{d * 4 + n}\n"
    for m in (1, 2, 3, 4, 5) for d in (3, 9, 21) for n, r in enumerate(("north", "south", "west"))
)  # fmt: skip
VIEW = """reg = Picker(t, region)
when = Steps(t, month(date))
film = Animation(t, month(date))
w = Text("In all {sum(t.amount)} were sold.", h2)
c = Chart(bar, t, x=month(date), y=sum(amount), by=reg, title="By month")
s = Chart(bar, t, x=region, y=sum(amount), by=when, title="By region")
f = Chart(bar, t, x=region, y=sum(amount), by=film, title="Film")
l = Chart(line, t, x=month(date), y=sum(amount), color=region, title="Lines")
r = Table(t, columns=[region, kind, sum(amount)], title="Rows")
a = Text("One")
b = Text("Two")
tabs = Tabs(first=a, second=b)
deck = Slides(Text("Three"), Text("Four"))
q = Quiz("Which is a prime?", ["four", "five"], answer=2)
m = Map(t, lat=lat, lon=lon, title="Places")
"""
# lines that are wrong by themselves
LINES = {
    "a figure of the model's": 'Text("In all 1234 were sold.")',
    "unknown column": "Chart(bar, t, x=regoin, y=sum(amount))",
    "unknown table": "Table(sails)",
    "unknown component": "Histogram(t, x=amount)",
    "unknown function": "Chart(bar, t, x=region, y=total(amount))",
    "sum of words": "Chart(bar, t, x=date, y=sum(region))",
    "nothing left": "Chart(bar, t, x=region, y=sum(amount), where=\"region = 'east'\")",
    "twelve slices": "Chart(pie, t, x=kind, y=sum(amount))",
    "negative shares": 'n = Query("SELECT region, -sum(amount) AS a FROM t GROUP BY 1")\nChart(pie, n, x=region, y=sum(a))',
    "line of one point": "Chart(line, t, x=year(date), y=sum(amount))",
    "seventy bars": 'n = Query("SELECT DISTINCT concat(date, region, kind, lat) AS k, 1 AS a FROM t, range(2) UNION SELECT concat(\'x\', range), 1 FROM range(70), (SELECT 1 FROM t LIMIT 1)")\nChart(bar, n, x=k, y=sum(a))',
    "twelve colours": "Chart(line, t, x=month(date), y=sum(amount), color=kind)",
    "a control nobody hears": "p = Picker(t, region)\nTable(t)",
    "a choice of one": "p = Picker(t, year(date))\nTable(t, by=p)",
    "no such countries": "Map(t, country=region, color=sum(amount))",
    "no such place": "Map(t, lat=amount, lon=lon, where=\"false\")\nx = Query(\"SELECT 200 + amount AS lat, lon FROM t\")\nMap(x, lat=lat, lon=lon)",
    "ends before it begins": 'n = Query("SELECT date, date - INTERVAL 1 DAY AS e, region FROM t")\nTimeline(n, start=date, end=e, label=region)',
    "a query of nothing": 'n = Query("SELECT 42 AS a")\nText("{n.a} were sold.")',
    "in itself": "x = Column(y)\ny = Row(x)",
    "no right answer": 'Quiz("Which?", ["a", "b"], answer=3)',
    "empty picture": "Figure(\"<svg viewBox='0 0 9 9'></svg>\", alt=\"x\")",
    "picture that cannot be read": "Figure(\"<svg viewBox='0 0 9 9'><rect></svg>\", alt=\"x\")",
    "app from elsewhere": 'App("<script src=https://cdn.example.org/x.js></script>", title="x")',
    "diagram that cannot be drawn": 'Diagram("flowchart LR; a -->")',
    "formula that cannot be set": 'Math("\\\\frac{1")',
    "app with an error": 'App("<p>Here</p><script>nothing.there()</script>", title="x")',
    "dead button in an app": 'App("<p>Here</p><button>Go</button>", title="x")',
    "blank app": 'App("<div></div><script>document.body.dataset.a = 1</script>", title="x")',
    "app too wide": 'App("<div style=\'width:2000px\'>wide</div>", title="x")',
    "pale app": 'App("<p style=\'color:#ddd;background:#fff\'>pale words</p>", title="x")',
    "app that fails when used": "App(\"<p>Here</p><button onclick='document.title=1;broken()'>Go</button>\", title=\"x\")",
    "app that calls home": "App(\"<p>Here</p><script>fetch('https://example.org/x')</script>\", title=\"x\")",
    "app without names": 'App("<p>Here</p><input id=i oninput=\'document.title=1\'>", title="x")',
}  # fmt: skip
Found = list[dict[str, Any]]


def _part(found: Found, id: str) -> dict[str, Any]:
    parts = next(m["updateComponents"]["components"] for m in found if "updateComponents" in m)
    return next(c for c in parts if c["id"] == id)


def _model(found: Found) -> dict[str, Any]:
    return next(m["updateDataModel"]["value"] for m in found if "updateDataModel" in m)


def _scale(found: Found, id: str, name: str, **change: Any) -> None:
    next(s for s in _part(found, id)["vega"]["scales"] if s["name"] == name).update(change)


def _drop(found: Found, id: str, name: str) -> None:
    """Takes an encoding and its scale away."""
    vega = _part(found, id)["vega"]
    vega["scales"] = [s for s in vega["scales"] if s["name"] != name]
    for legend in vega.get("legends", []):
        legend.pop(name, None)

    def walk(marks: list[dict[str, Any]]) -> None:
        for mark in marks:
            for step in mark.get("encode", {}).values():
                step.pop(name, None)
            walk(mark.get("marks", []))

    walk(vega["marks"])


def _invisible(found: Found, id: str) -> None:
    for mark in _part(found, id)["vega"]["marks"]:
        mark["encode"]["update"]["opacity"] = {"value": 0}


def _untitled(found: Found, id: str) -> None:
    for axis in _part(found, id)["vega"]["axes"]:
        axis.pop("title", None)


def _crowded(found: Found, id: str) -> None:
    for axis in _part(found, id)["vega"]["axes"]:
        axis.update(labelOverlap=False, labelAngle=0, labelLimit=0)
        axis.setdefault("encode", {})["labels"] = {"update": {"text": {"value": "x" * 60},
                                                              "fontSize": {"value": 20}}}  # fmt: skip


def _slice(found: Found, id: str) -> None:
    rows = _model(found)["rows"][id]
    last = max(r["by_when"] for r in rows)
    next(r for r in rows if r["by_when"] == last)["sum_amount"] += 5


MESSAGES: dict[str, Callable[[Found], Any]] = {
    "wrong total": lambda m: _model(m).update(shown=dict.fromkeys(_model(m)["shown"], "1,234")),
    "wrong bar": lambda m: _model(m)["rows"]["l"][0].update(sum_amount=999),
    "wrong row": lambda m: _model(m)["rows"]["r"][1].update(region="east"),
    "lost row": lambda m: _model(m)["rows"]["r"].pop(),
    "doubled row": lambda m: _model(m)["rows"]["l"].append(dict(_model(m)["rows"]["l"][0])),
    "moved place": lambda m: _model(m)["rows"]["m"][0].update(lat=-40),
    "wrong at one position": lambda m: _slice(m, "s"),
    "dead picker": lambda m: _part(m, "c").pop("by"),
    "dead slider": lambda m: _part(m, "s").pop("by"),
    "dead animation": lambda m: _part(m, "f").pop("by"),
    "slider of another": lambda m: _part(m, "s")["by"][0].update(value={"path": "/controls/none"}),
    "cut axis": lambda m: _scale(m, "c", "y", domain=[20, 400], zero=False, nice=False),
    "logarithmic bars": lambda m: _scale(m, "c", "y", type="log", domain=[1, 1000], zero=False),
    "axis upside down": lambda m: _scale(m, "l", "y", reverse=True),
    "no legend": lambda m: _part(m, "l")["vega"].pop("legends"),
    "one colour for two": lambda m: _scale(m, "l", "color", range=["#0072B2", "#0072B2", "#000"]),
    "colour alone": lambda m: (_drop(m, "l", "strokeDash"), _drop(m, "l", "shape")),
    "unseen marks": lambda m: _invisible(m, "c"),
    "unnamed axes": lambda m: _untitled(m, "c"),
    "crowded labels": lambda m: _crowded(m, "c"),
    "empty chart": lambda m: _model(m)["rows"].update(l=[]),
    "unknown part": lambda m: _part(m, "r").update(component="Tabel"),
    "field that is missing": lambda m: _part(m, "r").pop("rows"),
    "broken specification": lambda m: _part(m, "c").update(vega={"data": [{"name": "rows"}],
                                                                 "marks": [{"type": "none"}]}),
    "child that is not there": lambda m: _part(m, "tabs")["tabs"][0].update(child="none"),
}  # fmt: skip
HTML = {
    "script of a CDN": "<script src=https://cdn.example.org/x.js></script>",
    "picture of a CDN": "<img alt=x src=https://cdn.example.org/x.png>",
    "sheet of a CDN": "<link rel=stylesheet href=https://cdn.example.org/x.css>",
    "too wide": "<div style='width:3000px'>wide</div>",
    "too wide for a phone": "<div style='width:700px'>wide</div>",
    "words on words": "<p style='position:absolute;top:90px'>over</p><p style='position:absolute;top:92px'>it</p>",
    "cut off": "<div style='width:40px;overflow:hidden;white-space:nowrap'>cut off in the middle</div>",
    "pale": "<p style='color:#ddd;background:#fff'>pale words</p>",
    "pale in the dark": "<style>@media (prefers-color-scheme: dark) {.x {color:#333}}</style><p class=x>words</p>",
    "button without a name": "<button></button>",
    "button that does nothing": "<button>Go</button>",
    "field without a name": "<input>",
    "picture without words": "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='>",
    "picture that is none": "<img alt=x src='data:image/png;base64,AAAA'>",
}  # fmt: skip


def _stopped(host: str, part: str, kind: str = "click") -> str:
    """A script that keeps events of a part of an element from it: a control that is dead."""
    return (f"addEventListener('{kind}', e => {{ const way = e.composedPath(); if (way.some(n => "
            f"n.matches?.({json.dumps(part)})) && way.some(n => n.matches?.({json.dumps(host)}))) "
            "e.stopImmediatePropagation(); }, true)")  # fmt: skip


def _hidden(tag: str, how: str) -> str:
    return (f"setInterval(() => {{ const go = r => r.querySelectorAll('*').forEach(e => {{ if "
            f"(e.matches('{tag}')) e.style.cssText = '{how}'; if (e.shadowRoot) go(e.shadowRoot); }}); "
            "go(document); }, 10)")  # fmt: skip


SCRIPTS = {
    "dead heads": _stopped("geist-table", "th button"),
    "dead tabs": _stopped("geist-tabs", "[role=tab]"),
    "dead slides": _stopped("geist-slides", "button"),
    "dead play": _stopped("geist-animation", "button"),
    "dead quiz": _stopped("geist-quiz", "button"),
    "dead list": _stopped("geist-picker", "select", "change"),
    "hidden chart": _hidden("geist-chart", "display:none"),
    "flat table": _hidden("geist-table", "display:block;height:0;overflow:hidden"),
    "error in a script": "setTimeout(() => { throw new Error('late') }, 50)",
    "message of an error": "console.error('it went wrong')",
    "dialog": "setTimeout(() => alert('hello'), 50)",
    "window": "setTimeout(() => open('about:blank'), 50)",
}  # fmt: skip


def planted() -> Iterator[tuple[str, Callable[[Browser, Data], list[Problem]]]]:
    for name, text in LINES.items():
        yield name, lambda b, d, text=text: _lines(b, d, text)
    for name, change in MESSAGES.items():
        yield name, lambda b, d, change=change: _messages(b, d, change)
    for name, html in HTML.items():
        yield name, lambda b, d, html=html: _html(b, d, html)
    for name, script in SCRIPTS.items():
        yield name, lambda b, d, script=script: _script(b, d, script)


def _lines(browser: Browser, data: Data, text: str) -> list[Problem]:
    shown, wrong = judged(text, data, "x")
    if not shown.view.rows and not shown.view.values:
        shown, wrong = judged(f"{text}\nTable(t)", data, "x")  # else it fails for having no figures
    return wrong or list(look(browser, page(shown, "x"), shown).problems)


def _messages(browser: Browser, data: Data, change: Callable[[Found], Any]) -> list[Problem]:
    shown, _ = judged(VIEW, data, "x")
    text = page(shown, "x")
    found: Found = json.loads(json.dumps(own_data(text)))
    change(found)
    told = json.dumps(found).replace("<", "\\u003c")
    text = re.sub(r'(id="view">).*?(</script>)', lambda m: m[1] + told + m[2], text, flags=re.S)
    return list(look(browser, text, shown).problems)


def _html(browser: Browser, data: Data, html: str) -> list[Problem]:
    shown, _ = judged(VIEW, data, "x")
    return list(
        look(browser, page(shown, "x").replace("<footer>", f"{html}<footer>"), shown).problems
    )


def _script(browser: Browser, data: Data, script: str) -> list[Problem]:
    shown, _ = judged(VIEW, data, "x")
    own = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    text = page(shown, "x").replace("script-src ", f"script-src 'sha256-{own}' ", 1)
    return list(
        look(
            browser, text.replace("<footer>", f"<script>{script}</script><footer>"), shown
        ).problems
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--good", action="store_true")
    chosen = parser.parse_args()
    missed, count = list[str](), 0
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        file = Path(folder) / "t.csv"
        file.write_text(ROWS)
        with Data([file]) as data:
            silent = _lines(browser, data, VIEW)
            for name, find in planted():
                found, count = find(browser, data), count + 1
                missed += [] if found else [name]
                told = f"{found[0].code}: {found[0].message[:70]}" if found else "NOT FOUND"
                print(f"{name:<32}{told}", flush=True)
        goods, alarms = 1, 1 if silent else 0
        if chosen.good:
            for asked, text, _, wrong in good(browser):
                goods, alarms = goods + 1, alarms + bool(wrong)
                if wrong:
                    print(f"FALSE ALARM {asked.id} {text.splitlines()[-1]}: {wrong[0].message}")
    print(f"{count - len(missed)} of {count} defects found; missed: {', '.join(missed) or 'none'}")
    print(f"{alarms} false alarms on {goods} good views")
    if chosen.good:
        figures = [
            {"name": "planted defects found", "value": round(100 * (count - len(missed)) / count, 1),
             "unit": f"% of {count}", "goal": 95, "met": (count - len(missed)) / count >= 0.95,
             "spread": [round(100 * v, 1) for v in wilson(count - len(missed), count)]},
            {"name": "false alarms", "value": round(100 * alarms / goods, 1),
             "unit": f"% of {goods} good views", "goal": 5, "met": alarms / goods < 0.05,
             "spread": [round(100 * v, 1) for v in wilson(alarms, goods)]},
        ]  # fmt: skip
        told = {"figures": figures, "settings": {"missed": missed},
                "versions": {n: version(n) for n in ("geist", "duckdb", "playwright")},
                "machine": machine(), "date": date.today().isoformat()}  # fmt: skip
        RESULTS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
