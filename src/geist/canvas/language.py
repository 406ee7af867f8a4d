"""The compact language of views: one component a line, as small models write it best.

    months = Query(sales, month(date), sum(amount), where="region = 'north'")
    Chart(bar, sales, x=month(date), y=sum(amount), title="Sales by month")
    Text("In all {sum(sales.amount)} were sold.")

`parse` is total: a line that is wrong is told, and the others are read. `written` is its inverse.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from geist.canvas.problem import Problem, Wrong

MOST, MOST_DEEP = 100_000, 40  # characters of a view, calls inside of calls
TOKEN = re.compile(
    r"""\s*(?:(?P<long>\"{3}(?:[^"]|"(?!""))*\"{3}|'{3}(?:[^']|'(?!''))*'{3})
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<number>-?(?:\d+\.\d+|\d+|\.\d+)(?:[eE][+-]?\d{1,3})?)
    |(?P<tick>`[^`\n]{1,200}`)
    |(?P<name>-?[^\W\d]\w*(?:\.[^\W\d]\w*)*)
    |(?P<sign>[()\[\],=]))""",
    re.X,
)
# a query whose names stand in quotation marks of their own, as SQL has them: it ends with its line
QUERY = re.compile(r"""(\w+)\s*=\s*Query\(\s*(["'])(.*)\2\s*\)\s*;?""", re.S)
PLAIN = re.compile(r"-?[^\W\d]\w*(?:\.[^\W\d]\w*)*")
WORDS = {"true": True, "false": False}


@dataclass(frozen=True)
class Name:
    """A table, a column, another line, or one of a field's words."""

    text: str


@dataclass(frozen=True)
class Call:
    name: str
    given: tuple["Value", ...] = ()
    named: tuple[tuple[str, "Value"], ...] = ()


Value = str | int | float | bool | Name | Call | tuple["Value", ...]


@dataclass(frozen=True)
class Line:
    """`id` is what other lines call it; "" where none does. `number` is where it began, from 1."""

    call: Call
    id: str = ""
    number: int = 0


def parse(text: str) -> tuple[list[Line], list[Problem]]:
    """The lines that could be read, and what is wrong with the others."""
    lines, problems = list[Line](), list[Problem]()
    for number, raw in _logical(text[:MOST]):
        try:
            lines.append(_Reader(raw).line(number))
        except Wrong as e:
            problems.append(e.at(f"line {number}"))
        except RecursionError:
            problems.append(Problem("syntax", f"line {number}", "it is nested too deeply"))
    seen = set[str]()
    for line in lines:
        if line.id and line.id in seen:
            problems.append(Problem("twice", f"line {line.number}",
                                    f"{line.id} is defined twice"))  # fmt: skip
        seen.add(line.id)
    return lines, problems


def value(text: str) -> Value:
    """One value alone, such as `sum(amount)`. Raises Wrong."""
    reader = _Reader(text)
    made = reader.value(0)
    reader.end()
    return made


def written(lines: Sequence[Line]) -> str:
    return "".join(f"{line.id + ' = ' if line.id else ''}{said(line.call)}\n" for line in lines)


def said(value: Value) -> str:
    """A value as it is written."""
    if isinstance(value, Name):
        dotted = [p if PLAIN.fullmatch(p) and p not in WORDS else f"`{p}`" for p in [value.text]]
        return dotted[0]
    if isinstance(value, Call):
        parts = [said(v) for v in value.given] + [f"{k}={said(v)}" for k, v in value.named]
        return f"{value.name}({', '.join(parts)})"
    if isinstance(value, tuple):
        return f"[{', '.join(said(v) for v in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)


def _logical(text: str) -> list[tuple[int, str]]:
    """Lines with their numbers; one whose brackets or long texts are open goes on below. Without
    fences, comments and the marks of lists, which models like."""
    found, held, began = list[tuple[int, str]](), "", 0
    for number, raw in enumerate(text.split("\n"), 1):
        if held and _in_long(held):
            held = f"{held}\n{raw}"
            if not _in_long(held) and _depth(held) <= 0:
                found.append((began, held.rstrip()))
                held = ""
            continue
        line = raw.strip()
        if not held and (not line or line.startswith(("#", "//", "```"))):
            continue
        if not held:
            line, began = re.sub(r"^(?:[-*]\s+|\d+[.)]\s+)", "", line), number
        held = f"{held} {line}" if held else line
        if not _in_long(held) and (_depth(held) <= 0 or number - began > 30):
            found.append((began, held))
            held = ""
    return [*found, (began, held)] if held else found


