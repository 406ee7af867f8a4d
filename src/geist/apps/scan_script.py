"""What a script of a generated page may not do, seen in its syntax tree: reach out, run text as code,
make markup of what somebody typed."""

import re
from collections.abc import Iterator
from functools import cache

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

from geist.apps.finding import Finding

LOADS = ("src", "srcset", "data", "poster", "background", "ping", "manifest")
OWN = re.compile(r"\s*(?:data:|blob:|#|$)", re.I)
REACHES = frozenset(
    """fetch XMLHttpRequest WebSocket EventSource sendBeacon RTCPeerConnection
webkitRTCPeerConnection WebTransport importScripts Worker SharedWorker serviceWorker
postMessage BroadcastChannel""".split()
)
MARKUP = frozenset("innerHTML outerHTML srcdoc".split())
MARKUP_CALLS = frozenset("insertAdjacentHTML write writeln createContextualFragment setHTMLUnsafe "
                         "parseHTMLUnsafe".split())  # fmt: skip
BY_NAME = MARKUP | {"insertAdjacentHTML", "createContextualFragment"}
CODE = frozenset("eval Function GeneratorFunction AsyncFunction execScript".split())
GLOBALS = frozenset("window self globalThis top parent frames document navigator".split())
LEAVES = frozenset("href location action formAction".split())
ELEMENTS = frozenset("script iframe frame object embed link base portal".split())
ESCAPES = re.compile(r"esc|sanit|encode|htmlsafe|purify", re.I)
NUMERIC = frozenset(
    "toFixed length size toPrecision getFullYear getTime indexOf charCodeAt".split()
)


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_javascript.language()))


def parsed(code: str) -> Node:
    return _parser().parse(code.encode("utf-8", "replace")).root_node


def error(node: Node) -> Node:
    for child in node.children:
        if child.type == "ERROR" or child.is_missing:
            return child
        if child.has_error:
            return error(child)
    return node


def _text(node: Node | None) -> str:
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)


