"""A little wiki; every page is a file."""
import json
import os
import re

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


PAGE, NAME = shape(text=text(0, 10000)), text(1, 100)
SAVED = shape(name=text(1, 100), text={"type": "string"})


def path_of(request):
    folder = os.path.join(os.environ.get("APP_DATA", "."), "pages")
    os.makedirs(folder, exist_ok=True)
    return os.path.join(folder, fit(request.path_params["name"], NAME, "the name"))


async def write(request):
    page = await body_of(request, PAGE)
    try:
        with open(path_of(request), "w", encoding="utf-8") as file:
            file.write(page["text"])
    except OSError:
        raise HTTPException(422, "a page cannot have this name") from None
    return JSONResponse({"name": request.path_params["name"], **page})


async def read(request):
    try:
        with open(path_of(request), encoding="utf-8", errors="replace") as file:
            return JSONResponse({"name": request.path_params["name"], "text": file.read(100000)})
    except OSError:
        raise HTTPException(404, "there is no such page") from None


PATHS = {"/pages/{name}": {"put": op("Write a page", 200, SAVED, 404, 422, body=PAGE, path={"name": NAME}),
                           "get": op("Read a page", 200, SAVED, 404, 422, path={"name": NAME})}}


async def openapi(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "Wiki", "version": "1"}, "paths": PATHS})

app = Starlette(exception_handlers={HTTPException: failed}, routes=[
    Route("/pages/{name:path}", write, methods=["PUT"]), Route("/pages/{name:path}", read), Route("/openapi.json", openapi)])
