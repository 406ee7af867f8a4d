"""Where the functions of a Python file are, by its syntax tree."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import tree_sitter_python
from tree_sitter import Language, Node, Parser


@dataclass(frozen=True)
class Definition:
    """A function or method. Bytes are offsets into the file; lines count from 1.

    `start` is the first byte of `def` or `async def`, after any decorator; `first_line` is that of
    the first decorator. `qualname` is as Python has it, without `<locals>`.
    """

    qualname: str
    start: int
    end: int
    first_line: int
    line: int
    end_line: int
    column: int
    parent: str  # the class header it stands in ("class Stack(list):"), or ""
    parameters: str

    @property
    def name(self) -> str:
        return self.qualname.rpartition(".")[2]


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_python.language()))


def parse(source: bytes) -> Node:
    return _parser().parse(source).root_node


def definitions(source: bytes) -> list[Definition]:
    """Every function in the file, outer before inner. A broken file gives those that parse."""
    return list(_walk(parse(source), source, (), ""))


def _walk(node: Node, source: bytes, scope: tuple[str, ...], header: str) -> Iterator[Definition]:
    for child in node.children:
        outer = child
        if child.type == "decorated_definition":
            child = child.child_by_field_name("definition") or child
        name = child.child_by_field_name("name")
        body = child.child_by_field_name("body")
        if child.type == "function_definition" and name is not None and body is not None:
            inner = (*scope, _text(name))
            parameters = child.child_by_field_name("parameters")
            yield Definition(
                ".".join(inner),
                child.start_byte,
                # a carriage return at the end belongs to the line's end, not to the function
                child.start_byte + len(source[child.start_byte : child.end_byte].rstrip()),
                outer.start_point.row + 1,
                child.start_point.row + 1,
                child.end_point.row + 1,
                child.start_point.column,
                header,
                _text(parameters) if parameters else "()",
            )
            yield from _walk(body, source, inner, header)
        elif child.type == "class_definition" and name is not None and body is not None:
            head = source[child.start_byte : body.start_byte].decode("utf-8", "replace")
            first = head.split("\n")[0].strip()
            yield from _walk(body, source, (*scope, _text(name)), first)
        else:
            yield from _walk(outer, source, scope, header)


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
