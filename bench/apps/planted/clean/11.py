"""Names with passwords, of which only a salted hash is kept."""
import hashlib
import hmac
import json
import os
import re
import secrets
import sqlite3
from contextlib import closing

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
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


USER = shape(name=text(1, 40), password=text(8, 100))
SHOWN = shape(name=text(1, 40))


def database():
    db = sqlite3.connect(os.path.join(os.environ.get("APP_DATA", "."), "data.db"), timeout=10)
    db.execute("CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, salt BLOB NOT NULL, hash BLOB NOT NULL)")
    return db


def hash_of(password, salt):
    return hashlib.scrypt(password.encode(), salt=salt, n=2**13, r=8, p=1)


async def register(request):
    user = await body_of(request, USER)
    salt = secrets.token_bytes(16)
    with closing(database()) as db, db:
        try:
            db.execute("INSERT INTO users VALUES (?, ?, ?)", (user["name"], salt, hash_of(user["password"], salt)))
        except sqlite3.IntegrityError:
            raise HTTPException(409, "this name is taken") from None
    return JSONResponse({"name": user["name"]}, 201)


async def login(request):
    user = await body_of(request, USER)
    with closing(database()) as db:
        row = db.execute("SELECT salt, hash FROM users WHERE name = ?", (user["name"],)).fetchone()
    salt, kept = row or (b"\0" * 16, b"")
    if not hmac.compare_digest(hash_of(user["password"], salt), kept):
        raise HTTPException(401, "the name or the password is wrong")
    return JSONResponse({"name": user["name"]})


PATHS = {"/users": {"post": op("Register", 201, SHOWN, 409, 422, body=USER)}, "/login": {"post": op("Log in", 200, SHOWN, 401, 422, body=USER)}}


async def openapi(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "Users", "version": "1"}, "paths": PATHS})

app = Starlette(exception_handlers={HTTPException: failed}, routes=[
    Route("/users", register, methods=["POST"]), Route("/login", login, methods=["POST"]), Route("/openapi.json", openapi)])
