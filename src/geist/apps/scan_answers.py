"""What a client of a service may have no word in: the paths that it opens, and markup of its answers."""

import ast
from collections.abc import Callable, Iterator

from geist.apps.fixed import Fixed

PATHS = frozenset(
    "listdir scandir remove unlink rmdir rmtree copy copyfile copytree move open rename "
    "replace makedirs mkdir".split()
)
FIRST = "check it with resolve() and is_relative_to() first"
GUARDS = ("is_relative_to(", "commonpath(", ".isalnum()", ".isdigit()", ".isidentifier()", "fullmatch(",
          "relative_to(")  # fmt: skip


def _guarded(function: ast.AST) -> bool:
    """Whether a function looks at what a path is made of."""
    said = ast.unparse(function)
    return any(word in said for word in GUARDS)


class Answers:
    """Of one file."""

    def __init__(self, fixed: Fixed) -> None:
        self.fixed = fixed

    def told(
        self, node: ast.Call, name: str, of: Callable[[str], bool]
    ) -> Iterator[tuple[str, str]]:
        """(what, rule) for a call by that name; `of` says whether it is of a module."""
        if name in ("format_exc", "print_exc", "format_exception", "format_tb"):
            yield "a traceback is for its author, not for its clients", "leak"
        target = (
            node.args[0]
            if node.args
            else next(
                (
                    k.value
                    for k in node.keywords
                    if k.arg in ("path", "file", "directory", "content")
                ),
                None,
            )
        )
        opens = name in ("open", "FileResponse", "StaticFiles") or (
            name in PATHS and (of("os") or of("shutil"))
        )
        if isinstance(node.func, ast.Attribute) and name in (
            "read_text",
            "read_bytes",
            "write_text",
            "write_bytes",
            "open",
            "unlink",
            "iterdir",
        ):
            opens, target = True, node.func.value
        if opens and target is not None and not self._own_path(target):
            yield f"a path is made of what a client sends: {FIRST}", "path"
        if name in ("joinpath", "Path", "PurePath") or (
            name == "join" and "path" in ast.unparse(node.func)
        ):
            parts = [a for a in node.args if isinstance(a, ast.Starred)]
            if not all(map(self.fixed.holds, parts)) and not _guarded(self.fixed.scope(node)):
                yield f"a path is put together of as many parts as a client sends: {FIRST}", "path"
        if name == "HTMLResponse" and target is not None and not self._escaped(target):
            yield "what a client sends becomes part of a page: use html.escape", "xss"

    def _own_path(self, node: ast.expr) -> bool:
        if self.fixed.holds(node):
            return True
        scope = self.fixed.scope(node)
        if not isinstance(scope, ast.Module) and _guarded(scope):
            return True
        # it may come from a function that looks at it
        given = [
            v
            for n in ast.walk(node)
            if isinstance(n, ast.Name)
            for v in self.fixed._given(n.id, scope)
        ]
        for call in ast.walk(ast.Tuple([node, *filter(None, given)], ast.Load())):
            function = (
                self.fixed.functions.get(called(call)) if isinstance(call, ast.Call) else None
            )
            if function is not None and _guarded(function):
                return True
        text = ast.unparse(node)
        outside = {n.id for n in ast.walk(node)
                   if isinstance(n, ast.Name) and not self.fixed.holds(n)}  # fmt: skip
        inside = {
            n.id
            for n in ast.walk(scope)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        if not isinstance(scope, ast.Module):
            arguments = {a.arg for a in ast.walk(scope) if isinstance(a, ast.arg)}
            return not (outside & (inside | arguments)) and "request" not in text
        return "request" not in text  # at the top of the file there is no client yet

    def _escaped(self, node: ast.expr, deep: int = 0) -> bool:
        """As fixed, and what went through html.escape."""
        if deep > 6:
            return False
        if self.fixed.holds(node):
            return True
        match node:
            case ast.Call():
                name = called(node)
                if name in (
                    "escape",
                    "quote",
                    "quoteattr",
                    "int",
                    "float",
                    "len",
                    "str_escape",
                    "esc",
                ):
                    return True
                if name == "join" and node.args:
                    return self._escaped(node.args[0], deep + 1)
                if name in ("format", "substitute", "safe_substitute", "replace"):
                    return all(
                        self._escaped(a, deep + 1)
                        for a in (*node.args, *(k.value for k in node.keywords))
                    )
                function = self.fixed.functions.get(name)
                given = (
                    [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value]
                    if function
                    else []
                )
                return bool(given) and all(self._escaped(v, deep + 1) for v in given)
            case ast.JoinedStr(values=values):
                return all(self._escaped(v, deep + 1) for v in values)
            case ast.FormattedValue(value=value):
                return self._escaped(value, deep + 1)
            case ast.BinOp(left=left, right=right):
                return self._escaped(left, deep + 1) and self._escaped(right, deep + 1)
            case ast.IfExp(body=body, orelse=other):
                return self._escaped(body, deep + 1) and self._escaped(other, deep + 1)
            case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
                return self._escaped(element, deep + 1)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return all(self._escaped(i, deep + 1) for i in items)
            case ast.Constant():
                return True
            case ast.Name():
                scope = self.fixed.scope(node)
                found = list(self.fixed._given(node.id, scope)) or list(
                    self.fixed._given(node.id, self.fixed.tree)
                )
                return bool(found) and all(
                    v is not None and self._escaped(v, deep + 1) for v in found
                )
        return False


def called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""
