"""Pages in a real Chromium: the agreed checks, and what a careless or hostile person does."""

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from geist.apps.checking import Check, Expect, Step, same_words, shows
from geist.apps.finding import Finding
from geist.apps.hosting import hosted
from geist.canvas.browser import HIGH, WIDE, Browser, Opened
from geist.canvas.moving import frame as move_all
from geist.canvas.sight import RULES, SCRIPT, accessible

DRIVER = (Path(__file__).parent / "driver.js").read_text(encoding="utf-8")
LONGEST = 40.0  # seconds that one look at a page may take
SETTLES, TIMES = 60, 8  # milliseconds until it is looked at again, and how often
NAME, PLACE = "tried", "geist:tried"  # what it keeps stands there
PHONE = 390
MARK = "geistplanted"
MARKUP = f'"><b data-{MARK}>x</b><img src="data:," data-{MARK}>'
WRONG = ("", MARKUP, "x" * 5000, "-1", "0", "abc", "1e308", "٣🙂")
NONSENSE = ("NaN", "undefined", "[object Object]", "Infinity")
MOST_PRESSED = 12
INNER_RULES = [r for r in RULES if r not in ("document-title", "html-has-lang")]


LEAVES = ("the page tries to reach", "the page does what is not allowed")


class Page:
    """One page, open. `problem` tells what went wrong in it since it was opened."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        opened.said = []
        self._ready()

    def _ready(self) -> None:
        page = self.opened.page
        page.wait_for_function("document.documentElement.dataset.ready !== undefined")
        page.wait_for_timeout(30)
        self.frame = page.frames[1]
        # held by a handle: under a name the page could put its own in its place
        self._driver = self.frame.evaluate_handle(DRIVER)

    def ask(self, what: str, *given: Any) -> Any:
        """What a function of the driver answers."""
        return self._driver.evaluate(f"(driver, given) => driver.{what}(...given)", list(given))

    def do(self, step: Step) -> str:
        """Does one step. Gives what was in the way, else ""."""
        if step.verb == "wait":
            self.opened.page.wait_for_timeout(min(30.0, float(step.value)) * 1000)
            return ""
        if step.verb == "reload":
            self._reload()
            return ""
        if step.verb == "set":
            why = self.ask("fill", step.name, step.value)
        else:
            why = self.ask("press", step.name)
        self.opened.page.wait_for_timeout(10)
        return why

    def _reload(self) -> None:
        page = self.opened.page
        page.wait_for_timeout(SETTLES)  # what it does by the way is done
        told = self.frame.evaluate("geistKept()")  # what it keeps is on its way
        page.wait_for_function(
            "n => !n || document.documentElement.dataset.told === String(n)", arg=told)  # fmt: skip
        # a browser puts away in its own time: on a busy machine a page that is opened again at once
        # may find what was there before, so it is given what it has put there
        kept = page.evaluate(f"localStorage.getItem({json.dumps(PLACE)})")
        if kept is not None:
            page.add_init_script(
                f"if (self === top) localStorage.setItem({json.dumps(PLACE)}, {json.dumps(kept)});"
            )
        page.reload()
        self._ready()

    def meets(self, expect: Expect) -> str:
        """ "" where it shows what is expected, once it has settled; else what it shows."""
        why = ""
        for _ in range(TIMES):
            why = self._look(expect)
            if not why:
                return ""
            self.opened.page.wait_for_timeout(SETTLES)
        return why

    def _look(self, expect: Expect) -> str:
        if expect.verb in ("seen", "unseen"):
            text = "\n".join((self.ask("seen"), *(self.opened.said or ())))
            there = same_words(expect.name) in same_words(text)
            if there == (expect.verb == "seen"):
                return ""
            return f'"{expect.name}" is {"not seen" if expect.verb == "seen" else "seen"}'
        found = self.ask("values", expect.name)
        said = self.ask("alerts")
        more = f" (the page says: {said[:200]})" if said else ""
        if any(shows(v, expect) for v in found):
            return ""
        if not found:
            return f"the page shows no {expect.name}{more}"
        wanted = (
            expect.value if expect.verb == "is" else f"between {expect.value} and {expect.most}"
        )
        return f"the page shows {expect.name} {found[0][:80]!r} where it should be {wanted}{more}"

    @property
    def problem(self) -> str:
        """What went wrong by itself: an error in a script, a request, a crash."""
        for code, what in self.opened.heard:
            if code == "request":
                return f"the page tries to reach {what}"
            if code == "console error" and "Content Security Policy" in what:
                return f"the page does what is not allowed: {what[:160]}"
            if code in ("script error", "crash", "window", "download"):
                return f"{code}: {what[:200]}"
        return ""


@contextmanager
def opened(browser: Browser, source: str) -> Generator[Page]:
    with browser.limited(LONGEST), browser.page(hosted(source, NAME, "App")) as one:
        yield Page(one)


def check(browser: Browser, source: str, one: Check) -> str:
    """ "" where the page does as the check says; else what a person would see. Total."""
    from playwright.sync_api import Error

    try:
        with opened(browser, source) as page:
            for step in one.steps:
                if why := page.do(step):
                    return why
            for expect in one.expects:
                if why := page.meets(expect):
                    return f"{why}{_also(page)}"
            return page.problem
    except Error as e:
        return f"the page cannot be used to the end: {e.message.splitlines()[0][:160]}"


def _also(page: Page) -> str:
    return f" ({page.problem})" if page.problem else ""


def observe(
    browser: Browser, source: str, steps: Sequence[Step], outputs: Sequence[str]
) -> dict[str, str]:
    """What a page shows after the steps: its results by their labels, else all that is seen of it.
    What is in the way stands at ""."""
    from playwright.sync_api import Error

    try:
        with opened(browser, source) as page:
            for step in steps:
                if why := page.do(step):
                    return {"": why}
            page.opened.page.wait_for_timeout(SETTLES)
            found = {name: page.ask("values", name) for name in outputs}
            shown = {name: values[0] for name, values in found.items() if values}
            return shown or {"seen": " ".join(frame_text(page).split())}
    except Error as e:
        return {"": e.message.splitlines()[0][:160]}


def begins(browser: Browser, source: str) -> list[Finding]:
    """Whether it opens without an error, and there is something to see."""
    from playwright.sync_api import Error

    try:
        with opened(browser, source) as page:
            if page.problem:
                stage = "safe" if "reach" in page.problem or "allowed" in page.problem else "parses"
                return [Finding(stage, page.problem, "begins")]
            if not page.ask("seen").strip():
                return [Finding("parses", "the page is empty", "begins")]
    except Error as e:
        return [Finding("parses", f"the page does not open: {e.message.splitlines()[0][:160]}")]
    return []


def tried(browser: Browser, source: str) -> Iterator[Finding]:
    """Looked at, each control moved, and used as nobody should."""
    from playwright.sync_api import Error

    for look in (_seen, _misused):
        try:
            with opened(browser, source) as page:
                yield from look(page)
        except Error as e:
            what = e.message.splitlines()[0][:160]
            yield Finding("tried", f"the page cannot be used to the end: {what}", "browser")


def _seen(page: Page) -> Iterator[Finding]:
    outer, frame, names = page.opened.page, page.frame, list[str]()
    frame.evaluate(SCRIPT)
    for wrong in accessible(frame, INNER_RULES):
        yield Finding("tried", wrong.message, "access")
    outer.emulate_media(color_scheme="dark")
    for wrong in accessible(frame, ["color-contrast"], " in the dark"):
        yield Finding("tried", wrong.message, "access")
    outer.emulate_media(color_scheme="light")
    outer.set_viewport_size({"width": PHONE, "height": 844})
    if (wide := page.ask("wide")) > 4:
        yield Finding("tried", f"on a phone it is {wide} pixels wider than the screen", "wide")
    outer.set_viewport_size({"width": WIDE, "height": HIGH})
    for wrong in move_all(frame, names):
        if wrong.code != "dead control":  # a button may do nothing until something is filled in
            yield Finding("tried", wrong.message, wrong.code)
    if page.problem:
        yield Finding("tried", f"when its controls are moved: {page.problem}", "error")
    page.opened.heard.clear()
    outer.reload()
    page._ready()
    if page.problem or not frame_text(page).strip():
        yield Finding("tried", f"after a reload: {page.problem or 'nothing is seen'}", "reload")


def frame_text(page: Page) -> str:
    return page.ask("seen")


def _misused(page: Page) -> Iterator[Finding]:
    """Wrong, empty and very long input in each field, and every button pressed."""
    controls = page.ask("controls")
    for wrong in WRONG:
        for one in controls:
            page.ask("put", one["n"], wrong)
        for n in range(min(MOST_PRESSED, page.ask("count"))):
            page.ask("click", n)
        page.opened.page.wait_for_timeout(30)
        said = _named(wrong)
        if page.ask("planted", MARK):
            yield Finding(
                "attacked",
                "what is typed into a field becomes part of the page's markup "
                "(use textContent, not innerHTML)",
                "xss",
            )
            return
        text = frame_text(page) + "\n".join(page.opened.said or ())
        for word in NONSENSE:
            if word in text and word not in wrong:
                yield Finding(
                    "tried", f"with {said} in the fields the page shows {word}", "nonsense"
                )
                return
        if wrong == WRONG[2] and (wide := page.ask("wide")) > 4:
            yield Finding("tried", f"a very long input makes the page {wide} pixels wider than the "
                          "window (overflow-wrap: anywhere)", "wide")  # fmt: skip
        if page.problem:
            yield Finding("tried", f"with {said} in the fields: {page.problem}", "error")
            return
    outer = page.opened.page
    outer.go_back()
    if page.problem:
        yield Finding("tried", f"after going back: {page.problem}", "back")


def _named(text: str) -> str:
    return {"": "nothing", WRONG[1]: "markup", WRONG[2]: "a very long text"}.get(text, repr(text))
