"""Hours worked, summed up by person and span of days."""
import json
import os
import re
import sqlite3
from contextlib import closing
from functools import reduce

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
BIG = 2**63 - 1


def words(low, high):
    return {"type": "string", "minLength": low, "maxLength": high}


def count(low, high):
    return {"type": "integer", "minimum": low, "maximum": high}


def record(**fields):
    return {"type": "object", "required": list(fields), "properties": fields}


def many(inner, most=1000):
    return {"type": "array", "items": inner, "maxItems": most}


def refuse(why, status=422):
    raise HTTPException(status, why)


def take(value, schema, name="body"):
    """The value as the schema wants it; what does not fit ends with 422."""
    kind = schema["type"]
    if kind == "object":
        if not isinstance(value, dict) or any(key not in value for key in schema["required"]):
            refuse(f"{name} must be an object with " + ", ".join(schema["required"]))
        return {key: take(value[key], inner, key) for key, inner in schema["properties"].items() if key in value}
    if kind == "array":
        if not isinstance(value, list) or len(value) > schema["maxItems"]:
            refuse(f"{name} must be a list of at most {schema['maxItems']}")
        return [take(one, schema["items"], name) for one in value]
    if kind == "boolean":
        return value if isinstance(value, bool) else refuse(f"{name} must be true or false")
    if kind == "integer":
        if type(value) not in (int, float) or not schema["minimum"] <= value <= schema["maximum"] or value % 1:
            refuse(f"{name} must be a whole number from {schema['minimum']} to {schema['maximum']}")
        return int(value)
    if not isinstance(value, str) or not schema["minLength"] <= len(value) <= schema["maxLength"]:
        refuse(f"{name} must be a text of {schema['minLength']} to {schema['maxLength']} characters")
    if re.search("[\0\ud800-\udfff]", value) or value not in schema.get("enum", [value]):
        refuse(f"{name} is not allowed")
    return value


class Api:
    """Routes with their description, which is also what their input is held to."""

    def __init__(self, title):
        self.paths, self.routes = {}, []
        self.document = {"openapi": "3.0.3", "info": {"title": title, "version": "1.0.0"}, "paths": self.paths}

    def on(self, method, path, good, answer, *bad, body=None, query=None, keys=None, kind="application/json"):
        query = query or {}
        keys = {name: (keys or {}).get(name, count(1, BIG)) for name in re.findall(r"{(\w+)}", path)}
        error = {"description": "Refused", "content": {"application/json": {"schema": record(error={"type": "string"})}}}
        shown = {"responses": {str(good): {"description": "Done", "content": {kind: {"schema": answer}}}, **{str(code): error for code in bad}}}
        shown["parameters"] = [{"name": name, "in": "path", "required": True, "schema": schema} for name, schema in keys.items()]
        shown["parameters"] += [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in query.items()]
        if body:
            shown["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}

        def keep(work):
            async def serve(request):
                given = {}
                for name, schema in keys.items():
                    text = request.path_params[name]
                    if schema["type"] == "integer":
                        given[name] = int(text) if re.fullmatch("[0-9]{1,18}", text) else refuse("there is nothing of this number", 404)
                    else:
                        given[name] = take(text, schema, name)
                for name, schema in query.items():
                    if name in request.query_params:
                        text = request.query_params[name]
                        if schema["type"] == "integer" and re.fullmatch("-?[0-9]{1,18}", text):
                            text = int(text)
                        given[name] = take(text, schema, name)
                if body:
                    try:
                        given["body"] = take(json.loads(await request.body()), body)
                    except (ValueError, RecursionError):
                        refuse("the body is not JSON")
                result = await run_in_threadpool(work, **given)
                return result if isinstance(result, Response) else JSONResponse(result, good)
            self.paths.setdefault(path, {})[method.lower()] = shown
            self.routes.append(Route(path, serve, methods=[method]))
            return work
        return keep

    def app(self, **more):
        self.routes.append(Route("/openapi.json", lambda request: JSONResponse(self.document)))
        return Starlette(routes=self.routes, exception_handlers={HTTPException: self.say}, **more)

    @staticmethod
    async def say(request, problem):
        return JSONResponse({"error": problem.detail}, problem.status_code)


api = Api("Hours")
ENTRY = record(who=words(1, 60), day={**words(10, 10), "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}, minutes=count(1, 1440))
SUM = """SELECT coalesce(sum(minutes), 0), count(*) FROM hours
WHERE day >= :since AND day <= :till AND (:who = '' OR who = :who)"""


def store():
    db = sqlite3.connect(os.path.join(os.environ["APP_DATA"], "data.db"), timeout=10)
    db.execute("CREATE TABLE IF NOT EXISTS hours (id INTEGER PRIMARY KEY, who TEXT NOT NULL, day TEXT NOT NULL, minutes INTEGER NOT NULL)")
    return db


def bind(statement, **values):
    """The statement with its values in place."""
    return reduce(lambda text, pair: text.replace(":" + pair[0], f"'{pair[1]}'"), values.items(), statement)


@api.on("POST", "/hours", 201, record(id=count(1, BIG), **ENTRY["properties"]), 422, body=ENTRY)
def enter(body):
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", body["day"]):
        refuse("day must be like 2024-05-31")
    with closing(store()) as db, db:
        number = db.execute("INSERT INTO hours (who, day, minutes) VALUES (:who, :day, :minutes)", body).lastrowid
    return {"id": number, **body}


@api.on("GET", "/hours", 200, record(minutes=count(0, BIG), entries=count(0, BIG)), 422, query={"who": words(0, 200), "since": words(0, 10), "till": words(0, 10)})
def total(who="", since="", till=""):
    try:
        with closing(store()) as db:
            minutes, entries = db.execute(bind(SUM, since=since, till=till or "9999", who=who)).fetchone()
    except (sqlite3.Error, sqlite3.Warning):
        refuse("these hours cannot be summed up")
    return {"minutes": minutes, "entries": entries}


app = api.app()
