"""Pages as people open them, in a real Chromium: every kind of component is drawn and can be used,
and what is wrong with a page is found."""

import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geist.canvas.a2ui import messages, problems, shaped
from geist.canvas.ask import judged
from geist.canvas.browser import Browser
from geist.canvas.catalog import KINDS
from geist.canvas.compile import compile, decompile
from geist.canvas.data import Data
from geist.canvas.look import look
from geist.canvas.page import document, own_data, page
from geist.canvas.store import Kept, Version, Views
from geist.canvas.view import Answered
from geist.cli.pictures import encoded
from geist.core.errors import GeistError
from tests.conftest import Scripted
from tests.nursery import run

SALES = "date,region,amount\n" + "".join(
    f"2026-0{m}-{d:02},{r},{(m * d * len(r)) % 37 + 1}\n"
    for m in (1, 2, 3, 4) for d in (3, 9, 21) for r in ("north", "south", "west")
)  # fmt: skip
GALLERY = '''reg = Picker(sales, region)
when = Steps(sales, month(date), label="Month")
film = Animation(sales, month(date))
Text("In all {sum(sales.amount)} were sold, {count(sales)} times.", h2)
Text("{sum(sales.amount)} of it in the north.", where="region = 'north'")
c1 = Chart(bar, sales, x=month(date), y=sum(amount), by=reg, title="By month")
t1 = Table(sales, columns=[region, sum(amount)], by=[when, reg], sort=-sum(amount))
Row(c1, t1)
Chart(line, sales, x=month(date), y=sum(amount), color=region, title="Lines")
Chart(pie, sales, x=region, y=sum(amount), title="Shares")
Chart(bar, sales, x=region, y=sum(amount), by=film, title="Film")
Chart(heatmap, sales, x=month(date), y=region, color=sum(amount), title="Heat")
Chart(point, sales, x=amount, y=date, color=region, title="Points")
Chart(area, sales, x=month(date), y=sum(amount), facet=region, title="Facets")
Tabs(code=Code("def f(x):\\n    # so\\n    return x + 1", language="python"), change=Diff("a = 1\\nb = 2", "a = 1\\nb = 3", title="Change"))
Math("\\\\bar{x} = \\\\frac{1}{n} \\\\sum_i x_i", title="Mean")
Quiz("Which is a prime?", ["four", "five"], answer=2, why="It has no divisors.")
Whiteboard(box(shop, "Shop"), oval(bank, "Bank"), arrow(shop, bank, "pays"), note("closed on Sundays"), title="Board")
Diagram("flowchart LR; a[Order] --> b[Pay]; b --> c[Send]", title="Flow")
pairs = Query("SELECT DISTINCT region AS a, 'shop' AS b FROM sales")
Diagram(pairs, from=a, to=b, title="Pairs")
places = Rows([name, lat, lon, day, done], ["Senso-ji", 35.7148, 139.7967, "2026-04-01", "2026-04-02"], ["Shibuya", 35.659, 139.7005, "2026-04-02", "2026-04-04"], ["Ueno", 35.72, 139.774, "2026-04-03", "2026-04-05"])
Map(places, lat=lat, lon=lon, label=name, title="Tokyo")
Timeline(places, start=day, end=done, label=name, title="Days")
lands = Rows([c, v], ["Germany", 4], ["FR", 5], ["United States", 9])
Map(lands, country=c, color=v, title="World")
s1 = Text("First slide")
s2 = Chart(bar, sales, x=region, y=sum(amount), title="In a slide")
Slides(s1, s2, title="Deck")
Figure("<svg viewBox='0 0 40 20'><rect width='20' height='10' fill='teal'/></svg>", alt="a box", title="Picture")
App("""<h1>Counter</h1><button id="b" onclick="n++;document.getElementById('o').textContent=n">More</button>
<output id="o">0</output><script>let n=0</script>""", title="Counter", height=200)
'''


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Data]:
    file = tmp_path_factory.mktemp("data") / "sales.csv"
    file.write_text(SALES)
    with Data([file]) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as found:
        yield found


def view(tables: Data, lines: str) -> Answered:
    shown, wrong = judged(lines, tables, "2026 1")
    assert not wrong, wrong
    return shown


def test_every_component_and_control_passes(tables: Data, browser: Browser) -> None:
    shown = view(tables, GALLERY)
    assert {c["component"] for c in shown.view.components} >= set(KINDS) - {"Column"}
    assert compile(decompile(shown.view), tables)[0] == shown.view
    seen = look(browser, page(shown, "Gallery", "note"), shown)
    assert not seen.problems, "\n".join(f"{p.code} {p.path} {p.message}" for p in seen.problems)
    tried = " ".join(seen.tried)
    for control in ("Picker", "Steps", "Animation Play", "Tabs", "Slides Next", "Table", "Quiz"):
        assert control in tried
    assert seen.png.startswith(b"\x89PNG")


