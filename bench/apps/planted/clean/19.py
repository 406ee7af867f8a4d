"""Birthday wishes, shown on one page."""
import json
import os
import re
import sqlite3
from contextlib import closing
from html import escape

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

BIG = 2**63 - 1


def text(least, most):
    return {"type": "string", "minLength": least, "maxLength": most}


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


WISH = {"type": "object", "properties": {"from": text(1, 60), "wish": text(1, 300)}, "required": ["from", "wish"]}
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Wishes</title></head>
<body><h1>Wishes</h1><dl>{}</dl></body></html>"""


def database():
    db = sqlite3.connect(os.path.join(os.environ.get("APP_DATA", "."), "data.db"), timeout=10)
    db.execute("CREATE TABLE IF NOT EXISTS wishes (id INTEGER PRIMARY KEY, sender TEXT NOT NULL, wish TEXT NOT NULL)")
    return db


async def add(request):
    wish = await body_of(request, WISH)
    with closing(database()) as db, db:
        db.execute("INSERT INTO wishes (sender, wish) VALUES (:from, :wish)", wish)
    return JSONResponse(wish, 201)


async def page(request):
    with closing(database()) as db:
        rows = db.execute("SELECT sender, wish FROM wishes ORDER BY id DESC LIMIT 200").fetchall()
    lines = [f"<dt>{escape(sender)}</dt><dd>{escape(wish)}</dd>" for sender, wish in rows]
    return HTMLResponse(PAGE.format("".join(lines)), headers={"Content-Security-Policy": "default-src 'none'"})


PATHS = {"/wishes": {"post": op("Send a wish", 201, WISH, 422, body=WISH)},
         "/page": {"get": op("The page", 200, {"type": "string"}, kind="text/html")}}


async def openapi(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "Wishes", "version": "1"}, "paths": PATHS})

app = Starlette(exception_handlers={HTTPException: failed}, routes=[
    Route("/wishes", add, methods=["POST"]), Route("/page", page), Route("/openapi.json", openapi)])
