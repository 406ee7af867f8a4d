"""From a description to a plan: what kind of app it is, what goes in and what comes out."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

from geist.apps.checking import METHODS, Check, Kind, NotUnderstood, Step, parse
from geist.apps.fit import fitted
from geist.apps.plan import Field, Plan, Route, snake
from geist.core.budget import Budget
from geist.core.errors import GeistError, Stopped
from geist.core.log import Log
from geist.core.message import Message
from geist.core.output import Output, Text
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed
from geist.models.model import Model
from geist.think.effort import Effort, Wave
from geist.think.plain import Plain
from geist.think.solve import solve
from geist.verify.strict import Unreadable, strict_json
from geist.verify.verifier import Verifier, text_of, total

EFFORT = Effort(4, 900, (Wave(0.0, 1, 0.0), Wave(1.0, 3, 0.7, patient=True)))
FIELD_KINDS = {"page": ("number", "integer", "text", "choice", "date", "yesno"),
               "service": ("number", "integer", "text", "choice", "date", "yesno"),
               "tool": ("file", "files", "number", "integer", "text", "choice", "date", "yesno")}  # fmt: skip
WORDS: tuple[tuple[Kind, str], ...] = (
    (
        "service",
        r"\b(web service|rest|api|endpoints?|http service|service|server|(get|post|put|delete) /)\b",
    ),
    ("tool", r"\b(command[- ]line|cli|tool|terminal|stdin|standard input|--\w+)\b"),
    (
        "page",
        r"\b(web ?page|page|website|calculator|converter|button|shows?|form|game|quiz|timer|browser)\b",
    ),
)
CHOICES = {
    "page": "a page to look at and type into, in the browser",
    "service": "a web service that keeps data",
    "tool": "a command-line program",
    "script": "a script over data files",
}


def _texts(most: int = 12) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "maxItems": most}


def _schema(kind: Kind) -> dict[str, Any]:
    text = {"type": "string"}
    one = {"label": text, "kind": {"enum": list(FIELD_KINDS.get(kind, ()))}, "options": _texts()}
    if kind == "page":
        made = {"title": text, "shape": {"enum": ["form", "list", "buttons"]},
                "inputs": _list(one), "buttons": _texts(), "outputs": _texts()}  # fmt: skip
    elif kind == "service":
        limits = {"required": {"type": "boolean"}, "least": {"type": ["number", "null"]},
                  "most": {"type": ["number", "null"]}, "default": text}  # fmt: skip
        route = {
            "method": {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"]},
            "path": text,
            "says": text,
        }
        made = {"title": text, "resource": text, "fields": _list(one | limits), "filters": _texts(),
                "routes": _list(route)}  # fmt: skip
    else:
        made = {
            "title": text,
            "arguments": _list(
                one | {"flag": text, "required": {"type": "boolean"}, "default": text}
            ),
            "stdin": {"type": "boolean"},
        }
    return {"type": "object", "properties": made, "required": list(made)}


def _list(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "array",
        "maxItems": 12,
        "items": {"type": "object", "properties": dict(item), "required": list(item)},
    }


# worked examples: other apps than anybody asks for
EXAMPLES: dict[Kind, tuple[tuple[str, dict[str, Any]], ...]] = {
    "page": (
        (
            "How much paint do I need? Inputs Wall width, Wall height and Coats (1, 2 or 3), a button "
            "Work out; shows Litres, one litre covers 10 square metres.",
            {
                "title": "Paint for a wall",
                "shape": "form",
                "inputs": [
                    {"label": "Wall width", "kind": "number", "options": []},
                    {"label": "Wall height", "kind": "number", "options": []},
                    {"label": "Coats", "kind": "choice", "options": ["1", "2", "3"]},
                ],
                "buttons": ["Work out"],
                "outputs": ["Litres"],
            },
        ),
        (
            "Keep my plants: Plant and Days between watering, Add; each can be removed. Show Plants and "
            "Thirstiest.",
            {
                "title": "My plants",
                "shape": "list",
                "inputs": [
                    {"label": "Plant", "kind": "text", "options": []},
                    {"label": "Days between watering", "kind": "integer", "options": []},
                ],
                "buttons": ["Add", "Remove"],
                "outputs": ["Plants", "Thirstiest"],
            },
        ),
        (
            "A lift: buttons Up and Down between floors 0 and 7, shows Floor.",
            {
                "title": "Lift",
                "shape": "buttons",
                "inputs": [],
                "buttons": ["Up", "Down"],
                "outputs": ["Floor"],
            },
        ),
    ),
    "service": (
        (
            "A service for kennels. POST /dogs with name (text), weight (kg, 1 to 90) and size (small or "
            "large); GET /dogs?size= filters; GET /dogs/heaviest gives the heaviest; POST /dogs/{id}/walk "
            "counts walks and answers 409 after three.",
            {
                "title": "Kennel",
                "resource": "dogs",
                "fields": [
                    {
                        "label": "name",
                        "kind": "text",
                        "options": [],
                        "required": True,
                        "least": None,
                        "most": None,
                        "default": "",
                    },
                    {
                        "label": "weight",
                        "kind": "number",
                        "options": [],
                        "required": True,
                        "least": 1,
                        "most": 90,
                        "default": "",
                    },
                    {
                        "label": "size",
                        "kind": "choice",
                        "options": ["small", "large"],
                        "required": True,
                        "least": None,
                        "most": None,
                        "default": "",
                    },
                ],
                "filters": ["size"],
                "routes": [
                    {
                        "method": "GET",
                        "path": "/dogs/heaviest",
                        "says": "the dog with the largest weight",
                    },
                    {
                        "method": "POST",
                        "path": "/dogs/{id}/walk",
                        "says": "adds one to walks; 409 when it has three already",
                    },
                ],
            },
        ),
    ),
    "tool": (
        (
            "A tool that shortens the lines of FILE to --width characters (default 80); --dots ends those "
            "that were cut with three dots.",
            {
                "title": "shorten",
                "arguments": [
                    {
                        "label": "FILE",
                        "kind": "file",
                        "options": [],
                        "flag": "",
                        "required": True,
                        "default": "",
                    },
                    {
                        "label": "width",
                        "kind": "integer",
                        "options": [],
                        "flag": "--width",
                        "required": False,
                        "default": "80",
                    },
                    {
                        "label": "dots",
                        "kind": "yesno",
                        "options": [],
                        "flag": "--dots",
                        "required": False,
                        "default": "",
                    },
                ],
                "stdin": False,
            },
        ),
    ),
}
ASKED = {
    "page": "Plan a page. shape is form (fields and results), list (items are added and removed; inputs "
    "are the fields of an item; the first button adds) or buttons (a state that buttons change). Labels "
    "are to the letter those of the description; outputs are the labels of the results.",
    "service": "Plan a web service that keeps records. POST, GET, PATCH, PUT and DELETE of the records "
    "are there already: routes are only the others. Names are to the letter those of the description.",
    "tool": "Plan the arguments of a command-line program. flag is how an option is written (--name), "
    "empty for a plain argument; kind file is a file that is read, yesno a switch without a value.",
}


def pick(description: str, data: Sequence[str]) -> Kind | None:
    """The kind that a description names by its words; None where it could be several."""
    if data:
        return "script"
    low = description.lower()
    for kind, words in WORDS:
        if re.search(words, low):
            return kind
    return None


def vague(description: str) -> bool:
    """Whether it says too little to be built: fewer than four words of some weight."""
    words = [w for w in re.findall(r"[\w-]{3,}", description.lower()) if w not in SMALL]
    return len(set(words)) < 4


SMALL = frozenset(
    "the and for with that some app page tool make build little small simple please".split()
)


class Sensible:
    """Passes a plan that is JSON of the form, and has something to do."""

    name, version = "plan", 1

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def __call__(self, task: Task, output: Output) -> Verdict:
        return total(self._check, task, output)

    def _check(self, task: Task, output: Output) -> Verdict:
        text = text_of(output, 20_000)
        if isinstance(text, Verdict):
            return text
        try:
            made = read(text, self.kind, "")
        except (Unreadable, KeyError, TypeError, ValueError, AttributeError) as e:
            return failed(f"it is no plan: {e}")
        if self.kind == "page" and not (made.inputs or made.buttons):
            return failed("nothing goes in: there is no input and no button")
        return Verdict(Status.PASSED, 1.0, "a plan")


def read(text: str, kind: Kind, description: str) -> Plan:
    """A plan of its JSON. Raises Unreadable, and KeyError and the like for another form."""
    m = re.search(r"\{.*\}", text, re.S)
    told = strict_json(m[0] if m else text)
    title = " ".join(str(told["title"]).split())[:60] or "App"
    if kind == "page":
        fields = tuple(_field(f) for f in told["inputs"])
        return Plan(
            kind,
            str(told["shape"]),
            title,
            description,
            _unlike(fields),
            _words(told["outputs"]),
            _words(told["buttons"]),
        )
    if kind == "service":
        fields = _unlike(
            tuple(_field(f) for f in told["fields"] if str(f["label"]).lower() != "id")
        )
        resource = snake(str(told["resource"]).strip("/").split("/")[0])
        routes = tuple(
            Route(
                str(r["method"]).upper(), str(r["path"]), " ".join(str(r.get("says", "")).split())
            )
            for r in told["routes"]
            if re.fullmatch(r"(/[\w.{}-]+)+", str(r["path"]))
        )
        return Plan(kind, "records", title, description, fields, resource=resource, filters=_words(told["filters"]),
                    routes=_own(routes, resource))  # fmt: skip
    fields = _unlike(tuple(_field(f) for f in told["arguments"]))
    return Plan(kind, "program", snake(title), description, fields, stdin=bool(told["stdin"]))


def _words(told: Sequence[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(str(t).split())[:60] for t in told if str(t).strip()))


def _field(told: Mapping[str, Any]) -> Field:
    kind, options = str(told["kind"]), _words(told.get("options") or ())
    if kind == "choice" and len(options) < 2:
        kind, options = "text", ()
    if kind in ("yesno", "file", "files", "number", "integer", "date") and kind != "choice":
        options = ()
    flag = str(told.get("flag") or "")
    flag = flag if re.fullmatch(r"--?[A-Za-z][\w-]*", flag) else ""
    required = bool(told.get("required", True))
    if kind == "yesno" and not flag and "flag" in told:
        flag = "--" + snake(str(told["label"])).strip("_").replace("_", "-")
    least, most = (float(v) if isinstance(v, int | float) and not isinstance(v, bool) else None
                   for v in (told.get("least"), told.get("most")))  # fmt: skip
    default = str(told.get("default") or "")
    if options and default not in options:
        default = ""
    return Field(" ".join(str(told["label"]).split())[:60] or "value", kind, options, required,
                 default, flag, least, most)  # fmt: skip


def _unlike(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Each name once."""
    return tuple({f.name: f for f in reversed(fields)}.values())[::-1]


