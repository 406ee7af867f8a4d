"""Looks at a page in a real browser as a person would: is everything there, can it be read, does
each control do something, and are the figures those that the data answered?"""

import time
from dataclasses import dataclass

from geist.canvas.browser import HIGH, HIGHEST, WIDE, Browser, Opened
from geist.canvas.figures import figures
from geist.canvas.moving import exercise, frame
from geist.canvas.problem import Problem
from geist.canvas.sight import SCRIPT, accessible, audit
from geist.canvas.view import Answered

PHONE = 390
LONGEST = 60.0  # seconds that a page may be tried: a script of it may never end
LAID = ("overflow", "overlap", "cut off")


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
            found += audit(opened)
            found += figures(opened, shown)
            found += accessible(opened.page)
            for one in opened.page.frames[1:]:
                found += frame(one, tried)
            opened.page.emulate_media(color_scheme="dark")
            found += accessible(opened.page, ["color-contrast"], " in the dark")
            opened.page.emulate_media(color_scheme="light")
            opened.page.set_viewport_size({"width": PHONE, "height": 844})
            opened.page.evaluate("geistLook.ready()")
            found += [Problem(p.code, p.path, f"{p.message} (on a phone)")
                      for p in audit(opened) if p.code in LAID]  # fmt: skip
            opened.page.set_viewport_size({"width": WIDE, "height": HIGH})
            opened.page.evaluate("geistLook.ready()")
            found += exercise(opened, shown, tried)
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
