"""Views: the language is read whatever is written, figures come from the tables, and what would
mislead is told."""

import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geist.canvas.ask import Shows
from geist.canvas.compile import as_text, compile, decompile, problems
from geist.canvas.data import Data
from geist.canvas.language import Call, Line, Name, parse, said, value, written
from geist.canvas.problem import Wrong
from geist.canvas.view import Answered, View, answer
from geist.core.errors import GeistError
from geist.core.message import Message
from geist.core.output import Text
from geist.core.task import Task
from geist.core.verdict import Status

SALES = """month,region,amount,items
2026-01-05,north,10.5,1
2026-01-20,south,20,2
2026-02-03,north,5,1
2026-02-14,south,40.25,4
2026-03-01,north,8,2
"""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Data]:
    file = tmp_path_factory.mktemp("data") / "sales.csv"
    file.write_text(SALES)
    with Data([file]) as found:
        yield found


def shown(tables: Data, text: str, question: str = "") -> Answered:
    view, wrong = compile(text, tables, question)
    made, failed = answer(view, tables)
    assert not wrong and not failed, [*wrong, *failed]
    return made


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True).filter(
    lambda n: n not in ("true", "false")
)
VALUES = st.recursive(
    st.text(max_size=20) | st.integers(-(10**17), 10**17) | st.booleans() | NAMES.map(Name)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.from_regex(r"[a-z][a-z %]{0,8}[a-z]", fullmatch=True).map(Name),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.builds(
        Call, NAMES, st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(NAMES, inner, max_size=3).map(lambda d: tuple(d.items()))),
    max_leaves=8)  # fmt: skip
LINES = st.lists(st.builds(Call, NAMES, st.lists(VALUES, max_size=3).map(tuple)), max_size=5)


@given(LINES)
def test_what_is_written_is_read_again(calls: list[Call]) -> None:
    lines = [Line(call, f"id{n}", n + 1) for n, call in enumerate(calls)]
    assert parse(written(lines)) == (lines, [])


@given(st.text(max_size=300) | st.from_regex(r"([a-zA-Z_=\"'`()\[\],. 0-9-]{0,30}\n){0,6}"))
def test_any_text_is_read(text: str) -> None:
    lines, wrong = parse(text)
    assert parse(written(lines))[0] == [Line(x.call, x.id, n) for n, x in enumerate(lines, 1)]
    assert all(p.code and p.path and p.message for p in wrong)


def test_the_forms_that_models_use() -> None:
    text = """```python
    # a comment
    - Chart(bar, sales,
            x=month,
            y=sum(amount))
    2. Text('It''s')
    best = Query("SELECT \\"a b\\" FROM t")
    Table(`a b`, columns=[`c d`, e])
    ```"""
    lines, wrong = parse(text)
    assert [line.call.name for line in lines] == ["Chart", "Query", "Table"]
    assert len(wrong) == 1 and wrong[0].path == "line 6"
    assert lines[1].call.given == ('SELECT "a b" FROM t',)
    assert lines[2].call.given == (Name("a b"),) and said(Name("a b")) == "`a b`"
    assert value("sum(amount)") == Call("sum", (Name("amount"),))


def test_a_figure_is_what_the_data_say(tables: Data) -> None:
    made = shown(tables, """
        Text("In all {sum(sales.amount)} in {count(sales)} sales, {best.region} led.", h2)
        best = Query("SELECT region, sum(amount) AS total FROM sales GROUP BY 1 ORDER BY 2 DESC LIMIT 1")
        Chart(bar, sales, x=region, y=sum(amount), sort=-y, title="By region")
        Chart(line, sales, x=month(month), y=sum(items), where="region = 'north'")
        Chart(bar, best, x=region, y=total)
        Table(sales, columns=[region, max(amount)])""")  # fmt: skip
    words = as_text(made)
    assert "In all 83.75 in 5 sales, south led." in words
    rows = made.model["rows"]
    assert [list(r.values()) for r in rows["chart_2"]] == [["south", 60.25], ["north", 23.5]]
    assert [r["sum_items"] for r in rows["chart_3"]] == [1, 1, 2]
    assert rows["table_5"] == [{"region": "north", "max_amount": 10.5},
                               {"region": "south", "max_amount": 40.25}]  # fmt: skip
    # each figure is traceable to its question
    receipt = made.receipts["text_1.1"]
    assert receipt.sql == 'SELECT sum("amount") FROM "sales"' and len(receipt.digest) == 64
    assert not problems(made)
    kinds = [next(k for k in m if k != "version") for m in made.messages()]
    assert kinds == ["createSurface", "updateDataModel", "updateComponents"]


