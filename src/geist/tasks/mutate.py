"""Plant one small bug in a function: a mutation of its syntax tree, written into its text."""

import ast
from dataclasses import dataclass

COMPARE = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "in": "not in",
           "not in": "in", "is": "is not", "is not": "is"}  # fmt: skip
ARITHMETIC = {"+": "-", "-": "+", "*": "+", "/": "*", "//": "/", "%": "//", "**": "*"}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any", "lower": "upper",
         "upper": "lower", "append": "extend", "startswith": "endswith", "endswith": "startswith",
         "lstrip": "rstrip", "rstrip": "lstrip", "find": "rfind", "split": "rsplit"}  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """Bytes `start`…`end` of the source become `text`. `kind` names the sort of bug."""

    start: int
    end: int
    text: str
    kind: str

    def apply(self, source: bytes) -> bytes:
        return source[: self.start] + self.text.encode() + source[self.end :]


class _Lines:
    def __init__(self, source: bytes) -> None:
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def at(self, line: int, column: int) -> int:
        return self.starts[line - 1] + column


def mutations(source: bytes, function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[Mutation]:
    """Every mutation of the function's body, its docstring apart."""
    lines, found = _Lines(source), list[Mutation]()

    def start(node: ast.expr | ast.stmt) -> int:
        return lines.at(node.lineno, node.col_offset)

    def end(node: ast.expr | ast.stmt) -> int:
        return lines.at(node.end_lineno or 0, node.end_col_offset or 0)

    def operator(left: ast.expr, right: ast.expr, table: dict[str, str], kind: str) -> None:
        between = source[end(left) : start(right)].decode()
        word = between.strip(" ()\\\n\t")
        if word in table:
            at = end(left) + between.index(word)
            found.append(Mutation(at, at + len(word), table[word], kind))

    def text(node: ast.expr) -> str:
        return source[start(node) : end(node)].decode()

    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    for node in (n for statement in body for n in ast.walk(statement)):
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            operator(node.left, node.comparators[0], COMPARE, "comparison")
        elif isinstance(node, ast.BinOp):
            operator(node.left, node.right, ARITHMETIC, "arithmetic")
        elif isinstance(node, ast.BoolOp):
            swap = {"and": "or", "or": "and"}
            for left, right in zip(node.values, node.values[1:], strict=False):
                operator(left, right, swap, "and/or")
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            if node.value >= 0 and text(node) == str(node.value):
                step = -1 if node.value > 0 and (node.lineno + node.col_offset) % 2 else 1
                found.append(Mutation(start(node), end(node), str(node.value + step), "constant"))
        elif isinstance(node, ast.Constant) and type(node.value) is bool:
            found.append(Mutation(start(node), end(node), str(not node.value), "boolean"))
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            found.append(Mutation(start(node), end(node), text(node.operand), "negation"))
        elif isinstance(node, ast.If | ast.While) and not isinstance(node.test, ast.UnaryOp):
            condition = f"not ({text(node.test)})"
            found.append(Mutation(start(node.test), end(node.test), condition, "negation"))
        elif isinstance(node, ast.Call):
            name = node.func
            if isinstance(name, ast.Name) and name.id in CALLS:
                found.append(Mutation(start(name), end(name), CALLS[name.id], "call"))
            elif isinstance(name, ast.Attribute) and name.attr in CALLS:
                at = end(name) - len(name.attr)
                found.append(Mutation(at, end(name), CALLS[name.attr], "call"))
        elif isinstance(node, ast.Return) and node.value is not None and len(body) > 2:
            if not isinstance(node.value, ast.Constant):
                found.append(Mutation(start(node.value), end(node.value), "None", "return"))
    return sorted(set(found), key=lambda m: (m.start, m.text))


def functions(source: bytes) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(source)
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
