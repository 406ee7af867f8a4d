"""Whiteboard: a sketch. On the wire it is Excalidraw's elements, so a drawing of Excalidraw can be
shown, and a board that geist drew can be opened there."""

import math
from collections.abc import Mapping
from typing import Any

from geist.canvas.catalog import Build, Plain, arguments, kind, text
from geist.canvas.language import Call, Name, Value, said
from geist.canvas.problem import Wrong, like
from geist.canvas.view import Answered, View

SHAPES = {"box": "rectangle", "oval": "ellipse", "diamond": "diamond"}
WIDE, HIGH, GAP, SIZE = 180, 80, 80, 16
LETTER = 0.62  # a letter's width, in parts of its height


@kind
class Whiteboard(Plain):
    name = "Whiteboard"
    example = ('Whiteboard(box(shop, "Shop"), oval(bank, "Bank"), arrow(shop, bank, "pays"), '
               'note("closed on Sundays"), title="…")')  # fmt: skip

    def made(self, id: str, call: Call, build: Build) -> dict[str, Any]:
        title = text(arguments(Call(call.name, (), call.named), (), ("title",)), "title")
        if not call.given:
            raise Wrong("arguments", 'a whiteboard needs something on it: box(a, "…")')
        board = _Board()
        for one in call.given:
            board.add(one)
        lines = [said(v) for v in call.given]
        made = {"elements": board.elements, "lines": lines, "label": board.told()}
        return made | ({"title": title} if title else {})

    def call(self, component: Mapping[str, Any], view: View) -> Call:
        from geist.canvas.language import value

        named = (("title", component["title"]),) if "title" in component else ()
        return Call("Whiteboard", tuple(value(line) for line in component["lines"]), named)

    def text(self, component: Mapping[str, Any], shown: Answered) -> str:
        return f"{component.get('title') or 'whiteboard'}: {component['label']}"


class _Board:
    """Shapes from left to right, four in a row, unless they say where they stand."""

    def __init__(self) -> None:
        self.elements: list[dict[str, Any]] = []
        self.shapes: dict[str, dict[str, Any]] = {}
        self.words: dict[str, str] = {}
        self.arrows: list[str] = []

    def add(self, one: Value) -> None:
        if not isinstance(one, Call):
            raise Wrong("arguments", f"{said(one)[:40]} is no box, oval, diamond, arrow or note")
        if one.name in SHAPES:
            told = arguments(one, ("name", "text", "x", "y"), ("fill",))
            name = told.get("name")
            words = text(told, "text") or (name.text if isinstance(name, Name) else "")
            key = name.text if isinstance(name, Name) else str(name or words)
            if key in self.shapes:
                raise Wrong("twice", f"{key} is on the board already")
            self._shape(key, SHAPES[one.name], words, told)
        elif one.name == "note":
            told = arguments(one, ("text", "x", "y"), ())
            self._shape(f"note {len(self.elements)}", "text", text(told, "text"), told)
        elif one.name == "arrow":
            told = arguments(one, ("from", "to", "text"), ())
            self._arrow(self._end(told.get("from")), self._end(told.get("to")), text(told, "text"))
        else:
            raise Wrong("unknown component", f"there is no {one.name}: "
                        f"{like(one.name, [*SHAPES, 'arrow', 'note'])}")  # fmt: skip

    def told(self) -> str:
        return ", ".join([*(w for w in self.words.values() if w), *self.arrows])

    def _end(self, value: Value | None) -> str:
        key = value.text if isinstance(value, Name) else str(value)
        if key not in self.shapes:
            raise Wrong("unknown line", f"there is no {key} on the board: "
                        f"{like(key, self.shapes)}")  # fmt: skip
        return key

    def _shape(self, key: str, type: str, words: str, told: Mapping[str, Value]) -> None:
        if not words.strip():
            raise Wrong("arguments", f"{key} has no words")
        lines = _wrapped(words)
        wide = max(WIDE, int(max(map(len, lines)) * SIZE * LETTER) + 40)
        high = max(HIGH, int(len(lines) * SIZE * 1.25) + 40)
        count = len(self.shapes)
        x = told.get("x", (count % 4) * (WIDE + GAP * 2))
        y = told.get("y", (count // 4) * (HIGH + GAP))
        if isinstance(x, bool) or isinstance(y, bool) or not isinstance(x, int | float) or (
                not isinstance(y, int | float)):  # fmt: skip
            raise Wrong("arguments", f"{key} must stand at numbers")
        if max(abs(x), abs(y)) > 20_000:
            raise Wrong("arguments", f"{key} stands too far away")
        shape = {"id": key, "type": type, "x": x, "y": y, "width": wide, "height": high}
        self.words[key] = words
        self.shapes[key] = shape
        tall = int(len(lines) * SIZE * 1.25)
        if type != "text":
            self.elements.append(shape | {"strokeColor": "#1e1e1e", "backgroundColor": "#e7f1fb"})
        self.elements.append(
            {"id": f"{key} text", "type": "text", "x": x, "y": y + (high - tall) / 2,
             "width": wide, "height": tall, "text": "\n".join(lines), "fontSize": SIZE,
             "textAlign": "center", "strokeColor": "#1e1e1e"})  # fmt: skip

    def _arrow(self, a: str, b: str, words: str) -> None:
        start, end = self.shapes[a], self.shapes[b]
        (x1, y1), (x2, y2) = _edge(start, end), _edge(end, start)
        self.elements.append(
            {"id": f"arrow {len(self.elements)}", "type": "arrow", "x": x1, "y": y1,
             "width": x2 - x1, "height": y2 - y1, "points": [[0, 0], [x2 - x1, y2 - y1]],
             "strokeColor": "#1e1e1e", "endArrowhead": "arrow"})  # fmt: skip
        self.arrows.append(f"{a} → {b}" + (f" ({words})" if words else ""))
        if words:
            wide = int(len(words) * SIZE * LETTER)
            self.elements.append(
                {"id": f"label {len(self.elements)}", "type": "text",
                 "x": (x1 + x2) / 2 - wide / 2, "y": (y1 + y2) / 2 - SIZE * 1.6, "width": wide,
                 "height": SIZE * 1.25, "text": words, "fontSize": SIZE - 2,
                 "textAlign": "center", "strokeColor": "#1e1e1e"})  # fmt: skip


def _wrapped(words: str, most: int = 22) -> list[str]:
    lines = [""]
    for word in words.split():
        if lines[-1] and len(lines[-1]) + len(word) + 1 > most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _edge(shape: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[float, float]:
    """Where the line between two middles leaves the first."""
    cx, cy = shape["x"] + shape["width"] / 2, shape["y"] + shape["height"] / 2
    dx = other["x"] + other["width"] / 2 - cx
    dy = other["y"] + other["height"] / 2 - cy
    if not dx and not dy:
        return cx, cy
    reach = min((shape["width"] / 2) / abs(dx) if dx else math.inf,
                (shape["height"] / 2) / abs(dy) if dy else math.inf)  # fmt: skip
    return round(cx + dx * reach, 1), round(cy + dy * reach, 1)