def _own(routes: tuple[Route, ...], resource: str) -> tuple[Route, ...]:
    """Those that keeping records does not have already."""
    kept = [
        r for r in routes if r.path not in (f"/{resource}", f"/{resource}/{{id}}", "/openapi.json")
    ]
    return tuple({(r.method, r.path): r for r in kept}.values())


def planned(description: str, kind: Kind, checks: Sequence[Check], data: Mapping[str, Path], model: Model,
            log: Log, budget: Budget, *, seed: int = 0, stop: Event | None = None) -> Plan:  # fmt: skip
    """The plan. What the agreed checks name is in it whatever the model says."""
    if kind == "script":
        title = snake(next(iter(data), "script").rpartition(".")[0])
        return Plan(
            kind, "program", title, description, data=data, refuses=refuses(description, checks)
        )
    said = "\n".join(c.line for c in checks)
    must = f"\nIt must meet these checks:\n{said}" if said else ""
    turns = [Message("system", f"{ASKED[kind]} Answer with JSON alone.")]
    for asked, told in EXAMPLES[kind]:
        turns += [Message("user", asked), Message("assistant", json.dumps(told))]
    turns.append(Message("user", f"{description}{must}", "user"))
    text = _answer(
        turns, Sensible(kind), {"schema": _schema(kind)}, model, log, budget, "plan", seed, stop
    )
    made = replace(read(text, kind, description), refuses=refuses(description, checks))
    return fitted(_spoken_of(made), checks)


