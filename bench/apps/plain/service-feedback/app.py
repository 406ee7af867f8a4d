"""Feedback with stars."""
import json
import os
import re
import sqlite3
from contextlib import contextmanager
from datetime import date

from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

LARGEST_ID = 2**63 - 1
LONGEST_BODY = 200_000


@contextmanager
def database():
    """A connection in a transaction, which is undone if anything goes wrong."""
    path = os.path.join(os.environ.get("APP_DATA", "."), "data.db")
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    try:
        connection.row_factory = sqlite3.Row
        for table in TABLES:
            connection.execute(table)
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()


def wrong(message):
    raise HTTPException(422, message)


def check(value, schema, name):
    """The value with defaults filled in, if it fits the schema (the same that /openapi.json shows)."""
    if value is None and schema.get("nullable"):
        return None
    kind = schema["type"]
    if kind == "object":
        if not isinstance(value, dict):
            wrong(f"{name} must be an object")
        fields = schema["properties"]
        for field in value:
            if field not in fields:
                wrong(f"there is no field {field[:50]!r}")
        for field in schema.get("required", ()):
            if field not in value:
                wrong(f"{field} is missing")
        if len(value) < schema.get("minProperties", 0):
            wrong("give at least one field")
        found = {field: rule["default"] for field, rule in fields.items() if "default" in rule}
        return found | {field: check(value[field], fields[field], field) for field in value}
    if kind == "array":
        if not isinstance(value, list):
            wrong(f"{name} must be a list")
        if not schema.get("minItems", 0) <= len(value) <= schema["maxItems"]:
            wrong(f"{name} must hold {schema.get('minItems', 0)} to {schema['maxItems']} items")
        value = [check(item, schema["items"], f"each of {name}") for item in value]
        if schema.get("uniqueItems") and len(set(value)) < len(value):
            wrong(f"{name} must not repeat an item")
        return value
    if kind == "string":
        if not isinstance(value, str):
            wrong(f"{name} must be text")
        try:
            value.encode()
        except UnicodeEncodeError:
            wrong(f"{name} is not proper Unicode text")
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1000):
            wrong(f"{name} must have {schema.get('minLength', 0)} to {schema.get('maxLength', 1000)} characters")
        if "pattern" in schema and not re.search(schema["pattern"].replace("$", r"\Z"), value):
            wrong(f"{name} must not be blank" if schema["pattern"] == NOT_BLANK else f"{name} is not of the right form")
        if schema.get("format") == "date" and not is_date(value):
            wrong(f"{name} must be a date like 2024-05-31")
    elif kind == "boolean":
        if not isinstance(value, bool):
            wrong(f"{name} must be true or false")
    else:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            wrong(f"{name} must be a number")
        if not schema["minimum"] <= value <= schema["maximum"]:
            wrong(f"{name} must be between {schema['minimum']} and {schema['maximum']}")
        if kind == "integer":
            if value != int(value):
                wrong(f"{name} must be a whole number")
            value = int(value)
    if "enum" in schema and value not in schema["enum"]:
        wrong(f"{name} must be one of {', '.join(map(str, schema['enum']))}")
    return value


def is_date(text):
    try:
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and date.fromisoformat(text))
    except ValueError:
        return False


def no_constant(name):
    raise ValueError(name)


async def body_of(request, schema):
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        wrong("the body must be JSON, with Content-Type: application/json")
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > LONGEST_BODY:
            wrong("the body is too large")
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=no_constant)
    except (ValueError, RecursionError):
        wrong("the body is not valid JSON")
    return check(value, schema, "the body")


def query_of(request, rules):
    found = {}
    for name, text in request.query_params.multi_items():
        if name not in rules:
            wrong(f"there is no parameter {name[:50]!r}")
        if name in found:
            wrong(f"{name} is given twice")
        kind = rules[name]["type"]
        if kind in ("integer", "number"):
            if not re.fullmatch(r"-?[0-9]{1,18}" if kind == "integer" else r"-?[0-9]{1,18}(\.[0-9]{1,18})?", text):
                wrong(f"{name} must be a {'whole ' if kind == 'integer' else ''}number within its limits")
            value = int(text) if kind == "integer" else float(text)
        elif kind == "boolean":
            value = {"true": True, "false": False}.get(text)
        else:
            value = text
        found[name] = check(value, rules[name], name)
    return {name: rule["default"] for name, rule in rules.items() if "default" in rule} | found


