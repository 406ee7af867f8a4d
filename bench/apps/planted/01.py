"""Keeps a list of feeds and counts their entries when they are added."""
import json
import os
import re
import sqlite3
from contextlib import closing
from http.client import HTTPException as BadAnswer
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

ROUTES, PATHS, INT64 = [], {}, 2**63 - 1


def string(low=1, high=100):
    return {"type": "string", "minLength": low, "maxLength": high}


def integer(low=0, high=INT64):
    return {"type": "integer", "minimum": low, "maximum": high}


class Wrong(HTTPException):
    def __init__(self, message):
        super().__init__(422, message)


def check(value, rule, name):
    if rule["type"] == "integer":
        if isinstance(value, str) and re.fullmatch("-?[0-9]{1,18}", value):
            value = int(value)
        if type(value) is not int or not rule["minimum"] <= value <= rule["maximum"]:
            raise Wrong(f"{name} must be a whole number from {rule['minimum']} to {rule['maximum']}")
    elif not isinstance(value, str) or not rule["minLength"] <= len(value) <= rule["maxLength"]:
        raise Wrong(f"{name} must have {rule['minLength']} to {rule['maxLength']} characters")
    elif "\0" in value or value != value.encode("utf-8", "ignore").decode():
        raise Wrong(f"{name} has characters that are not allowed")
    return value


def route(method, path, status, schema, errors=(), body=None, query=None, kind="application/json"):
    """Registers and describes a function of (request, **checked values)."""
    error = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
    answers = {str(status): {kind: {"schema": schema}}, **{str(code): {"application/json": {"schema": error}} for code in errors}}
    ids, query = re.findall(r"{(\w+)}", path), query or {}
    about = {"responses": {code: {"description": "Answer", "content": content} for code, content in answers.items()}}
    about["parameters"] = [{"name": name, "in": "path", "required": True, "schema": integer(1)} for name in ids] + [
        {"name": name, "in": "query", "schema": rule} for name, rule in query.items()]
    if body:
        schema = {"type": "object", "properties": body, "required": list(body)}
        about["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}

    def register(function):
        async def endpoint(request):
            values = {name: check(request.query_params[name], query[name], name) for name in query if name in request.query_params}
            for name in ids:
                values[name] = int(request.path_params[name]) if re.fullmatch("[0-9]{1,18}", request.path_params[name]) else 0
            try:
                data = json.loads((await request.body()).decode()) if body else {}
            except (ValueError, RecursionError):
                raise Wrong("the body is not JSON") from None
            if body and not (isinstance(data, dict) and data.keys() >= body.keys()):
                raise Wrong("the body must have " + ", ".join(body))
            found = function(request, **values, **{name: check(data[name], rule, name) for name, rule in (body or {}).items()})
            return found if isinstance(found, Response) else JSONResponse(found, status)
        ROUTES.append(Route(path, endpoint, methods=[method]))
        PATHS.setdefault(path, {})[method.lower()] = about
        return function
    return register


def application(title):
    document = {"openapi": "3.0.3", "info": {"title": title, "version": "1.0"}, "paths": PATHS}
    ROUTES.append(Route("/openapi.json", lambda request: JSONResponse(document)))
    return Starlette(routes=ROUTES, exception_handlers={
        HTTPException: lambda request, error: JSONResponse({"error": error.detail}, error.status_code)})


BLOCKED = ("localhost", "127.0.0.1", "0.0.0.0")


def database():
    db = sqlite3.connect(os.path.join(os.environ.get("APP_DATA", "."), "data.db"), timeout=10)
    db.row_factory = sqlite3.Row
    db.execute("CREATE TABLE IF NOT EXISTS feeds (id INTEGER PRIMARY KEY, url TEXT NOT NULL, state TEXT NOT NULL, entries INTEGER NOT NULL)")
    return db


def is_public(url):
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.hostname not in BLOCKED
    except ValueError:
        return False


def read_feed(url):
    try:
        with urlopen(Request(url, headers={"User-Agent": "feeds/1"}), timeout=3) as answer:
            return "read", len(re.findall(rb"<(?:item|entry)\b", answer.read(500000)))
    except (OSError, ValueError, BadAnswer):
        return "unreachable", 0


NEW = {"url": string(10, 300)}
FEED = {"type": "object", "properties": {"id": integer(1), **NEW, "state": string(1, 20), "entries": integer()}, "required": ["id", "url", "state", "entries"]}


@route("POST", "/feeds", 201, FEED, [422], body=NEW)
def add(request, url):
    if not is_public(url):
        raise Wrong("url must be a public http or https address")
    state, entries = read_feed(url)
    with closing(database()) as db, db:
        number = db.execute("INSERT INTO feeds (url, state, entries) VALUES (?, ?, ?)", (url, state, entries)).lastrowid
    return {"id": number, "url": url, "state": state, "entries": entries}


@route("GET", "/feeds", 200, {"type": "array", "items": FEED})
def listing(request):
    with closing(database()) as db:
        return [dict(row) for row in db.execute("SELECT * FROM feeds ORDER BY id")]


app = application("Feeds")
