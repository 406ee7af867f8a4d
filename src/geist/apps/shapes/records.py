"""records: a service that keeps records of one kind, with filters, and routes that are functions."""

import json
import re
from collections.abc import Sequence

from geist.apps.plan import CONFLICTS, Plan, Route, snake
from geist.apps.shapes.mending import imported, quoted
from geist.apps.shapes.rules import about, unfiltered, with_status
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
    said = unfiltered(plan.description, _filters(plan))
    return len(_filters(plan)) < len(plan.filters) or LISTS.search(said) is not None


# what is given is more than what was sent
COMPLETES = re.compile(
    r"(?i)\bnull\b|\bstatus \"|\bstarts?\b|\bdefault|\bcreated\b|\bcounts?\b|\btotal|\bsum\b|\bnumber,? which|"
    r"\btrim|\bupper|\blower|\bgenerate|\brandom|\bcode\b|\bat first\b|\bnext\b"
)


def _conflict(plan: Plan) -> Route | None:
    return next(
        (r for r in plan.routes if (r.method, r.path) == ("POST", f"/{plan.resource}")), None
    )


def _conflicts(plan: Plan) -> dict[str, str]:
    """The rules that refuse a new item because of others, by the function of each."""
    if _conflict(plan) is None:
        return {}
    rules = with_status(plan.description, f"/{plan.resource}", CONFLICTS) or [""]
    return {f"conflict_{n}" if n > 1 else "conflict": rule for n, rule in enumerate(rules, 1)}


def guards(plan: Plan) -> list[Route]:
    """Routes that are there already, of which a function only says what is refused."""
    one = f"/{plan.resource}/{{id}}"
    return [r for r in plan.routes if r.path == one and r.method in ("PATCH", "PUT", "DELETE")]


def _own(plan: Plan) -> list[Route]:
    return [r for r in plan.routes if r not in guards(plan) and r != _conflict(plan)]


def _completes(plan: Plan) -> bool:
    """Whether a new record may need more than what was sent."""
    return (
        bool(plan.answered)
        or (_conflict(plan) is None and not plan.key)
        or COMPLETES.search(plan.description) is not None
    )


def _asks(plan: Plan) -> bool:
    """Whether a list depends on more of the query than the fields that are chosen by already."""
    named = set(re.findall(r"[?&](\w+)=", plan.description)) | set(plan.filters)
    return (
        bool(named - set(_filters(plan)))
        or re.search(r"\bquery\b|\bparameter", plan.description) is not None
    )


def _more(plan: Plan) -> str:
    return "".join(f'\n#   "{name}": prepare puts it there' for name in plan.answered)


def needed(plan: Plan) -> tuple[str, ...]:
    return tuple(_parts(plan))


def _parts(plan: Plan) -> dict[str, tuple[str, str]]:
    """(what is said of it, how it begins) of each function, by its name. Its rule is its docstring,
    which is what models of code have learned to follow."""
    base, said = f"/{plan.resource}", plan.description
    made = dict[str, tuple[str, str]]()
    for name, rule in _conflicts(plan).items():
        head = f"{name}(item: dict, items: list[dict]) -> bool"
        what = "# whether a new item is refused because of those that are there"
        made[name] = (what, _begun(head, rule))
    if _completes(plan):
        head = "prepare(item: dict, items: list[dict]) -> dict"
        other = (
            ", or refuse it for a reason that the description names; items are those that are there"
        )
        fields = ", ".join(f.label for f in plan.inputs)
        made["prepare"] = (
            f"# before a new item is kept; it gets its id later. Complete it{'' if _conflict(plan) else other}",
            _begun(head, about(said, "POST", base))
            + f"    # {fields}: checked already, not here\n",
        )
    if _lists(plan):
        asks, filters = _asks(plan), ", ".join(_filters(plan))
        head = f"listed(items: list[dict]{', data: dict' if asks else ''}) -> list[dict]"
        made["listed"] = (
            f"# GET {base}: items are those{f' that match {filters}' if filters else ''}, by id"
            f"{'; data: the query parameters, texts' if asks else ''}. Give them in the order that is asked for",
            _begun(head, unfiltered(about(said, "GET", base), _filters(plan))),
        )
    for one in plan.routes:
        if one == _conflict(plan):
            continue
        told = f"# {one.method} {one.path}: {one.says}\n# {_told(one)}"
        if one in guards(plan):
            why = "removed" if one.method == "DELETE" else (
                "changed (data is what was sent, its fields are checked already and set afterwards)")  # fmt: skip
            told = f"# before item is {why}: refuse it for a reason that the description names"
        made[one.name] = (
            told,
            _begun(f"{one.name}({_signature(one)})", about(said, one.method, one.path)),
        )
    return made


def _begun(head: str, rule: str) -> str:
    rule = rule.replace("\\", "\\\\").replace('"', "'")
    return f"def {head}:\n" + (f'    """{rule}"""\n' if rule else "")


