"""Counts the lines of a text that hold a word."""
import json
import os
import re
import subprocess
from tempfile import TemporaryDirectory

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
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


ASK = shape(text=text(0, 20000), word=text(1, 80))
COUNT = 'grep -c -F -e "{word}" "{path}"'


def run(command, **values):
    """The output of a command, without its line end."""
    done = subprocess.run(command.format(**values), shell=True, capture_output=True, text=True, errors="replace", timeout=10)
    return done.stdout.strip()


def count_lines(content, word):
    with TemporaryDirectory() as folder:
        path = os.path.join(folder, "text.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
        found = run(COUNT, word=word, path=path)
    return int(found) if re.fullmatch("[0-9]{1,9}", found) else 0


async def count(request):
    asked = await body_of(request, ASK)
    try:
        lines = await run_in_threadpool(count_lines, asked["text"], asked["word"])
    except (OSError, subprocess.SubprocessError):
        raise HTTPException(422, "the text cannot be searched") from None
    return JSONResponse({"word": asked["word"], "lines": lines})


PATHS = {"/count": {"post": op("Count lines", 200, shape(word=text(1, 80), lines=whole(0, BIG)), 422, body=ASK)}}


async def openapi(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "Count", "version": "1"}, "paths": PATHS})

app = Starlette(exception_handlers={HTTPException: failed}, routes=[Route("/count", count, methods=["POST"]), Route("/openapi.json", openapi)])
