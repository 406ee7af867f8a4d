"""Examples of how an app is used, as checks that expect nothing yet."""

import json
import re
from threading import Event
from typing import Any

from geist.apps.asking import answered
from geist.apps.checking import METHODS, Check, Kind, NotUnderstood, Step, parse
from geist.apps.describe import listed
from geist.apps.plan import Plan
from geist.core.budget import Budget
from geist.core.log import Log
from geist.core.message import Message
from geist.core.output import Output
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed
from geist.models.model import Model
from geist.verify.strict import Unreadable, strict_json
from geist.verify.verifier import text_of, total


def _example_schema(plan: Plan) -> dict[str, Any]:
    """As the plan has it: a small model presses buttons of other apps otherwise."""
    text, some = {"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}
    if plan.kind == "page":
        fields = {f.label: {"enum": list(f.options)} if f.options else text for f in plan.inputs}
        pressed = {
            "type": "array",
            "items": {"enum": list(plan.buttons)},
            "maxItems": 3 if plan.buttons else 0,
        }
        if not plan.buttons:
            pressed["items"] = text
        one = {
            "fields": {"type": "object", "properties": fields, "required": list(fields)},
            "press": pressed,
        }
    elif plan.kind == "service":
        request = {"method": {"enum": list(METHODS)}, "path": text, "body": {"type": "object"}}
        one = {"requests": listed(request, tuple(request)) | {"maxItems": 4}}
    else:
        one = {"files": some, "arguments": text, "input": text}
    item = {"type": "object", "properties": one, "required": list(one)}
    return {
        "type": "object",
        "required": ["examples"],
        "properties": {"examples": {"type": "array", "minItems": 3, "maxItems": 5, "items": item}},
    }


EXAMPLE: dict[Kind, str] = {
    "page": '{"examples": [{"fields": {"Wall width": "5", "Wall height": "2", "Coats": "2"}, "press": ["Work out"]}, '
    '{"fields": {"Wall width": "0", "Wall height": "2", "Coats": "1"}, "press": ["Work out"]}, …]}',
    "service": '{"examples": [{"requests": [{"method": "POST", "path": "/dogs", "body": {"name": "Rex", "weight": 20}}, '
    '{"method": "GET", "path": "/dogs/heaviest", "body": {}}]}, …]}',
    "tool": '{"examples": [{"files": {"a.txt": "one two\\nthree\\n"}, "arguments": "a.txt --width 3", "input": ""}, …]}',
}


class Examples:
    """Passes JSON with three examples of use or more of which something can be made."""

    name, version = "examples", 1

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def __call__(self, task: Task, output: Output) -> Verdict:
        return total(self._check, task, output)

    def _check(self, task: Task, output: Output) -> Verdict:
        text = text_of(output, 20_000)
        if isinstance(text, Verdict):
            return text
        try:
            found = used(text, self.kind)
        except (Unreadable, KeyError, TypeError, AttributeError) as e:
            return failed(f"there are no examples in it: {e}")
        return (
            Verdict(Status.PASSED, 1.0, f"{len(found)} examples")
            if len(found) > 1
            else failed("too few examples")
        )


def used(text: str, kind: Kind) -> list[Check]:
    """Examples of use, as checks that expect nothing yet."""
    m = re.search(r"\{.*\}", text, re.S)
    found = list[Check]()
    for one in strict_json(m[0] if m else text)["examples"]:
        if kind == "page":
            steps = [Step("set", str(k), str(v)) for k, v in one["fields"].items()]
            steps += [Step("press", str(b)) for b in one["press"] if str(b).strip()]
        elif kind == "service":
            steps = [
                Step(
                    "request",
                    f"{r['method']} {r['path']}",
                    json.dumps(r["body"])
                    if r["method"] in ("POST", "PUT", "PATCH") and r.get("body")
                    else "",
                )
                for r in one["requests"]
                if re.fullmatch(r"/[^\s→;]*", r["path"])
            ]
        else:
            steps = [
                Step("file", str(k), str(v)) for k, v in one["files"].items() if str(k).strip()
            ]
            steps += [Step("input", value=str(one["input"]))] if one.get("input") else []
            steps.append(Step("run", value=" ".join(str(one["arguments"]).split())))
        check = Check(tuple(steps), ())
        try:
            again = parse(f"{check.line}{ANYTHING[kind]}", kind)
        except NotUnderstood:
            continue  # nothing that could be said as a check
        if steps and again.steps == check.steps and check not in found:
            found.append(check)
    return found


ANYTHING: dict[Kind, str] = {
    "page": '"x" is seen',
    "service": "status is 200",
    "tool": "fails",
    "script": "fails",
}


def examples(plan: Plan, model: Model, log: Log, budget: Budget, *, seed: int = 0,
             stop: Event | None = None) -> list[Check]:  # fmt: skip
    """Three to five examples of how the app is used; a script has one, its own files."""
    if plan.kind == "script":
        return [Check((Step("run"),), ())]
    parts = [f"fields: {', '.join(f.label for f in plan.inputs)}" if plan.inputs else "",
             f"buttons: {', '.join(plan.buttons)}" if plan.buttons else "",
             "\n".join(f"{r.method} {r.path}: {r.says}" for r in plan.routes)]  # fmt: skip
    told = "\n".join(p for p in parts if p)
    turns = (
        Message(
            "system",
            "Give four examples of how an app is used, to try it with: ordinary values, values at a limit, and one "
            f"with wrong input. Answer with JSON of this form, here for other apps:\n{EXAMPLE[plan.kind]}",
        ),
        Message("user", f"{plan.description}\n{told}", "user"),
    )
    text = answered(
        turns,
        Examples(plan.kind),
        {"schema": _example_schema(plan)},
        model,
        log,
        budget,
        "examples",
        seed,
        stop,
    )
    return used(text, plan.kind)[:5]
