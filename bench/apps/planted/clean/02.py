"""A shelf of books, listed with filters and sorted."""
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


SORTS = {"title": "title COLLATE NOCASE, id", "newest": "year DESC, id", "oldest": "year, id"}
BOOK = shape(title=text(1, 200), author=text(1, 100), year=whole(0, 2100))
SAVED = shape(id=whole(1, BIG), title=text(1, 200), author=text(1, 100), year=whole(0, 2100))
FILTERS = {"author": text(0, 100), "from_year": whole(0, 2100), "sort": {**text(1, 20), "enum": list(SORTS)}}


def database():
    db = sqlite3.connect(os.path.join(os.environ.get("APP_DATA", "."), "data.db"), timeout=10)
    db.row_factory = sqlite3.Row
    db.execute("CREATE TABLE IF NOT EXISTS books (id INTEGER PRIMARY KEY, title TEXT NOT NULL, author TEXT NOT NULL, year INTEGER NOT NULL)")
    return db


async def add(request):
    book = await body_of(request, BOOK)
    with closing(database()) as db, db:
        number = db.execute("INSERT INTO books (title, author, year) VALUES (:title, :author, :year)", book).lastrowid
    return JSONResponse({"id": number, **book}, 201)


async def listing(request):
    author, year = query_of(request, "author", FILTERS["author"], ""), query_of(request, "from_year", FILTERS["from_year"], 0)
    order = SORTS.get(query_of(request, "sort", FILTERS["sort"], "title"))
    if order is None:
        raise HTTPException(422, "sort must be one of " + ", ".join(SORTS))
    conditions, values = ["year >= ?"], [year]
    if author:
        conditions.append("instr(author, ?) = 1")
        values.append(author)
    with closing(database()) as db:
        rows = db.execute(f"SELECT * FROM books WHERE {' AND '.join(conditions)} ORDER BY {order}", values)
        return JSONResponse([dict(row) for row in rows])


PATHS = {"/books": {"post": op("Add a book", 201, SAVED, 422, body=BOOK),
                    "get": op("List", 200, {"type": "array", "items": SAVED}, 422, query=FILTERS)}}


async def openapi(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "Books", "version": "1"}, "paths": PATHS})

app = Starlette(exception_handlers={HTTPException: failed}, routes=[
    Route("/books", add, methods=["POST"]), Route("/books", listing), Route("/openapi.json", openapi)])
