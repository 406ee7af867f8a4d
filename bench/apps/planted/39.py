"""Albums with the size of their cover, which is looked up once."""
import json
import os
import sqlite3
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPException as BadAnswer
from urllib.request import Request, urlopen

from starlette.concurrency import run_in_threadpool
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

def spec(good, answer, *bad, body=None, query=None, ids=("id",), kind="application/json"):
    """Marks a handler with its part of /openapi.json."""
    refusal = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
    content = {str(good): {kind: {"schema": answer}} if answer else None, **{str(code): {"application/json": {"schema": refusal}} for code in bad}}
    about = {"responses": {code: {"description": HTTPStatus(int(code)).phrase, **({"content": what} if what else {})} for code, what in content.items()},
             "parameters": [{"in": "query", "name": name, "schema": rule} for name, rule in (query or {}).items()]}
    if body:
        about["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}

    def mark(handler):
        handler.spec = about
        return handler
    return mark


def obj(required, **rules):
    return {"type": "object", "properties": rules, "required": required.split()}


def TEXT(most, least=1):
    return {"type": "string", "minLength": least, "maxLength": most}


def INT(least=1, most=2**63 - 1):
    return {"type": "integer", "minimum": least, "maximum": most}


def wrong(value, rule):
    """What is wrong with a value, or an empty text."""
    if rule["type"] == "integer":
        good = type(value) is int or type(value) is float and value.is_integer()
        return "" if good and rule["minimum"] <= value <= rule["maximum"] else f"must be a whole number, {rule['minimum']} to {rule['maximum']}"
    if rule["type"] == "string":
        if not isinstance(value, str) or not rule["minLength"] <= len(value) <= rule["maxLength"]:
            return f"must be text, {rule['minLength']} to {rule['maxLength']} characters"
        if any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in value):
            return "holds characters that cannot be kept"
        return "" if value in rule.get("enum", (value,)) else "must be one of " + ", ".join(rule["enum"])
    if not isinstance(value, dict):
        return "must be an object"
    missing = [name for name in rule.get("required", ()) if name not in value]
    if missing:
        return "lacks " + missing[0]
    found = ((name, wrong(value[name], inner)) for name, inner in rule["properties"].items() if name in value)
    return next((f"has a wrong {name}: it {why}" for name, why in found if why), "")


async def payload(request, rule):
    try:
        data = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise HTTPException(422, "the body is not JSON") from None
    why = wrong(data, rule)
    if why:
        raise HTTPException(422, f"the body {why}")
    return {name: int(data[name]) if inner["type"] == "integer" else data[name] for name, inner in rule["properties"].items() if name in data}


def asked(request, name, rule, default):
    value = request.query_params.get(name)
    if value is None:
        return default
    if rule["type"] == "integer" and value.removeprefix("-").isdecimal() and value.isascii() and len(value) < 19:
        value = int(value)
    why = wrong(value, rule)
    if why:
        raise HTTPException(422, f"{name} {why}")
    return value


def number(request, name="id"):
    value = request.path_params[name]
    if not (value.isascii() and value.isdecimal() and len(value) < 19):
        raise HTTPException(404, "not found")
    return int(value)


async def openapi(request):
    paths = {}
    for route in request.app.routes:
        about = getattr(route.endpoint, "spec", None)
        if about:
            given = [{"in": "path", "name": name, "required": True, "schema": getattr(route.endpoint, "keys", {}).get(name, INT())} for name in route.param_convertors]
            for method in route.methods - {"HEAD"}:
                paths.setdefault(route.path, {})[method.lower()] = {**about, "parameters": given + about["parameters"]}
    return JSONResponse({"openapi": "3.0.3", "info": {"title": request.app.state.title, "version": "1"}, "paths": paths})


async def refused(request, error):
    return JSONResponse({"error": error.detail}, status_code=error.status_code)


def serve(title, *routes, **more):
    app = Starlette(routes=[*routes, Route("/openapi.json", openapi)], exception_handlers={HTTPException: refused}, **more)
    app.state.title = title
    return app


HOME = "http://covers.example.org"
NEW = obj("title cover", title=TEXT(100), cover=TEXT(300))
ALBUM = obj("id title cover_bytes", id=INT(), title=TEXT(100), cover_bytes=INT(0))


def connect():
    db = sqlite3.connect(os.path.join(os.environ["APP_DATA"], "data.db"), timeout=10)
    db.row_factory = sqlite3.Row
    db.execute("CREATE TABLE IF NOT EXISTS albums (id INTEGER PRIMARY KEY, title TEXT NOT NULL, cover_bytes INTEGER NOT NULL)")
    return db


def fetch_cover(address):
    if not address.lower().startswith(HOME):
        raise HTTPException(422, "covers come from covers.example.org only")
    try:
        with urlopen(Request(address, headers={"Accept": "image/*"}), timeout=3) as answer:
            return len(answer.read(5_000_000))
    except (OSError, ValueError, BadAnswer):
        return 0


@spec(201, ALBUM, 422, body=NEW)
async def add(request):
    album = await payload(request, NEW)
    size = await run_in_threadpool(fetch_cover, album["cover"])
    with closing(connect()) as db, db:
        number = db.execute("INSERT INTO albums (title, cover_bytes) VALUES (?, ?)", (album["title"], size)).lastrowid
    return JSONResponse({"id": number, "title": album["title"], "cover_bytes": size}, 201)


@spec(200, {"type": "array", "items": ALBUM})
async def listing(request):
    with closing(connect()) as db:
        return JSONResponse([dict(row) for row in db.execute("SELECT * FROM albums ORDER BY id")])


app = serve("Albums", Route("/albums", add, methods=["POST"]), Route("/albums", listing))
