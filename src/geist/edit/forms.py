"""The edit formats: how a model is asked to write down a change of one function, and how that is
read. Which one a model gets is a matter of its profile."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from geist.core.output import Malformed
from geist.edit.definitions import definitions
from geist.edit.patch import patched
from geist.edit.replace import block, replaced
from geist.edit.splice import splice


@dataclass(frozen=True)
class EditForm:
    """`ask` ends a request; `read` makes the new function of the old one and a reply, `write` a
    reply that makes one function of another."""

    name: str
    ask: str
    read: Callable[[str, str], str | Malformed]
    write: Callable[[str, str], str]


def _whole(code: str, reply: str) -> str | Malformed:
    raw = code.encode("utf-8", "replace")
    found = definitions(raw)
    if not found:
        return Malformed("there is no function to change")
    after = splice(raw, found[0], reply)
    return after if isinstance(after, Malformed) else after.decode("utf-8", "replace")


def _block(before: str, after: str) -> str:
    """The smallest block whose lines to look for stand once."""
    a, b = before.split("\n"), after.split("\n")
    first = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    tail = 0
    while tail < min(len(a), len(b)) - first and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    while True:
        made = block("\n".join(a[first : len(a) - tail]), "\n".join(b[first : len(b) - tail]))
        if replaced(before, made) == after or (first == 0 and tail == 0):
            return made
        first, tail = max(0, first - 1), max(0, tail - 1)


def _diff(before: str, after: str) -> str:
    made = difflib.unified_diff(before.split("\n"), after.split("\n"), "a", "b", lineterm="")
    return "```diff\n" + "\n".join(made) + "\n```"


FORMS = {
    form.name: form
    for form in (
        EditForm("whole", "Answer with the whole changed function in one ```python block and "
                 "nothing else.", _whole, lambda before, after: f"```python\n{after}\n```"),
        EditForm("replace", "Answer with SEARCH/REPLACE blocks and nothing else: a line "
                 "`<<<<<<< SEARCH`, the lines to change exactly as they stand, a line `=======`, "
                 "the lines that replace them, a line `>>>>>>> REPLACE`.", replaced, _block),
        EditForm("diff", "Answer with a unified diff in one ```diff block and nothing else.",
                 patched, _diff),
    )
}  # fmt: skip
