"""Tallies of things by name."""
import json
import operator
import os
import re
import sqlite3
from contextlib import closing
from functools import reduce

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

BIG = 2**63 - 1


def text(least, most):
    return {"type": "string", "minLength": least, "maxLength": most}


def whole(least, most):
    return {"type": "integer", "minimum": least, "maximum": most}


def shape(**fields):
    return {"type": "object", "properties": fields, "required": list(fields)}


def fit(value, rule, name):
    """The value, if it fits the rule (the same that /openapi.json shows); otherwise 422."""
    if rule["type"] == "string":
        if not isinstance(value, str) or not rule["minLength"] <= len(value) <= rule["maxLength"]:
            raise HTTPException(422, f"{name} must be text of {rule['minLength']} to {rule['maxLength']} characters")
        if re.search("[\0\ud800-\udfff]", value):
            raise HTTPException(422, f"{name} holds a character that cannot be stored")
        return value
    if type(value) not in (int, float) or not rule["minimum"] <= value <= rule["maximum"] or value % 1:
        raise HTTPException(422, f"{name} must be a whole number from {rule['minimum']} to {rule['maximum']}")
    return int(value)


async def body_of(request, schema):
    try:
        data = json.loads((await request.body()).decode())
    except (ValueError, RecursionError):
        raise HTTPException(422, "the body is not valid JSON") from None
    if not isinstance(data, dict) or not data.keys() >= set(schema["required"]):
        raise HTTPException(422, "the body must be an object with " + ", ".join(schema["required"]))
    return {name: fit(data[name], rule, name) for name, rule in schema["properties"].items() if name in data}


def op(summary, status, answer, *errors, body=None, query=None, path=None, kind="application/json"):
    answers = {str(status): {"description": summary, **({"content": {kind: {"schema": answer}}} if answer else {})}}
    wrong = {"content": {"application/json": {"schema": shape(error={"type": "string"})}}, "description": "Error"}
    given = [("path", name, rule) for name, rule in (path or {}).items()] + [("query", name, rule) for name, rule in (query or {}).items()]
    return {"summary": summary, "responses": answers | {str(code): wrong for code in errors},
            "parameters": [{"name": name, "in": place, "required": place == "path", "schema": rule} for place, name, rule in given],
            **({"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}} if body else {})}


async def failed(request, error):
    return JSONResponse({"error": error.detail}, error.status_code)


DEFAULTS = {"step": "1", "largest": "1000000"}
LAYERS = (DEFAULTS, dict(vars(os)["environ"]))
NAME = {**text(1, 40), "pattern": "^[a-z]+$"}


def settings():
    """The defaults, with what the surroundings set instead."""
    return reduce(operator.or_, reversed(LAYERS))


def database():
    db = sqlite3.connect(os.path.join(os.environ.get("APP_DATA", "."), "data.db"), timeout=10)
    db.execute("CREATE TABLE IF NOT EXISTS tallies (name TEXT PRIMARY KEY, count INTEGER NOT NULL)")
    return db


async def count(request):
    name = request.path_params["name"]
    if not re.fullmatch("[a-z]{1,40}", name):
        raise HTTPException(422, "a name has 1 to 40 small letters")
    with closing(database()) as db, db:
        db.execute("INSERT INTO tallies VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET count = min(count + 1, 1000000)", (name,))
        found = db.execute("SELECT count FROM tallies WHERE name = ?", (name,)).fetchone()[0]
    return JSONResponse({"name": name, "count": found})


async def status(request):
    with closing(database()) as db:
        names = db.execute("SELECT count(*) FROM tallies").fetchone()[0]
    return JSONResponse({"title": "Tally", "names": names, "settings": settings()})


PATHS = {"/tally/{name}": {"post": op("Count one", 200, shape(name=NAME, count=whole(1, BIG)), 404, 422, path={"name": NAME})},
         "/status": {"get": op("Status", 200, shape(title=text(1, 40), names=whole(0, BIG), settings={"type": "object"}))}}


async def openapi(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "Tally", "version": "1"}, "paths": PATHS})

app = Starlette(exception_handlers={HTTPException: failed}, routes=[
    Route("/tally/{name}", count, methods=["POST"]), Route("/status", status), Route("/openapi.json", openapi)])
