"""Checks in plain words: what a user agrees to is, to the letter, what is run.

Bill is 50; Tip percent is 20; press Split → Total is 60; Each is between 10 and 30
POST /books {"title": "Emma"}; GET /books/{id} → status is 200; title is Emma
a.txt holds "x\\ny\\nx\\n"; run a.txt --count → prints exactly "2 x\\n1 y"
"""

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["page", "service", "tool", "script", "trace"]  # a trace has no checks
KINDS: tuple[Kind, ...] = ("page", "service", "tool", "script")
ARROW = re.compile(r"→|->|=>")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REQUEST = re.compile(rf"({'|'.join(METHODS)})\s+(/\S*)(?:\s+(.+))?$", re.S)
STEPS = {
    "page": "NAME is VALUE, press NAME, wait SECONDS, reload",
    "service": "METHOD /path {json}",
    "tool": 'FILE holds "text", input is "text", run ARGUMENTS',
}
EXPECTS = {
    "page": 'NAME is VALUE, NAME is between A and B, "TEXT" is seen, "TEXT" is not seen',
    "service": 'status is N, FIELD is VALUE, FIELD is between A and B, "TEXT" is seen, header NAME '
    "is VALUE",
    "tool": 'prints "text", prints exactly "text", does not print "text", fails, ends with N',
}


@dataclass(frozen=True)
class Step:
    """`verb` is set, press, wait, reload (pages), request (services; `name` is METHOD /path), file,
    input or run (tools and scripts)."""

    verb: str
    name: str = ""
    value: str = ""


@dataclass(frozen=True)
class Expect:
    """`verb` is is, between (`value` to `most`), seen, unseen, header, prints, exactly, lacks,
    fails or ends."""

    verb: str
    name: str = ""
    value: str = ""
    most: str = ""


@dataclass(frozen=True)
class Check:
    steps: tuple[Step, ...]
    expects: tuple[Expect, ...]

    @property
    def line(self) -> str:
        """The words that parse to this very check."""
        return f"{'; '.join(map(_step, self.steps))} → {'; '.join(map(_expect, self.expects))}"


class NotUnderstood(ValueError):
    """`why` a line is no check, and the forms that are (`mend`)."""

    def __init__(self, line: str, why: str, mend: str) -> None:
        super().__init__(f"a check cannot be understood: {line.strip()[:200]} ({why})")
        self.line, self.why, self.mend = line.strip()[:200], why, mend


def parse(line: str, kind: Kind) -> Check:
    """Raises NotUnderstood."""
    of = "tool" if kind == "script" else kind
    forms = f"steps: {STEPS[of]}\n      then →, then: {EXPECTS[of]}"
    try:
        left, right = _halves(line, of == "service")
        steps = tuple(_READ_STEP[of](part) for part in _parts(left, of == "service"))
        expects = tuple(_READ_EXPECT[of](part) for part in _parts(right, of == "service"))
    except _NotUnderstoodError as e:
        raise NotUnderstood(line, str(e), forms) from e
    if not steps and of != "page":
        raise NotUnderstood(line, "it does nothing", forms)
    if not expects:
        raise NotUnderstood(line, "it expects nothing", forms)
    return Check(steps, expects)


class _NotUnderstoodError(Exception):
    pass


def _outside(text: str, json_: bool = False) -> list[bool]:
    """For each character whether it stands outside of quotation marks, and of brackets in JSON."""
    flags, quoted, escaped, depth = list[bool](), False, False, 0
    for c in text:
        flags.append(not quoted and depth == 0 and c != '"' and not (json_ and c in "{["))
        if quoted:
            quoted, escaped = escaped or c != '"', c == "\\" and not escaped
            continue
        if c == '"':
            quoted = True
        elif json_ and c in "{[":
            depth += 1
        elif json_ and c in "}]":
            depth = max(0, depth - 1)
    if quoted:
        raise _NotUnderstoodError('a quotation mark " is not closed')
    return flags


def _halves(line: str, json_: bool) -> tuple[str, str]:
    flags = _outside(line, json_)
    found = [m for m in ARROW.finditer(line) if flags[m.start()]]
    if len(found) != 1:
        raise _NotUnderstoodError(
            "it needs one → (or ->) between what is done and what is expected"
        )
    return line[: found[0].start()], line[found[0].end() :]


def _parts(text: str, json_: bool) -> list[str]:
    flags, parts, begin = _outside(text, json_), list[str](), 0
    for n, c in enumerate(text):
        if c == ";" and flags[n]:
            parts.append(text[begin:n])
            begin = n + 1
    parts.append(text[begin:])
    return [p.strip() for p in parts if p.strip()]


def _value(text: str) -> str:
    text = text.strip()
    if not text.startswith('"'):
        return text
    try:
        made = json.loads(text, strict=False)
    except ValueError as e:
        raise _NotUnderstoodError(f"{text[:60]} is no text in quotation marks: {e}") from e
    if not isinstance(made, str):
        raise _NotUnderstoodError(f"{text[:60]} is no text in quotation marks")
    return made


def _split(text: str, word: str) -> tuple[str, str] | None:
    """Before and after the first ` word ` outside of quotation marks."""
    flags = _outside(text)
    for m in re.finditer(rf"\s{word}(?:\s|$)", text):
        if flags[m.start()]:
            return text[: m.start()], text[m.end() :]
    return None


def _page_step(text: str) -> Step:
    if text == "reload":
        return Step("reload")
    if m := re.fullmatch(r"press\s+(.+)", text, re.S):
        return Step("press", _value(m[1]))
    if m := re.fullmatch(r"wait\s+(\d+(?:\.\d+)?)", text):
        return Step("wait", value=m[1])
    if found := _split(text, "is"):
        return Step("set", _value(found[0]), _value(found[1]))
    raise _NotUnderstoodError(f"{text[:60]!r} is no step of a page")