PART = st.sampled_from([
    'Text("{sum(sales.amount)} and {mean(sales.items)}")', 'Text("words", caption)',
    "Chart(bar, sales, x=region, y=sum(amount))", "Table(sales, limit=3)",
    'Chart(line, sales, x=week(month), y=amount, color=region, title="a \\"b\\"", limit=9)',
    'Chart(point, sales, x=items, y=amount, where="items > 1", sort=-x)',
    "Chart(heatmap, sales, x=weekday(month), y=region, color=count())",
    "Chart(pie, q, x=region, y=sum(a))", "Table(q, columns=[region])",
    'Chart(bar, sales, x=bin(amount), y=count(), facet=region)',
])  # fmt: skip


@given(st.lists(PART, min_size=1, max_size=6), st.integers(0, 3))
def test_compile_and_decompile_are_inverse(tables: Data, parts: list[str], boxes: int) -> None:
    lines = ['q = Query("SELECT region, amount AS a FROM sales")']
    lines += [f"p{n} = {part}" for n, part in enumerate(parts)]
    names = [f"p{n}" for n in range(len(parts))]
    for n, box in enumerate(("Row", "Column", "Tabs")[:boxes]):
        if not names:
            break
        first, names = names[:2], names[2:]
        held = ", ".join(f"t_{x}={x}" if box == "Tabs" else x for x in first)
        lines.append(f"b{n} = {box}({held})")
        names.append(f"b{n}")
    view, wrong = compile("\n".join(lines), tables)
    assert not wrong
    assert compile(decompile(view), tables) == (view, [])
    made, failed = answer(view, tables)
    assert not failed and set(made.receipts) == {*view.rows, *view.values}


@settings(max_examples=60)
@given(st.text(max_size=120) | st.lists(st.sampled_from(
    ["Chart(", "bar", ", ", "sales", "x=", "region", "y=", "sum(", "amount", ")", "Text(", '"{', '}"',
     "Row(", "a", " = ", "\n", "Table(", "count()", "Tabs(", "Query(", '"SELECT 1"']),
    max_size=25).map("".join))  # fmt: skip
def test_compiling_is_total(tables: Data, text: str) -> None:
    view, _ = compile(text, tables)
    made, _ = answer(view, tables)
    problems(made)
    as_text(made)
    assert view.components[0]["id"] == "root"


@pytest.mark.parametrize(
    ("line", "code", "hint"),
    [
        ("Chart(bar, sale, x=region, y=sum(amount))", "unknown table", "sales"),
        ("Chart(bar, sales, x=regoin, y=sum(amount))", "unknown column", "region"),
        ("Chart(bar, sales, x=region, y=sum(region))", "kind", "number"),
        ("Chart(bar, sales, x=region, y=totl(amount))", "function", "there is no function"),
        ("Chart(bra, sales, x=region, y=sum(amount))", "arguments", "bar"),
        ("Chart(bar, sales, x=region)", "channel", "y"),
        ("Chart(bar, sales, x=region, y=sum(amount), colour=region)", "arguments", "color"),
        ("Cart(bar, sales)", "unknown component", "Chart"),
        ('Text("We sold 83 things.")', "literal figure", "83"),
        ('Text("{amount}")', "field", "table"),
        ('Text("{sales.amount}")', "field", "not one figure"),
        ("Row(nothing)", "unknown line", ""),
        ("a = Row(a)", "circle", "itself"),
        ('q = Query("DROP TABLE sales")', "query", "one SELECT"),
        ("q = Query(\"SELECT * FROM read_csv('/etc/passwd')\")", "query", ""),
        ("Table(sales, limit=0)", "arguments", "whole number"),
    ],
)
def test_what_is_wrong_is_told_and_seen(tables: Data, line: str, code: str, hint: str) -> None:
    view, wrong = compile(f'{line}\nText("the rest")', tables)
    assert code in [p.code for p in wrong]
    assert hint in " ".join(p.message for p in wrong)
    assert any(c["component"] == "Text" for c in view.components)
    if "Query" not in line:
        assert any(c["component"] == "Broken" for c in view.components) or code == "circle"


def test_figures_of_the_question_may_be_said_again(tables: Data) -> None:
    assert not compile('Text("The 3 best of 2026")', tables, "the 3 best of 2026?")[1]
    assert compile('Text("The 3 best of 2026")', tables, "the best?")[1]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Chart(bar, sales, x=region, y=sum(amount), where=\"region = 'west'\")", "empty"),
        ("Chart(line, sales, x=year(month), y=sum(amount))", "one point"),
        ("Table(sales, where=\"amount > 1000\")", "empty"),
        ("Chart(pie, wide, x=n, y=sum(n))", "too many"),
        ("Chart(pie, less, x=n, y=sum(m))", "negative"),
        ("Chart(bar, wide, x=t, y=sum(n))", "too many"),
        ("Chart(line, wide, x=n, y=n, color=t)", "too many"),
    ],
)  # fmt: skip
def test_what_would_mislead_is_found(tables: Data, line: str, code: str) -> None:
    made = shown(tables, f"""
        wide = Query("SELECT range AS n, 'k' || range AS t FROM range(80), (SELECT min(region) FROM sales)")
        less = Query("SELECT min(region) AS n, -count(*) AS m FROM sales")
        {line}""")  # fmt: skip
    assert code in [p.code for p in problems(made)]