LONG = re.compile(r"\"{3}(?:[^\"]|\"(?!\"\"))*\"{3}|'{3}(?:[^']|'(?!''))*'{3}")


def _in_long(text: str) -> bool:
    """Whether a text of three quotation marks is still open at the end."""
    rest = LONG.sub("", text)
    return '"""' in rest or "'''" in rest


def _depth(text: str) -> int:
    text = LONG.sub("", text)
    bare = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`", "", text)
    return sum(bare.count(c) for c in "([") - sum(bare.count(c) for c in ")]")


class _Reader:
    """One line, from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def line(self, number: int) -> Line:
        try:
            return self._whole(number)
        except Wrong:
            loose = QUERY.fullmatch(self.text)
            if loose is None or loose[3].startswith('""'):
                raise
            sql = loose[3].replace('\\"', '"').replace("\\'", "'")
            return Line(Call("Query", (sql,)), loose[1], number)

    def _whole(self, number: int) -> Line:
        first = self.value(0)
        name = ""
        if isinstance(first, Name) and self.peek() == "=":
            self.take("=")
            name, first = first.text, self.value(0)
        self.end()
        if not isinstance(first, Call):
            raise Wrong("syntax", f"a component is missing: {self.text[:60]!r}")
        if not PLAIN.fullmatch(name or "a") or "." in name:
            raise Wrong("syntax", f"{name!r} cannot be a name")
        return Line(first, name, number)

    def value(self, deep: int) -> Value:
        if deep > MOST_DEEP:
            raise Wrong("syntax", "it is nested too deeply")
        kind, text = self.token()
        if kind == "string":
            return _string(text)
        if kind == "long":
            return text[3:-3]
        if kind == "number":
            return _number(text)
        if kind == "tick":
            return Name(text[1:-1])
        if kind == "name":
            if self.peek() == "(":
                return self.call(text, deep)
            return WORDS[text.lower()] if text.lower() in WORDS else Name(text)
        if text == "[":
            found = list[Value]()
            while self.peek() != "]":
                found.append(self.value(deep + 1))
                if self.peek() != "]":
                    self.take(",")
            self.take("]")
            return tuple(found)
        raise Wrong("syntax", f"unexpected {text!r} in {self.text[:60]!r}")

    def call(self, name: str, deep: int) -> Call:
        self.take("(")
        given, named = list[Value](), list[tuple[str, Value]]()
        while self.peek() != ")":
            one = self.value(deep + 1)
            if isinstance(one, Name) and self.peek() == "=":
                self.take("=")
                if one.text in dict(named):
                    raise Wrong("syntax", f"{name} is given {one.text} twice")
                named.append((one.text, self.value(deep + 1)))
            elif named:
                raise Wrong("syntax", f"{said(one)[:40]} of {name} must come before what is named")
            else:
                given.append(one)
            if self.peek() != ")":
                self.take(",")
        self.take(")")
        return Call(name, tuple(given), tuple(named))

    def token(self) -> tuple[str, str]:
        found = TOKEN.match(self.text, self.at)
        if found is None:
            rest = self.text[self.at :].strip()
            what = f"{rest[:30]!r} cannot be read" if rest else "it ends too early"
            raise Wrong("syntax", what)
        self.at = found.end()
        assert found.lastgroup is not None
        return found.lastgroup, found[found.lastgroup]

    def peek(self) -> str:
        found = TOKEN.match(self.text, self.at)
        return found["sign"] or "" if found else ""

    def take(self, sign: str) -> None:
        if self.peek() != sign:
            rest = self.text[self.at :].strip()
            raise Wrong("syntax", f"{sign!r} is missing before {rest[:30]!r}" if rest else
                        f"{sign!r} is missing at the end")  # fmt: skip
        self.token()

    def end(self) -> None:
        if rest := self.text[self.at :].strip().rstrip(";,"):
            raise Wrong("syntax", f"{rest[:40]!r} is too much")


def _string(text: str) -> str:
    if text[0] == "'":
        inner = text[1:-1].replace("\\'", "'").replace('"', '\\"')
        text = f'"{inner}"'
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return text[1:-1]


def _number(text: str) -> int | float:
    if re.fullmatch(r"-?\d{1,18}", text):
        return int(text)
    made = float(text)
    if made in (float("inf"), float("-inf")):
        raise Wrong("syntax", f"{text} is too large")
    return made
