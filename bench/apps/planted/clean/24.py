"""Works out sums of whole numbers."""
import json
import re

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


api = Api("Evaluations")
ASKED = record(expression=words(1, 200))


class Evaluator:
    """sum = product (+|- product)*, product = factor (* factor)*, factor = number | -factor | (sum)"""

    def __init__(self, expression):
        found = re.findall(r"\s*(?:([0-9]+)|(\S))", expression)
        self.tokens = [number or sign for number, sign in found][::-1]

    def peek(self):
        return self.tokens[-1] if self.tokens else ""

    def execute(self):
        value = self.sum()
        return value if not self.tokens else refuse("there is something after the sum")

    def sum(self):
        value = self.product()
        while self.peek() in ("+", "-"):
            value += self.product() if self.tokens.pop() == "+" else -self.product()
        return value

    def product(self):
        value = self.factor()
        while self.peek() == "*":
            self.tokens.pop()
            value *= self.factor()
        return value

    def factor(self):
        token = self.tokens.pop() if self.tokens else ""
        if token.isascii() and token.isdecimal():
            return int(token)
        if token == "-":
            return -self.factor()
        if token == "(":
            value = self.sum()
            if self.peek() == ")":
                self.tokens.pop()
                return value
        refuse("this is not a sum")


@api.on("POST", "/evaluations", 200, record(value=words(1, 400)), 422, body=ASKED)
def evaluate(body):
    return {"value": str(Evaluator(body["expression"]).execute())}


app = api.app()
