"""Looks at a page in a real browser as a person would: is everything there, can it be read, does
each control do something, and are the figures those that the data answered?"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geist.canvas.browser import HIGH, HIGHEST, WIDE, Browser, Opened
from geist.canvas.catalog import KINDS
from geist.canvas.problem import Problem
from geist.canvas.scripts import built
from geist.canvas.view import CONTROLS, Answered, written

SCRIPT = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")
PHONE = 390
LONGEST = 60.0  # seconds that a page may be tried: a script of it may never end
MOST_TRIED, MOST_OF_A_KIND, MOST_POSITIONS = 60, 6, 3
RULES = """color-contrast button-name label select-name image-alt svg-img-alt role-img-alt
aria-valid-attr aria-valid-attr-value aria-required-attr aria-roles aria-allowed-attr
aria-required-children aria-required-parent aria-input-field-name aria-toggle-field-name
document-title html-has-lang frame-title link-name list listitem nested-interactive
summary-name tabindex""".split()
LAID = ("overflow", "overlap", "cut off")
AXE = """async rules => {
  const found = await axe.run(document, {runOnly: {type: 'rule', values: rules},
    resultTypes: ['violations'], iframes: false, elementRef: false});
  return found.violations.map(v => [v.help, v.nodes[0].target.flat().join(' '),
    v.nodes[0].failureSummary ?? '']);
}"""


@dataclass(frozen=True)
class Seen:
    """`tried` are the controls that were moved. `seconds` is from the page to the verdict."""

    problems: tuple[Problem, ...]
    tried: tuple[str, ...]
    png: bytes
    seconds: float


def look(browser: Browser, html: str, shown: Answered | None = None) -> Seen:
    """Total: what cannot be looked at is a problem of the page. `shown` is what its figures are
    compared with; without it they are not."""
    from playwright.sync_api import Error

    try:
        with browser.limited(LONGEST):
            return _look(browser, html, shown)
    except Error as e:
        what = e.message.splitlines()[0][:200]
        wrong = Problem("browser", "page", f"it could not be tried to its end: {what}")
        return Seen((wrong,), (), b"", LONGEST)


def _look(browser: Browser, html: str, shown: Answered | None) -> Seen:
    from playwright.sync_api import Error

    began, found, tried, png = time.monotonic(), list[Problem](), list[str](), b""

    with browser.page(html) as opened:
        try:
            _prepare(opened)
            png = _drawn(opened)
            found += _audit(opened)
            found += _figures(opened, shown)
            found += _accessible(opened.page)
            for one in opened.page.frames[1:]:
                found += _frame(one, tried)
            opened.page.emulate_media(color_scheme="dark")
            found += _accessible(opened.page, ["color-contrast"], " in the dark")
            opened.page.emulate_media(color_scheme="light")
            opened.page.set_viewport_size({"width": PHONE, "height": 844})
            opened.page.evaluate("geistLook.ready()")
            found += [Problem(p.code, p.path, f"{p.message} (on a phone)")
                      for p in _audit(opened) if p.code in LAID]  # fmt: skip
            opened.page.set_viewport_size({"width": WIDE, "height": HIGH})
            opened.page.evaluate("geistLook.ready()")
            found += _exercise(opened, shown, tried)
        except Error as e:
            found.append(Problem("browser", "page", str(e).splitlines()[0][:300]))
        found += [Problem(code, "page", what) for code, what in dict.fromkeys(opened.heard)]
        seconds = time.monotonic() - began
    return Seen(tuple(dict.fromkeys(found)), tuple(tried), png, seconds)


def _prepare(opened: Opened) -> None:
    opened.page.evaluate(SCRIPT)
    opened.page.evaluate("geistLook.ready()")


def _drawn(opened: Opened) -> bytes:
    """A frame that is out of sight is not painted, so all of such a page is brought into sight."""
    if len(opened.page.frames) > 1:
        high = opened.page.evaluate("document.documentElement.scrollHeight")
        opened.page.set_viewport_size({"width": WIDE, "height": min(high, HIGHEST)})
        opened.page.evaluate("geistLook.ready()")
        png = opened.page.screenshot(full_page=True)
        opened.page.set_viewport_size({"width": WIDE, "height": HIGH})
        return png
    return opened.page.screenshot(full_page=True)


def _audit(opened: Opened) -> list[Problem]:
    return [Problem(w["code"], w["path"] or "page", w["message"])
            for w in opened.page.evaluate("geistLook.audit()")]  # fmt: skip


def _accessible(page: Any, rules: Sequence[str] = RULES, more: str = "") -> list[Problem]:
    """Of a page or a frame, by axe-core."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(built("axe.js"))
    found = page.evaluate(AXE, list(rules))
    return [Problem("access", where[:80], f"{what}{more}: {why.splitlines()[-1].strip()[:200]}"
                    if why else what) for what, where, why in found]  # fmt: skip


