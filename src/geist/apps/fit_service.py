"""The plan of a service that fits the requests of the agreed checks."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from geist.apps.checking import Check
from geist.apps.plan import CONFLICTS, NUMBERS, WHOLE, Field, Plan, Route
from geist.apps.shapes.rules import about, with_status


def service(plan: Plan, checks: Sequence[Check]) -> Plan:
    """What is created by POST is the resource, what a filter names a filter, other paths routes."""
    asked = list(_requests(checks))
    posts = [
        p
        for method, p, _, body in asked
        if method == "POST" and isinstance(body, dict) and p.count("/") == 1
    ]
    resource = plan.resource
    if posts and f"/{resource}" not in posts:
        resource = max(dict.fromkeys(posts), key=posts.count).strip("/")
    base, fields, filters = f"/{resource}", list(plan.inputs), list(plan.filters)
    key = _key(plan.description, base)
    if key and all(f.label != key for f in fields):
        fields.insert(0, Field(key))
    fields = _sent(plan, fields, key, base, checks)
    fields = [_whole(f, plan.description, asked) for f in fields]
    routes = [
        replace(r, path=r.path.replace(f"{base}/{{{key}}}", f"{base}/{{id}}")) for r in plan.routes
    ]
    routes = [r for r in routes if r.path not in (base, f"{base}/{{id}}")]
    labels = {f.label for f in fields}
    for method, path, query, body in asked:
        shape = _shape(path, base)
        if key and all(r.path != path for r in routes):
            shape = re.sub(rf"^{base}/[^/]+", f"{base}/{{id}}", path)
        if isinstance(body, dict) and (
            (path == base and method == "POST")
            or (key and method == "PUT" and shape == f"{base}/{{id}}")
        ):
            for label, value in body.items():
                if label not in labels:
                    labels.add(label)
                    fields.append(Field(label, _kind(value), required=False))
        elif path == base and method == "GET":
            filters += [q for q in query if q not in filters]
        elif shape != f"{base}/{{id}}" and not any(
            r.method == method and _fits(r.path, path) for r in routes
        ):
            routes.append(Route(method, shape))
    routes += _guards(plan, base, checks)
    filters += [q for q in re.findall(r"[?&](\w+)=", plan.description) if q in labels]
    filters = list(dict.fromkeys(filters))
    return replace(plan, resource=resource, key=key, inputs=tuple(fields), filters=tuple(filters), routes=tuple(routes),
                   answered=_answered(base, {f.label for f in fields}, checks))  # fmt: skip


def _sent(
    plan: Plan, fields: Sequence[Field], key: str, base: str, checks: Sequence[Check]
) -> list[Field]:
    """The fields as requests that are not refused send them: what one of them leaves out need not be there,
    what none of them sends is up to the service, where it is not said of what is sent, and true is no text."""
    told = about(plan.description, "POST", base) + about(
        plan.description, "PUT", f"{base}/{{{key}}}"
    )
    one = rf"(?:POST {base}|PUT {base}/[^/]+)"
    bodies = [
        json.loads(s.value)
        for c in checks
        for s in c.steps
        if re.fullmatch(one, s.name) and s.value
        and not (s is c.steps[-1] and any(e.name == "status" and e.value[:1] == "4" for e in c.expects))
    ]  # fmt: skip
    bodies = [b for b in bodies if isinstance(b, dict)]
    shown = set(_answered(base, set(), checks))
    made = list[Field]()
    for f in fields:
        given = [b[f.label] for b in bodies if f.label in b]
        if bodies and f.label != key and not given and f.label in shown and f.label not in told:
            continue
        if bodies and f.label != key and len(given) < len(bodies):
            f = replace(f, required=False)
        if given and all(isinstance(v, bool) for v in given):
            f = replace(f, kind="yesno", options=(), least=None, most=None)
        elif given and all(isinstance(v, str) for v in given) and f.kind in ("yesno", *NUMBERS):
            f = replace(f, kind="text")
        elif (
            given
            and f.kind in ("text", "choice", "yesno")
            and all(isinstance(v, int | float) and not isinstance(v, bool) for v in given)
        ):
            f = replace(f, kind="number", options=(), least=None, most=None)
        made.append(f)
    return made


def _key(description: str, base: str) -> str:
    """The field by which records are put and named in paths: `PUT /flags/{name}`."""
    found = re.search(
        rf"\bPUT {re.escape(base)}/(?:{{(\w+)}}|:(\w+)|<(\w+)>)(?![\w/])", description
    )
    name = next((g for g in found.groups() if g), "") if found else ""
    posted = re.search(rf"\bPOST {re.escape(base)}(?![\w/])", description)
    return "" if name == "id" or posted else name


def _guards(plan: Plan, base: str, checks: Sequence[Check]) -> list[Route]:
    """Changing and removing a record, where that is refused for more than what was sent."""
    refused = {
        s.name.partition(" ")[0]
        for c in checks
        if (s := c.steps[-1]) and _shape(s.name.partition(" ")[2], base) == f"{base}/{{id}}"
        and any(e.name == "status" and e.value in CONFLICTS for e in c.expects)
    }  # fmt: skip
    for part in re.split(r"[.;](?:\s|$)", plan.description):
        named = set(
            re.findall(rf"\b(DELETE|PATCH|PUT) {re.escape(base)}/[{{:<\w]+[}}>]?(?![\w/])", part)
        )
        if any(re.search(rf"\b{n}\b", part) for n in CONFLICTS):
            refused |= named
    made = [Route(m, f"{base}/{{id}}") for m in ("PATCH", "PUT", "DELETE") if m in refused]
    taken = any(c.steps[-1].name == f"POST {base}" and any(e.name == "status" and e.value in CONFLICTS
                for e in c.expects) for c in checks)  # fmt: skip
    if taken or with_status(plan.description, base, CONFLICTS):
        made.insert(0, Route("POST", base))
    return made


def _answered(base: str, labels: set[str], checks: Sequence[Check]) -> tuple[str, ...]:
    """What the checks see of one record that was never sent."""
    found = list[str]()
    for check in checks:
        method, _, path = check.steps[-1].name.partition(" ")
        if (method == "GET" and "{id}" not in path) or not _shape(path, base).startswith(base):
            continue
        found += [e.name for e in check.expects if e.verb in ("is", "between") and "." not in e.name
                  and not (e.name == "status" and e.value.isdigit())]  # fmt: skip
    return tuple(n for n in dict.fromkeys(found) if n not in labels | {"id", "length"})


def _whole(one: Field, description: str, asked: Sequence[tuple[str, str, list[str], Any]]) -> Field:
    """A number that is whole in each body and is called so where it is spoken of."""
    if one.kind != "number":
        return one
    given = [b[one.label] for _, _, _, b in asked if isinstance(b, dict) and one.label in b]
    numbers = [v for v in given if isinstance(v, int | float)]
    name = one.label.replace("_", " ")
    said = any(
        WHOLE.search(part) and name in part for part in re.split(r"[.;,](?:\s|$)", description)
    )
    if said and all(isinstance(v, int) for v in numbers):
        return replace(one, kind="integer")
    return one


def _requests(checks: Sequence[Check]) -> Iterator[tuple[str, str, list[str], Any]]:
    for check in checks:
        for step in check.steps:
            method, _, where = step.name.partition(" ")
            path, _, query = where.partition("?")
            keys = [part.partition("=")[0] for part in query.split("&") if part]
            yield (
                method,
                path.rstrip("/") or "/",
                keys,
                json.loads(step.value) if step.value else None,
            )


def _shape(path: str, base: str) -> str:
    """A path with {id} for its number, and what is taken from an answer by its name."""
    return "/".join(
        "{id}" if part.isdigit() or part == "{id}" else part for part in path.split("/")
    )


def _fits(shape: str, path: str) -> bool:
    pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(shape))
    return re.fullmatch(pattern, path) is not None


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "yesno"
    if isinstance(value, int):
        return "integer"
    return "number" if isinstance(value, float) else "text"
