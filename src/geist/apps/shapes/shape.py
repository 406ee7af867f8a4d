"""What every shape is to the rest."""

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from geist.apps.checking import Check
from geist.apps.plan import Plan
from geist.apps.shapes.mending import quoted
from geist.core.output import Malformed

BLOCK = re.compile(r"```[a-zA-Z]*[ \t]*\n(.*?)(?:^```|\Z)", re.M | re.S)


@dataclass(frozen=True)
class Shape:
    """`ask` is what a model is to write, for a plan; `build` makes the app of its code; `functions`
    are those that must be there, for a plan; `example` says an agreed check as calls of theirs;
    `begun` is how one of them begins; `blamed` are those that what is wrong comes from, none where
    it is not known; with `alone` each is asked for by itself from the start, with all that is said
    of the app, or only with its `brief`, for some checks. `about` says when it fits."""

    name: str
    language: str  # javascript or python
    about: str
    ask: Callable[[Plan], str]
    build: Callable[[Plan, str], str]
    functions: Callable[[Plan], tuple[str, ...]]
    example: Callable[[Plan, Check], str]
    begun: Callable[[Plan, str], str]
    blamed: Callable[[Plan, Sequence[str]], tuple[str, ...]] | None = None
    alone: bool = False
    brief: Callable[[Plan, str, Sequence[Check]], str] | None = None


def plumbing(name: str) -> str:
    """What is ours in an app: a file of the folder beside this one, as it goes in."""
    return (Path(__file__).parent / "plumbing" / name).read_text(encoding="utf-8").rstrip("\n")


def code_of(reply: str) -> str:
    """The code of a reply: its fenced blocks, else all of it."""
    found = [b.strip("\n") for b in BLOCK.findall(reply)]
    return "\n\n".join(found) if found else reply.strip()


def merged(base: str, code: str, language: str) -> str:
    """A code with the functions of another in the place of those of the same name."""
    if language == "javascript":
        for name in re.findall(r"^function (\w+)\(", code, re.M):
            base = re.sub(rf"^function {name}\(.*?^\}}\n?", "", base, flags=re.M | re.S)
        return f"{base.strip()}\n\n{code}"
    try:
        named = {n.name for n in ast.parse(quoted(code)).body if isinstance(n, ast.FunctionDef)}
    except (SyntaxError, ValueError, RecursionError):
        return code
    return f"{without(base, frozenset(named))}\n\n{code}"


def without(code: str, names: frozenset[str]) -> str:
    """Python without the definitions of what is there already: a model writes them again. The code
    as it is where it cannot be read."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return code
    lines = code.split("\n")
    for node in tree.body:
        again = isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in names
        runs = isinstance(node, ast.If | ast.Expr) and node is not tree.body[0]  # calls, a main
        if again or runs:
            for n in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[n] = ""
    return "\n".join(lines).strip("\n")


def _empty(code: str) -> list[str]:
    """The functions of Python in which there is nothing but what is said of them."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return []
    return [f.name for f in tree.body if isinstance(f, ast.FunctionDef) and all(
        isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant) for s in f.body)]  # fmt: skip


def missing(names: tuple[str, ...], code: str, language: str) -> Malformed | None:
    """What is not there of the functions that were asked for."""
    lacks = [n for n in names if not re.search(
        rf"\bfunction\s+{n}\s*\(|\b(?:const|let|var)\s+{n}\s*=" if language == "javascript"
        else rf"^def\s+{n}\s*\(", code, re.M)]  # fmt: skip
    if language == "python":
        lacks += [n for n in _empty(code) if n in names]
    return Malformed(f"the function {', '.join(lacks)} is missing") if lacks else None
