"""Splits a bill to the cent."""
import json
import re
import traceback
from decimal import Decimal, InvalidOperation

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


def op(summary, status, answer, *errors, body=None, query=None, path=None, kind="application/json"):
    answers = {str(status): {"description": summary, **({"content": {kind: {"schema": answer}}} if answer else {})}}
    wrong = {"content": {"application/json": {"schema": shape(error={"type": "string"})}}, "description": "Error"}
    given = [("path", name, rule) for name, rule in (path or {}).items()] + [("query", name, rule) for name, rule in (query or {}).items()]
    return {"summary": summary, "responses": answers | {str(code): wrong for code in errors},
            "parameters": [{"name": name, "in": place, "required": place == "path", "schema": rule} for place, name, rule in given],
            **({"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}} if body else {})}


async def failed(request, error):
    return JSONResponse({"error": error.detail}, error.status_code)


ASK = shape(amount=text(1, 12), people=whole(1, 100))


def cents(amount):
    value = Decimal(amount.strip().replace(",", "."))
    if not value.is_finite() or not 0 <= value <= 1000000 or value != round(value, 2):
        raise ValueError("the amount must be 0 to 1000000 with two decimals")
    return int(value * 100)


async def split(request):
    asked = await body_of(request, ASK)
    try:
        total = cents(asked["amount"])
    except (InvalidOperation, ValueError):
        return JSONResponse({"error": "the amount cannot be read", "detail": traceback.format_exc()}, 422)
    each, rest = divmod(total, asked["people"])
    return JSONResponse({"each": each / 100, "rest": rest / 100})


ANSWER = shape(each={"type": "number"}, rest={"type": "number"})
PATHS = {"/split": {"post": op("Split a bill", 200, ANSWER, 422, body=ASK)}}


async def openapi(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "Split", "version": "1"}, "paths": PATHS})

app = Starlette(exception_handlers={HTTPException: failed}, routes=[Route("/split", split, methods=["POST"]), Route("/openapi.json", openapi)])
