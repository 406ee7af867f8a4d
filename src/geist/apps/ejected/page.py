"""The checks of checks.txt, each on the page in a browser (playwright install chromium)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from checking import parse, same_words, shows
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent.parent
DRIVER = (HERE / "tests" / "driver.js").read_text(encoding="utf-8")
LINES = [
    line for line in (HERE / "checks.txt").read_text(encoding="utf-8").splitlines() if line.strip()
]
NAMES = ("/usr/bin/chromium", "/usr/bin/google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_playwright() as playwright:
        own = next((n for n in NAMES if Path(n).exists()), None)
        yield playwright.chromium.launch(executable_path=own, args=["--no-sandbox"])


@pytest.mark.parametrize("line", LINES)
def test_check(line: str, browser: Any) -> None:
    check, page, said = parse(line, "page"), browser.new_page(), list[str]()
    page.on("dialog", lambda d: (said.append(d.message), d.accept()))
    page.goto((HERE / "app.html").as_uri())
    driver = page.evaluate_handle(DRIVER)
    for step in check.steps:
        if step.verb == "wait":
            page.wait_for_timeout(float(step.value) * 1000)
        elif step.verb == "reload":
            page.reload()
            driver = page.evaluate_handle(DRIVER)
        elif step.verb == "set":
            assert driver.evaluate("(d, [n, v]) => d.fill(n, v)", [step.name, step.value]) == ""
        else:
            assert driver.evaluate("(d, n) => d.press(n)", step.name) == ""
    page.wait_for_timeout(200)
    for expect in check.expects:
        if expect.verb in ("seen", "unseen"):
            text = "\n".join([driver.evaluate("d => d.seen()"), *said])
            assert (same_words(expect.name) in same_words(text)) == (expect.verb == "seen")
        else:
            found = driver.evaluate("(d, n) => d.values(n)", expect.name)
            assert any(shows(v, expect) for v in found), found
    page.close()
