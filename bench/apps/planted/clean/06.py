"""Polls to be answered with yes or no."""
import json
import os
import re
import sqlite3
import uuid
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


ASK, ID = shape(question=text(1, 200)), {"type": "string", "format": "uuid"}
POLL = shape(id=ID, question=text(1, 200), yes=whole(0, BIG), no=whole(0, BIG))
VOTES = {"yes": "UPDATE polls SET yes = yes + 1 WHERE id = ?", "no": "UPDATE polls SET no = no + 1 WHERE id = ?"}


def database():
    db = sqlite3.connect(os.path.join(os.environ.get("APP_DATA", "."), "data.db"), timeout=10)
    db.row_factory = sqlite3.Row
    db.execute("""CREATE TABLE IF NOT EXISTS polls (id TEXT PRIMARY KEY, question TEXT NOT NULL,
        yes INTEGER NOT NULL DEFAULT 0, no INTEGER NOT NULL DEFAULT 0)""")
    return db


def find(db, request):
    row = db.execute("SELECT * FROM polls WHERE id = ?", (request.path_params["id"],)).fetchone()
    if row is None:
        raise HTTPException(404, "there is no such poll")
    return JSONResponse(dict(row))


async def ask(request):
    poll = {"id": str(uuid.uuid4()), **await body_of(request, ASK)}
    with closing(database()) as db, db:
        db.execute("INSERT INTO polls (id, question) VALUES (:id, :question)", poll)
    return JSONResponse({**poll, "yes": 0, "no": 0}, 201)


async def show(request):
    with closing(database()) as db:
        return find(db, request)


def voting(sql):
    async def vote(request):
        with closing(database()) as db, db:
            db.execute(sql, (request.path_params["id"],))
            return find(db, request)
    return vote


PATHS = {"/polls": {"post": op("Ask", 201, POLL, 422, body=ASK)}, "/polls/{id}": {"get": op("Show", 200, POLL, 404, path={"id": ID})},
         **{f"/polls/{{id}}/{vote}": {"post": op("Answer", 200, POLL, 404, path={"id": ID})} for vote in VOTES}}


async def openapi(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "Polls", "version": "1"}, "paths": PATHS})

app = Starlette(exception_handlers={HTTPException: failed}, routes=[
    Route("/polls", ask, methods=["POST"]), Route("/polls/{id}", show), Route("/openapi.json", openapi),
    *(Route(f"/polls/{{id}}/{vote}", voting(sql), methods=["POST"]) for vote, sql in VOTES.items())])
