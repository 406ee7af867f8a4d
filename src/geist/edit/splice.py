"""Put a model's version of one function into its file; every other byte stays as it was."""

import ast
import io
import re
import tokenize
from dataclasses import dataclass

from tree_sitter import Node

from geist.core.output import Malformed
from geist.edit.definitions import Definition, definitions, parse

FENCE = re.compile(
    r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.M | re.S
)


@dataclass(frozen=True)
class Style:
    """How a file is written: what decides the bytes of a new line in it."""

    encoding: str
    newline: str
    tabs: bool


def style_of(source: bytes) -> Style:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    except SyntaxError:
        encoding = "latin-1"
    crlf = source.count(b"\r\n")
    newline = "\r\n" if crlf > source.count(b"\n") / 2 else "\n"
    return Style(encoding, newline, bool(re.search(rb"^\t+\S", source, re.M)))


def shown(source: bytes, target: Definition) -> str:
    """The function as it is read: from its `def`, at the left margin, tabs as spaces."""
    style = style_of(source)
    text = source[target.start : target.end].decode(style.encoding, "replace")
    text = text.replace("\r\n", "\n")
    lead = _lead(source, target)
    inside = _string_lines(text)
    out = []
    for number, line in enumerate(text.split("\n"), 1):
        if number == 1 or number in inside:
            out.append(line)
            continue
        line = line[len(lead) :] if line.startswith(lead) else line.lstrip()
        out.append(_tabs_to_spaces(line) if style.tabs else line)
    return "\n".join(out)


def without_docstring(code: str) -> tuple[str, str]:
    """A function as text without its docstring, and the docstring's own text ("" if none). One
    whose body is nothing else stays as it is."""
    raw = code.encode()
    node = _docstring(parse(raw))
    statement = node.parent if node else None
    following = statement.next_named_sibling if statement else None
    if node is None or statement is None or following is None:
        return code, ""
    start = raw.rfind(b"\n", 0, statement.start_byte) + 1
    end = raw.rfind(b"\n", 0, following.start_byte) + 1
    if start == 0 or end <= start:  # all on one line
        return code, ""
    return (raw[:start] + raw[end:]).decode(), (node.text or b"").decode()


def _lead(source: bytes, target: Definition) -> str:
    first = source.rfind(b"\n", 0, target.start) + 1
    lead = source[first : target.start].decode("ascii", "replace")
    return lead if not lead.strip() else " " * target.column


def _tabs_to_spaces(line: str) -> str:
    body = line.lstrip("\t")
    return "    " * (len(line) - len(body)) + body


def _spaces_to_tabs(line: str) -> str:
    body = line.lstrip(" ")
    width = len(line) - len(body)
    return "\t" * (width // 4) + " " * (width % 4) + body


def code_of(reply: str) -> str | None:
    """The code in a reply: its fenced blocks (a last one may be open), longest Python one first;
    a reply without a fence counts as code if it looks like it."""
    blocks = [(m[2].lower(), m[3]) for m in FENCE.finditer(reply)]
    named = [code for tag, code in blocks if tag in ("python", "py", "python3", "")]
    if named:
        return max(named, key=len)
    if not blocks and re.search(r"^\s*(async\s+)?def\s+\w+", reply, re.M):
        return reply
    return None


def splice(source: bytes, target: Definition, reply: str) -> bytes | Malformed:
    """`source` with `target` replaced by the function of that name in `reply`. Total.

    Kept from the file: decorators, indentation, line ends, encoding, the docstring. Imports that
    the model wrote above the function and the file lacks go to the top of its body.
    """
    code = code_of(reply)
    if code is None:
        return Malformed("the answer has no ```python block")
    code = code.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
    raw = code.encode("utf-8", "replace")
    found = [d for d in definitions(raw) if d.name == target.name]
    if not found:
        return Malformed(f"the answer has no function named {target.name}")
    # a method is often answered inside its class; a helper of the same name is never meant
    best = max(found, key=lambda d: (d.qualname == target.qualname, d.end - d.start))
    new = shown(raw, best)
    try:
        ast.parse(new)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
        line = getattr(e, "lineno", None)
        where = f" in line {line} of the function" if line else ""
        return Malformed(f"the answer does not parse: {getattr(e, 'msg', e)}{where}")
    new = _with_imports(new, raw, best, source)
    new = _with_old_signature(new, shown(source, target))
    new = _with_docstring_place(new, shown(source, target))
    style = style_of(source)
    lead = _lead(source, target)
    lines = _indented(new.rstrip(), lead, style.tabs)
    try:
        body = style.newline.join(lines).encode(style.encoding)
    except UnicodeEncodeError as e:
        return Malformed(f"the answer has a character that {style.encoding} cannot write: {e}")
    return _with_old_docstring(source, target, body)


def _indented(code: str, lead: str, tabs: bool) -> list[str]:
    """Lines at the file's indentation. Lines that begin inside a string are the string's own."""
    inside = _string_lines(code)
    out = []
    for number, line in enumerate(code.split("\n"), 1):
        if number == 1 or not line.strip() or number in inside:
            out.append(line if number == 1 or number in inside else "")
        else:
            out.append(lead + (_spaces_to_tabs(line) if tabs else line))
    return out


def _string_lines(code: str) -> set[int]:
    """Numbers of the lines that begin inside a string literal that is not a docstring."""
    docstring = _docstring(parse(code.encode()))
    inside: set[int] = set()

    def visit(node: Node) -> None:
        if node.type == "string" and node != docstring:
            inside.update(range(node.start_point.row + 2, node.end_point.row + 2))
            return
        for child in node.children:
            visit(child)

    visit(parse(code.encode()))
    return inside


def _docstring(root: Node) -> Node | None:
    node = root.children[0] if root.children else None
    while node is not None and node.type != "function_definition":
        node = node.child_by_field_name("definition")
    return _docstring_in(node) if node else None


def _docstring_in(function: Node) -> Node | None:
    body = function.child_by_field_name("body")
    statements = [c for c in body.children if c.type != "comment"] if body else []
    if statements and statements[0].type == "expression_statement":
        first = statements[0].children[0]
        if first.type == "string":
            return first
    return None


def _with_old_signature(new: str, old: str) -> str:
    """The signature as it was written, where the new one says the same in other words."""
    try:
        a, b = ast.parse(old).body[0], ast.parse(new).body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError, IndexError):
        return new
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    if type(a) is not type(b) or not isinstance(a, kinds) or not isinstance(b, kinds):
        return new
    if [ast.dump(x) if x else "" for x in (a.args, a.returns)] != [
        ast.dump(x) if x else "" for x in (b.args, b.returns)
    ]:
        return new
    mine, theirs = _colon(old), _colon(new)
    return (old.encode()[:mine] + new.encode()[theirs:]).decode() if mine and theirs else new


