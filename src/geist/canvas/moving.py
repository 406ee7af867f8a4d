"""The controls of an open page: each is moved, and something beside itself must change."""

from collections.abc import Iterator, Mapping
from typing import Any

from geist.canvas.browser import Opened
from geist.canvas.figures import figures
from geist.canvas.problem import Problem
from geist.canvas.sight import RULES, SCRIPT, accessible, audit
from geist.canvas.view import CONTROLS, Answered

MOST_TRIED, MOST_OF_A_KIND, MOST_POSITIONS = 60, 6, 3


def exercise(opened: Opened, shown: Answered | None, tried: list[str]) -> Iterator[Problem]:
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
                    for p in figures(opened, shown, at))  # fmt: skip
        yield from (p for p in audit(opened) if p.code in ("broken", "misleads", "overlap"))
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
            yield from audit(opened)
            yield from figures(opened, shown)
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


def frame(frame: Any, tried: list[str]) -> Iterator[Problem]:
    """A page that a model wrote, in its frame: it must show something, and its controls do
    something, each alone or after the others were filled in."""
    frame.evaluate(SCRIPT)
    seen = ("document.body && geistLook.said(document.body).length + "
            "document.querySelectorAll('canvas, svg, img, input').length")  # fmt: skip
    if not frame.evaluate(seen):
        yield Problem("empty", "App", "there is nothing in it")
        return
    # the frame around it has its title and language
    yield from accessible(frame, [r for r in RULES if r not in ("document-title", "html-has-lang")])
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
