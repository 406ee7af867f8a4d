"""Messages of A2UI v0.9 and v0.9.1 from any agent: read, checked against the published schemas,
and made fit to be shown. What is wrong stands in the view by its name; the rest is shown."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from geist.canvas.problem import Problem
from geist.canvas.scripts import built
from geist.canvas.view import CATALOG, ROOT

VERSIONS = ("v0.9", "v0.9.1")
BASE = "https://a2ui.org/specification/v0_9/"
BASIC = f"{BASE}catalogs/basic/catalog.json"
MINIMAL = f"{BASE}catalogs/minimal/catalog.json"
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+\Z")
MOST = 5_000_000
Message = dict[str, Any]


def messages(text: str) -> tuple[list[Message], list[Problem]]:
    """Of a JSON list, of one message a line, or of an object with a list of `messages`. Total."""
    if len(text) > MOST:
        return [], [Problem("size", "messages", f"they are longer than {MOST} characters")]
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return _lines(text)
    if isinstance(told, Mapping) and "messages" in told:
        told = told["messages"]
    found = told if isinstance(told, list) else [told]
    wrong = [Problem("message", f"message {n}", "it is no object")
             for n, m in enumerate(found, 1) if not isinstance(m, dict)]  # fmt: skip
    return [m for m in found if isinstance(m, dict)], wrong


def _lines(text: str) -> tuple[list[Message], list[Problem]]:
    found, wrong = list[Message](), list[Problem]()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            one = json.loads(line)
        except (ValueError, RecursionError) as e:
            wrong.append(Problem("json", f"line {number}", str(e)[:200]))
            continue
        if isinstance(one, dict):
            found.append(one)
        else:
            wrong.append(Problem("message", f"line {number}", "it is no object"))
    return found, wrong


@cache
def _validator(catalog: str) -> Any:
    import jsonschema
    from referencing import Registry, Resource

    message, common = (json.loads(built(f"{n}.json")) for n in ("server_to_client", "common_types"))
    known = json.loads(built(f"{'minimal' if catalog == MINIMAL else 'basic'}_catalog.json"))
    # the messages' schema names its catalog by a place beside itself
    found = [(f"{BASE}catalog.json", known | {"$id": f"{BASE}catalog.json"}),
             (f"{BASE}common_types.json", common), (message["$id"], message)]  # fmt: skip
    registry = Registry().with_resources((u, Resource.from_contents(r)) for u, r in found)
    formats = jsonschema.FormatChecker(["date", "email"])
    formats.checks("uri")(lambda v: not isinstance(v, str) or bool(URI.match(v)))
    return jsonschema.Draft202012Validator(message, registry=registry, format_checker=formats)


def problems(message: Message, catalog: str = BASIC) -> list[Problem]:
    """What the published schema says against one message. Components of geist's own catalog are
    not in it, and are checked where they are drawn."""
    plain = dict(message)
    if plain.get("version") in VERSIONS:
        plain["version"] = "v0.9"
    if catalog == CATALOG and isinstance(plain.get("updateComponents"), Mapping):
        return _shape(plain["updateComponents"])
    errors = sorted(
        _validator(catalog).iter_errors(plain), key=lambda e: list(map(str, e.absolute_path))
    )
    return [Problem("schema", _where(e), e.message[:300]) for error in errors[:5]
            for e in [_deepest(error)]]  # fmt: skip


def _deepest(error: Any) -> Any:
    """Of alternatives that all fail, what is wrong with the one that was meant."""
    while error.context:
        error = max(error.context, key=lambda e: (len(e.absolute_path), e.validator != "const"))
    return error


def _where(error: Any) -> str:
    return "/".join(map(str, error.absolute_path)) or "message"


def _shape(update: Mapping[str, Any]) -> list[Problem]:
    found = update.get("components")
    if not isinstance(found, list) or not all(
        isinstance(c, dict) and isinstance(c.get("id"), str) for c in found
    ):
        return [Problem("schema", "updateComponents", "components must be a list with ids")]
    return []


def shaped(found: Sequence[Message]) -> tuple[list[Message], list[Problem]]:
    """As the page takes them: of one surface after the other; what is wrong is named. Total."""
    made, wrong, updates = list[Message](), list[Problem](), dict[str, int]()
    catalogs, parts = dict[str, str](), dict[str, dict[str, dict[str, Any]]]()
    for number, message in enumerate(found, 1):
        told = [Problem(p.code, f"message {number} {p.path}", p.message)
                for p in problems(message, catalogs.get(_surface(message), BASIC))]  # fmt: skip
        wrong += told
        if isinstance(create := message.get("createSurface"), Mapping):
            catalogs[str(create.get("surfaceId"))] = str(create.get("catalogId"))
        update = message.get("updateComponents")
        if isinstance(update, Mapping) and isinstance(update.get("components"), list):
            there = [c for c in update["components"] if isinstance(c, dict) and c.get("id")]
            parts.setdefault(_surface(message), {}).update({str(c["id"]): c for c in there})
            updates[_surface(message)] = updates.get(_surface(message), 0) + 1
            message = message | {"updateComponents": {**update, "components": [
                _named(c, catalogs.get(_surface(message), BASIC)) for c in there]}}  # fmt: skip
        elif told:
            continue
        made.append(message)
    for surface, components in parts.items():
        if surface not in catalogs:
            wrong.append(Problem("surface", surface, "it was never created"))
        # what a later update put something else in the place of may stand nowhere
        wrong += [p for p in _graph(components) if p.code != "orphan" or updates[surface] == 1]
    return made, wrong


def _surface(message: Message) -> str:
    inner = next((v for k, v in message.items() if k != "version"), None)
    return str(inner.get("surfaceId")) if isinstance(inner, Mapping) else ""


def _named(component: dict[str, Any], catalog: str) -> dict[str, Any]:
    """As it is, or as a named error where the schema refuses it."""
    if catalog == CATALOG:
        return component
    alone = {"surfaceId": "s", "components": [component]}
    told = problems({"version": "v0.9", "updateComponents": alone}, catalog)
    if not told:
        return component
    return {"id": component["id"], "component": "Broken", "code": "schema",
            "message": f"{component.get('component')}: {told[0].message}"}  # fmt: skip


def _graph(components: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """What stands nowhere, in itself, or is not there."""
    if ROOT not in components:
        yield Problem("graph", ROOT, "there is no component with the id root")
        return
    seen, open_ = set[str](), list[str]()

    def walk(id: str) -> Iterator[Problem]:
        if id in open_:
            yield Problem("circle", id, f"{id} stands in itself: {' → '.join([*open_, id])}")
            return
        if id in seen:
            return
        seen.add(id)
        if id not in components:
            where = open_[-1] if open_ else ROOT
            yield Problem("graph", where, f"{where} has a child {id}, which is not there")
            return
        if len(open_) > 60:
            yield Problem("graph", id, "it is nested too deeply")
            return
        open_.append(id)
        for child in _children(components[id]):
            yield from walk(child)
        open_.pop()

    yield from walk(ROOT)
    for id in sorted(set(components) - seen):
        yield Problem("orphan", id, f"{id} stands nowhere: nothing has it as a child")


def _children(component: Mapping[str, Any]) -> list[str]:
    found = list[str]()
    for name in ("child", "trigger", "content"):
        if isinstance(component.get(name), str):
            found.append(component[name])
    listed = component.get("children")
    if isinstance(listed, list):
        found += [c for c in listed if isinstance(c, str)]
    elif isinstance(listed, Mapping) and isinstance(listed.get("componentId"), str):
        found.append(listed["componentId"])
    tabs = component.get("tabs")
    for tab in tabs if isinstance(tabs, list) else ():
        if isinstance(tab, Mapping) and isinstance(tab.get("child"), str):
            found.append(tab["child"])
    return found
