"""What a file defines, imports and calls, by its syntax tree."""

import re
from collections import Counter
from dataclasses import dataclass

from tree_sitter import Node, QueryCursor

from geist.context.languages import parser

MOST_SYMBOLS = 3000


@dataclass(frozen=True)
class Symbol:
    """A definition. Lines count from 1. `signature` is its head on one line, `doc` its first
    sentence or ""."""

    kind: str  # function, class or method
    qualname: str
    line: int
    end_line: int
    signature: str
    doc: str

    @property
    def name(self) -> str:
        return self.qualname.rpartition(".")[2]


def parse(source: bytes, language: str) -> tuple[list[Symbol], list[str], Counter[str], bool]:
    """(definitions, imports, called names, whether a part did not parse)."""
    make, query = parser(language)
    root = make.parse(source).root_node
    symbols, imports, calls = list[tuple[Node, str, str]](), list[str](), Counter[str]()
    for _, captures in QueryCursor(query).matches(root):
        if "name" in captures:
            kind = next(k for k in captures if k != "name")
            symbols.append((captures[kind][0], kind, _text(source, captures["name"][0])))
        elif "import" in captures:
            imports.append(_text(source, captures["import"][0])[:300])
        elif "call" in captures:
            calls[_text(source, captures["call"][0])] += 1
    symbols.sort(key=lambda s: (s[0].start_byte, -s[0].end_byte))
    return _nested(source, symbols[:MOST_SYMBOLS]), imports, calls, root.has_error


def _text(source: bytes, node: Node) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def _nested(source: bytes, found: list[tuple[Node, str, str]]) -> list[Symbol]:
    """Qualified names by what encloses what; a function in a class is a method."""
    made, open_ = list[Symbol](), list[tuple[int, str, str]]()
    last = -1
    for node, kind, name in found:
        if node.start_byte == last:
            continue  # the same thing, matched by two patterns
        last = node.start_byte
        while open_ and open_[-1][0] <= node.start_byte:
            open_.pop()
        if kind == "function" and open_ and open_[-1][2] == "class":
            kind = "method"
        qualname = ".".join([q for _, q, _ in open_] + [name])
        body = node.child_by_field_name("body")
        head = source[node.start_byte : body.start_byte if body else node.end_byte]
        signature = " ".join(head.decode("utf-8", "replace").split())[:200].rstrip(" {:=>")
        first, end = node.start_point.row + 1, node.end_point.row + 1
        if node.end_point.column == 0 and end > first:
            end -= 1
        parent = node.parent
        if parent is not None and parent.type in ("decorated_definition", "export_statement"):
            first = parent.start_point.row + 1
        made.append(Symbol(kind, qualname, first, end, signature, _doc(source, node, body)))
        open_.append((node.end_byte, name, "class" if kind == "class" else kind))
    return made


def _doc(source: bytes, node: Node, body: Node | None) -> str:
    """The first sentence of a docstring, or of the comment that stands right before."""
    text = ""
    if body is not None and body.named_child_count:
        first = body.named_child(0)
        if first is not None and first.type == "expression_statement":
            first = first.named_child(0)
        if first is not None and first.type == "string":
            text = _text(source, first)
    if not text:
        at = node.parent if node.parent and node.parent.type == "export_statement" else node
        before = at.prev_named_sibling
        if before is not None and "comment" in before.type:
            if before.end_point.row + 1 >= at.start_point.row:
                text = _text(source, before)
    text = text.strip("rRbBuU").strip("\"'/*#! \n\t")
    line = re.split(r"\n\s*\n|(?<=[.!?])\s", text, maxsplit=1)[0]
    return " ".join(x.strip(" */#!") for x in line.splitlines())[:160].strip()
