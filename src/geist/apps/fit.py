"""The agreed checks are examples of what goes in and comes out: a plan is made to fit them."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from geist.apps.checking import Check, number
from geist.apps.plan import CLEARS, CONFLICTS, NUMBERS, Field, Plan, Route
from geist.apps.running import split
from geist.apps.shapes.rules import with_status

# of which there is no half
COUNTS = re.compile(r"(?i)(?:^|[ _-])(?:n|top|counts?|limit|width|lines?|columns?|rows?|words?|days?|weeks?|months?|years?"
                    r"|times|depth|port|page|seed)$")  # fmt: skip
WHOLE = re.compile(r"(?i)\b(whole|integer)")


def fitted(plan: Plan, checks: Sequence[Check]) -> Plan:
    if not checks and plan.kind != "service":
        return plan
    if plan.kind == "page":
        return _page(plan, checks)
    return _service(plan, checks) if plan.kind == "service" else _tool(plan, checks)


def grown(old: Plan, new: Plan, wish: str, checks: Sequence[Check]) -> Plan:
    """The old plan with what a change adds: what the wish or a new check names, and nothing else."""
    said = wish.casefold() + " ".join(c.line.casefold() for c in checks)

    def named(text: str) -> bool:
        return text.casefold() in said

    fields = [f for f in new.inputs if named(f.label) and all(f.name != o.name for o in old.inputs)]
    known = {(r.method, r.path) for r in old.routes}
    grown_ = replace(
        old,
        description=new.description,
        inputs=(*old.inputs, *fields),
        outputs=(*old.outputs, *(o for o in new.outputs if o not in old.outputs and named(o))),
        buttons=(*old.buttons, *(b for b in new.buttons if b not in old.buttons and named(b))),
        filters=tuple(dict.fromkeys((*old.filters, *(f for f in new.filters if named(f))))),
        routes=(*old.routes, *(r for r in new.routes if (r.method, r.path) not in known)),
        stdin=old.stdin or new.stdin,
        refuses=old.refuses or new.refuses,
    )
    return fitted(grown_, checks)


def _page(plan: Plan, checks: Sequence[Check]) -> Plan:
    """What the checks set is an input, what they press a button, what they look for a result."""
    used = {s.name.casefold() for c in checks for s in c.steps if s.verb == "set"}
    shown = {e.name.casefold() for c in checks for e in c.expects if e.verb in ("is", "between")}
    # a choice of numbers that the description does not name is one of any
    plan = replace(plan, inputs=tuple(_free(i, plan.description) for i in plan.inputs))
    # a label that the checks only look at is no input
    inputs = [
        i for i in plan.inputs if i.label.casefold() in used or i.label.casefold() not in shown
    ]
    said = {e.name for c in checks for e in c.expects if e.verb in ("seen", "unseen")}
    buttons, outputs = (
        list(plan.buttons),
        [o for o in plan.outputs if o not in said or o.casefold() in shown],
    )
    for check in checks:
        for step in check.steps:
            if step.verb == "set":
                _merge(inputs, step.name, step.value)
            elif step.verb == "press" and not any(_same(b, step.name) for b in buttons):
                buttons.append(step.name)
        for expect in check.expects:
            known = [*outputs, *(i.label for i in inputs)]
            if expect.verb in ("is", "between") and not any(_same(k, expect.name) for k in known):
                outputs.append(expect.name)
    made = replace(plan, inputs=tuple(inputs), buttons=tuple(buttons), outputs=tuple(outputs))
    return (
        replace(made, shape="buttons")
        if made.shape == "form" and _remembers(made, checks)
        else made
    )


def _free(one: Field, description: str) -> Field:
    numbers = [number(o) for o in one.options]
    if not numbers or None in numbers:
        return one
    named = all(
        re.search(rf"(?<![\w.]){re.escape(o)}(?![\w.]*\w)", description) for o in one.options
    )
    return one if named else replace(one, kind="number", options=())


def _remembers(plan: Plan, checks: Sequence[Check]) -> bool:
    """Whether there is something to remember between two presses: a form knows one button and one
    that empties it."""
    other = [b for b in plan.buttons[1:] if b.casefold() not in CLEARS]
    pressed = [[s.name for s in c.steps if s.verb == "press" and s.name.casefold() not in CLEARS]
               for c in checks]  # fmt: skip
    return bool(other) or any(len(p) > 1 for p in pressed)


def _same(a: str, b: str) -> bool:
    return a.casefold().strip() == b.casefold().strip()


def _merge(inputs: list[Field], label: str, value: str) -> None:
    for n, one in enumerate(inputs):
        if _same(one.label, label):
            if one.kind in NUMBERS and value and number(value) is None and not one.options:
                inputs[n] = replace(one, kind="text")  # it is told what no number is
            if one.kind == "choice" and value not in one.options:
                inputs[n] = replace(one, options=(*one.options, value))
            return
    kind = "number" if number(value) is not None else "yesno" if value in ("yes", "no") else (
        "date" if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else "text")  # fmt: skip
    inputs.append(Field(label, kind))


def _service(plan: Plan, checks: Sequence[Check]) -> Plan:
    """What is created by POST is the resource, what a filter names a filter, other paths routes."""
    asked = list(_requests(checks))
    posts = [
        p
        for method, p, _, body in asked
        if method == "POST" and isinstance(body, dict) and p.count("/") == 1
    ]
    resource = plan.resource
    if posts and f"/{resource}" not in posts:
        resource = max(dict.fromkeys(posts), key=posts.count).strip("/")
    base, fields, filters = f"/{resource}", list(plan.inputs), list(plan.filters)
    key = _key(plan.description, base)
    if key and all(f.label != key for f in fields):
        fields.insert(0, Field(key))
    fields = _sent(fields, key, base, checks)
    fields = [_whole(f, plan.description, asked) for f in fields]
    routes = [
        replace(r, path=r.path.replace(f"{base}/{{{key}}}", f"{base}/{{id}}")) for r in plan.routes
    ]
    routes = [r for r in routes if r.path not in (base, f"{base}/{{id}}")]
    labels = {f.label for f in fields}
    for method, path, query, body in asked:
        shape = _shape(path, base)
        if key and all(r.path != path for r in routes):
            shape = re.sub(rf"^{base}/[^/]+", f"{base}/{{id}}", path)
        if isinstance(body, dict) and (
            (path == base and method == "POST")
            or (key and method == "PUT" and shape == f"{base}/{{id}}")
        ):
            for label, value in body.items():
                if label not in labels:
                    labels.add(label)
                    fields.append(Field(label, _kind(value), required=False))
        elif path == base and method == "GET":
            filters += [q for q in query if q not in filters]
        elif shape != f"{base}/{{id}}" and not any(
            r.method == method and _fits(r.path, path) for r in routes
        ):
            routes.append(Route(method, shape))
    routes += _guards(plan, base, checks)
    filters += [q for q in re.findall(r"[?&](\w+)=", plan.description) if q in labels]
    filters = list(dict.fromkeys(filters))
    return replace(plan, resource=resource, key=key, inputs=tuple(fields), filters=tuple(filters), routes=tuple(routes),
                   answered=_answered(base, {f.label for f in fields}, checks))  # fmt: skip


def _sent(fields: Sequence[Field], key: str, base: str, checks: Sequence[Check]) -> list[Field]:
    """The fields as requests that are not refused send them: what one of them leaves out need not be there,
    what none of them sends is up to the service, and true is no text."""
    one = rf"(?:POST {base}|PUT {base}/[^/]+)"
    bodies = [
        json.loads(s.value)
        for c in checks
        for s in c.steps
        if re.fullmatch(one, s.name) and s.value
        and not (s is c.steps[-1] and any(e.name == "status" and e.value[:1] == "4" for e in c.expects))
    ]  # fmt: skip
    bodies = [b for b in bodies if isinstance(b, dict)]
    shown = set(_answered(base, set(), checks))
    made = list[Field]()
    for f in fields:
        given = [b[f.label] for b in bodies if f.label in b]
        if bodies and f.label != key and not given and f.label in shown:
            continue
        if bodies and f.label != key and len(given) < len(bodies):
            f = replace(f, required=False)
        if given and all(isinstance(v, bool) for v in given):
            f = replace(f, kind="yesno", options=(), least=None, most=None)
        elif given and all(isinstance(v, str) for v in given) and f.kind in ("yesno", *NUMBERS):
            f = replace(f, kind="text")
        elif (
            given
            and f.kind in ("text", "choice", "yesno")
            and all(isinstance(v, int | float) and not isinstance(v, bool) for v in given)
        ):
            f = replace(f, kind="number", options=(), least=None, most=None)
        made.append(f)
    return made


def _key(description: str, base: str) -> str:
    """The field by which records are put and named in paths: `PUT /flags/{name}`."""
    found = re.search(
        rf"\bPUT {re.escape(base)}/(?:{{(\w+)}}|:(\w+)|<(\w+)>)(?![\w/])", description
    )
    name = next((g for g in found.groups() if g), "") if found else ""
    posted = re.search(rf"\bPOST {re.escape(base)}(?![\w/])", description)
    return "" if name == "id" or posted else name


def _guards(plan: Plan, base: str, checks: Sequence[Check]) -> list[Route]:
    """Changing and removing a record, where that is refused for more than what was sent."""
    refused = {
        s.name.partition(" ")[0]
        for c in checks
        if (s := c.steps[-1]) and _shape(s.name.partition(" ")[2], base) == f"{base}/{{id}}"
        and any(e.name == "status" and e.value in CONFLICTS for e in c.expects)
    }  # fmt: skip
    for part in re.split(r"[.;](?:\s|$)", plan.description):
        named = set(
            re.findall(rf"\b(DELETE|PATCH|PUT) {re.escape(base)}/[{{:<\w]+[}}>]?(?![\w/])", part)
        )
        if any(re.search(rf"\b{n}\b", part) for n in CONFLICTS):
            refused |= named
    made = [Route(m, f"{base}/{{id}}") for m in ("PATCH", "PUT", "DELETE") if m in refused]
    taken = any(c.steps[-1].name == f"POST {base}" and any(e.name == "status" and e.value in CONFLICTS
                for e in c.expects) for c in checks)  # fmt: skip
    if taken or with_status(plan.description, base, CONFLICTS):
        made.insert(0, Route("POST", base))
    return made


def _answered(base: str, labels: set[str], checks: Sequence[Check]) -> tuple[str, ...]:
    """What the checks see of one record that was never sent."""
    found = list[str]()
    for check in checks:
        method, _, path = check.steps[-1].name.partition(" ")
        if (method == "GET" and "{id}" not in path) or not _shape(path, base).startswith(base):
            continue
        found += [e.name for e in check.expects if e.verb in ("is", "between") and "." not in e.name
                  and not (e.name == "status" and e.value.isdigit())]  # fmt: skip
    return tuple(n for n in dict.fromkeys(found) if n not in labels | {"id", "length"})


def _whole(one: Field, description: str, asked: Sequence[tuple[str, str, list[str], Any]]) -> Field:
    """A number that is whole in each body and is called so where it is spoken of."""
    if one.kind != "number":
        return one
    given = [b[one.label] for _, _, _, b in asked if isinstance(b, dict) and one.label in b]
    numbers = [v for v in given if isinstance(v, int | float)]
    name = one.label.replace("_", " ")
    said = any(
        WHOLE.search(part) and name in part for part in re.split(r"[.;,](?:\s|$)", description)
    )
    if said and all(isinstance(v, int) for v in numbers):
        return replace(one, kind="integer")
    return one


def _requests(checks: Sequence[Check]) -> Iterator[tuple[str, str, list[str], Any]]:
    for check in checks:
        for step in check.steps:
            method, _, where = step.name.partition(" ")
            path, _, query = where.partition("?")
            keys = [part.partition("=")[0] for part in query.split("&") if part]
            yield (
                method,
                path.rstrip("/") or "/",
                keys,
                json.loads(step.value) if step.value else None,
            )


def _shape(path: str, base: str) -> str:
    """A path with {id} for its number, and what is taken from an answer by its name."""
    return "/".join(
        "{id}" if part.isdigit() or part == "{id}" else part for part in path.split("/")
    )


def _fits(shape: str, path: str) -> bool:
    pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(shape))
    return re.fullmatch(pattern, path) is not None


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "yesno"
    if isinstance(value, int):
        return "integer"
    return "number" if isinstance(value, float) else "text"


def _tool(plan: Plan, checks: Sequence[Check]) -> Plan:
    """Options and plain arguments as the checks give them."""
    runs = [(split(s.value), {f.name for f in c.steps if f.verb == "file"}, any(e.verb == "fails" for e in c.expects))
            for c in checks for s in c.steps if s.verb == "run"]  # fmt: skip
    good = [r for r in runs if not r[2]] or runs
    flags = {f.flag: f for f in plan.inputs if f.flag}
    plain = [f for f in plan.inputs if not f.flag]
    most, held, texts = 0, False, list[list[str]]()
    for words, files, _ in good:
        at, free = 0, list[str]()
        while at < len(words):
            word = words[at]
            name, equals, value = word.partition("=")
            if re.fullmatch(r"--?[A-Za-z][\w-]*", name):
                after = words[at + 1] if at + 1 < len(words) else ""
                takes = (
                    bool(equals)
                    or (name in flags and flags[name].kind != "yesno")
                    or (
                        name not in flags
                        and after
                        and not after.startswith("-")
                        and after not in files
                    )
                )
                if name not in flags:
                    kind = _text_kind(value or after) if takes else "yesno"
                    flags[name] = Field(name.lstrip("-"), kind, required=False, flag=name)
                at += 2 if takes and not equals else 1
                continue
            free.append(word)
            at += 1
        texts.append(free)
        most, held = max(most, len(free)), held or any(w in files for w in free)
    stdin = any(s.verb == "input" for c in checks for s in c.steps)
    named = {f for _, files, _ in runs for f in files}
    columns = [list(dict.fromkeys(t[n] for t in texts if len(t) > n)) for n in range(most)]
    commands = _commands(plan, columns)
    # a model takes plain arguments for options that nobody named
    said = plan.description + " ".join(word for words, _, _ in runs for word in words)
    if commands or not re.search(r"(?i)\boptions?\b|\bflags?\b|\bswitch", plan.description):
        named_ = {f for f in flags if re.search(rf"(?<![\w-]){f}\b", said)}
        plain += [] if commands else [
            replace(one, flag="") for f, one in flags.items() if f not in named_ and one.kind != "yesno"]  # fmt: skip
        flags = {f: one for f, one in flags.items() if f in named_}
    if commands:
        plain = _positional(plain, columns, named, commands)
    elif most != len(plain) and not any(f.kind == "files" for f in plain):
        many = held and most > 1 and len({len(t) for t in texts}) > 1
        plain = [Field("files", "files")] if many else _positional(plain, columns, named, ())
    plain = [replace(f, required=all(len(t) > n for t in texts)) for n, f in enumerate(plain)]
    plain = _several(plain, plan.description)
    fields = [*plain, *flags.values()]
    if not WHOLE.search(plan.description):  # the examples may all be whole by chance
        whole = [f.kind == "integer" and not COUNTS.search(f.label) for f in fields]
        fields = [replace(f, kind="number") if w else f for f, w in zip(fields, whole, strict=True)]
    return replace(plan, inputs=tuple(fields), stdin=plan.stdin or stdin)


def _several(plain: list[Field], description: str) -> list[Field]:
    """With one field for all arguments that the description writes as `app.py NAME...`, the last."""
    m = re.search(r"\.py ([^`\"\n]*?)\[?\b([A-Z][A-Z_]*)\]?(?:\.\.\.|…)", description)
    if m is None or any(f.kind in ("file", "files") for f in plain):
        return plain
    before = len(re.findall(r"(?<![\w-])[A-Z][A-Z_]*\b", re.sub(r"--?\w+ [A-Z]+", "", m[1])))
    return [*plain[:before], Field(m[2].lower(), "texts", required="[" not in m[0])]


def _commands(plan: Plan, columns: Sequence[list[str]]) -> tuple[str, ...]:
    """The first words, where each is a command that the description writes behind the program."""
    found = re.findall(r"(?:\.py |`)([a-z][a-z-]*)(?=[ `])", plan.description)
    words = columns[0] if columns else []
    all_ = tuple(dict.fromkeys([*words, *found]))
    return all_ if len(all_) > 1 and words and set(words) <= set(found) else ()


def _positional(
    plain: Sequence[Field], columns: Sequence[list[str]], files: set[str], commands: tuple[str, ...]
) -> list[Field]:
    """A field for each plain argument: the plan's, as far as what is given there fits them."""
    made = [Field("command", "choice", commands)] if commands else []
    rest = [
        f for f in plain if not commands or (f.kind != "choice" and f.label.lower() != "command")
    ]
    for n in range(len(made), len(columns)):
        seen = columns[n]
        kinds = {"file" if w in files else _text_kind(w) for w in seen}
        kind = kinds.pop() if len(kinds) == 1 else (
            "number" if kinds == {"number", "integer"} else "text")  # fmt: skip
        one = rest.pop(0) if rest else Field(f"value {n + 1}" if n else "value", kind)
        if (one.kind == "file") != (kind == "file") or (one.kind in NUMBERS and kind == "text"):
            one = replace(one, kind=kind, options=())
        elif one.kind == "integer" and kind == "number":
            one = replace(one, kind=kind)
        made.append(one)
    return made


def _text_kind(text: str) -> str:
    if re.fullmatch(r"[+-]?\d+", text):
        return "integer"
    return "number" if number(text) is not None else "text"
