"""An address book with a search by name."""
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


def query_of(request, name, rule, default):
    value = request.query_params.get(name, default)
    if rule["type"] == "integer" and isinstance(value, str):
        value = int(value) if re.fullmatch("-?[0-9]{1,18}", value) else None
    return fit(value, rule, name)


def op(summary, status, answer, *errors, body=None, query=None, path=None, kind="application/json"):
    answers = {str(status): {"description": summary, **({"content": {kind: {"schema": answer}}} if answer else {})}}
    wrong = {"content": {"application/json": {"schema": shape(error={"type": "string"})}}, "description": "Error"}
    given = [("path", name, rule) for name, rule in (path or {}).items()] + [("query", name, rule) for name, rule in (query or {}).items()]
    return {"summary": summary, "responses": answers | {str(code): wrong for code in errors},
            "parameters": [{"name": name, "in": place, "required": place == "path", "schema": rule} for place, name, rule in given],
            **({"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}} if body else {})}


async def failed(request, error):
    return JSONResponse({"error": error.detail}, error.status_code)


CONTACT = shape(name=text(1, 100), phone=text(1, 40))
SAVED = shape(id=whole(1, BIG), name=text(1, 100), phone=text(1, 40))


def database():
    db = sqlite3.connect(os.path.join(os.environ.get("APP_DATA", "."), "data.db"), timeout=10)
    db.row_factory = sqlite3.Row
    db.execute("CREATE TABLE IF NOT EXISTS contacts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, phone TEXT NOT NULL)")
    return db


async def add(request):
    contact = await body_of(request, CONTACT)
    with closing(database()) as db, db:
        number = db.execute("INSERT INTO contacts (name, phone) VALUES (:name, :phone)", contact).lastrowid
    return JSONResponse({"id": number, **contact}, 201)


async def search(request):
    name = query_of(request, "name", text(0, 100), "")
    with closing(database()) as db:
        try:
            rows = db.execute(f"SELECT id, name, phone FROM contacts WHERE name LIKE '%{name}%' ORDER BY name, id").fetchall()
        except sqlite3.Error:
            raise HTTPException(422, "this name cannot be searched for") from None
    return JSONResponse([dict(row) for row in rows])


PATHS = {"/contacts": {"post": op("Add a contact", 201, SAVED, 422, body=CONTACT),
                       "get": op("Search", 200, {"type": "array", "items": SAVED}, 422, query={"name": text(0, 100)})}}


async def openapi(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "Contacts", "version": "1"}, "paths": PATHS})

app = Starlette(exception_handlers={HTTPException: failed}, routes=[
    Route("/contacts", add, methods=["POST"]), Route("/contacts", search), Route("/openapi.json", openapi)])
