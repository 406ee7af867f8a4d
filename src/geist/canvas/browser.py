"""A real Chromium, kept open: pages are drawn in it, and tried.

Nothing that runs in it reaches a network: names do not resolve, every request is stopped and told.
"""

import os
import shlex
import shutil
import signal
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from geist.core.errors import GeistError
from geist.sandbox.rundir import UNUSED_ID

SECONDS = 20.0
WIDE, HIGH, HIGHEST = 1100, 900, 12_000
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MEND = "apt install chromium    (or: playwright install chromium)"
ARGUMENTS = ["--disable-gpu", "--no-first-run", "--disable-extensions", "--hide-scrollbars",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9",
             "--force-color-profile=srgb",
             # a page must not tell that it is tried
             "--disable-blink-features=AutomationControlled"]  # fmt: skip


def chromium() -> str | None:
    """The system's browser, else Playwright's own; None where neither is there."""
    if system := next((found for name in NAMES if (found := shutil.which(name))), None):
        return system
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).is_file() else None


def missing() -> str:
    """What is not there that pages are tried with; "" where all is."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "playwright is not installed: make setup-show    (or: pip install 'geist[show]')"
    return "" if chromium() else f"there is no Chromium: {MEND}"


# Chromium's sandbox refuses root, so for root it is started as somebody who owns nothing
AS_NOBODY = """#!/bin/sh
for given in "$@"; do
    case "$given" in --user-data-dir=*) chown {uid}:{uid} "${{given#*=}}" ;; esac
done
exec setpriv --reuid={uid} --regid={uid} --clear-groups env HOME=/nonexistent {program} "$@"
"""


class Browser:
    """Use as a context manager. One page at a time; each in a context of its own."""

    def __init__(self) -> None:
        if why := missing():
            raise GeistError("pages cannot be tried", why=why, mend=MEND)
        from playwright.sync_api import Error, sync_playwright

        self._folder = tempfile.TemporaryDirectory(prefix="geist-")
        folder, program = Path(self._folder.name), chromium()
        if not os.geteuid():
            folder.chmod(0o755)
            own = folder / "chromium"
            own.write_text(AS_NOBODY.format(uid=UNUSED_ID, program=shlex.quote(program or "")))
            own.chmod(0o755)
            program = str(own)
        self._program, self._mark = program, f"--geist={folder.name}"
        self._playwright = sync_playwright().start()
        try:
            self._start()
        except Error as e:
            self._playwright.stop()
            self._folder.cleanup()
            raise GeistError(
                "Chromium does not start in its sandbox",
                why=next((line for line in e.message.splitlines() if "ERROR" in line or "FATAL"
                          in line), e.message.splitlines()[0])[:300],
                mend="geist doctor    (user namespaces may be off), or geist show --untried",
            ) from e  # fmt: skip

    def _start(self) -> None:
        # Ctrl-C is the command's to hear
        self._browser = self._playwright.chromium.launch(
            executable_path=self._program, args=[*ARGUMENTS, self._mark], chromium_sandbox=True,
            handle_sigint=False)  # fmt: skip
        self._next = self._blank()

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        from playwright.sync_api import Error

        try:
            self._browser.close()
        except Error:
            self._kill()  # it was ended before us, by Ctrl-C for one
        self._playwright.stop()
        self._folder.cleanup()

    @contextmanager
    def limited(self, seconds: float) -> Generator[None]:
        """Kills the browser when that takes longer: a page whose script never ends answers nothing
        else. A new one is started then."""
        late = threading.Timer(seconds, self._kill)
        late.start()
        try:
            yield
        finally:
            late.cancel()
            if not self._browser.is_connected():
                self._start()

    def _kill(self) -> None:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (process / "cmdline").read_bytes():
                    os.kill(int(process.name), signal.SIGKILL)
            except OSError:
                continue  # it has ended, or is somebody else's

    @contextmanager
    def page(self, html: str) -> Generator["Opened"]:
        """A page from a file, as who is sent it opens it."""
        file = Path(self._folder.name) / "view.html"
        file.write_text(html, encoding="utf-8", errors="replace")
        opened = self._next
        try:
            opened.open(file)
            yield opened
        finally:
            if self._browser.is_connected():
                opened.context.close()
                self._next = self._blank()

    def _blank(self) -> "Opened":
        """A blank page, so that none has to be waited for when there is something to look at."""
        context = self._browser.new_context(
            viewport={"width": WIDE, "height": HIGH}, color_scheme="light",
            accept_downloads=False, reduced_motion="reduce", service_workers="block")  # fmt: skip
        context.set_default_timeout(SECONDS * 1000)
        return Opened(context)


class Opened:
    """An open page. `heard` is what went wrong in it since, and what it tried to reach."""

    def __init__(self, context: Any) -> None:
        self.context = context
        self.heard: list[tuple[str, str]] = []
        self.said: list[str] | None = None  # what dialogs said, where a page may open them
        self.uri = ""
        context.route("**/*", self._asked)
        context.on("page", self._window)
        self.page = context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda e: self.heard.append(("script error", str(e)[:300])))
        self.page.on("dialog", self._dialog)
        self.page.on("download", lambda d: self.heard.append(("download", d.url[:200])))
        self.page.on("crash", lambda _: self.heard.append(("crash", "the page crashed")))

    def open(self, file: Path) -> None:
        self.uri = file.as_uri()
        self.page.goto(self.uri, wait_until="load")

    def _dialog(self, dialog: Any) -> None:
        if self.said is None:
            self.heard.append(("dialog", dialog.message[:200]))
            dialog.dismiss()
        else:
            self.said.append(dialog.message[:2000])
            dialog.accept()

    def _window(self, page: Any) -> None:
        if len(page.context.pages) > 1:
            self.heard.append(("window", f"another window was opened: {page.url[:200]}"))

    def _said(self, message: Any) -> None:
        if message.type == "error":
            self.heard.append(("console error", message.text[:300]))

    def _asked(self, route: Any) -> None:
        url = route.request.url
        if url == self.uri:
            route.continue_()
            return
        self.heard.append(("request", url[:200]))
        route.abort()


def shot(browser: Browser, html: str) -> bytes:
    """A page as it is first seen, as a PNG. b"" where it cannot be drawn."""
    from playwright.sync_api import Error

    try:
        with browser.limited(SECONDS), browser.page(html) as opened:
            opened.page.wait_for_function("document.documentElement.dataset.ready")
            opened.page.wait_for_timeout(300)
            high = opened.page.evaluate("document.documentElement.scrollHeight")
            # a frame that is out of sight is not painted
            opened.page.set_viewport_size({"width": WIDE, "height": min(max(high, 200), HIGHEST)})
            opened.page.wait_for_timeout(100)
            return opened.page.screenshot(full_page=True)
    except Error:
        return b""


def picture(file: Path, png: Path) -> None:
    """Draws a page to a PNG. Raises GeistError where there is no browser, or it cannot."""
    with Browser() as browser:
        drawn = shot(browser, file.read_text(encoding="utf-8"))
    if not drawn:
        raise GeistError(f"{file} could not be drawn")
    png.write_bytes(drawn)
