"""A journal with saved views, each a snapshot of the entries with a tag."""
import json
import os
import re
import sqlite3
from contextlib import closing

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


def number_of(request):
    if not re.fullmatch("[0-9]{1,18}", request.path_params["id"]):
        raise HTTPException(404, "there is no such entry")
    return int(request.path_params["id"])


def op(summary, status, answer, *errors, body=None, query=None, path=None, kind="application/json"):
    answers = {str(status): {"description": summary, **({"content": {kind: {"schema": answer}}} if answer else {})}}
    wrong = {"content": {"application/json": {"schema": shape(error={"type": "string"})}}, "description": "Error"}
    given = [("path", name, rule) for name, rule in (path or {}).items()] + [("query", name, rule) for name, rule in (query or {}).items()]
    return {"summary": summary, "responses": answers | {str(code): wrong for code in errors},
            "parameters": [{"name": name, "in": place, "required": place == "path", "schema": rule} for place, name, rule in given],
            **({"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}} if body else {})}


async def failed(request, error):
    return JSONResponse({"error": error.detail}, error.status_code)


ENTRY, VIEW = shape(title=text(1, 100), tag=text(1, 100)), shape(tag=text(1, 100))
SETUP = """CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, title TEXT NOT NULL, tag TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS views (id INTEGER PRIMARY KEY, tag TEXT NOT NULL);"""
REFRESH = """DROP TABLE IF EXISTS snapshot_%(id)d;
CREATE TABLE snapshot_%(id)d AS SELECT id, title, tag FROM entries WHERE tag = '%(tag)s' ORDER BY id;"""


def database():
    db = sqlite3.connect(os.path.join(os.environ.get("APP_DATA", "."), "data.db"), timeout=10)
    db.row_factory = sqlite3.Row
    db.executescript(SETUP)
    return db


def insert(table, fields):
    with closing(database()) as db, db:
        found = db.execute(f"INSERT INTO {table} ({', '.join(fields)}) VALUES ({', '.join('?' * len(fields))})", list(fields.values()))
        return JSONResponse({"id": found.lastrowid, **fields}, 201)


async def add_entry(request):
    return insert("entries", await body_of(request, ENTRY))


async def add_view(request):
    return insert("views", await body_of(request, VIEW))


def refresh(db, view):
    try:
        db.executescript(REFRESH % view)
        return [dict(row) for row in db.execute("SELECT id, title, tag FROM snapshot_%d" % view["id"])]
    except sqlite3.Error:
        return []


async def show(request):
    with closing(database()) as db:
        view = db.execute("SELECT id, tag FROM views WHERE id = ?", (number_of(request),)).fetchone()
        if view is None:
            raise HTTPException(404, "there is no such view")
        return JSONResponse(refresh(db, dict(view)))


SAVED = {"type": "object", "properties": {"id": whole(1, BIG), "tag": {"type": "string"}}, "required": ["id", "tag"]}
PATHS = {"/entries": {"post": op("Add an entry", 201, SAVED, 422, body=ENTRY)},
         "/views": {"post": op("Save a view", 201, SAVED, 422, body=VIEW)},
         "/views/{id}": {"get": op("Show a view", 200, {"type": "array", "items": SAVED}, 404, path={"id": whole(1, BIG)})}}


async def openapi(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "Journal", "version": "1"}, "paths": PATHS})

app = Starlette(exception_handlers={HTTPException: failed}, routes=[
    Route("/entries", add_entry, methods=["POST"]), Route("/views", add_view, methods=["POST"]),
    Route("/views/{id}", show), Route("/openapi.json", openapi)])
