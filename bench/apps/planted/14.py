"""Finds the titles of web pages."""
import html
import json
import re
import urllib.request
from http.client import HTTPException as BadAnswer

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
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


ASK = shape(address=text(4, 500))


def title_of(address):
    """The title of a page and whether it could be read at all."""
    try:
        with urllib.request.urlopen(address, timeout=3) as answer:
            page = answer.read(200000).decode("utf-8", "replace")
    except (OSError, ValueError, UnicodeError, BadAnswer):
        return "", False
    found = re.search(r"<title[^>]*>(.*?)</title>", page, re.S | re.I)
    return html.unescape(found[1]).strip()[:200] if found else page.strip()[:80], True


async def titles(request):
    address = (await body_of(request, ASK))["address"]
    title, reachable = await run_in_threadpool(title_of, address)
    return JSONResponse({"address": address, "title": title, "reachable": reachable})


ANSWER = shape(address=text(4, 500), title={"type": "string"}, reachable={"type": "boolean"})
PATHS = {"/titles": {"post": op("Find the title", 200, ANSWER, 422, body=ASK)}}


async def openapi(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "Titles", "version": "1"}, "paths": PATHS})

app = Starlette(exception_handlers={HTTPException: failed}, routes=[Route("/titles", titles, methods=["POST"]), Route("/openapi.json", openapi)])
