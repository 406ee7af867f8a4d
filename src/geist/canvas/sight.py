"""What is seen on an open page: by look.js, and by axe-core for who sees it in another way."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geist.canvas.browser import Opened
from geist.canvas.problem import Problem
from geist.canvas.scripts import built

SCRIPT = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")
RULES = """color-contrast button-name label select-name image-alt svg-img-alt role-img-alt
aria-valid-attr aria-valid-attr-value aria-required-attr aria-roles aria-allowed-attr
aria-required-children aria-required-parent aria-input-field-name aria-toggle-field-name
document-title html-has-lang frame-title link-name list listitem nested-interactive
summary-name tabindex""".split()
AXE = """async rules => {
  const found = await axe.run(document, {runOnly: {type: 'rule', values: rules},
    resultTypes: ['violations'], iframes: false, elementRef: false});
  return found.violations.map(v => [v.help, v.nodes[0].target.flat().join(' '),
    v.nodes[0].failureSummary ?? '']);
}"""


def audit(opened: Opened) -> list[Problem]:
    return [Problem(w["code"], w["path"] or "page", w["message"])
            for w in opened.page.evaluate("geistLook.audit()")]  # fmt: skip


def accessible(page: Any, rules: Sequence[str] = RULES, more: str = "") -> list[Problem]:
    """Of a page or a frame, by axe-core."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(built("axe.js"))
    found = page.evaluate(AXE, list(rules))
    return [Problem("access", where[:80], f"{what}{more}: {why.splitlines()[-1].strip()[:200]}"
                    if why else what) for what, where, why in found]  # fmt: skip
