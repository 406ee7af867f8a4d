"""A change as a unified diff."""

import difflib

from geist.core.output import Change


def unified(change: Change, before: bytes) -> str:
    """The change to a file whose content was `before`, three lines of context."""
    after = b"" if change.after is None else change.after
    lines = difflib.unified_diff(
        _lines(before), _lines(after), f"a/{change.path}", f"b/{change.path}", n=3
    )
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def _lines(data: bytes) -> list[str]:
    # only a line feed ends a line: what else Python takes for an end could pass for another hunk
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
