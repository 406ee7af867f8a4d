"""records: a service that keeps records of one kind, with filters, and routes that are functions."""

import json
import re

from geist.apps.plan import Plan, Route, snake
from geist.apps.shapes.shape import Shape, plumbing, without

TYPES = {
    "text": "str",
    "choice": "str",
    "number": "float",
    "integer": "int",
    "yesno": "bool",
    "date": "str",
}


def _fields(plan: Plan) -> str:
    told = []
    for one in plan.inputs:
        limits = f", one of {', '.join(one.options)}" if one.options else ""
        limits += (
            f", {one.least:g} to {one.most:g}"
            if one.least is not None and one.most is not None
            else ""
        )
        told.append(
            f'#   "{one.label}": {TYPES.get(one.kind, "str")}{limits}{"" if one.required else " or None"}'
        )
    return "\n".join(told)


# more of a list than all of it by id
LISTS = re.compile(
    r"(?i)\b(?:sort|order|newest|oldest|latest|earliest|highest|lowest|largest|smallest|cheapest|alphabet|by\b|"
    r"first\b|last\b|from \w+ to\b|search|contain|only|between|limit|\?\w+=)"
)


def _filters(plan: Plan) -> list[str]:
    """Those that are fields: what else can be asked of a list is up to a function."""
    return [f for f in plan.filters if any(f == i.label for i in plan.inputs)]


def _lists(plan: Plan) -> bool:
    return len(_filters(plan)) < len(plan.filters) or LISTS.search(plan.description) is not None


def needed(plan: Plan) -> tuple[str, ...]:
    more = ("listed",) if _lists(plan) else ()
    return ("prepare", *more, *(r.name for r in plan.routes))


def ask(plan: Plan) -> str:
    parts = [
        f"""Write these Python functions, with the imports that they need (Python's own library only) and
nothing else. A web service calls them; what they change in `items` or `item` is stored. The class Refused is
there already: raise Refused(409, "why") to refuse. What an item has no value for is None.
# an item of {plan.resource} is a dict with "id": int and
{_fields(plan)}

# before a new item is kept: its fields are checked already and it gets its id later. Complete it, or refuse it
# for a reason that the description names. items are those that are there
def prepare(item: dict, items: list[dict]) -> dict:
    return item"""
    ]
    if _lists(plan):
        filtered = f" that match {', '.join(_filters(plan))}" if _filters(plan) else ""
        parts.append(f"""
# GET /{plan.resource}: items are those{filtered}, by id; data: the query parameters, texts.
# Give those that are listed, in the order that the description names
def listed(items: list[dict], data: dict) -> list[dict]:
    return items""")
    for one in plan.routes:
        parts.append(f"""
# {one.method} {one.path}: {one.says}
# {_told(one)}
def {one.name}({_signature(one)}):
    ...""")
    return "\n".join(parts)


def _told(one: Route) -> str:
    data = (
        "data: the query parameters, texts"
        if one.method == "GET"
        else "data: the JSON that was sent"
    )
    item = "item: the one with that id. " if "{id}" in one.path else ""
    more = [n for n in re.findall(r"\{(\w+)\}", one.path) if n != "id"]
    named = f"{', '.join(more)}: text of the path. " if more else ""
    return f"{item}{named}{data}. Give what is answered (a dict or list); Redirect(url) and Refused are there"


def _signature(one: Route) -> str:
    names = [n for n in re.findall(r"\{(\w+)\}", one.path) if n != "id"]
    item = ["item: dict"] if "{id}" in one.path else []
    return ", ".join(
        ["items: list[dict]", *item, *(f"{snake(n)}: str" for n in names), "data: dict"]
    )


def build(plan: Plan, code: str) -> str:
    code, base = without(code, OURS), f"/{plan.resource}"
    fields = [
        {
            "name": f.label,
            "kind": f.kind if f.kind in TYPES else "text",
            "options": list(f.options),
            "required": f.required,
            "default": _default(f.default, f.kind),
            "least": f.least,
            "most": f.most,
        }
        for f in plan.inputs
    ]
    known = {(r.method, r.path) for r in plan.routes}
    own = [(r.path, r.method, f"called({r.name!r}, {r.name})") for r in plan.routes]
    ours = [
        (base, "POST", "safely(create)"),
        (base, "GET", "safely(many)"),
        (f"{base}/{{id}}", "GET", "safely(one)"),
        (f"{base}/{{id}}", "PATCH", "safely(change)"),
        (f"{base}/{{id}}", "PUT", "safely(change)"),
        (f"{base}/{{id}}", "DELETE", "safely(remove)"),
    ]
    ours = [(p, m, h) for p, m, h in ours if (m, p) not in known]
    # what has no place in braces goes before what has
    routes = sorted([*own, *ours], key=lambda r: r[0].count("{"))
    listed = "\n".join(f"    Route({p!r}, {h}, methods=[{m!r}])," for p, m, h in routes)
    described = "\n".join(f"    ({p!r}, {m!r}, {(m, p) in known}),"
                          for p, m, _ in routes)  # fmt: skip
    names = {
        n: snake(n) for r in plan.routes for n in re.findall(r"\{(\w+)\}", r.path) if n != "id"
    }
    return f"""# /// script
# requires-python = ">=3.11"
# dependencies = ["starlette==1.3.1", "uvicorn==0.54.0"]
# ///
{json.dumps(plan.description, ensure_ascii=False)}

import datetime
import json
import os
import re
import sqlite3
import sys

from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

TITLE, BASE = {plan.title!r}, {base!r}
FIELDS = {_literal(fields)}
FILTERS = {_filters(plan)!r}
NAMES = {names!r}
{plumbing("records.py")}

{code}{"" if _lists(plan) else PLAINLY}


DESCRIBED = [
{described}
]
app = Starlette(routes=[
    Route("/openapi.json", openapi),
{listed}
])

if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app, host="127.0.0.1", port=8000)
"""


PLAINLY = """

def listed(items, data):
    return items"""
OURS = frozenset(re.findall(r"^(?:async )?(?:def|class) (\w+)", plumbing("records.py"), re.M))


def _literal(fields: list[dict]) -> str:
    return "[\n" + "".join(f"    {f!r},\n" for f in fields) + "]"


def _default(text: str, kind: str) -> object:
    if not text:
        return None
    try:
        return {
            "integer": int,
            "number": float,
            "yesno": lambda t: t.lower() in ("true", "yes"),
        }.get(kind, str)(text)
    except ValueError:
        return None


RECORDS = Shape("records", "python", "a service that keeps records of one kind", ask, build, needed)
