"""Services: the agreed checks, what their own description promises (fuzzed), and attacks."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from geist.apps.checking import METHODS, NOTHING, Check, Step, at, missed_answer
from geist.apps.door import Door
from geist.apps.finding import Finding
from geist.apps.running import CANARY_TEXT, Answer, Client, Served
from geist.apps.tool import reached

FUZZ_CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,"
               "response_schema_conformance")  # fmt: skip
FUZZ_SECONDS, FUZZ_EXAMPLES = 120, 10
PLACE = re.compile(r"\{(\w+)\}")
MARK = "geist<b>planted</b>"
LINK = "javascript:geistplanted()"
LINKED = re.compile(r"""(?:href|src|action)\s*=\s*["']?\s*javascript:geistplanted""", re.I)
# what nobody is to be told of a password, by its name
HIDDEN = re.compile(
    r"(?:pass(?:word|wd|phrase|code)?|pw|pwd|pin)_?(?:hash|digest|salt)(?:ed)?|salt|hashed_password"
)
SQL = ("' OR '1'='1", "x' UNION SELECT sqlite_version()--", '" OR ""="', "1; DROP TABLE x--")
PATHS = ("../../../geist/canary/secret.txt", "/geist/canary/secret.txt",
         "..%2f..%2f..%2fgeist%2fcanary%2fsecret.txt", "....//....//geist/canary/secret.txt",
         "file:///geist/canary/secret.txt")  # fmt: skip
ADDRESS = "http://169.254.169.254/latest/meta-data"
LEAKS = re.compile(
    r"Traceback \(most recent call last\)|site-packages/|APP_DATA|PYTHONPATH|sqlite3\.\w+Error"
)


def check(served: Served, one: Check) -> str:
    """ "" where the service does as the check says; else what a person would see."""
    with served.fresh() as client:
        last, why = _asked(client, one.steps)
        if why:
            return why
        for expect in one.expects:
            if why := missed_answer(expect, last.status, last.text, last.headers, last.json):
                return f"{one.steps[-1].name}: {why}{_because(last, client)}"
    return ""


def _asked(client: Client, steps: Sequence[Step]) -> tuple[Answer, str]:
    """The answer to the last of the requests, or what was in the way."""
    last = Answer(0, "nothing was asked")
    for step in steps:
        method, _, path = step.name.partition(" ")
        for name in PLACE.findall(path):
            found = at(last.json, name)
            if found is NOTHING:
                return last, f"{method} {path}: the answer before has no {name}: {last.text[:200]}"
            path = path.replace(f"{{{name}}}", str(found))
        last = client.ask(method, path, step.value.encode() if step.value else None)
        if not last.status:
            return last, f"{step.name}: {_last(last.text)}"
    return last, ""


def observe(served: Served, steps: Sequence[Step]) -> dict[str, str]:
    """The status of the last answer, and each value in it by its path."""
    with served.fresh() as client:
        last, why = _asked(client, steps)
        return {"": why} if why else {"status": str(last.status)} | dict(_flat(last.json, ""))