class Rules:
    def __init__(self, root: Node, line: int) -> None:
        self.root, self.line = root, line
        self.given: dict[str, list[Node | None]] = {}  # what each name is bound to, anywhere
        self.functions: dict[str, Node] = {}
        self.words = set[str]()  # all texts that stand in it
        for node in _walk(root):
            self._bind(node)
            if node.type == "string":
                self.words.add(_text(node).strip("'\"").lower())

    def _bind(self, node: Node) -> None:
        if node.type == "variable_declarator":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if name is not None and name.type == "identifier":
                if value is not None:
                    self.given.setdefault(_text(name), []).append(value)
                    if value.type in ("arrow_function", "function_expression"):
                        self.functions[_text(name)] = value
            elif name is not None:
                for one in _walk(name):
                    if one.type in ("identifier", "shorthand_property_identifier_pattern"):
                        self.given.setdefault(_text(one), []).append(None)
        elif node.type in ("assignment_expression", "augmented_assignment_expression"):
            left = node.child_by_field_name("left")
            if left is not None and left.type == "identifier":
                self.given.setdefault(_text(left), []).append(node.child_by_field_name("right"))
        elif node.type in (
            "function_declaration",
            "function_expression",
            "arrow_function",
            "method_definition",
        ):
            if (
                name := node.child_by_field_name("name")
            ) is not None and node.type == "function_declaration":
                self.functions[_text(name)] = node
            single = node.child_by_field_name("parameter")
            several = node.child_by_field_name("parameters")
            for place in filter(None, (single, several)):
                for one in _walk(place):
                    if one.type in ("identifier", "shorthand_property_identifier_pattern"):
                        self.given.setdefault(_text(one), []).append(None)
        elif node.type == "for_in_statement":
            left = node.child_by_field_name("left")
            if left is not None:
                self.given.setdefault(_text(left), []).append(None)

    def tell(self, node: Node, what: str, rule: str) -> Finding:
        return Finding("safe", f"line {self.line + node.start_point.row}: {what}", rule)

    def all(self) -> Iterator[Finding]:
        for node in _walk(self.root):
            match node.type:
                case "identifier" | "property_identifier" | "shorthand_property_identifier":
                    yield from self._name(node)
                case "call_expression" | "new_expression":
                    yield from self._call(node)
                case "assignment_expression" | "augmented_assignment_expression":
                    yield from self._assigned(node)
                case "subscript_expression":
                    yield from self._computed(node)
                case "string" if _text(node).strip("'\"") in BY_NAME:
                    yield self.tell(node, f"{_text(node)} by its name: use textContent", "xss")
                case "import_statement" | "import":
                    yield self.tell(node, "import loads other code", "network")

    def _name(self, node: Node) -> Iterator[Finding]:
        name = _text(node)
        key = (
            node.parent is not None
            and node.parent.type == "pair"
            and node.parent.child_by_field_name("key") == node
        )
        if name in REACHES and not key and not (name == "postMessage" and name in self.functions):
            yield self.tell(node, f"{name} reaches the network; an app has none", "network")
        if name == "webdriver":
            yield self.tell(node, "webdriver tells whether somebody tries the page", "eval")
        if name in ("constructor", "__proto__") and node.type == "property_identifier" and not key:
            if node.parent is not None and node.parent.type == "member_expression":
                yield self.tell(node, f"{name} is a way round what can be seen", "eval")
        if name in CODE and not key and name not in self.functions:
            yield self.tell(node, f"{name} runs what a text says", "eval")

    def _call(self, node: Node) -> Iterator[Finding]:
        function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        arguments = node.child_by_field_name("arguments")
        given = arguments.named_children if arguments is not None else []
        name = (
            _text(function.child_by_field_name("property"))
            if function is not None and function.type == "member_expression"
            else _text(function)
        )
        if name in ("setTimeout", "setInterval") and given:
            if given[0].type in ("string", "template_string", "binary_expression"):
                yield self.tell(node, f"{name} runs what a text says: give it a function", "eval")
        if name in MARKUP_CALLS and given and not all(self._safe(g) for g in given):
            if name not in ("write", "writeln") or "document" in _text(function):
                yield self.tell(
                    node, f"{name} makes markup of what was typed: use textContent", "xss"
                )
        if name == "createElement" and given:
            tag = _text(given[0]).strip("'\"`").lower()
            # a helper that makes elements: of which, stands where it is called
            named = given[0].type == "identifier" and not self.words & ELEMENTS
            # put together of pieces it could be any
            written = given[0].type in ("string", "template_string", "ternary_expression")
            inner = {_text(n).strip("'\"`").lower() for n in _walk(given[0]) if n.type == "string"}
            if tag in ELEMENTS or inner & ELEMENTS or not (named or written):
                yield self.tell(node, f"it makes a <{tag[:20]}> element", "frame")
        if name == "Image" and node.type == "new_expression":
            yield self.tell(node, "new Image() loads a picture from somewhere", "network")
        if (
            name in ("assign", "replace", "open")
            and function is not None
            and re.match(r"(window\.|document\.|self\.)?(location|window)\b", _text(function))
        ):
            yield self.tell(node, f"{_text(function)[:40]} leads away from the app", "network")
        if name == "setAttribute" and len(given) == 2:
            attribute = _text(given[0]).strip("'\"`").lower()
            if attribute.startswith("on") or not self._safe(given[0]):
                yield self.tell(
                    node, f"setAttribute({_text(given[0])[:20]}) makes code of a text", "eval"
                )
            elif attribute in (*LOADS, "href", "action", "formaction"):
                yield from self._address(node, given[1], attribute)

    def _assigned(self, node: Node) -> Iterator[Finding]:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return
        name = (
            _text(left.child_by_field_name("property"))
            if left.type == "member_expression"
            else _text(left)
        )
        if name in MARKUP and not self._safe(right):
            yield self.tell(
                node,
                f"{name} makes markup of what was typed: use textContent, or escape "
                "&, <, > and quotes in each value",
                "xss",
            )
        if (name in (*LOADS, *LEAVES) and left.type == "member_expression") or _text(
            left
        ) == "location":
            yield from self._address(node, right, name)

    def _address(self, node: Node, value: Node, name: str) -> Iterator[Finding]:
        text = _text(value).strip("'\"`")
        if name == "data" and not re.match(r"(https?:)?//", text):
            return  # a property of many things
        own = OWN.match(text) and value.type in ("string", "template_string", "binary_expression")
        objects = (
            "createObjectURL" in text
            or "toDataURL" in text
            or any(
                "createObjectURL" in _text(v)
                or "toDataURL" in _text(v)
                or OWN.match(_text(v).strip("'\"`"))
                for v in self.given.get(text, ())
                if v is not None
            )
        )
        if own or objects:
            return
        if name in ("href",) and "location" not in _text(node.child_by_field_name("left")):
            if re.match(r"https?:|mailto:|tel:", text) or (
                not self._safe(value) and not re.match(r"javascript:", text)
            ):
                return  # a link that a person may follow, or not
        yield self.tell(node, f"{name} is set to an address: {text[:60]}", "network")

    def _computed(self, node: Node) -> Iterator[Finding]:
        """window["fe" + "tch"]: a way round what can be seen."""
        what, index = node.child_by_field_name("object"), node.child_by_field_name("index")
        joined = index is not None and re.match(r"\[.*\]\s*\.join\(", _text(index), re.S)
        made = index is not None and (joined or index.type == "binary_expression")
        if made and any(n.type == "string" for n in _walk(index)):
            yield self.tell(node, f"{_text(node)[:50]} has its name put together", "eval")
        if _text(what) not in GLOBALS or index is None:
            return
        word = _text(index).strip("'\"`")
        if index.type != "string" or word in REACHES | CODE:
            yield self.tell(
                node,
                f"{_text(node)[:50]} takes something by a name that is made at run time",
                "eval",
            )

    def _safe(self, node: Node | None, deep: int = 0) -> bool:
        """Whether it can only be what its author wrote, a number, or went through an escape."""
        if node is None or deep > 7:
            return False
        match node.type:
            case "string" | "number" | "true" | "false" | "null" | "undefined" | "regex":
                return True
            case "template_string":
                parts = [c for c in node.named_children if c.type == "template_substitution"]
                return all(
                    self._safe(p.named_children[0], deep + 1) for p in parts if p.named_children
                )
            case "parenthesized_expression" | "template_substitution":
                return bool(node.named_children) and self._safe(node.named_children[0], deep + 1)
            case "binary_expression":
                left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
                if _text(node.child_by_field_name("operator")) in (
                    "-",
                    "*",
                    "/",
                    "%",
                    "**",
                    "<",
                    ">",
                    "==",
                    "===",
                    "!=",
                    "!==",
                ):
                    return True
                return self._safe(left, deep + 1) and self._safe(right, deep + 1)
            case "unary_expression" | "update_expression":
                return True
            case "ternary_expression":
                return self._safe(node.child_by_field_name("consequence"), deep + 1) and self._safe(
                    node.child_by_field_name("alternative"), deep + 1
                )
            case "array":
                return all(self._safe(c, deep + 1) for c in node.named_children)
            case "object":
                return all(
                    self._safe(c.child_by_field_name("value"), deep + 1)
                    for c in node.named_children
                    if c.type == "pair"
                )
            case "identifier":
                found = self.given.get(_text(node))
                return bool(found) and all(v is not None and self._safe(v, deep + 1) for v in found)
            case "member_expression":
                return _text(node.child_by_field_name("property")) in NUMERIC or self._safe(
                    node.child_by_field_name("object"), deep + 1
                )
            case "subscript_expression":
                return self._safe(node.child_by_field_name("object"), deep + 1)
            case "call_expression":
                return self._safe_call(node, deep)
        return False

    def _safe_call(self, node: Node, deep: int) -> bool:
        function, arguments = (
            node.child_by_field_name("function"),
            node.child_by_field_name("arguments"),
        )
        given = arguments.named_children if arguments is not None else []
        if function is None:
            return False
        if function.type == "member_expression":
            name, on = (
                _text(function.child_by_field_name("property")),
                function.child_by_field_name("object"),
            )
            if name in NUMERIC or ESCAPES.search(name):
                return True
            if name in ("map", "flatMap") and given:
                body = given[0].child_by_field_name("body")
                return (
                    ESCAPES.search(_text(given[0])) is not None
                    if body is None
                    else self._body(body, deep)
                )
            if name in ("join", "trim", "concat", "repeat", "padStart", "padEnd", "slice", "filter",
                        "reverse", "sort", "toString"):  # fmt: skip
                return self._safe(on, deep + 1)
            return _text(on) == "Math" or _text(on) == "Number"
        name = _text(function)
        if ESCAPES.search(name) or name in ("Number", "parseInt", "parseFloat", "Boolean"):
            return True
        body = self.functions[name].child_by_field_name("body") if name in self.functions else None
        return body is not None and self._body(body, deep)

    def _body(self, body: Node, deep: int) -> bool:
        """Of a function: each value that it gives."""
        if body.type != "statement_block":
            return self._safe(body, deep + 1)
        given = [n for n in _walk(body) if n.type == "return_statement"]
        return bool(given) and all(
            n.named_children and self._safe(n.named_children[0], deep + 1) for n in given
        )
