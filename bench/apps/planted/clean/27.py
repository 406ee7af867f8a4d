"""Drafts, each a text file in one folder."""
import json
import os
import re
from pathlib import Path

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


DRAFT, NAME = shape(text=text(0, 20000)), {**text(1, 50), "pattern": "^[a-z0-9_-]+$"}
SAVED = shape(name=NAME, text={"type": "string"})


def path_of(request):
    """The file of a draft, which is surely in the folder of the drafts."""
    folder = Path(os.environ.get("APP_DATA", "."), "drafts").resolve()
    folder.mkdir(exist_ok=True)
    name = request.path_params["name"]
    if not re.fullmatch("[a-z0-9_-]{1,50}", name):
        raise HTTPException(422, "a name has 1 to 50 of a-z, 0-9, _ and -")
    path = (folder / f"{name}.txt").resolve()
    if not path.is_relative_to(folder):
        raise HTTPException(422, "this name cannot be used")
    return path


async def write(request):
    draft, path = await body_of(request, DRAFT), path_of(request)
    path.write_text(draft["text"], encoding="utf-8", newline="")
    return JSONResponse({"name": path.stem, **draft})


async def read(request):
    path = path_of(request)
    try:
        return JSONResponse({"name": path.stem, "text": path.read_bytes().decode("utf-8", "replace")})
    except FileNotFoundError:
        raise HTTPException(404, "there is no such draft") from None


PATHS = {"/drafts/{name}": {"put": op("Write", 200, SAVED, 404, 422, body=DRAFT, path={"name": NAME}),
                            "get": op("Read", 200, SAVED, 404, 422, path={"name": NAME})}}


async def openapi(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "Drafts", "version": "1"}, "paths": PATHS})

app = Starlette(exception_handlers={HTTPException: failed}, routes=[
    Route("/drafts/{name}", write, methods=["PUT"]), Route("/drafts/{name}", read), Route("/openapi.json", openapi)])
