"""A notice board; only the administrator may take notices down."""
import hmac
import json
import os
import re
import sqlite3
from contextlib import closing

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
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


ADMIN = {"user": "warden", "password": os.environ.get("BOARD_ADMIN_PASSWORD", "Tr4m-Lantern!62oak")}
NOTICE = shape(text=text(1, 500))


def database():
    db = sqlite3.connect(os.path.join(os.environ.get("APP_DATA", "."), "data.db"), timeout=10)
    db.row_factory = sqlite3.Row
    db.execute("CREATE TABLE IF NOT EXISTS notices (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
    return db


async def add(request):
    notice = await body_of(request, NOTICE)
    with closing(database()) as db, db:
        number = db.execute("INSERT INTO notices (text) VALUES (:text)", notice).lastrowid
    return JSONResponse({"id": number, **notice}, 201)


async def listing(request):
    with closing(database()) as db:
        return JSONResponse([dict(row) for row in db.execute("SELECT * FROM notices ORDER BY id")])


async def remove(request):
    number, given = number_of(request), request.headers.get("x-admin-password", "")
    if not hmac.compare_digest(given.encode(), ADMIN["password"].encode()):
        raise HTTPException(403, "only the administrator may do this")
    with closing(database()) as db, db:
        if not db.execute("DELETE FROM notices WHERE id = ?", (number,)).rowcount:
            raise HTTPException(404, "there is no such notice")
    return Response(status_code=204)


SAVED = shape(id=whole(1, BIG), text=text(1, 500))
PATHS = {"/notices": {"post": op("Add a notice", 201, SAVED, 422, body=NOTICE), "get": op("List", 200, {"type": "array", "items": SAVED})},
         "/notices/{id}": {"delete": op("Take down", 204, None, 403, 404, path={"id": whole(1, BIG)})}}


async def openapi(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "Notices", "version": "1"}, "paths": PATHS})

app = Starlette(exception_handlers={HTTPException: failed}, routes=[
    Route("/notices", add, methods=["POST"]), Route("/notices", listing), Route("/notices/{id}", remove, methods=["DELETE"]), Route("/openapi.json", openapi)])