def _spoken_of(plan: Plan) -> Plan:
    """Without the buttons that nobody named: a model adds Calculate to what is to follow the typing."""
    said = plan.description.casefold()
    first = plan.buttons[:1] if plan.shape == "list" else ()
    return replace(
        plan, buttons=tuple(b for b in plan.buttons if b in first or b.casefold() in said)
    )


def refuses(description: str, checks: Sequence[Check]) -> bool:
    """Whether the description or a check speaks of input that is refused: where none does, a small
    model that is told how to refuse refuses what is right."""
    if any(
        e.verb in ("seen", "fails") or e.value[:2] in ("40", "42")
        for c in checks
        for e in c.expects
    ):
        return True
    return REFUSES.search(description) is not None


REFUSES = re.compile(
    r"(?i)\b(error|message|invalid|refus|reject|must|allowed|wrong|fails?|complain|warn|40\d|42\d)"
)


def _answer(
    turns: Sequence[Message],
    verifier: Verifier,
    meta: Mapping[str, Any],
    model: Model,
    log: Log,
    budget: Budget,
    family: str,
    seed: int,
    stop: Event | None,
) -> str:
    task = Task(f"make-{family}", tuple(turns), {}, f"{verifier.name}@{verifier.version}", meta)
    log.append("task", **task.plain())
    outcome = solve(task, Plain(task), model, EFFORT, budget, verifier, log, seed=seed, stop=stop)
    if outcome.passed is None or not isinstance(outcome.passed.output, Text):
        if stop is not None and stop.is_set():
            raise Stopped
        best = outcome.best()
        raise GeistError(f"the model made no {family} of this", why=best.verdict.reason if best else outcome.why,
                         mend="say it in more words, or give a larger --model")  # fmt: skip
    return outcome.passed.output.text


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
        one = {"requests": _list(request) | {"maxItems": 4}}
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
    text = _answer(
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


def question(
    description: str, model: Model, budget: Budget, log: Log, stop: Event | None = None
) -> str:
    """The one thing to ask about a vague description."""
    turns = (Message("system", "Somebody wants a small app and says too little. Ask the one short question whose "
                     "answer helps most to build it: what goes in, and what should come out. One sentence."),
             Message("user", description, "user"))  # fmt: skip
    text = _answer(turns, OneSentence(), {}, model, log, budget, "question", 0, stop)
    return " ".join(text.split()).partition("?")[0][:300] + "?"


class OneSentence:
    name, version = "question", 1

    def __call__(self, task: Task, output: Output) -> Verdict:
        text = text_of(output, 2000)
        if isinstance(text, Verdict):
            return text
        return (
            Verdict(Status.PASSED, 1.0, "a question") if "?" in text else failed("it asks nothing")
        )