def _service_step(text: str) -> Step:
    if m := REQUEST.fullmatch(text):
        body = (m[3] or "").strip()
        if body:
            try:
                json.loads(body)
            except ValueError as e:
                raise _NotUnderstoodError(f"what {m[1]} {m[2]} sends is no JSON: {e}") from e
        return Step("request", f"{m[1]} {m[2]}", body)
    raise _NotUnderstoodError(f"{text[:60]!r} is no request")


# parts of ordinary length, none of dots alone
FILE_NAME = re.compile(r"(?:(?!\.+(?:/|$))[^/\x00-\x1f\ud800-\udfff]{1,100}(?:/(?!$)|$)){1,8}")


def _tool_step(text: str) -> Step:
    if m := re.fullmatch(r"run(?:\s+(.*))?", text, re.S):
        try:
            shlex.split(m[1] or "")
        except ValueError as e:
            raise _NotUnderstoodError(f"the arguments {m[1]!r} cannot be read: {e}") from e
        return Step("run", value=(m[1] or "").strip())
    if m := re.fullmatch(r"input\s+is\s+(.+)", text, re.S):
        return Step("input", value=_value(m[1]))
    if found := _split(text, "holds"):
        name = _value(found[0])
        if name.startswith(("/", "~")) or ".." in name.split("/") or not FILE_NAME.fullmatch(name):
            raise _NotUnderstoodError(f"{name[:60]!r} is no file of the folder that it is run in")
        return Step("file", name, _value(found[1]))
    raise _NotUnderstoodError(f"{text[:60]!r} is no step of a tool")


def _page_expect(text: str) -> Expect:
    found = _split(text, "is")
    if not found:
        raise _NotUnderstoodError(f"{text[:60]!r} says nothing that can be looked for")
    name, rest = _value(found[0]), found[1].strip()
    if rest in ("seen", "not seen"):
        return Expect("seen" if rest == "seen" else "unseen", name)
    if m := re.fullmatch(r"between\s+(\S+)\s+and\s+(\S+)", rest):
        low, high = _number(m[1]), _number(m[2])
        return Expect("between", name, low, high)
    return Expect("is", name, _value(rest))


def _number(text: str) -> str:
    try:
        float(text)
    except ValueError as e:
        raise _NotUnderstoodError(f"{text!r} is no number") from e
    return text


def _service_expect(text: str) -> Expect:
    if m := re.fullmatch(r"header\s+([\w-]+)\s+is\s+(.+)", text, re.S):
        return Expect("header", m[1], _value(m[2]))
    return _page_expect(text)


def _tool_expect(text: str) -> Expect:
    if text == "fails":
        return Expect("fails")
    if m := re.fullmatch(r"ends\s+with\s+(\d{1,3})", text):
        return Expect("ends", value=m[1])
    for verb, start in (("exactly", r"prints\s+exactly"), ("prints", "prints"),
                        ("lacks", r"does\s+not\s+print")):  # fmt: skip
        if m := re.fullmatch(rf"{start}\s+(.+)", text, re.S):
            return Expect(verb, value=_value(m[1]))
    raise _NotUnderstoodError(f"{text[:60]!r} says nothing that can be looked for")


_READ_STEP: dict[str, Callable[[str], Step]] = {
    "page": _page_step, "service": _service_step, "tool": _tool_step}  # fmt: skip
_READ_EXPECT: dict[str, Callable[[str], Expect]] = {
    "page": _page_expect, "service": _service_expect, "tool": _tool_expect}  # fmt: skip
PLAIN = re.compile(r"[^\s\"{}\[\];→>-][^\n\"{}\[\];→>]*(?<!\s)")
RESERVED = re.compile(r"seen|not seen|between\s.*|exactly\s.*|reload", re.S)
INNER = re.compile(r"(^|\s)(is|holds|press|wait|run|input|header)(\s|$)")


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _said(text: str) -> str:
    """A value as plain as it can be said."""
    return text if PLAIN.fullmatch(text) and not RESERVED.fullmatch(text) else quoted(text)


def _name(text: str) -> str:
    return text if PLAIN.fullmatch(text) and not INNER.search(text) else quoted(text)


def _step(step: Step) -> str:
    match step.verb:
        case "set":
            return f"{_name(step.name)} is {_said(step.value)}"
        case "press":
            return f"press {_said(step.name)}"
        case "wait":
            return f"wait {step.value}"
        case "request":
            return f"{step.name} {step.value}".strip()
        case "file":
            return f"{_name(step.name)} holds {quoted(step.value)}"
        case "input":
            return f"input is {quoted(step.value)}"
        case "run":
            return f"run {step.value}".strip()
    return step.verb


def _expect(expect: Expect) -> str:
    match expect.verb:
        case "is":
            return f"{_name(expect.name)} is {_said(expect.value)}"
        case "between":
            return f"{_name(expect.name)} is between {expect.value} and {expect.most}"
        case "seen":
            return f"{quoted(expect.name)} is seen"
        case "unseen":
            return f"{quoted(expect.name)} is not seen"
        case "header":
            return f"header {expect.name} is {_said(expect.value)}"
        case "prints":
            return f"prints {quoted(expect.value)}"
        case "exactly":
            return f"prints exactly {quoted(expect.value)}"
        case "lacks":
            return f"does not print {quoted(expect.value)}"
        case "ends":
            return f"ends with {expect.value}"
    return expect.verb
