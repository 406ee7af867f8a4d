"""What a generated page may not hold, seen in its source: what it would load, and where it would send
things; its scripts are read by scan_script."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from geist.apps.finding import Finding
from geist.apps.scan_script import LOADS, OWN, Rules, error, parsed

OUT = re.compile(r"@import|url\(\s*['\"]?\s*(?!data:|#|['\"])", re.I)


class _Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Finding] = []
        self.scripts: list[tuple[int, str]] = []  # the line it begins at
        self.held: list[str] | None = None
        self.tag, self.at = "", 0

    def tell(self, what: str, rule: str) -> None:
        self.found.append(Finding("safe", f"line {self.getpos()[0]}: {what}", rule))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        if tag in ("script", "style"):
            self.tag, self.held, self.at = tag, [], self.getpos()[0]
        if tag in ("iframe", "frame", "object", "embed", "portal", "base", "applet"):
            self.tell(f"<{tag}> may not stand in an app", "frame")
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.tell("<meta http-equiv=refresh> leads away", "network")
        if tag == "link" and not OWN.match(given.get("href", "")):
            self.tell(f"<link href={given['href'][:60]!r}> reaches the network", "network")
        if tag == "form" and given.get("action") and not OWN.match(given["action"]):
            self.tell(f"<form action={given['action'][:60]!r}> sends what is typed away", "network")
        for name, value in given.items():
            if name in LOADS and not OWN.match(value):
                self.tell(f"<{tag} {name}={value[:60]!r}> reaches the network", "network")
            if name.startswith("on"):
                self.scripts.append((self.getpos()[0], f"function handler(event) {{ {value} }}"))
            if name == "style" and OUT.search(value):
                self.tell("a style loads from the network", "network")
            if value.strip().lower().startswith("javascript:"):
                self.scripts.append((self.getpos()[0], value.strip()[11:]))

    handle_startendtag = handle_starttag

    def handle_data(self, data: str) -> None:
        if self.held is not None:
            self.held.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self.held is None or tag != self.tag:
            return
        text = "".join(self.held)
        if tag == "script":
            self.scripts.append((self.at, text))
        elif OUT.search(text):
            self.tell("a style loads from the network", "network")
        self.held = None


MOST_TAGS = 8_000  # the parser is slow with what it cannot end


def _read(source: str) -> "_Read | None":
    """None for what no parser gets through."""
    if source.count("<") > MOST_TAGS:
        return None
    read = _Read()
    try:
        read.feed(source)
        read.close()
    except AssertionError:  # the library's own, of "<![foo["
        return None
    return read


def scan(source: str) -> Iterator[Finding]:
    read = _read(source)
    if read is None:
        yield Finding("parses", "it is no HTML that can be read", "syntax")
        return
    yield from read.found
    for line, code in read.scripts:
        yield from Rules(parsed(code), line).all()


def broken(source: str) -> str:
    """The first place where a script of the page cannot be read; "" where all can."""
    read = _read(source)
    if read is None:
        return "it is no HTML that can be read"
    for line, code in read.scripts:
        root = parsed(code)
        if root.has_error:
            node = error(root)
            at = line + node.start_point.row
            text = code.splitlines()
            row = node.start_point.row
            return f"line {at}: the script cannot be read at: {text[row].strip()[:100] if row < len(text) else ''}"
    return ""
