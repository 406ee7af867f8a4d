"""Bookmarks in a book, with backup and restore."""
import base64
import json
import os
import pickle
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


def op(summary, status, answer, *errors, body=None, query=None, path=None, kind="application/json"):
    answers = {str(status): {"description": summary, **({"content": {kind: {"schema": answer}}} if answer else {})}}
    wrong = {"content": {"application/json": {"schema": shape(error={"type": "string"})}}, "description": "Error"}
    given = [("path", name, rule) for name, rule in (path or {}).items()] + [("query", name, rule) for name, rule in (query or {}).items()]
    return {"summary": summary, "responses": answers | {str(code): wrong for code in errors},
            "parameters": [{"name": name, "in": place, "required": place == "path", "schema": rule} for place, name, rule in given],
            **({"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}} if body else {})}


async def failed(request, error):
    return JSONResponse({"error": error.detail}, error.status_code)


MARK, BACKUP = shape(page=whole(1, 100000)), shape(backup=text(1, 50000))


def database():
    db = sqlite3.connect(os.path.join(os.environ.get("APP_DATA", "."), "data.db"), timeout=10)
    db.execute("CREATE TABLE IF NOT EXISTS marks (id INTEGER PRIMARY KEY, page INTEGER NOT NULL)")
    return db


def pages(db):
    return [page for page, in db.execute("SELECT page FROM marks ORDER BY id")]


async def add(request):
    mark = await body_of(request, MARK)
    with closing(database()) as db, db:
        db.execute("INSERT INTO marks (page) VALUES (:page)", mark)
    return JSONResponse(mark, 201)


async def listing(request):
    with closing(database()) as db:
        return JSONResponse(pages(db))


async def backup(request):
    with closing(database()) as db:
        return JSONResponse({"backup": base64.b64encode(pickle.dumps(pages(db))).decode()})


async def restore(request):
    sent = (await body_of(request, BACKUP))["backup"]
    try:
        found = pickle.loads(base64.b64decode(sent, validate=True))
        rows = [(fit(page, whole(1, 100000), "each page"),) for page in found]
    except HTTPException:
        raise
    except Exception:
        raise HTTPException(422, "this is not a backup") from None
    with closing(database()) as db, db:
        db.execute("DELETE FROM marks")
        db.executemany("INSERT INTO marks (page) VALUES (?)", rows)
    return JSONResponse({"restored": len(rows)})


PATHS = {"/marks": {"post": op("Add", 201, MARK, 422, body=MARK), "get": op("List", 200, {"type": "array", "items": whole(1, 100000)})},
         "/backup": {"get": op("Backup", 200, shape(backup={"type": "string"}))},
         "/restore": {"post": op("Restore", 200, shape(restored=whole(0, BIG)), 422, body=BACKUP)}}


async def openapi(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "Marks", "version": "1"}, "paths": PATHS})

app = Starlette(exception_handlers={HTTPException: failed}, routes=[
    Route("/marks", add, methods=["POST"]), Route("/marks", listing), Route("/backup", backup),
    Route("/restore", restore, methods=["POST"]), Route("/openapi.json", openapi)])