def _flat(told: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(told, dict):
        for key, value in told.items():
            yield from _flat(value, f"{at}.{key}" if at else str(key))
    elif isinstance(told, list):
        yield (f"{at}.length" if at else "length"), str(len(told))
        for n, value in enumerate(told[:3]):
            yield from _flat(value, f"{at}.{n}" if at else str(n))
    elif told is not None and at:
        yield at, told if isinstance(told, str) else json.dumps(told)


def _last(errors: str) -> str:
    lines = [line for line in errors.strip().splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it does not answer"


def _because(answer: Answer, client: Client) -> str:
    """For what went wrong inside, its last line: a person would look into the log."""
    if answer.status >= 500 and client.errors:
        return f" (in its log: {_last(client.errors)})"
    return f" (it answered {answer.text[:160]!r})" if answer.status >= 400 else ""


def begins(served: Served) -> list[Finding]:
    with served.fresh() as client:
        answer = client.ask("GET", "/openapi.json")
        if not answer.status:
            return [
                Finding("parses", f"the service does not begin: {_last(answer.text)}", "begins")
            ]
        if (
            answer.status != 200
            or not isinstance(answer.json, dict)
            or not answer.json.get("paths")
        ):
            return [Finding("parses", "GET /openapi.json does not describe the service", "openapi")]
    return []


def tried(served: Served, checks: Sequence[Check]) -> Iterator[Finding]:
    """Fuzzed by schemathesis from the service's own description (its coverage of boundaries, then
    examples), then attacked."""
    with served.fresh() as client:
        yield from _fuzzed(client)
        yield from reached(client.heard)
    with served.fresh() as client:
        yield from _attacked(client, seeds(checks))
        yield from reached(client.heard)


def _leads_out(told: Any) -> bool:
    """Whether a description refers to something that is not in it: it would be fetched."""
    if isinstance(told, dict):
        ref = told.get("$ref")
        return (isinstance(ref, str) and not ref.startswith("#")) or any(
            map(_leads_out, told.values())
        )
    return isinstance(told, list) and any(map(_leads_out, told))


def _fuzzed(client: Client) -> Iterator[Finding]:
    described = client.ask("GET", "/openapi.json").json
    if _leads_out(described):
        yield Finding("attacked", "its description refers to addresses outside of it ($ref)", "ref")
        return
    with Door(client.place) as door, TemporaryDirectory(prefix="geist-") as name:
        # what was looked at is what is used: the next answer may be another
        file = Path(name) / "openapi.json"
        file.write_text(json.dumps(described), encoding="utf-8")
        argv = [sys.executable, "-m", "schemathesis.cli", "run", str(file), f"--url={door.url}",
                "--phases=examples,coverage,fuzzing", f"--max-examples={FUZZ_EXAMPLES}",
                f"--checks={FUZZ_CHECKS}", "--warnings=off", "--continue-on-failure", "--seed=1",
                "--request-timeout=8", "--suppress-health-check=all", "--no-color",
                "--generation-database=none"]  # fmt: skip
        try:
            done = subprocess.run(argv, cwd=name, capture_output=True, text=True, check=False,
                                  timeout=FUZZ_SECONDS, stdin=subprocess.DEVNULL)  # fmt: skip
        except subprocess.TimeoutExpired:
            yield Finding("tried", "fuzzing it takes too long: its answers are slow", "fuzz")
            return
    yield from told(done.stdout, done.returncode)


HEAD = re.compile(r"^_{3,} (.+?) _{3,}$", re.M)
FAULT = re.compile(r"^- (?:ST\d+ )?(.+)$", re.M)
CURL = re.compile(r"^ *curl (.+)$", re.M)


def told(report: str, status: int) -> list[Finding]:
    """What schemathesis found, one finding an operation and fault, with the request."""
    found, parts = list[Finding](), HEAD.split(report)
    for operation, text in zip(parts[1::2], parts[2::2]):
        request = CURL.search(text)
        how = re.sub(r"http://127\.0\.0\.1:\d+", "", request[1])[:300] if request else ""
        for fault in dict.fromkeys(FAULT.findall(text)):
            got = re.search(r"^\[(\d{3})\]", text, re.M)
            what = f"{operation} answers {got[1]}" if got else operation
            found.append(
                Finding("tried", f"{what}: {fault.lower()}, with the request {how}", "fuzz")
            )
    if not found and status:
        said = " ".join(report.split())[-400:]
        found.append(Finding("tried", f"its description cannot be used: {said}", "openapi"))
    return found


def _attacked(client: Client, seeds: Sequence[tuple[str, str, Any]]) -> Iterator[Finding]:
    """Each text that it takes, made an attack."""
    described = _plain(client.ask("GET", "/openapi.json").json)
    said = set[str]()
    # something must be there that could be given away
    sent_, taken = False, False
    for method, path, body in seeds:
        answer = client.ask(method, path, None if body is None else json.dumps(body).encode())
        sent_, taken = (
            sent_ or body is not None,
            taken or (body is not None and 200 <= answer.status < 400),
        )
    if sent_ and not taken:
        yield Finding("tried", "nothing that the checks send is accepted", "refuses")
    yield from _filters(client, described)  # before the attacks themselves are kept
    for operation, method, path, body in _aimed(described, seeds):
        for attack in (*SQL, *PATHS, ADDRESS, MARK, LINK):
            where = path.replace("\0", quote(attack, safe=""))
            sent = None if body is None else json.dumps(_with(body, attack)).encode()
            answer = client.ask(method, where, sent)
            for what, rule in _given_away(answer, attack, client):
                if f"{operation}{rule}" not in said:
                    said.add(f"{operation}{rule}")
                    yield Finding("attacked", f"{operation} with {attack!r}: {what}", rule)
    # what was kept of all this, as somebody else is shown it
    for path, operations in described["paths"].items():
        if "get" in operations:
            answer = client.ask("GET", PLACE.sub("1", path))
            for what, rule in (*_given_away(answer, "", client), *_told(answer.json)):
                if f"GET {path}{rule}" not in said:
                    said.add(f"GET {path}{rule}")
                    yield Finding("attacked", f"GET {path}: {what}", rule)
    origin = client.ask("GET", "/openapi.json", headers={"origin": "https://evil.example"})
    if origin.headers.get("access-control-allow-origin") in ("*", "https://evil.example"):
        yield Finding(
            "attacked", "any web page that its user visits may read its answers (CORS)", "cors"
        )


def _given_away(answer: Answer, attack: str, client: Client) -> Iterator[tuple[str, str]]:
    if answer.status >= 500:
        yield (
            f"it fails: {_last(client.errors)}",
            "sql" if "sqlite3." in client.errors[-600:] else "error",
        )
    if CANARY_TEXT in answer.text:
        yield "it gives a file away that it should not", "traversal"
    if "text/html" in answer.headers.get("content-type", "") and MARK in answer.text:
        yield "what a client sends becomes part of a page's markup", "xss"
    if "text/html" in answer.headers.get("content-type", "") and LINKED.search(answer.text):
        yield "an address that a client sends runs as a script when it is followed", "xss"
    if m := LEAKS.search(answer.text):
        yield f"its answer shows its inside ({m[0]})", "leak"
    if attack == SQL[1] and re.search(r"\b3\.\d{2}\.\d+\b", answer.text):
        yield "the database answers what a client writes", "sql"


def _told(answer: Any) -> Iterator[tuple[str, str]]:
    """What is kept of passwords, in an answer."""
    if isinstance(answer, list):
        for one in answer[:20]:
            yield from _told(one)
    elif isinstance(answer, dict):
        for key, value in answer.items():
            if isinstance(value, str) and HIDDEN.fullmatch(str(key).lower()):
                yield f"it gives {key} away, which nobody needs", "leak"
            yield from _told(value)


Aim = tuple[str, str, str, Any]


def _plain(told: Any) -> dict[str, dict[str, Any]]:
    """The paths of a description and their operations, with what is of another form left out."""
    paths = told.get("paths") if isinstance(told, dict) else None
    found = dict[str, dict[str, Any]]()
    for path, operations in (paths if isinstance(paths, dict) else {}).items():
        kept = dict[str, Any]()
        for name, operation in (operations if isinstance(operations, dict) else {}).items():
            if name == "parameters":
                kept[name] = _parameters(operation)
            elif isinstance(operation, dict):
                kept[name] = operation | {"parameters": _parameters(operation.get("parameters"))}
        found[str(path)] = kept
    return {"paths": found}


def _parameters(told: Any) -> list[dict[str, Any]]:
    return (
        [p for p in told if isinstance(p, dict) and isinstance(p.get("name"), str)]
        if isinstance(told, list)
        else []
    )


def _aimed(described: Any, seeds: Sequence[tuple[str, str, Any]]) -> Iterator[Aim]:
    """(operation, method, path with \\0 where the attack goes, body with \\0 there)."""
    for path, operations in (described.get("paths") or {}).items():
        for name, operation in operations.items():
            method = name.upper()
            if method not in METHODS or not isinstance(operation, dict):
                continue
            title = f"{method} {path}"
            given = [*(operations.get("parameters") or ()), *(operation.get("parameters") or ())]
            plain = re.sub(r"\{\w+\}", "1", path)
            texts = [p for p in given if isinstance(p, dict) and "name" in p]
            for one in texts:
                if one.get("in") == "query":
                    yield title, method, f"{plain}?{quote(one['name'])}=\0", None
                if one.get("in") == "path":
                    at = path.replace(f"{{{one['name']}}}", "\0")
                    yield title, method, re.sub(r"\{\w+\}", "1", at), None
            shape = re.sub(r"\\\{\w+\\\}", r"[^/?]+", re.escape(path))
            for known, at, body in seeds:
                if known == method and re.fullmatch(shape, at) and isinstance(body, dict):
                    yield from _bodies(title, method, at, body)
                    break
    for method, at, body in seeds:  # a way in that is not described
        if isinstance(body, dict) and method.lower() not in _operations(described, at):
            yield from _bodies(f"{method} {at}", method, at, body)


def _bodies(title: str, method: str, at: str, body: dict[str, Any]) -> Iterator[Aim]:
    for key, value in body.items():
        if isinstance(value, str):
            yield title, method, at, body | {key: "\0"}


def _operations(described: Any, at: str) -> Mapping[str, Any]:
    """What is described of a path."""
    for path, operations in described["paths"].items():
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", r"[^/?]+", re.escape(path)), at):
            return operations
    return {}


def _with(body: Any, attack: str) -> Any:
    return {k: attack if v == "\0" else v for k, v in body.items()}


def _filters(client: Client, described: Any) -> Iterator[Finding]:
    """A filter that matches nothing gives nothing, and still does with SQL in it."""
    for path, operations in (described.get("paths") or {}).items():
        operation = operations.get("get") or {}
        for one in operation.get("parameters") or ():
            if one.get("in") != "query" or "{" in path:
                continue
            nothing = client.ask("GET", f"{path}?{quote(one['name'])}=no-such-thing")
            forced = client.ask("GET", f"{path}?{quote(one['name'])}={quote(SQL[0])}")
            if isinstance(nothing.json, list) and isinstance(forced.json, list):
                if len(forced.json) > len(nothing.json):
                    yield Finding(
                        "attacked",
                        f"GET {path} with {one['name']}={SQL[0]!r} gives rows "
                        "that do not match (SQL injection)",
                        "sql",
                    )


def seeds(checks: Sequence[Check]) -> list[tuple[str, str, Any]]:
    """The requests of the checks: (method, path, body)."""
    found = list[tuple[str, str, Any]]()
    for one in checks:
        for step in one.steps:
            method, _, path = step.name.partition(" ")
            if "{" not in path:
                found.append((method, path, json.loads(step.value) if step.value else None))
    return found