# figures


def _figures(opened: Opened, shown: Answered | None,
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


# controls


def _exercise(opened: Opened, shown: Answered | None, tried: list[str]) -> Iterator[Problem]:
    """Each control is moved, and something beside itself must change."""
    page, at = opened.page, dict[str, str]()
    count = dict[tuple[str, str, str], int]()
    yield from _walk(opened, shown, tried)
    for one in page.evaluate("geistLook.controls()"):
        kind = (one["id"], one["tag"], one["type"])
        count[kind] = count.get(kind, 0) + 1
        if count[kind] > MOST_OF_A_KIND or len(tried) >= MOST_TRIED or one["role"] == "tab":
            continue
        if one["of"] == "Slides" or one["tag"] == "summary":
            continue
        name = f"{one['of'] or one['tag']} {one['name'] or one['id']}".strip()
        tried.append(name)
        if one["of"] in CONTROLS and one["tag"] in ("select", "input"):
            yield from _positions(opened, shown, one, at)
        elif one["of"] == "Table" and one["column"] >= 0:
            yield from _sorted(opened, one)
        elif one["of"] == "Quiz" and one["tag"] == "button":
            continue  # disabled until something is chosen: see below
        else:
            how, value = _how(one)
            if page.evaluate("([n, h, v]) => geistLook.move(n, h, v)",
                             [one["n"], how, value]).get("changed") is False:  # fmt: skip
                yield Problem("dead control", one["id"] or "page", f"{name} changes nothing")
            if one["of"] == "Animation":
                page.evaluate("([n, h, v]) => geistLook.move(n, h, v)", [one["n"], "click", ""])
            if one["tag"] == "input" and one["type"] in ("search", "text"):
                page.evaluate("([n, h, v]) => geistLook.move(n, h, v)", [one["n"], "set", ""])
    yield from _quizzes(opened, shown)


def _how(one: Mapping[str, Any]) -> tuple[str, str]:
    if one["tag"] == "select":
        other = [o for o in one["options"] if o != one["value"]]
        return "set", other[-1] if other else one["value"]
    if one["type"] in ("range", "number"):
        low, high = one["min"] or "0", one["max"] or "10"
        return "set", low if one["value"] == high else high
    if one["tag"] == "textarea" or one["type"] in ("text", "search"):
        return "set", "zzz"
    return "click", ""


def _positions(opened: Opened, shown: Answered | None, one: Mapping[str, Any],
               at: dict[str, str]) -> Iterator[Problem]:  # fmt: skip
    """A control of rows at some of its positions: the figures must be those of each."""
    page = opened.page
    id, slide = one["id"], one["tag"] == "input"
    if shown is not None:
        options = [r["value"] for r in shown.model["rows"].get(id) or []]
    elif not slide:
        options = [o for o in one["options"] if o]
    else:
        options = [str(n) for n in range(int(one["max"] or 0) + 1)]
    first = at.get(id, "" if not slide else (options[0] if options else ""))
    steps = [o for o in dict.fromkeys([options[-1], options[len(options) // 2], options[0]])
             if o != first][:MOST_POSITIONS] if options else []  # fmt: skip
    changed = False
    for step in steps:
        value = str(options.index(step)) if slide else step
        moved = page.evaluate("([n, v]) => geistLook.move(n, 'set', v)", [one["n"], value])
        changed = changed or bool(moved.get("changed"))
        at[id] = step
        page.evaluate("geistLook.ready()")
        yield from (Problem(p.code, p.path, f"{p.message} (with {id} at {step})")
                    for p in _figures(opened, shown, at))  # fmt: skip
        yield from (p for p in _audit(opened) if p.code in ("broken", "misleads", "overlap"))
    if steps and not changed:
        yield Problem("dead control", id, f"moving {id} changes nothing")
    at[id] = first
    back = str(options.index(first)) if slide and first in options else first
    page.evaluate("([n, v]) => geistLook.move(n, 'set', v)", [one["n"], back])


def _sorted(opened: Opened, one: Mapping[str, Any]) -> Iterator[Problem]:
    """After its head was pressed a column's cells must be in an order."""
    opened.page.evaluate("([n]) => geistLook.move(n, 'click', '')", [one["n"]])
    cells = opened.page.evaluate("""([id, column]) => {
      const el = geistLook.told().find(t => t.id === id);
      return (el?.rows ?? []).map(r => r[column]); }""", [one["id"], one["column"]])  # fmt: skip
    filled = [c for c in cells if c != "–"]
    numbers = [c.replace(",", "") for c in filled]
    try:
        values = [float(n) for n in numbers]
    except ValueError:
        ordered = opened.page.evaluate("""cells => {
          const c = new Intl.Collator('en', {numeric: true}).compare;
          return cells.every((x, n) => !n || c(cells[n - 1], x) <= 0 || cells[n - 1] <= x); }""",
            filled)  # fmt: skip
    else:
        ordered = values == sorted(values)
    if not ordered or cells[: len(filled)] != filled:
        yield Problem("dead control", one["id"], f"pressing {one['name']} does not sort by it")


def _walk(opened: Opened, shown: Answered | None, tried: list[str]) -> Iterator[Problem]:
    """Through all tabs and slides: what stands in each must be there too."""
    page = opened.page
    for one in page.evaluate("geistLook.controls()"):
        forward = one["of"] == "Slides" and one["name"] == "Next"
        if one["role"] != "tab" and not forward:
            continue
        for _ in range(20):
            moved = page.evaluate("([n]) => geistLook.move(n, 'click', '')", [one["n"]])
            name = f"{one['of']} {one['name']}"
            first = name not in tried
            if first:
                tried.append(name)
            at_first_tab = one["role"] == "tab" and not moved.get("changed")
            if moved.get("changed") is False and first and not at_first_tab:
                yield Problem("dead control", one["id"], f"{name} changes nothing")
            page.evaluate("geistLook.ready()")
            page.wait_for_timeout(30)
            yield from _audit(opened)
            yield from _figures(opened, shown)
            if not forward or not moved.get("changed"):
                break
    tabs = [t for t in page.evaluate("geistLook.controls()") if t["role"] == "tab"]
    moved = [page.evaluate("([n]) => geistLook.move(n, 'click', '')", [t["n"]]).get("changed")
             for t in reversed(tabs)]  # fmt: skip
    if len(tabs) > 1 and not any(moved):
        yield Problem("dead control", tabs[0]["id"], "the tabs change nothing")


def _quizzes(opened: Opened, shown: Answered | None) -> Iterator[Problem]:
    page = opened.page
    for quiz in page.query_selector_all("geist-quiz"):
        said = list[str]()
        for one in quiz.query_selector_all("input"):
            one.check()
            quiz.query_selector("button").click()
            page.evaluate("geistLook.ready()")
            said.append(quiz.query_selector("[aria-live]").inner_text().strip())
        if not all(said) or sum(s.startswith("✓") for s in said) != 1:
            yield Problem("dead control", "Quiz", "it does not tell right from wrong")


# foreign pages


def _frame(frame: Any, tried: list[str]) -> Iterator[Problem]:
    """A page that a model wrote, in its frame: it must show something, and its controls do
    something, each alone or after the others were filled in."""
    frame.evaluate(SCRIPT)
    seen = ("document.body && geistLook.said(document.body).length + "
            "document.querySelectorAll('canvas, svg, img, input').length")  # fmt: skip
    if not frame.evaluate(seen):
        yield Problem("empty", "App", "there is nothing in it")
        return
    # the frame around it has its title and language
    yield from _accessible(
        frame, [r for r in RULES if r not in ("document-title", "html-has-lang")]
    )
    wide = frame.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 4:
        yield Problem("overflow", "App", f"it is {wide} pixels wider than its frame")
    dead = dict[str, bool]()
    for _ in range(2):
        for one in frame.evaluate("geistLook.controls()")[:MOST_TRIED]:
            name = f"{one['tag']} {one['name']}".strip()
            how, value = _how(one)
            if one["tag"] in ("input", "textarea") and one["type"] in ("text", "search", "number"):
                value = "7"
            if one["type"] in ("submit", "button", "checkbox", "radio"):
                how = "click"
            moved = frame.evaluate("([n, h, v]) => geistLook.move(n, h, v)", [one["n"], how, value])
            own = one["tag"] in ("input", "textarea", "select") and one["type"] not in (
                "range", "submit", "button")  # fmt: skip
            dead[name] = dead.get(name, True) and not moved.get("changed") and not own
    tried += [f"App {name}" for name in dead]
    for name, is_dead in dead.items():
        if is_dead:
            yield Problem("dead control", "App", f"{name} changes nothing")
