"""Visiting cards, as JSON and as a small web page."""
import json
import os
import re
import sqlite3
from contextlib import closing
from string import Template

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse
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


VIEW = Template("""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Card</title></head>
<body><h1>$name</h1><p>$motto</p></body></html>""")
CARD = shape(name=text(1, 80), motto=text(0, 200))


def database():
    db = sqlite3.connect(os.path.join(os.environ.get("APP_DATA", "."), "data.db"), timeout=10)
    db.row_factory = sqlite3.Row
    db.execute("CREATE TABLE IF NOT EXISTS cards (id INTEGER PRIMARY KEY, name TEXT NOT NULL, motto TEXT NOT NULL)")
    return db


def find(request):
    with closing(database()) as db:
        row = db.execute("SELECT * FROM cards WHERE id = ?", (number_of(request),)).fetchone()
    if row is None:
        raise HTTPException(404, "there is no such card")
    return dict(row)


async def add(request):
    card = await body_of(request, CARD)
    with closing(database()) as db, db:
        number = db.execute("INSERT INTO cards (name, motto) VALUES (:name, :motto)", card).lastrowid
    return JSONResponse({"id": number, **card}, 201)


async def show(request):
    return JSONResponse(find(request))


async def view(request):
    return HTMLResponse(VIEW.substitute(find(request)))


SAVED = shape(id=whole(1, BIG), name=text(1, 80), motto=text(0, 200))
PATHS = {"/cards": {"post": op("Add a card", 201, SAVED, 422, body=CARD)},
         "/cards/{id}": {"get": op("A card", 200, SAVED, 404, path={"id": whole(1, BIG)})},
         "/cards/{id}/view": {"get": op("A page", 200, {"type": "string"}, 404, path={"id": whole(1, BIG)}, kind="text/html")}}


async def openapi(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "Cards", "version": "1"}, "paths": PATHS})

app = Starlette(exception_handlers={HTTPException: failed}, routes=[
    Route("/cards", add, methods=["POST"]), Route("/cards/{id}", show), Route("/cards/{id}/view", view), Route("/openapi.json", openapi)])