def id_of(request, name="id"):
    text = request.path_params[name]
    if not re.fullmatch(r"[1-9][0-9]{0,18}", text) or int(text) > LARGEST_ID:
        raise HTTPException(404, f"there is no {name} {text[:30]}")
    return int(text)


async def failed(request, error):
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


# The description of the routes

NOT_BLANK = r"[^ \t\r\n]"
ID = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
COUNT = {"type": "integer", "minimum": 0}
ERROR = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
REASONS = {404: "Unknown", 409: "Not possible now", 422: "Wrong input"}


def text(least, most, **more):
    return {"type": "string", "minLength": least, "maxLength": most, **more}


def whole(least, most, **more):
    return {"type": "integer", "minimum": least, "maximum": most, **more}


def record(**fields):
    """The schema of an answer, which always has all its fields."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def fields(required, **rules):
    """The schema of a body."""
    schema = {"type": "object", "properties": rules, "additionalProperties": False}
    return schema | {"required": required} if required else schema


def listing(item):
    return {"type": "array", "items": item}


def operation(summary, status, answer, *errors, body=None, query=None, path=None):
    answers = {str(status): {"description": summary}}
    if answer:
        answers[str(status)]["content"] = {"application/json": {"schema": answer}}
    for error in errors:
        answers[str(error)] = {"description": REASONS[error], "content": {"application/json": {"schema": ERROR}}}
    described = {"summary": summary, "responses": answers}
    parameters = [{"name": name, "in": "path", "required": True, "schema": rule}
                  for name, rule in (path or {}).items()]
    parameters += [{"name": name, "in": "query", "required": False, "schema": rule}
                   for name, rule in (query or {}).items()]
    if parameters:
        described["parameters"] = parameters
    if body:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return described


def service(title, *described):
    """The app of (path, endpoint, operations by method)."""
    paths = {path: operations for path, _, operations in described}
    document = {"openapi": "3.0.3", "info": {"title": title, "version": "1.0.0"}, "paths": paths}

    async def openapi(request):
        return JSONResponse(document)

    routes = [Route(path, endpoint) for path, endpoint, _ in described]
    routes.append(Route("/openapi.json", openapi))
    return Starlette(routes=routes, exception_handlers={HTTPException: failed})


# The feedback

TABLES = ["""CREATE TABLE IF NOT EXISTS feedback (
    id INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT NOT NULL, stars INTEGER NOT NULL)"""]

MESSAGE, STARS = text(1, 500), whole(1, 5)
NEW = fields(["message", "stars"], message=MESSAGE, stars=STARS)
FILTERS = {"min_stars": STARS}
FEEDBACK = record(id=ID, message=MESSAGE, stars=STARS)
STATS = record(count=COUNT, average={"type": "number", "minimum": 1, "maximum": 5, "nullable": True})


class Feedback(HTTPEndpoint):
    async def get(self, request):
        least = query_of(request, FILTERS).get("min_stars", 1)
        with database() as db:
            rows = db.execute("SELECT * FROM feedback WHERE stars >= ? ORDER BY id", (least,))
            return JSONResponse([dict(row) for row in rows])

    async def post(self, request):
        new = await body_of(request, NEW)
        with database() as db:
            number = db.execute("INSERT INTO feedback (message, stars) VALUES (:message, :stars)", new).lastrowid
        return JSONResponse({"id": number} | new, 201)


class Stats(HTTPEndpoint):
    async def get(self, request):
        with database() as db:
            count, stars = db.execute("SELECT count(*), sum(stars) FROM feedback").fetchone()
        return JSONResponse({"count": count, "average": round(stars / count, 1) if count else None})


app = service(
    "Feedback",
    ("/feedback", Feedback, {
        "get": operation("List the feedback", 200, listing(FEEDBACK), 422, query=FILTERS),
        "post": operation("Give feedback", 201, FEEDBACK, 422, body=NEW)}),
    ("/feedback/stats", Stats, {"get": operation("Sum up", 200, STATS)}),
)
