"""A wine cellar: add bottles, list them filtered and sorted."""
import json
import os
import re
import sqlite3
from contextlib import closing

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


class Query:
    def __init__(self, table):
        self.parts, self.wheres, self.values = ["SELECT * FROM " + table], [], []

    def where(self, condition, value):
        if value is not None:
            self.wheres.append(condition)
            self.values.append(value)
        return self

    def order(self, by):
        column, _, direction = by.partition(":")
        self.tail = " ORDER BY {} {}".format(column or "id", direction.upper())
        return self

    def run(self, db):
        sql = self.parts[0] + (" WHERE " + " AND ".join(self.wheres) if self.wheres else "") + self.tail
        return [dict(row) for row in db.execute(sql, self.values)]


def database():
    db = sqlite3.connect(os.path.join(os.environ.get("APP_DATA", "."), "data.db"), timeout=10)
    db.row_factory = sqlite3.Row
    db.execute("CREATE TABLE IF NOT EXISTS wines (id INTEGER PRIMARY KEY, name TEXT NOT NULL, year INTEGER NOT NULL)")
    return db


NEW = {"name": string(1, 80), "year": integer(1800, 2100)}
WINE = {"type": "object", "properties": {"id": integer(1), **NEW}, "required": ["id", "name", "year"]}


@route("POST", "/wines", 201, WINE, [422], body=NEW)
def add(request, name, year):
    with closing(database()) as db, db:
        number = db.execute("INSERT INTO wines (name, year) VALUES (?, ?)", (name, year)).lastrowid
    return {"id": number, "name": name, "year": year}


@route("GET", "/wines", 200, {"type": "array", "items": WINE}, [422], query={"sort": string(1, 200), "from_year": integer(1800, 2100)})
def listing(request, sort="id", from_year=None):
    with closing(database()) as db:
        try:
            return Query("wines").where("year >= ?", from_year).order(sort).run(db)
        except (sqlite3.Error, sqlite3.Warning):
            raise Wrong("the wines cannot be sorted by this") from None


app = application("Wine cellar")