def _colon(code: str) -> int:
    """Where the signature's colon stands, in bytes; 0 where there is none."""
    root = parse(code.encode())
    function = root.children[0] if root.children else None
    if function is None or function.type != "function_definition":
        return 0
    return next((c.start_byte for c in function.children if c.type == ":"), 0)


def _with_docstring_place(new: str, old: str) -> str:
    """The docstring is not what is being mended: one where the old function has one, none where
    it has none. The words are put in by `_with_old_docstring`."""
    had, has = _docstring(parse(old.encode())), _docstring(parse(new.encode()))
    if had is None:
        return without_docstring(new)[0]
    if has is not None:
        return new
    root = parse(new.encode())
    body = root.children[0].child_by_field_name("body") if root.children else None
    if body is None or body.start_point.row == root.children[0].start_point.row:
        return new
    raw = new.encode()
    pad = " " * body.start_point.column
    # before any comment that stands above the first statement
    at = raw.index(b"\n", _colon(new)) + 1
    return (raw[:at] + f'{pad}"""-"""\n'.encode() + raw[at:]).decode()


def _with_old_docstring(source: bytes, target: Definition, body: bytes) -> bytes:
    """The file with `body` in the function's place, and in that the file's own docstring, byte
    for byte."""
    after = source[: target.start] + body + source[target.end :]
    mine = _docstring_of(source, target.start)
    theirs = _docstring_of(after, target.start)
    if mine is None or theirs is None:
        return after
    text = source[mine.start_byte : mine.end_byte]
    return after[: theirs.start_byte] + text + after[theirs.end_byte :]


def _docstring_of(source: bytes, start: int) -> Node | None:
    node = parse(source).descendant_for_byte_range(start, start + 1)
    while node is not None and node.type != "function_definition":
        node = node.parent
    return _docstring_in(node) if node is not None and node.start_byte == start else None


def _with_imports(new: str, answer: bytes, chosen: Definition, source: bytes) -> str:
    """Put the answer's own top-level imports, where the file lacks them, into the function."""
    missing = []
    for node in parse(answer).children:
        if node.type in ("import_statement", "import_from_statement"):
            text = (node.text or b"").decode()
            if node.end_byte <= chosen.start and text.encode() not in source:
                missing.append(text)
    if not missing:
        return new
    raw = new.encode()
    root = parse(raw)
    docstring = _docstring(root)
    body = root.children[0].child_by_field_name("body") if root.children else None
    if body is None:
        return new
    pad = " " * body.start_point.column
    if docstring is not None:
        rest = "".join(f"\n{pad}{line}" for line in missing)
        return (raw[: docstring.end_byte] + rest.encode() + raw[docstring.end_byte :]).decode()
    rest = "".join(f"{line}\n{pad}" for line in missing)
    return (raw[: body.start_byte] + rest.encode() + raw[body.start_byte :]).decode()
