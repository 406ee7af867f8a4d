"""The verifier of a change to one function that was told in words."""

import ast
from collections.abc import Mapping
from typing import Any

from geist.core.output import Malformed, Output
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed
from geist.edit.forms import FORMS
from geist.verify.verifier import text_of, total

MOST = 20_000  # characters


class Edited:
    """`truth` has `before`, the function as it stands, and `answer`, as it must be then: the same
    program, whatever its layout. Lenient: in any of the formats."""

    version = 1

    def __init__(self, form: str) -> None:
        self.form, self.name = FORMS[form], f"edit-{form}"

    def __call__(self, task: Task, output: Output) -> Verdict:
        return total(self._check, task, output)

    def _check(self, task: Task, output: Output) -> Verdict:
        text = text_of(output, MOST)
        if isinstance(text, Verdict):
            return text
        before, wanted = task.truth["before"], _program(task.truth["answer"])
        made = self.form.read(before, text)
        applied = not isinstance(made, Malformed) and _program(made) is not None
        strict = not isinstance(made, Malformed) and applied and _program(made) == wanted
        others = (f.read(before, text) for f in FORMS.values())
        lenient = strict or any(
            not isinstance(m, Malformed) and _program(m) == wanted for m in others
        )
        parts = {"strict": float(strict), "lenient": float(lenient), "format": float(applied)}
        if strict:
            return Verdict(Status.PASSED, 1.0, "right", parts)
        if isinstance(made, Malformed):
            return failed(made.reason, parts=parts)
        return failed("it is not the change that was asked for" if applied
                      else "the function does not parse any more", parts=parts)  # fmt: skip

    def rights(self, truth: Mapping[str, Any]) -> list[str]:
        reply = self.form.write(truth["before"], truth["answer"])
        return [reply, f"Here it is:\n\n{reply}\n\nThat is all.", f"{reply}\n\n"]

    def wrongs(self, truth: Mapping[str, Any]) -> list[str]:
        before, after = truth["before"], truth["answer"]
        write = self.form.write
        return [
            write(before, before), write(before, after + "\n    return 0"),
            write(after, before), after.split("\n")[-1],
            write(before, after.replace("def ", "def _", 1)), "```python\npass\n```",
            write(before, after + "\n    import os\n    os._exit(0)"), "```diff\n```",
            "<<<<<<< SEARCH\n=======\n>>>>>>> REPLACE", "@@\n-x\n+y\n", "I have changed it.",
        ]  # fmt: skip


def _program(code: str) -> str | None:
    """The same for two functions that differ in layout and comments only; None without sense."""
    try:
        return ast.dump(ast.parse(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
