"""Commands that somebody is to run by hand; they are only kept here, nothing runs them."""
import json
import os
import sqlite3
from contextlib import closing
from http import HTTPStatus

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


SHELLS = {**TEXT(10), "enum": ["sh", "bash", "powershell"]}
NEW = obj("command shell", command=TEXT(500), shell=SHELLS)
COMMAND = obj("id command shell done", id=INT(), command=TEXT(500), shell=SHELLS, done={"type": "boolean"})


def connect():
    db = sqlite3.connect(os.path.join(os.environ["APP_DATA"], "data.db"), timeout=10)
    db.row_factory = sqlite3.Row
    db.execute("CREATE TABLE IF NOT EXISTS commands (id INTEGER PRIMARY KEY, command TEXT NOT NULL, shell TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0)")
    return db


def shown(row):
    return {**dict(row), "done": bool(row["done"])}


@spec(201, COMMAND, 422, body=NEW)
async def queue(request):
    new = await payload(request, NEW)
    with closing(connect()) as db, db:
        system = db.execute("INSERT INTO commands (command, shell) VALUES (:command, :shell)", new).lastrowid
    return JSONResponse({"id": system, **new, "done": False}, 201)


@spec(200, {"type": "array", "items": COMMAND})
async def open_commands(request):
    with closing(connect()) as db:
        return JSONResponse([shown(row) for row in db.execute("SELECT * FROM commands WHERE done = 0 ORDER BY id LIMIT 200")])


@spec(200, COMMAND, 404)
async def executed(request):
    key = number(request)
    with closing(connect()) as db, db:
        db.execute("UPDATE commands SET done = 1 WHERE id = ?", (key,))
        row = db.execute("SELECT * FROM commands WHERE id = ?", (key,)).fetchone()
    if row is None:
        raise HTTPException(404, "there is no such command")
    return JSONResponse(shown(row))


app = serve("Commands", Route("/commands", queue, methods=["POST"]), Route("/commands", open_commands), Route("/commands/{id}/done", executed, methods=["POST"]))