def ask(plan: Plan) -> str:
    head = f"""Write these Python functions, with the imports that they need (Python's own library only) and
nothing else. A web service calls them; what they change in `items` or `item` is stored. The class Refused is
there already: raise Refused(409, "why") to refuse. What an item has no value for is None.
# an item of {plan.resource} is a dict with "id": int and
{_fields(plan)}{_more(plan)}"""
    # the rules come with each function, when it is asked for
    heads = [f"{said}\n{begins.splitlines()[0]} ..." for said, begins in _parts(plan).values()]
    return "\n\n".join([head, *heads])


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
    code, base = imported(without(quoted(code), OURS)), f"/{plan.resource}"
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
    kept, routed = guards(plan), _own(plan)
    known = {(r.method, r.path) for r in routed}
    own = [(r.path, r.method, f"called({r.name!r}, {r.name})") for r in routed]
    ours = [
        (base, "POST", "safely(create)"),
        (base, "GET", "safely(many)"),
        (f"{base}/{{id}}", "GET", "safely(one)"),
        (f"{base}/{{id}}", "PATCH", "safely(change)"),
        (f"{base}/{{id}}", "PUT", "safely(put)" if plan.key else "safely(change)"),
        (f"{base}/{{id}}", "DELETE", "safely(remove)"),
    ]
    # what is named in its path is not posted
    ours = [r for r in ours if (r[1], r[0]) not in known and not (plan.key and r[1] == "POST")]
    # what has no place in braces goes before what has
    routes = sorted([*own, *ours], key=lambda r: r[0].count("{"))
    one = snake(plan.key) if plan.key else "id"
    shown = [(p.replace("{id}", f"{{{one}}}"), m, h, (m, p) in known) for p, m, h in routes]
    listed = "\n".join(f"    Route({p!r}, {h}, methods=[{m!r}])," for p, m, h, _ in shown)
    described = "\n".join(f"    ({p!r}, {m!r}, {is_own})," for p, m, _, is_own in shown)
    names = {
        n: snake(n) for r in plan.routes for n in re.findall(r"\{(\w+)\}", r.path) if n != "id"
    }
    return f"""# /// script
# requires-python = ">=3.11"
# dependencies = ["starlette==1.3.1", "uvicorn==0.54.0"]
# ///
{json.dumps(plan.description, ensure_ascii=False)}

import json
import os
import re
import sqlite3
import sys

from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

TITLE, BASE = {plan.title!r}, {base!r}
ONE, KEY = {one!r}, {plan.key!r}  # the name of a record in paths, and the field that is so named
FIELDS = {_literal(fields)}
FILTERS = {_filters(plan)!r}
ASKS = {_asks(plan) or not _lists(plan)!r}  # whether a list depends on the query beyond that
CONFLICT = {_status(plan)}  # the status of what conflicts with others
NAMES = {names!r}
{plumbing("records.py")}

{code}{"".join(text for name, text in PLAINLY.items() if name not in needed(plan))}

CONFLICTS = [{", ".join(_conflicts(plan))}]
GUARDS = {{{", ".join(f"{r.method!r}: {r.name}" for r in kept)}}}

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


PLAINLY = {
    "prepare": "\n\ndef prepare(item, items):\n    return item\n",
    "listed": "\n\ndef listed(items, data):\n    return items\n",
}
OURS = frozenset(re.findall(r"^(?:async )?(?:def|class) (\w+)", plumbing("records.py"), re.M))


def _status(plan: Plan) -> int:
    rules = " ".join(with_status(plan.description, f"/{plan.resource}", CONFLICTS))
    return int(next((c for c in CONFLICTS if c in rules), CONFLICTS[0]))


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


def begun(plan: Plan, name: str) -> str:
    """A small model checks again what is checked already, and forgets what is not."""
    return _parts(plan)[name][1]


# the answer or what it should be
REFUSAL = re.compile(rf"(?:status is '|should be )(?:{'|'.join(CONFLICTS)})\b")


def blamed(plan: Plan, wrong: Sequence[str]) -> tuple[str, ...]:
    """The functions of the routes that answered wrongly."""
    base, all_, found = f"/{plan.resource}", needed(plan), list[str]()
    for what in wrong:
        m = re.search(r": (GET|POST|PUT|PATCH|DELETE) (/[^\s:?]*)\S*: ", what)
        if m is None:
            continue
        if m[2] == base:
            name = "listed" if m[1] == "GET" else "prepare"
            if m[1] == "POST" and "conflict" in all_ and (REFUSAL.search(what) or name not in all_):
                found += _conflicts(plan)
                continue
        else:
            path = re.sub(r"/(?:\d+|\{id\})(?=/|$)", "/{id}", m[2])
            name = next((r.name for r in plan.routes if r.method == m[1] and r.path == path), "")
        found += [name] if name in all_ else []
    return tuple(dict.fromkeys(found))


RECORDS = Shape("records", "python", "a service that keeps records of one kind", ask, build, needed,
                lambda plan, check: check.line, begun, blamed, alone=True)  # fmt: skip