BASE = """reg = Picker(sales, region)
Text("In all {sum(sales.amount)} were sold.")
c = Chart(bar, sales, x=month(date), y=sum(amount), by=reg, title="By month")
l = Chart(line, sales, x=month(date), y=sum(amount), color=region, title="Lines")
t = Table(sales, columns=[region, sum(amount)], title="Rows")
"""
Planted = Callable[[list[dict[str, Any]]], None]


def _part(found: list[dict[str, Any]], id: str) -> dict[str, Any]:
    parts = next(m["updateComponents"]["components"] for m in found if "updateComponents" in m)
    return next(c for c in parts if c["id"] == id)


def _model(found: list[dict[str, Any]]) -> dict[str, Any]:
    return next(m["updateDataModel"]["value"] for m in found if "updateDataModel" in m)


def _axis(found: list[dict[str, Any]]) -> None:
    scale = next(s for s in _part(found, "c")["vega"]["scales"] if s["name"] == "y")
    scale |= {"zero": False, "domain": [20, 400], "nice": False}


def _total(found: list[dict[str, Any]]) -> None:
    _model(found)["shown"] = dict.fromkeys(_model(found)["shown"], "1,234")


DEFECTS: dict[str, tuple[str, Planted]] = {
    "wrong total": ("wrong figure", _total),
    "wrong bar": ("wrong figure", lambda m: _model(m)["rows"]["c"][0].update(sum_amount=1)),
    "wrong row": ("wrong figure", lambda m: _model(m)["rows"]["t"][1].update(region="east")),
    "lost row": ("wrong figure", lambda m: _model(m)["rows"]["t"].pop()),
    "dead picker": ("dead control", lambda m: _part(m, "c").pop("by")),
    "cut axis": ("misleads", _axis),
    "no legend": ("colour", lambda m: _part(m, "l")["vega"].pop("legends")),
    "unknown part": ("broken", lambda m: _part(m, "t").update(component="Tabel")),
    "missing field": ("broken", lambda m: _part(m, "t").pop("rows")),
    "no figures": ("empty", lambda m: _model(m)["rows"].update(l=[])),
}  # fmt: skip


@pytest.mark.parametrize("name", DEFECTS)
def test_what_is_wrong_with_a_page_is_found(name: str, tables: Data, browser: Browser) -> None:
    shown, (code, plant) = view(tables, BASE), DEFECTS[name]
    text = page(shown, "t")
    found = json.loads(json.dumps(own_data(text)))
    plant(found)
    told = json.dumps(found).replace("<", "\\u003c")
    text = re.sub(r'(id="view">).*?(</script>)', lambda m: m[1] + told + m[2], text, flags=re.S)
    assert code in {p.code for p in look(browser, text, shown).problems}


