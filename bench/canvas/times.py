"""How long it takes from the model's last token to a page that was tried, until an exported file
shows something, and until a large table and a large chart answer a hand.

python -m bench.canvas.times [--times 5]
"""

import argparse
import gzip
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.canvas.author import lines
from bench.canvas.questions import HERE, questions
from bench.fix.run import machine
from geist.canvas.browser import Browser
from geist.canvas.data import Data
from geist.canvas.make import made
from geist.canvas.scripts import built

RESULTS = Path(__file__).parent.parent / "results" / "canvas-times.json"
PAINT = """() => new Promise(done => {
  const seen = () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
  if (seen() !== undefined) return done(seen());
  new PerformanceObserver(() => seen() !== undefined && done(seen())).observe({type: 'paint', buffered: true});
})"""
# from the event to the frame that shows what it did
HAND = """([selector, kind, value]) => new Promise(done => {
  const find = root => { for (const el of root.querySelectorAll('*')) {
    if (el.matches(selector)) return el;
    const inner = el.shadowRoot && find(el.shadowRoot); if (inner) return inner; } };
  const el = find(document), began = performance.now();
  if (kind === 'click') el.click();
  else if (kind === 'scroll') el.scrollTop = value;
  else if (kind === 'hover') { const b = el.getBoundingClientRect();
    el.dispatchEvent(new MouseEvent('mousemove', {clientX: b.left + b.width / 2, clientY: b.top + b.height / 2, bubbles: true})); }
  else { el.value = value; el.dispatchEvent(new Event('input', {bubbles: true, composed: true}));
    el.dispatchEvent(new Event('change', {bubbles: true, composed: true})); }
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - began), 0));
})"""


def views() -> Iterator[tuple[Data, str, str]]:
    """The author's first view of each data set."""
    seen = set[str]()
    for asked in questions():
        if asked.data not in seen:
            seen.add(asked.data)
            with Data([HERE / "data" / asked.data]) as data:
                yield data, next(lines(asked, data)), asked.question


def small(browser: Browser, times: int) -> Iterator[tuple[str, list[float]]]:
    whole, alone, paint, weight = list[float](), list[float](), list[float](), list[float]()
    for data, text, question in views():
        for _ in range(times):
            began = time.monotonic()
            done = made(text, data, question, browser)
            whole.append(time.monotonic() - began)
            assert done.seen is not None and not done.wrong, done.wrong
            alone.append(done.seen.seconds)
            with browser.page(done.html) as opened:
                paint.append(opened.page.evaluate(PAINT) / 1000)
        weight.append(len(gzip.compress(done.html.encode())) / 1000)
    yield "from the last token to a verified picture", whole
    yield "the page verifier, warm", alone
    yield "first paint of an exported file", paint
    yield "an exported file, gzipped", weight


def large(browser: Browser, times: int) -> Iterator[tuple[str, list[float]]]:
    dice = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "many.csv"
        file.write_text(
            "n,v,w,g\n"
            + "".join(
                f"{n},{dice.random():.4f},w{dice.randrange(10**6)},g{n % 5}\n"
                for n in range(100_000)
            )
        )
        with Data([file]) as data:
            table = made("Table(many)", data, "x", None)
            chart = made("g = Picker(many, g)\nChart(point, many, x=n, y=v, by=g, limit=10000)",
                         data, "x", None)  # fmt: skip
    assert not table.wrong and not chart.wrong, (table.wrong, chart.wrong)
    hands = [("sorting 100,000 rows by a number", table, "th:nth-child(2) button", "click", ""),
             ("sorting 100,000 rows by words", table, "th:nth-child(3) button", "click", ""),
             ("scrolling 100,000 rows", table, ".scroll", "scroll", 1_000_000),
             ("searching 100,000 rows", table, "input[type=search]", "set", "w77"),
             ("another 10,000 of 50,000 points", chart, "select", "set", "g3"),
             ("pointing at one of 50,000 points", chart, "canvas", "hover", "")]  # fmt: skip
    for name, done, selector, kind, value in hands:
        found = list[float]()
        for _ in range(times):
            with browser.page(done.html) as opened:
                opened.page.wait_for_timeout(1500)
                found.append(opened.page.evaluate(HAND, [selector, kind, value]) / 1000)
        yield name, found


GOALS = {"from the last token to a verified picture": 1.5, "the page verifier, warm": 1.0,
         "first paint of an exported file": 0.3}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--times", type=int, default=5)
    chosen = parser.parse_args()
    figures = list[dict[str, Any]]()
    with Browser() as browser:
        for name, found in (*small(browser, chosen.times), *large(browser, chosen.times)):
            kilo = "gzipped" in name
            value, goal = statistics.median(found), GOALS.get(name, None if kilo else 0.1)
            figures.append({"name": name, "value": round(value, 3), "unit": "KB" if kilo else "s",
                            "goal": goal, "met": None if goal is None else value <= goal,
                            "spread": [round(min(found), 3), round(max(found), 3)]})  # fmt: skip
            print(f"{name:<44}{value:>9.3f} {'KB' if kilo else 's '}  {figures[-1]['spread']}",
                  flush=True)  # fmt: skip
    bundle = sum(len(gzip.compress(built(f"{n}.js").encode())) for n in ("core", "chart")) / 1000
    figures.append({"name": "scripts of the common case, gzipped", "value": round(bundle),
                    "unit": "KB", "goal": 400, "met": bundle < 400, "spread": None})  # fmt: skip
    print(f"scripts of the common case, gzipped: {bundle:.0f} KB")
    told = {"figures": figures, "settings": {"times": chosen.times},
            "versions": {n: version(n) for n in ("geist", "duckdb", "playwright")},
            "machine": machine(), "date": date.today().isoformat()}  # fmt: skip
    RESULTS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
