"""Shelves of parcels; a shelf may have a hook that is told of new parcels."""
import http.client
import json
import os
import re
import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
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


SHELF, PARCEL = shape(name=text(1, 60), hook=text(0, 300)), shape(label=text(1, 100))


def database():
    db = sqlite3.connect(os.path.join(os.environ.get("APP_DATA", "."), "data.db"), timeout=10)
    db.execute("CREATE TABLE IF NOT EXISTS shelves (id INTEGER PRIMARY KEY, name TEXT NOT NULL, hook TEXT NOT NULL)")
    db.execute("CREATE TABLE IF NOT EXISTS parcels (id INTEGER PRIMARY KEY, shelf INTEGER NOT NULL, label TEXT NOT NULL)")
    return db


def tell(hook, parcel):
    """Whether the hook took the news."""
    try:
        parts = urlsplit(hook)
        opener = getattr(http.client, f"{parts.scheme.upper()}Connection")
        with closing(opener(parts.hostname, parts.port, timeout=2)) as link:
            link.request("POST", parts.path or "/", json.dumps(parcel), {"Content-Type": "application/json"})
            return link.getresponse().status < 300
    except (AttributeError, OSError, ValueError, TypeError, http.client.HTTPException):
        return False


async def add_shelf(request):
    shelf = await body_of(request, SHELF)
    with closing(database()) as db, db:
        number = db.execute("INSERT INTO shelves (name, hook) VALUES (:name, :hook)", shelf).lastrowid
    return JSONResponse({"id": number, **shelf}, 201)


async def add_parcel(request):
    number, parcel = number_of(request), await body_of(request, PARCEL)
    with closing(database()) as db, db:
        shelf = db.execute("SELECT hook FROM shelves WHERE id = ?", (number,)).fetchone()
        if shelf is None:
            raise HTTPException(404, "there is no such shelf")
        parcel["id"] = db.execute("INSERT INTO parcels (shelf, label) VALUES (?, ?)", (number, parcel["label"])).lastrowid
    told = bool(shelf[0]) and await run_in_threadpool(tell, shelf[0], parcel)
    return JSONResponse({**parcel, "told": told}, 201)


SAVED = shape(id=whole(1, BIG), name=text(1, 60), hook=text(0, 300))
PUT = shape(id=whole(1, BIG), label=text(1, 100), told={"type": "boolean"})
PATHS = {"/shelves": {"post": op("Add a shelf", 201, SAVED, 422, body=SHELF)},
         "/shelves/{id}/parcels": {"post": op("Add a parcel", 201, PUT, 404, 422, body=PARCEL, path={"id": whole(1, BIG)})}}


async def openapi(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "Shelves", "version": "1"}, "paths": PATHS})

app = Starlette(exception_handlers={HTTPException: failed}, routes=[
    Route("/shelves", add_shelf, methods=["POST"]), Route("/shelves/{id}/parcels", add_parcel, methods=["POST"]), Route("/openapi.json", openapi)])