@pytest.mark.parametrize(
    ("planted", "code"),
    [
        ("<script src=https://cdn.example.org/a.js></script>", "console error"),
        ("<script>throw new Error('x')</script>", "console error"),
        ("<div style='width:3000px'>wide</div>", "overflow"),
        ("<p style='color:#eee;background:#fff'>pale</p>", "access"),
        ("<button></button>", "access"),
        ("<button>Nothing</button>", "dead control"),
        ("<p style='position:absolute;top:90px'>over</p><p style='position:absolute;top:92px'>it</p>", "overlap"),
        ("<div style='width:40px;overflow:hidden;white-space:nowrap'>cut off in the middle</div>", "cut off"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_html_is_found(
    planted: str, code: str, tables: Data, browser: Browser
) -> None:
    text = page(view(tables, BASE), "t").replace("<footer>", f"{planted}<footer>")
    assert code in {p.code for p in look(browser, text).problems}


def test_many_rows_stay_usable(tmp_path: Path, browser: Browser) -> None:
    (tmp_path / "many.csv").write_text(
        "n,v\n" + "".join(f"{n},{n * 7 % 1009}\n" for n in range(20_000))
    )
    with Data([tmp_path / "many.csv"]) as many:
        shown = view(many, 'Table(many)\nChart(point, many, x=n, y=v, title="1")')
        seen = look(browser, page(shown, "1"), shown)
    assert not seen.problems, seen.problems


def test_messages_of_other_agents_are_shown(browser: Browser) -> None:
    basic = "https://a2ui.org/specification/v0_9/catalogs/basic/catalog.json"
    parts = [
        {"id": "root", "component": "Card", "child": "c"},
        {"id": "c", "component": "Column", "children": ["t", "s", "d"]},
        {"id": "t", "component": "Text", "text": "A **bold** word"},
        {"id": "s", "component": "Slider", "label": "How many", "min": 0, "max": 9,
         "value": {"path": "/n"}},
        {"id": "d", "component": "Text", "text": {"path": "/n"}},
    ]  # fmt: skip
    told = [
        {"version": "v0.9", "createSurface": {"surfaceId": "s", "catalogId": basic}},
        {"version": "v0.9", "updateDataModel": {"surfaceId": "s", "value": {"n": 4}}},
        {"version": "v0.9", "updateComponents": {"surfaceId": "s", "components": parts}},
    ]
    for text in (
        json.dumps(told),
        "\n".join(map(json.dumps, told)),
        json.dumps({"messages": told}),
    ):
        assert messages(text) == (told, [])
    found, wrong = shaped(told)
    assert not wrong and not [p for m in told for p in problems(m)]
    with browser.page(document(found, "t")) as opened:
        assert opened.page.locator("strong").inner_text() == "bold"
        assert not opened.heard
    parts[3]["max"] = "many"
    parts.append({"id": "x", "component": "Text", "text": "stands nowhere"})
    found, wrong = shaped(told)
    assert {p.code for p in wrong} == {"schema", "orphan"}
    with browser.page(document(found, "t")) as opened:
        assert "Slider" in opened.page.locator("geist-broken div").inner_text()


@settings(max_examples=60)
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda i: st.lists(i, max_size=3) | st.dictionaries(st.sampled_from(
        ["version", "createSurface", "updateComponents", "surfaceId", "components", "id", "child",
         "children", "component", "tabs", "catalogId"]) | st.text(max_size=4), i, max_size=4),
    max_leaves=20) | st.text(max_size=60))  # fmt: skip
def test_any_messages_are_read(told: Any) -> None:
    text = told if isinstance(told, str) else json.dumps(told)
    found, _ = messages(text)
    made, _ = shaped(found)
    assert all(isinstance(m, dict) for m in made)


@pytest.mark.parametrize("line", [
    'q = Query("SELECT 12345 AS n FROM sales LIMIT 1")\nText("{q.n}")',
    'q = Query("SELECT n FROM sales, (VALUES (12345)) t(n)")\nTable(q)',
    """Table(sales, where="false) UNION ALL (SELECT DATE '2026-01-01', 'Mars', 4242")""",
    'SALES = Query("SELECT region, amount * 10 AS amount FROM memory.main.sales")\nText("{sum(sales.amount)}")',
    'App("<p>a</p><iframe srcdoc=x></iframe>", title="t")',
    'Diagram("flowchart LR; a-->b; click\ta \\"https://example.org/\\"")',
])  # fmt: skip
def test_what_is_made_up_or_leads_out_is_refused(tables: Data, line: str) -> None:
    assert judged(line, tables, "x")[1]


def test_a_page_that_never_ends_is_ended(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geist.canvas.look.LONGEST", 3.0)
    with Data([]) as none:
        shown = view(none, 'App("<p>a</p><button onclick=\'while(1){}\'>x</button>", title="t")')
        assert {p.code for p in look(browser, page(shown, "t"), shown).problems} == {"browser"}
        shown = view(none, 'Math("x")')  # the browser is there again
        assert not look(browser, page(shown, "t"), shown).problems


def test_a_repository_runs_nothing(tmp_path: Path) -> None:
    root, mark = tmp_path / "repo", tmp_path / "ran"
    who = ["-c", "user.name=A", "-c", "user.email=a@b"]
    for argv in (
        ["init", "-q", str(root)],
        ["-C", str(root), *who, "commit", "-qm", "a", "--allow-empty"],
    ):
        subprocess.run(["git", *argv], check=True)
    program = tmp_path / "x.sh"
    program.write_text(f"#!/bin/sh\ntouch {mark}\nexit 1\n")
    program.chmod(0o755)
    for key, told in (("log.showSignature", "true"), ("gpg.program", program), ("core.fsmonitor", program),
                      ("core.pager", program), ("diff.external", program)):  # fmt: skip
        subprocess.run(["git", "-C", str(root), "config", key, str(told)], check=True)
    tree = subprocess.run(
        ["git", "-C", str(root), "cat-file", "-p", "HEAD"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    signed = tree.replace(
        "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n", 1
    )
    made = subprocess.run(["git", "-C", str(root), "hash-object", "-t", "commit", "-w", "--stdin"], input=signed,
                          capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip
    subprocess.run(["git", "-C", str(root), "update-ref", "HEAD", made], check=True)
    with Data([root]) as data:
        assert data.tables["commits"].rows == 1
    assert not mark.exists()


def test_odd_names_of_files_are_names(tmp_path: Path) -> None:
    (tmp_path / "a1.csv").write_text("v\n1\n")
    (tmp_path / "a[1].csv").write_text("v\n2\n")
    (tmp_path / "bad.db").write_bytes(b"SQLite format 3\0" + b"x" * 200)
    with Data([tmp_path / "a[1].csv"]) as data:
        assert data.query("SELECT v FROM a_1").rows == ((2,),)
    with sqlite3.connect(tmp_path / "x#y.db") as db:
        db.execute("CREATE TABLE t (v INTEGER)")
        db.execute("INSERT INTO t VALUES (7)")
    with Data([tmp_path / "x#y.db"]) as data:
        assert data.query("SELECT v FROM t").rows == ((7,),)
    with pytest.raises(GeistError):
        Data([tmp_path / "bad.db"])
    assert not (tmp_path / "x").exists()


# the command


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    (tmp_path / "sales.csv").write_text(SALES)
    return tmp_path


RIGHT = 'q1 = Query("SELECT region, sum(amount) AS s FROM sales GROUP BY region")\nChart(bar, q1, x=region, y=s, title="By region")'
SAME = "```sql\nSELECT region, sum(amount) FROM sales GROUP BY 1\n```"


def test_a_view_is_asked_for_mended_confirmed_and_shown(
    sales: Path, model_server: Scripted
) -> None:
    model_server.script = [RIGHT.replace("sum(amount)", "sum(amont)"), RIGHT, SAME]
    out = run(sales, "show", "sales by region?", "sales.csv", "--model", model_server.url,
              "--html", "v.html", "--png", "v.png", "--terminal")  # fmt: skip
    assert out.returncode == 0, out.stdout + out.stderr
    told = [m["content"] for m in model_server.requests[1]["messages"]]
    assert "region text: north, south, west" in told[-3] and 'column "amont"' in told[-1]
    assert "computed the same" in out.stdout and "north  " in out.stdout
    assert (sales / "v.png").read_bytes().startswith(b"\x89PNG")
    assert "Tried in a browser" in (sales / "v.html").read_text()
    # another figure the second time: it is shown, and said
    model_server.script = [RIGHT, "```sql\nSELECT count(*) FROM sales\n```"]
    out = run(sales, "show", "sales by region?", "sales.csv", "--model", model_server.url)
    assert out.returncode == 1 and "NOT CONFIRMED" in out.stdout
    # what stays wrong is shown as that
    model_server.script = ["I cannot."]
    out = run(sales, "show", "sales?", "sales.csv", "--model", model_server.url, "--html", "w.html")
    assert out.returncode == 1 and "there is nothing to show" in out.stdout


def test_a_view_is_changed_walked_kept_and_thrown_away(sales: Path, model_server: Scripted) -> None:
    (sales / "v.txt").write_text(BASE)
    assert run(sales, "show", "How?", "sales.csv", "--lines", "v.txt").returncode == 0
    model_server.script = ['Table(sales, columns=[region, sum(amount)], title="Less")']
    out = run(sales, "show", "--edit", "last", "only the rows", "--model", model_server.url)
    assert out.returncode == 0, out.stdout + out.stderr
    asked = model_server.requests[-1]["messages"][-1]["content"]
    assert "reg = Picker(sales, region)" in asked and "only the rows" in asked
    out = run(sales, "views", "last")
    assert "1  How?" in out.stdout and "▶ 2  only the rows" in out.stdout
    assert "▶ 1  How?" in run(sales, "views", "last", "--back").stdout
    assert run(sales, "views", "last", "--back").returncode == 2
    assert "7 days left" in run(sales, "views").stdout
    assert run(sales, "keep", "last").returncode == 0 and "kept" in run(sales, "views").stdout
    assert run(sales, "views", "last", "--discard").returncode == 0
    assert "no views yet" in run(sales, "views").stdout


def test_views_are_thrown_away_after_a_week(tmp_path: Path) -> None:
    store, week = Views(tmp_path), 7 * 86_400
    for name, age in (("old", week + 1), ("young", week - 60), ("kept", week * 9)):
        made = store.add(name, [], Version("?", "", time.time() - age, True))
        if name == "kept":
            store.keep(made)
    assert store.sweep() == ["old"] and {v.name for v in store.all()} == {"young", "kept"}
    with pytest.raises(GeistError):
        store.find("old")


@given(st.lists(st.sampled_from(["change", "back", "forward"]), max_size=12))
def test_a_history_is_walked(tmp_path_factory: pytest.TempPathFactory, steps: list[str]) -> None:
    store = Views(tmp_path_factory.mktemp("views"))
    made, now, count = store.add("v", [], Version("0", "", 1.0, True)), 0, 1
    for number, step in enumerate(steps, 1):
        if step == "change":
            made, now, count = (
                store.change(made, Version(str(number), "", 1.0, True)),
                now + 1,
                now + 2,
            )
        else:
            to = now + (1 if step == "forward" else -1)
            if 0 <= to < count:
                made, now = store.walk(made, to - now), to
            else:
                with pytest.raises(GeistError):
                    store.walk(made, to - now)
        found: Kept = store.find("v")
        assert found == made and found.now == now and len(found.versions) == count


def test_bad_input_is_told(sales: Path) -> None:
    (sales / "bad.json").write_text("{")
    (sales / "bytes").write_bytes(b"\xff\xfe\0")
    for wrong in (["show", "x", "none.csv"], ["show", " ", "sales.csv"], ["show"],
                  ["show", "x", "sales.csv", "--lines", "none"], ["show", "--edit", "none", "x"],
                  ["show", "--a2ui", "none.json"], ["show", "--a2ui", "bad.json"], ["keep", "none"],
                  ["show", "x", "--image"], ["show", "x", "--image", "--model", "ollama:x"],
                  ["show", "sales.csv"], ["show", "x", "~nobody-here/x.csv"],
                  ["show", "x", "sales.csv", "--lines", "bytes"], ["views", "--back"]):  # fmt: skip
        out = run(sales, *wrong)
        assert out.returncode == 2 and out.stderr.startswith("geist: "), (wrong, out.stderr)


def test_without_a_browser_it_is_written_and_marked(sales: Path) -> None:
    (sales / "v.txt").write_text("Table(sales)")
    out = run(
        sales, "show", "How?", "sales.csv", "--lines", "v.txt", "--html", "v.html", "--untried"
    )
    assert out.returncode == 0 and "NOT TRIED" in out.stdout
    assert "NOT TRIED" in (sales / "v.html").read_text()


def test_other_front_ends_ask_by_ag_ui(sales: Path, model_server: Scripted, tables: Data) -> None:
    model_server.script = [RIGHT, SAME]
    program = Path(sys.executable).parent / "geist"
    port = 20_000 + int(time.time() * 1000) % 20_000
    argv = [program, "show", "--serve", str(port), "sales.csv", "--model", model_server.url]
    asked = {"threadId": "t", "runId": "r", "state": {}, "tools": [], "context": [],
             "forwardedProps": {}, "messages": [{"id": "1", "role": "user", "content": "by region?"}]}  # fmt: skip
    with subprocess.Popen(argv, cwd=sales, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "AG-UI at" in process.stdout.readline()
            url = f"http://127.0.0.1:{port}/"
            for _ in range(100):
                try:
                    got = httpx.post(url, json=asked, timeout=60)
                    break
                except httpx.ConnectError:
                    time.sleep(0.1)
            events = [
                json.loads(line[6:]) for line in got.text.splitlines() if line.startswith("data: ")
            ]
            assert [e["type"] for e in events] == [
                "RUN_STARTED", "ACTIVITY_SNAPSHOT", "TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT",
                "TEXT_MESSAGE_END", "RUN_FINISHED"]  # fmt: skip
            snapshot = events[1]
            assert snapshot["activityType"] == "a2ui-surface"
            told = snapshot["content"]["a2ui_operations"]
            assert [next(k for k in m if k != "version") for m in told] == [
                "createSurface", "updateDataModel", "updateComponents"]  # fmt: skip
            evil = {"origin": "https://example.org"}
            assert httpx.post(url, json=asked, headers=evil).status_code == 403
            assert httpx.post(url, json={"a": 1}).status_code == 422
            assert httpx.post(url, json=asked, headers={"host": "example.org"}).status_code == 400
        finally:
            process.terminate()


def test_pictures_are_for_terminals_that_show_them() -> None:
    png = b"\x89PNG" + bytes(9000)
    kitty = encoded(png, {"TERM": "xterm-kitty"})
    assert kitty.count("\x1b_G") == 3 and kitty.startswith("\x1b_Ga=T,f=100,m=1;")
    assert encoded(png, {"TERM_PROGRAM": "iTerm.app"}).startswith("\x1b]1337;File=")
    assert encoded(png, {"TERM": "xterm-256color"}) == ""