def test_a_query_has_no_way_out(tables: Data, tmp_path: Path) -> None:
    for sql in ("SELECT * FROM read_csv('/etc/passwd')", f"COPY sales TO '{tmp_path}/x.csv'",
                "SELECT 1; SELECT 2", "INSTALL httpfs", "SET enable_external_access = true",
                "ATTACH 'x.db'", "", "SELECT", "SELECT * FROM 'http://example.org/x.csv'",
                "SELECT * FROM range(200000)", "DELETE FROM sales"):  # fmt: skip
        with pytest.raises(Wrong):
            tables.query(sql)
    assert tables.query("SELECT count(*) AS n FROM sales").rows == ((5,),)
    assert {f.name for f in tmp_path.iterdir()} == {"geist"}


def test_files_of_every_kind_are_tables(tmp_path: Path) -> None:
    (tmp_path / "2 things.json").write_text('[{"a": 1, "b": "x"}, {"a": 2, "b": null}]')
    (tmp_path / "app.log").write_text("2026-01-02 03:04:05 ERROR broken\nplain\n")
    with sqlite3.connect(tmp_path / "shop.db") as db:
        db.execute("CREATE TABLE orders (id INTEGER, at TEXT, price REAL)")
        db.execute("INSERT INTO orders VALUES (1, '2026-01-02', 3.5)")
    (tmp_path / "repo").mkdir()
    who = ["-c", "user.name=A", "-c", "user.email=a@b"]
    for argv in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "first", "--allow-empty"]):
        subprocess.run(["git", *argv], cwd=tmp_path / "repo", check=True)
    files = [tmp_path / n for n in ("2 things.json", "app.log", "shop.db", "repo")]
    with Data(files) as found:
        names = {"t_2_things", "app", "orders", "commits", "changes", "together"}
        assert set(found.tables) == names
        kinds = {c.name: c.kind for t in found.tables.values() for c in t.columns}
        assert kinds["price"] == "number" and kinds["at"] == "time" and kinds["b"] == "text"
        assert found.query("SELECT level FROM app WHERE line = 1").rows == (("ERROR",),)
        assert found.query("SELECT subject FROM commits").rows == (("first",),)
        assert "orders (1 rows)\n  id number, 1 to 1" in found.described()
    for wrong in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(GeistError):
            Data([wrong])


def test_a_view_is_equal_to_itself_read_again(tables: Data) -> None:
    view: View = shown(tables, "Row(Chart(bar, sales, x=region, y=count()), Table(sales))").view
    assert [c["component"] for c in view.components] == ["Column", "Row", "Chart", "Table"]
    assert compile(decompile(view), tables)[0] == view


VIEW = """Text("{count(sales)} sales, {sum(sales.amount)} in all", h2)
a = Chart(bar, sales, x=region, y=sum(amount), sort=-y, title="<script>alert(1)</script>")
b = Chart(line, sales, x=month(month), y=sum(amount), color=region)
Row(a, b)
Tabs(shares=Chart(pie, sales, x=region, y=sum(items)), rows=Table(sales))
Chart(heatmap, sales, x=month(month), y=region, color=sum(items))
Chart(point, sales, x=items, y=amount, size=amount)
Chart(area, sales, x=day(month), y=sum(amount), facet=region)
"""


def test_a_table_that_nothing_shows_is_shown_as_it_suits(tables: Data) -> None:
    lines = 'p = Rows([what, at, lat, lon], ["a", "2026-01-02", 1.5, 2], ["b", "2026-01-03", 3, 4])'
    view, wrong = compile(lines, tables, "")
    assert not wrong
    assert [c["component"] for c in view.components[1:]] == ["Map", "Timeline", "Table"]
    assert compile(decompile(view), tables, "")[0] == view


def test_a_query_may_have_quotation_marks_of_its_own() -> None:
    for text in (
        'q = Query("SELECT sum("a (b)") AS s FROM "odd t"")',
        'q = Query("SELECT sum(\\"a (b)\\") AS s FROM \\"odd t\\"")',
    ):
        lines, wrong = parse(text + "\nTable(q)")
        assert not wrong and lines[0].call.given == ('SELECT sum("a (b)") AS s FROM "odd t"',)
        assert parse(written(lines))[0][0].call == lines[0].call


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    (tmp_path / "sales.csv").write_text(SALES)
    return tmp_path


@given(st.text(max_size=200))
def test_any_answer_gets_a_verdict(tables: Data, text: str) -> None:
    task = Task("show", (Message("user", "?", "user"),), {}, "view@1")
    verdict = Shows(tables)(task, Text(text))
    assert verdict.status in (Status.PASSED, Status.FAILED)
    assert Shows(tables)(task, Text("Table(sales)")).passed
