"""From a description to a plan: what goes in and what comes out."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

from geist.apps.asking import answered
from geist.apps.checking import Check, Kind
from geist.apps.fit import fitted
from geist.apps.plan import Field, Plan, Route, snake
from geist.apps.worked import ASKED, EXAMPLES
from geist.core.budget import Budget
from geist.core.log import Log
from geist.core.message import Message
from geist.core.output import Output
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed
from geist.models.model import Model
from geist.verify.strict import Unreadable, strict_json
from geist.verify.verifier import text_of, total

FIELD_KINDS = {"page": ("number", "integer", "text", "choice", "date", "yesno"),
               "service": ("number", "integer", "text", "choice", "date", "yesno"),
               "tool": ("file", "files", "number", "integer", "text", "choice", "date", "yesno")}  # fmt: skip


def texts(most: int = 12) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "maxItems": most}


def _schema(kind: Kind) -> dict[str, Any]:
    """What is left out of a field is empty: a small model writes some fifteen tokens a second."""
    text = {"type": "string"}
    one = {"label": text, "kind": {"enum": list(FIELD_KINDS.get(kind, ()))}, "options": texts()}
    least = ("label", "kind")
    if kind == "page":
        made = {"title": text, "shape": {"enum": ["form", "list", "buttons"]},
                "inputs": listed(one, least), "buttons": texts(), "outputs": texts()}  # fmt: skip
    elif kind == "service":
        limits = {"required": {"type": "boolean"}, "least": {"type": "number"},
                  "most": {"type": "number"}, "default": text}  # fmt: skip
        route = {
            "method": {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"]},
            "path": text,
            "says": text,
        }
        made = {"title": text, "resource": text, "fields": listed(one | limits, least),
                "filters": texts(), "routes": listed(route, tuple(route))}  # fmt: skip
    else:
        more = {"flag": text, "required": {"type": "boolean"}, "default": text}
        made = {"title": text, "arguments": listed(one | more, least), "stdin": {"type": "boolean"}}
    return {"type": "object", "properties": made, "required": list(made)}


def listed(item: Mapping[str, Any], must: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "array",
        "maxItems": 12,
        "items": {"type": "object", "properties": dict(item), "required": list(must)},
    }


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
            Route(str(r["method"]).upper(), path, " ".join(str(r.get("says", "")).split()))
            for r in told["routes"]
            if re.fullmatch(r"(/[\w.{}-]+)+", path := _braced(str(r["path"])))
        )
        return Plan(kind, "records", title, description, fields, resource=resource, filters=_words(told["filters"]),
                    routes=_own(routes, resource))  # fmt: skip
    fields = _unlike(tuple(_field({"flag": "", **f}) for f in told["arguments"]))
    return Plan(kind, "program", snake(title), description, fields, stdin=bool(told["stdin"]))


def _braced(path: str) -> str:
    """/links/CODE, /links/:code and /links/<code> are /links/{code}."""
    return re.sub(r"(?<=/)(?::(\w+)|<(\w+)>|([A-Z][A-Z_]*))(?=/|$)",
                  lambda m: "{" + (m[1] or m[2] or m[3].lower()) + "}", path)  # fmt: skip


def _words(told: Sequence[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(str(t).split())[:60] for t in told if str(t).strip()))


def _field(told: Mapping[str, Any]) -> Field:
    kind, options = str(told["kind"]), _words(told.get("options") or ())
    if kind == "choice" and len(options) < 2:
        kind, options = "text", ()
    if kind == "choice" and set(options) in ({"yes", "no"}, {"true", "false"}):
        kind = "yesno"  # a box: as a choice it would begin with one that nobody chose
    if kind in ("yesno", "file", "files", "number", "integer", "date") and kind != "choice":
        options = ()
    flag = str(told.get("flag") or "")
    flag = flag if re.fullmatch(r"--?[A-Za-z][\w-]*", flag) else ""
    required = bool(told.get("required", not flag))
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
            kind,
            "program",
            title,
            description,
            data=data,
            ends=ends(description, checks),
            refuses=refuses(description, checks),
        )
    said = "\n".join(c.line for c in checks)
    must = f"\nIt must meet these checks:\n{said}" if said else ""
    turns = [Message("system", f"{ASKED[kind]} Answer with JSON alone.")]
    for asked, told in EXAMPLES[kind]:
        turns += [Message("user", asked), Message("assistant", json.dumps(told))]
    turns.append(Message("user", f"{description}{must}", "user"))
    text = answered(
        turns, Sensible(kind), {"schema": _schema(kind)}, model, log, budget, "plan", seed, stop
    )
    made = replace(
        read(text, kind, description),
        ends=ends(description, checks) if kind == "tool" else (),
        refuses=refuses(description, checks),
    )
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


def ends(description: str, checks: Sequence[Check]) -> tuple[int, ...]:
    """The exit statuses that the description or a check speaks of, beside 0 and 2, which are ours."""
    found = [int(e.value) for c in checks for e in c.expects if e.verb == "ends"]
    found += map(int, ENDS.findall(description))
    return tuple(n for n in dict.fromkeys(found) if n not in (0, 2) and n < 256)


ENDS = re.compile(
    r"(?i)\b(?:exits?|ends?|status|code)(?: with| the)?(?: exit)?(?: status| code)? (\d{1,3})\b"
)
REFUSES = re.compile(
    r"(?i)\b(error|message:? [\"“]|(?:shows?|gives?|prints?|with) (?:a|an|the) (?:\w+ )?message\b|invalid|refus|reject|"
    r"must|allowed|wrong|fails?|complain|warn|40\d|42\d)"
)
