"""App: a small page that a model wrote. It is hostile until proved otherwise, and after.

It stands in a frame of its own origin, without network, storage, windows or forms that leave it;
its scripts run only as they were when the page was made: each has its hash in the page's policy.
"""

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser
from typing import Any

from geist.canvas.catalog import Build, Plain, arguments, kind, text, whole
from geist.canvas.language import Call, Value
from geist.canvas.problem import Wrong
from geist.canvas.view import Answered, View

MOST = 300_000
# what a policy cannot deny is taken away before anything else runs
PREAMBLE = (
    "for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'RTCDataChannel', "
    "'WebTransport', 'open', 'SharedWorker', 'Worker']) "
    "try { Object.defineProperty(window, name, {value: undefined}); } "
    "catch { delete window[name]; } "
)
# a hash also lets a script in that is loaded and has it; a policy without hashes lets none in
INLINE = "script-src 'unsafe-inline'"


@kind
class App(Plain):
    name = "App"
    example = (
        'App("""<html>…</html>""", title="…")    a small page of its own, if nothing else fits'
    )

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        told = arguments(call, ("html",), ("title", "height"))
        source = text(told, "html")
        if not source.strip():
            raise Wrong("arguments", "the app is empty")
        if len(source) > MOST:
            raise Wrong("arguments", f"the app is longer than {MOST} characters")
        for tag, name, address in _read(source).outside:
            what = "frames may not stand in it" if name == "frame" else (
                f"<{tag} {name}={address[:60]!r}> would load from the network: write it into the "
                "page")  # fmt: skip
            raise Wrong("address", what)
        height = whole(told, "height", 4000)
        made = {"html": source, "title": text(told, "title") or "App"}
        return made | ({"height": height} if height else {})

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        named: tuple[tuple[str, Value], ...] = (("title", component["title"]),)
        named += (("height", component["height"]),) if "height" in component else ()
        return Call("App", (component["html"],), named)

    def drawn(self, component: Mapping[str, Any], shown: Answered) -> Mapping[str, Any]:
        return {"srcdoc": framed(component["html"]), "html": ""}

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        return f"[an app: {component['title']}]"


def framed(source: str, preamble: str = PREAMBLE) -> str:
    """The page as its frame gets it: the policy and the preamble before everything else."""
    reader = _read(source, preamble)
    allowed = " ".join(_hashes(reader))
    policy = (f"default-src 'none'; script-src {allowed} 'unsafe-hashes'; "
              "style-src 'unsafe-inline'; img-src data: blob:; media-src data: blob:; "
              "font-src data:; form-action 'none'; base-uri 'none'; frame-src 'none'")  # fmt: skip
    head = (f'<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
            f'content="{policy}"><meta http-equiv="x-dns-prefetch-control" content="off">'
            f'<meta http-equiv="Content-Security-Policy" content="{INLINE}">'
            f"<script>{preamble}</script>")  # fmt: skip
    return head + "".join(reader.made)


def hashes(source: str, preamble: str = PREAMBLE) -> list[str]:
    """Of each script of an app, and of each of its handlers (CSP Level 3, 'unsafe-hashes')."""
    return _hashes(_read(source, preamble))


def _hashes(reader: "_Reader") -> list[str]:
    return [hashed(reader.preamble), *dict.fromkeys(hashed(code) for code in reader.code)]


def hashed(code: str) -> str:
    """A script as a policy names it."""
    # an HTML parser gives a script with one kind of line end
    plain = code.replace("\r\n", "\n").replace("\r", "\n")
    made = base64.b64encode(hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest())
    return f"'sha256-{made.decode()}'"


class _Reader(HTMLParser):
    """The scripts and handlers of a page, and what it would load. `made` is the page with the
    preamble before each of them: a frame inside of it has the policy, and would not have that.
    Whatever this reads otherwise than a browser does not run there: the policy knows only what is
    found here."""

    def __init__(self, preamble: str) -> None:
        super().__init__(convert_charrefs=False)
        self.preamble = preamble
        self.code: list[str] = []
        self.made: list[str] = []
        self.outside: list[tuple[str, str, str]] = []
        self.held: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.held = []
        if tag in ("iframe", "frame", "object", "embed", "portal", "fencedframe"):
            self.outside.append((tag, "frame", "…"))
        handlers = {name: self.preamble + given for name, given in attrs
                    if name.startswith("on") and given}  # fmt: skip
        self.code += handlers.values()
        if handlers:
            told = "".join(f' {n}="{escape(handlers.get(n, v or ""), quote=True)}"'
                           for n, v in attrs)  # fmt: skip
            self.made.append(f"<{tag}{told}>")
        else:
            self.made.append(self.get_starttag_text() or "")
        for name, given in attrs:
            loads = name in ("src", "srcset", "data", "poster") or (
                tag == "link" and name == "href"
            )
            if loads and given and not given.strip().lower().startswith(("data:", "blob:", "#")):
                self.outside.append((tag, name, given))

    handle_startendtag = handle_starttag

    def handle_data(self, data: str) -> None:
        if self.held is not None:
            self.held.append(data)
        else:
            self.made.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self.held is not None:
            code = self.preamble + "".join(self.held)
            self.code.append(code)
            self.made.append(code)
            self.held = None
        self.made.append(f"</{tag}>")

    def handle_entityref(self, name: str) -> None:
        self.made.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.made.append(f"&#{name};")

    # comments, the document type and the rest are left out: the parser passes them by


def _read(source: str, preamble: str = PREAMBLE) -> _Reader:
    reader = _Reader(preamble)
    reader.feed(source)
    reader.close()
    return reader
