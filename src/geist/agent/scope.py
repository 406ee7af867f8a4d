"""What part of the project edits stay in: everything, a folder, a file, a function, some lines.

`src/` `*.py` `shop/cart.py` `shop/cart.py::Cart.total` `shop/cart.py:10-24`
"""

import ast
import re
from fnmatch import fnmatch
from pathlib import Path

from geist.core.errors import GeistError

PART = re.compile(r"^(.+?)(?:::([\w.]+)|:(\d+)-(\d+))$")


def within(path: str, scope: str) -> bool:
    """Whether a path lies in a scope. Lines are looked at by `keeps`."""
    found = PART.match(scope)
    if found:
        return path == found[1]
    return scope in ("", "*") or fnmatch(path, scope) or path.startswith(scope.rstrip("/*") + "/")


def keeps(scope: str, path: str, before: bytes | None, after: bytes | None) -> bool:
    """Whether a change of a file that is within the scope leaves everything alone that is not.
    `before` is the user's file. Total."""
    found = PART.match(scope)
    if found is None or path != found[1]:
        return True
    if before is None or after is None:
        return False  # a part can neither be made nor deleted with its file
    lines = before.splitlines(keepends=True)
    span = _span(before.decode("utf-8", "replace"), found[2], found[3], found[4])
    if span is None:
        return False
    new = after.splitlines(keepends=True)
    rest = len(lines) - span[1]  # lines below the part
    if len(new) < span[0] + rest or new[: span[0]] != lines[: span[0]]:
        return False
    if new[len(new) - rest :] != lines[span[1] :]:
        return False
    if found[2] is None:
        return True
    # the lines must still be that function, and nothing beside it
    now = _span(after.decode("utf-8", "replace"), found[2], None, None)
    between = new[now[1] : len(new) - rest] if now else []
    return (now is not None and now[0] == span[0] and now[1] <= len(new) - rest
            and not any(line.strip() for line in between))  # fmt: skip


def place(scope: str) -> tuple[str, str]:
    """(file, function) of a scope, for who works on one function at a time; "" where it is all.
    Raises GeistError for a scope that is neither."""
    if scope in ("", "*"):
        return "", ""
    found = PART.match(scope)
    if found is None and Path(scope).suffix and not set(scope) & set("*?["):
        return scope, ""
    if found is None or found[2] is None:
        raise GeistError(f"the guided driver cannot keep to {scope}",
                         why="it mends one function at a time",
                         mend="--scope FILE  or  --scope FILE::FUNCTION")  # fmt: skip
    return found[1], found[2].rpartition(".")[2]


def check(root: Path, scope: str) -> None:
    """Raises GeistError where a scope names nothing."""
    found = PART.match(scope)
    if found is None:
        return
    file = root / found[1]
    if not file.is_file():
        raise GeistError(f"--scope {scope} names no file", why=f"there is no {file}",
                         mend="--scope FILE::FUNCTION, from the project's root")  # fmt: skip
    text = file.read_text(encoding="utf-8", errors="replace")
    if _span(text, found[2], found[3], found[4]) is None:
        what = f"function {found[2]}" if found[2] else f"lines {found[3]} to {found[4]}"
        raise GeistError(f"--scope {scope} names nothing", why=f"{found[1]} has no single {what}",
                         mend="--scope FILE::Class.method, or --scope FILE:10-20")  # fmt: skip


def _span(
    text: str, name: str | None, first: str | None, last: str | None
) -> tuple[int, int] | None:
    """The lines (from 0, the last not among them) of a function or class, or as they are said."""
    if name is None:
        begin, end = int(first or 0) - 1, int(last or 0)
        return (begin, end) if 0 <= begin < end <= len(text.splitlines()) else None
    try:
        body: list[ast.stmt] = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    node: ast.stmt | None = None
    for part in name.split("."):
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        same = [n for n in body if isinstance(n, kinds) and n.name == part]
        if len(same) != 1:  # of two only the last is ever called
            return None
        node = same[0]
        body = node.body
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return None
    begins = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return begins - 1, node.end_lineno or node.lineno
