"""Figure: a picture. SVG is shown as an image, where its scripts and addresses mean nothing."""

import base64
import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from geist.canvas.catalog import Build, Plain, arguments, kind, text
from geist.canvas.language import Call
from geist.canvas.problem import Wrong
from geist.canvas.view import Answered, View

MOST = 2_000_000
DATA = re.compile(r"data:image/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/=\s]+")


@kind
class Figure(Plain):
    name = "Figure"
    example = 'Figure("<svg viewBox=\'0 0 40 20\'>…</svg>", alt="what it shows")'

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        told = arguments(call, ("source",), ("alt", "title"))
        source, alt = text(told, "source").strip(), text(told, "alt")
        if not alt.strip():
            raise Wrong("arguments", "a figure needs alt: what it shows, in words")
        if len(source) > MOST:
            raise Wrong("arguments", "the picture is too large")
        if not DATA.fullmatch(source):
            _well_formed(source)
        title = text(told, "title")
        return {"source": source, "alt": alt} | ({"title": title} if title else {})

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        named = (("alt", component["alt"]),)
        named += (("title", component["title"]),) if "title" in component else ()
        return Call("Figure", (component["source"],), named)

    def drawn(self, component: Mapping[str, Any], shown: Answered) -> Mapping[str, Any]:
        source = component["source"]
        if source.startswith("data:"):
            return {"image": source}
        if "xmlns=" not in source.split(">", 1)[0]:
            source = source.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
        return {"image": f"data:image/svg+xml;base64,{base64.b64encode(source.encode()).decode()}"}

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        return f"[{component.get('title', 'picture')}: {component['alt']}]"


def _well_formed(svg: str) -> None:
    if not svg.startswith("<svg") or "<!" in svg:
        raise Wrong("picture", "it must be an <svg> or a picture as data:image/png;base64,…")
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as e:
        raise Wrong("picture", f"the SVG cannot be read: {e}") from e
    if len(list(root.iter())) < 2:
        raise Wrong("empty", "there is nothing in the picture")
    if "viewBox" not in root.attrib and not {"width", "height"} <= set(root.attrib):
        raise Wrong("picture", "the SVG needs a viewBox")
