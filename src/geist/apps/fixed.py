"""Whether an expression in a Python file can only ever be a text that its author wrote: what a
database may be told, and what names a file or a program."""

import ast
from collections.abc import Iterator

DEEP = 14
DRAWN = frozenset({"token_hex", "token_urlsafe", "randbelow", "uuid1", "uuid4"})
PLAIN_METHODS = frozenset({"strip", "lower", "upper", "lstrip", "rstrip", "copy"})


class Fixed:
    """Of one file. Conservative: what it does not understand is not fixed."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.parents = {
            child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)
        }
        # what has things put into it by a name that is made at run time
        self.filled = {n.value.id for n in ast.walk(tree)
                       if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store)
                       and isinstance(n.value, ast.Name) and not isinstance(n.slice, ast.Constant)}  # fmt: skip
        self.functions = {n.name: n for n in ast.walk(tree)
                          if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}  # fmt: skip

    def scope(self, node: ast.AST) -> ast.AST:
        """The function that a node stands in, else the file."""
        at: ast.AST | None = self.parents.get(node)
        while at is not None and not isinstance(
            at, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module
        ):
            at = self.parents.get(at)
        return at or self.tree

    def holds(self, node: ast.expr, deep: int = 0) -> bool:
        if deep > DEEP:
            return False
        match node:
            case ast.Constant():
                return True
            case ast.JoinedStr(values=values):
                return all(self.holds(v, deep + 1) for v in values)
            case ast.FormattedValue(value=value, format_spec=spec):
                number = isinstance(spec, ast.JoinedStr) and any(
                    isinstance(v, ast.Constant) and str(v.value).endswith(("d", "f"))
                    for v in spec.values
                )
                return number or self.holds(value, deep + 1)
            case ast.BinOp(left=left, right=right):
                times = isinstance(node.op, ast.Mult) and (
                    self.holds(left, deep + 1) or self.holds(right, deep + 1)
                )
                return times or (self.holds(left, deep + 1) and self.holds(right, deep + 1))
            case ast.IfExp(body=body, orelse=other):
                return self.holds(body, deep + 1) and self.holds(other, deep + 1)
            case ast.BoolOp(values=values):
                return all(self.holds(v, deep + 1) for v in values)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return all(self.holds(i, deep + 1) for i in items)
            case ast.Dict(keys=keys, values=values):
                return all(k is not None and self.holds(k, deep + 1) for k in keys) and all(
                    self.holds(v, deep + 1) for v in values
                )
            case ast.Attribute(value=ast.Name(id="sys"), attr="executable"):
                return True
            case ast.Starred(value=value):
                return self.holds(value, deep + 1)
            case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
                return self.holds(element, deep + 1)
            case ast.Subscript(value=value):
                return self.holds(value, deep + 1)  # whatever of what is written there
            case ast.Call(func=ast.Name(id="int" | "float" | "len" | "round")):
                return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id="secrets" | "uuid"), attr=name)) if (
                name in DRAWN
            ):
                return True  # nobody's words
            case ast.Call(func=ast.Attribute(value=value, attr="join"), args=[joined]):
                return self.holds(value, deep + 1) and self.holds(joined, deep + 1)
            case ast.Call(
                func=ast.Attribute(value=value, attr="format"), args=args, keywords=named
            ):
                return all(
                    self.holds(v, deep + 1) for v in (value, *args, *(k.value for k in named))
                )
            case ast.Call(func=ast.Attribute(value=value, attr="get"), args=args):
                return self._written_dict(value, deep) and all(
                    self.holds(a, deep + 1) for a in args[1:]
                )
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in PLAIN_METHODS:
                return self.holds(value, deep + 1)
            case ast.Call(func=ast.Attribute(value=value, attr="keys" | "values" | "items")):
                return self._written_dict(value, deep)
            case ast.Call(func=ast.Name(id=name)) if name in self.functions:
                return self._returns(name, deep + 1)
            case ast.Name():
                return self._name(node, deep + 1)
        return False

    def _written_dict(self, node: ast.expr, deep: int) -> bool:
        return isinstance(node, ast.Dict | ast.Name) and self.holds(node, deep + 1)

    def _returns(self, name: str, deep: int) -> bool:
        given = [n.value for n in ast.walk(self.functions[name]) if isinstance(n, ast.Return)]
        return bool(given) and all(v is not None and self.holds(v, deep) for v in given)

    def _name(self, node: ast.Name, deep: int) -> bool:
        if node.id in self.filled:
            return False
        scope = self.scope(node)
        if self._among(node, scope, deep):
            return True
        place: ast.AST | None = scope
        while place is not None:  # from the function it stands in to the file
            if isinstance(place, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
                found = list(self._given(node.id, place))
                if found:
                    return all(v is not None and self.holds(v, deep) for v in found)
                if not isinstance(place, ast.Module) and node.id in _names(place):
                    return self._argument(place, node.id, deep)
            place = None if isinstance(place, ast.Module) else self.scope(place)
        return False

    def _given(self, name: str, place: ast.AST) -> Iterator[ast.expr | None]:
        """Everything that a name is bound to there, or has added to it."""
        for node in _own(place):
            match node:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        yield from _bound(target, value, name)
                case ast.AnnAssign(target=ast.Name(id=id), value=ast.expr() as value) if id == name:
                    yield value
                case ast.AugAssign(target=ast.Name(id=id), value=value) if id == name:
                    yield value
                case ast.NamedExpr(target=ast.Name(id=id), value=value) if id == name:
                    yield value
                case (
                    ast.For(target=target, iter=value)
                    | ast.comprehension(target=target, iter=value)
                ):
                    yield from _bound(target, self._gone_through(value), name)
                case ast.Call(func=ast.Attribute(value=ast.Name(id=id), attr="append" | "extend" | "add"),
                              args=[value]) if id == name:  # fmt: skip
                    yield value
                case ast.With() | ast.AsyncWith():
                    for item in node.items:
                        if (
                            isinstance(item.optional_vars, ast.Name)
                            and item.optional_vars.id == name
                        ):
                            yield None

    def _gone_through(self, node: ast.expr) -> ast.expr:
        """What a loop takes from it: of a dict that stands at the top of the file, its keys."""
        if isinstance(node, ast.Name) and node.id not in self.filled:
            given = [n.value for n in self.tree.body if isinstance(n, ast.Assign)
                     and any(isinstance(t, ast.Name) and t.id == node.id for t in n.targets)]  # fmt: skip
            node = given[0] if len(given) == 1 else node
        if isinstance(node, ast.Dict) and None not in node.keys:
            return ast.Tuple([k for k in node.keys if k is not None], ast.Load())
        return node

    def _among(self, node: ast.Name, scope: ast.AST, deep: int) -> bool:
        """`if name not in WRITTEN: …` before it."""
        for test in ast.walk(scope):
            match test:
                case ast.Compare(
                    left=ast.Name(id=id), ops=[ast.In() | ast.NotIn()], comparators=[there]
                ):
                    if id == node.id and test.lineno <= node.lineno and self.holds(there, deep + 1):
                        return True
        return False

    def _argument(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, name: str, deep: int
    ) -> bool:
        """Whether each call in the file gives it something fixed."""
        at = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
        calls = [n for n in ast.walk(self.tree) if isinstance(n, ast.Call)
                 and isinstance(n.func, ast.Name) and n.func.id == function.name]  # fmt: skip
        for call in calls:
            given = next((k.value for k in call.keywords if k.arg == name), None)
            if given is None and name in at and at.index(name) < len(call.args):
                given = call.args[at.index(name)]
            if given is None or not self.holds(given, deep + 1):
                return False
        return bool(calls)


def _own(place: ast.AST) -> Iterator[ast.AST]:
    """What stands in a scope, without the functions in it."""
    for child in ast.iter_child_nodes(place):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _own(child)


def _bound(target: ast.expr, value: ast.expr, name: str) -> Iterator[ast.expr | None]:
    match target:
        case ast.Name(id=id) if id == name:
            yield value
        case ast.Tuple(elts=items) | ast.List(elts=items):
            many = None
            if isinstance(value, ast.Tuple | ast.List):
                many = value.elts
            elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
                if value.func.id == "zip":  # each of what it goes through at once
                    many = value.args
            many = many if many is not None and len(many) == len(items) else None
            for n, item in enumerate(items):
                if isinstance(item, ast.Name) and item.id == name:
                    yield many[n] if many else value


def _names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    of = function.args
    return {
        a.arg
        for a in (*of.posonlyargs, *of.args, *of.kwonlyargs, *filter(None, (of.vararg, of.kwarg)))
    }
