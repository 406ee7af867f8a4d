"""Building apps with a small model: plans that are made to fit, slips that are mended, and what a
model is told of its last try."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geist.apps import page, service
from geist.apps.building import LOST, MENDING, Building, apiece, effort, round_, tokens
from geist.apps.checking import Check, Expect, Step, parse
from geist.apps.describe import ends, refuses
from geist.apps.fit import fitted
from geist.apps.hunch import hunches, nearness
from geist.apps.judge import Bench, Judge, opened
from geist.apps.lint import lint
from geist.apps.made import task_of
from geist.apps.plan import Field, Plan, Route
from geist.apps.renamed import renamed
from geist.apps.running import Served
from geist.apps.same import varied
from geist.apps.shapes import SHAPES
from geist.apps.shapes.mending import half_up, imported, lined, quoted, readable, spelled
from geist.apps.shapes.sections import sections
from geist.apps.shapes.shape import missing
from geist.canvas.browser import Browser
from geist.core.message import Reply
from geist.core.output import Malformed, Output, Text
from geist.core.verdict import failed
from geist.think.effort import Ask
from geist.think.solve import Attempt


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as one:
        yield one


def checks(kind: str, *lines: str) -> list[Check]:
    return [parse(line, kind) for line in lines]  # ty: ignore[invalid-argument-type]


# plans


def test_a_page_that_remembers_is_no_form() -> None:
    form = Plan("page", "form", "t", "", (Field("Name"),), ("Waiting",), ("Join",))
    once = checks("page", "Name is Ada; press Join → Waiting is 1")
    twice = checks("page", "Name is Ada; press Join; Name is Bo; press Join → Waiting is 2")
    other = checks("page", "press Next → Waiting is 0")
    clears = checks("page", "press Join; press Clear → Waiting is 1")
    shapes = [fitted(form, c).shape for c in (once, clears, twice, other)]
    assert shapes == ["form", "form", "buttons", "buttons"]


SLOTS = Plan("service", "records", "t", """POST /slots {"day": "tue", "hour": 14} books; an hour is a whole
number from 7 to 20. GET /slots?day=tue shows those. DELETE /slots/{id} is 204, or 409 for one that is over.""",
             (Field("day"), Field("hour", "number", least=7, most=20)), resource="slots")  # fmt: skip


def test_a_service_has_what_its_description_and_checks_name() -> None:
    made = fitted(
        SLOTS,
        checks("service", 'POST /slots {"day": "tue", "hour": 14} → status is free; number is 1'),
    )
    assert made.inputs[1].kind == "integer" and made.filters == ("day",)
    assert made.answered == ("status", "number")
    assert made.routes == (Route("DELETE", "/slots/{id}"),)
    assert SHAPES["records"].functions(made) == ("prepare", "listed", "delete_slots_one")
    money = fitted(
        SLOTS, checks("service", 'POST /slots {"day": "tue", "hour": 7.5} → status is 201')
    )
    assert money.inputs[1].kind == "number"


def test_a_program_has_the_commands_of_its_checks_and_no_option_that_nobody_named() -> None:
    told = Plan("tool", "program", "t", "`app.py info FILE` and `app.py shift FILE SECONDS`, --from N", (
        Field("FILE", "file"), Field("SECONDS", "integer"), Field("info", "yesno", flag="--info"),
        Field("from", "integer", flag="--from", required=False)))  # fmt: skip
    file = 'a.srt holds "x"; '
    made = fitted(told, checks("tool", file + "run info a.srt → prints x", file + "run shift a.srt 2.5 → prints x",
                               file + "run shift a.srt 1 --from 2 → prints x"))  # fmt: skip
    command, given_, seconds, option = made.inputs
    assert command == Field("command", "choice", ("info", "shift"))
    assert (given_.kind, seconds.kind, seconds.required, option.flag) == (
        "file",
        "number",
        False,
        "--from",
    )

    seconds = Field("seconds", "integer", flag="--seconds", required=False)
    bare = replace(told, description="`app.py 90` prints 1m 30s.", inputs=(seconds,))
    assert fitted(bare, checks("tool", "run 90 → prints 1m")).inputs == (
        Field("seconds", "number"),
    )
    asked = replace(bare, description="With an option for the seconds.")
    assert fitted(asked, checks("tool", "run → prints 1m")).inputs == (
        replace(seconds, kind="number"),
    )


def test_requests_say_what_fields_there_are() -> None:
    said = "POST /people with a name adds somebody; coming is true or false. POST /people/{id}/coffees notes one."
    told = Plan("service", "records", "t", said, (
        Field("name"), Field("coffees", "number", least=0), Field("coming", "choice", ("true", "false")),
        Field("age", "text"), Field("note")), resource="people")  # fmt: skip
    agreed = checks(
        "service",
        'POST /people {"name": "Ann", "coming": true, "age": 30} → status is 201; coffees is 0',
        'POST /people {"name": "Ann", "coming": false, "age": 31, "note": "x"}; GET /people → length is 1',
        'POST /people {"name": 3, "coming": "perhaps"} → status is 422',
    )
    noted = replace(told, description="POST /people takes a name and coffees, if there were any.")
    assert Field("coffees", "number", required=False, least=0) in fitted(noted, agreed).inputs
    made = fitted(told, agreed)
    assert made.inputs == (Field("name"), Field("coming", "yesno"), Field("age", "number"),
                           Field("note", required=False))  # fmt: skip
    assert made.answered == ("coffees",)


def test_arguments_are_what_the_description_says_and_not_what_examples_are_by_chance(
    tmp_path: Path,
) -> None:
    grow = Plan("tool", "program", "t", "`app.py AMOUNT RATE` prints the interest.",
                (Field("amount", "integer"), Field("rate", "integer")))  # fmt: skip
    made = fitted(grow, checks("tool", "run 1000 10 → prints exactly 100"))
    assert [f.kind for f in made.inputs] == ["number", "number"]
    counted = replace(grow, inputs=(*grow.inputs, Field("max lines", "integer", flag="--n")))
    assert fitted(counted, checks("tool", "run 1 2 --n 3 → prints x")).inputs[2].kind == "integer"
    whole = replace(grow, description=f"{grow.description} RATE is a whole number.")
    assert fitted(whole, checks("tool", "run 1000 10 → prints x")).inputs[1].kind == "integer"
    file = tmp_path / "app.py"
    file.write_text(
        SHAPES["program"].build(made, "def run(amount, rate):\n    return f'{amount} {rate}'")
    )
    said = subprocess.run(
        [sys.executable, file, "3", "2.5"], capture_output=True, text=True, check=True
    )
    assert said.stdout == "3 2.5\n"
    many = Plan(
        "tool",
        "program",
        "t",
        "`app.py NUMBER...` prints each.",
        (Field("number"), Field("value 2")),
    )
    agreed = checks("tool", 'run a b → prints exactly "a\\nb"', "run a → prints a")
    made = fitted(many, agreed)
    assert made.inputs == (Field("number", "texts"),)
    assert "run(number: list[str])" in SHAPES["program"].ask(made)
    assert SHAPES["program"].example(made, agreed[0]).startswith("run(number=['a', 'b'])")
    file.write_text(SHAPES["program"].build(made, "def run(number):\n    return number"))
    with opened("tool", file.read_text(), Bench(None, {})) as app:
        assert [app.check(c) for c in agreed] == ["", ""]


def test_a_number_is_no_choice_and_a_message_is_no_result() -> None:
    told = Plan("page", "form", "t", 'Cups, Coats (1 or 2), "Water ml", 150 per cup, and "Coffee g", 50 g per litre, '
                'always. Below 1 cup: "At least 1 cup".',
                (Field("Cups", "choice", ("3", "4")), Field("Coats", "choice", ("1", "2"))),
                ("Water ml", "Coffee g", "At least 1 cup"), ("Brew",), refuses=True)  # fmt: skip
    made = fitted(told, checks("page", 'Cups is 0; press Brew → "At least 1 cup" is seen',
                               "Cups is 3; press Brew → Water ml is 450"))  # fmt: skip
    assert made.inputs[0] == Field("Cups", "number") and made.inputs[1].kind == "choice"
    assert made.outputs == ("Water ml", "Coffee g")
    begun = SHAPES["form"].begun(made, "find_coffee_g")
    assert '// and "Coffee g", 50 g per litre, always.\n' in begun


# slips


@given(st.text(max_size=80))
def test_whatever_a_model_writes_is_mended_or_left(code: str) -> None:
    assert imported(code) == code or readable(imported(code))
    assert quoted(code) == code or readable(quoted(code))
    assert isinstance(spelled(code, ["Now serving"]), str)


def test_a_label_is_no_name_in_code() -> None:
    code = 'state.Now serving = "Now serving"; // Now serving\nnext = `${x} Now serving`;'
    assert spelled(code, ["Now serving", "new game", "Next"]) == code.replace(
        ".Now serving", ".now_serving"
    )
    assert spelled("return value", ["return value"]) == "return value"


def test_imports_that_are_missing_are_there() -> None:
    code = "def run(x: datetime.date):\n    return Counter(re.findall('a', x)), datetime.strptime(x, '%Y'), y"
    assert [ast.unparse(n) for n in ast.parse(imported(code)).body[:3]] == [
        "import datetime", "import re", "from collections import Counter"]  # fmt: skip
    assert "datetime.datetime.strptime" in imported(code)
    own = "from datetime import datetime\nx = datetime.now()"
    assert imported(own) == own
    assert readable(quoted('f"{x["a"]} {t.strftime("%H")}"'))


def test_what_is_imported_twice_or_has_values_of_several_types_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("import re\nimport re\nd = {}\nd['a'] = {'n': 0, 'all': []}\nd['a']['n'] += 1\n"
                    "print(re, d.get('b') + 1)\n")  # fmt: skip
    assert not list(lint(file))
    file.write_text("print(undefined, 'a' + 1)\n")
    assert {f.rule for f in lint(file)} == {"F821", "unresolved-reference", "unsupported-operator"}


def test_numbers_are_rounded_as_people_do_it(tmp_path: Path) -> None:
    code = "Math.round(a * (b + c), 1) + Math.round(x * 100) / 100 + Math.round(f(a, b)) + (a / b).toFixed(2)"
    assert half_up(code, "javascript") == (
        "rounded(a * (b + c), 1) + rounded(x, 2) + Math.round(f(a, b)) + rounded((a / b), 2).toFixed(2)")  # fmt: skip
    mixed = "Math.round(a + b * 100) / 100"
    assert half_up(mixed, "javascript") == mixed
    run = 'def run(n: float) -> str:\n    return f"{n:.1f} {n:>7,.2f} {round(n, 1)} {np:x}"'
    assert 'f"{rounded(n, 1):.1f} {rounded(n, 2):>7,.2f} {rounded(n, 1)} {np:x}"' in half_up(
        run, "python"
    )
    plan = Plan("tool", "program", "t", "d", (Field("n", "number"),))
    file = tmp_path / "app.py"
    file.write_text(SHAPES["program"].build(plan, run.replace(" {np:x}", "")))
    for given_, printed_ in (("0.25", "0.3    0.25 0.3"), ("1e18", "1000000000000000000.0")):
        said = subprocess.run(
            [sys.executable, file, given_], capture_output=True, text=True, check=True
        )
        assert said.stdout.startswith(printed_)


def test_what_a_function_prints_itself_comes_before_what_it_gives(tmp_path: Path) -> None:
    plan, file = Plan("tool", "program", "t", "d", (Field("n", "integer"),)), tmp_path / "app.py"
    for run, printed_ in (
        ("    print('a')\n    print(n)\n    return '2 found'", "a\n3\n2 found\n"),
        ("    print(n)", "3\n"),
        ("    print(n)\n    return f'{n}\\n'", "3\n"),
    ):
        file.write_text(SHAPES["program"].build(plan, f"def run(n):\n{run}"))
        argv = [sys.executable, str(file), "3"]
        said = subprocess.run(argv, capture_output=True, text=True, check=True)
        assert said.stdout == printed_


def test_a_text_has_no_empty_last_line() -> None:
    code = "lines = text.split('\\n') + text.split(',') + other.split('\\n') + x.text.split('\\n')"
    assert lined(code, ["text"]) == code.replace(
        "lines = text.split('\\n')", "lines = text.splitlines()"
    )
    assert lined(code, []) == code


def test_what_is_shown_with_decimals_is_not_made_whole() -> None:
    plan = Plan("page", "form", "t", 'It shows Minutes with one decimal. If Size is 0, it says "No".',
                (Field("Size", "number"),), ("Minutes",), ("Go",), refuses=True)  # fmt: skip
    shape = SHAPES["form"]
    assert "round none" in shape.ask(plan) and "rounded" not in shape.ask(plan)
    assert '// If Size is 0, it says "No".\n' in shape.begun(plan, "refuse")
    assert "decimal" not in shape.begun(plan, "find_minutes")
    code = "function refuse(size) {\n}\nfunction find_minutes(size) {\n  return Math.round(size / (2 + 1));\n}"
    assert "return (size / (2 + 1));" in shape.build(plan, code)


# what a page says


def test_the_words_of_the_description_come_first(browser: Browser) -> None:
    plan = Plan("page", "form", "t", "Cost with two decimals", (Field("Length", "integer"), Field("Price", "number")),
                ("Cost",), ("Plan",), refuses=True)  # fmt: skip
    source = SHAPES["form"].build(plan, """function refuse(length, price) {
  if (length < 1 || !Number.isInteger(length)) throw new Error("Enter a length");
  if (price < 0) throw new Error("Enter a price");
}
function find_cost(length, price) { return length * price; }""")  # fmt: skip
    for line in ("Length is 3; Price is 0.7; press Plan → Cost is 2.1; \"2.10\" is seen",
                 'Price is 1; press Plan → "Enter a length" is seen', 'Length is 1; press Plan → "Enter a price" is seen',
                 'Length is 1.5; Price is 1; press Plan → "Enter a length" is seen',
                 'Length is 1; Price is one; press Plan → "Enter a price" is seen; "NaN" is not seen'):  # fmt: skip
        assert page.check(browser, source, parse(line, "page")) == ""
    labelled = source.replace("return length * price;", "return {Cost: length * price};")
    first = parse('Length is 3; Price is 0.7; press Plan → "2.10" is seen', "page")
    assert labelled != source and page.check(browser, labelled, first) == ""
    silent = SHAPES["form"].build(
        plan,
        "function refuse() {} function find_cost(length, price) { return length * price.toFixed(); }",
    )
    line = 'Length is 1; press Plan → "Price is missing" is seen; "Cost" is not seen'
    assert page.check(browser, silent, parse(line, "page")) == ""


QUEUE = """function begin() { return {Now serving: "nobody", names: []}; }
function press(button, state, values) {
  if (button === "Next") {
    if (!state.names.length) state.message = "Nobody is waiting";
    state.Now serving = state.names.shift() ?? "nobody";
  } else {
    if (!values.name) throw new Error("Enter a name");
    state.names.push(values.name);
  }
}
function show(state) { return {"Now serving": state.Now serving, "Waiting": state.names.length}; }"""


@pytest.mark.parametrize("keeps", [True, False])
def test_buttons_tell_and_keep_what_they_are_asked_to(browser: Browser, keeps: bool) -> None:
    plan = Plan("page", "buttons", "t", "It survives a reload." if keeps else "A queue.", (Field("Name"),),
                ("Now serving", "Waiting"), ("Join", "Next"), refuses=True)  # fmt: skip
    source = SHAPES["buttons"].build(plan, QUEUE)
    for line in ('press Next → "Nobody is waiting" is seen; Now serving is nobody',
                 'press Next; Name is Ada; press Join → "Nobody is waiting" is not seen; Waiting is 1',
                 'press Join → "Enter a name" is seen; Waiting is 0',
                 f"Name is Ada; press Join; reload → Waiting is {int(keeps)}"):  # fmt: skip
        assert page.check(browser, source, parse(line, "page")) == ""


TIMER = """function begin() { return {left: 0, running: false}; }
function press(button, state, values) {
  if (button === "Start") return {left: values.seconds, running: true};
  state.running = false;
  return state;
}
function tick(state) {
  state.left -= 1;
  if (state.left <= 0) { state.running = false; state.message = "Done"; }
  return state;
}
function show(state) { return {"Left": state.left}; }"""


def test_time_runs_where_it_is_said_to(browser: Browser) -> None:
    plan = Plan("page", "buttons", "t", "A timer: Start counts down.", (Field("Seconds", "integer"),),
                ("Left",), ("Start", "Pause"))  # fmt: skip
    assert "function tick" in SHAPES["buttons"].ask(plan)
    assert "tick" not in SHAPES["buttons"].functions(replace(plan, description="A counter."))
    source = SHAPES["buttons"].build(plan, TIMER)
    for line in ('Seconds is 60; press Start; wait 2 → Left is between 50 and 59; "Done" is not seen',
                 'Seconds is 1; press Start; wait 3 → Left is 0; "Done" is seen',
                 "Seconds is 30; press Start; press Pause; wait 2 → Left is between 29 and 30",
                 "Seconds is 90; press Start; wait 1; Seconds is 50; press Start; wait 2 → Left is between 40 and 49"):  # fmt: skip
        assert page.check(browser, source, parse(line, "page")) == ""
    # what breaks down does not run on
    breaks = "let n = 0;\n" + TIMER.replace(
        "state.left -= 1", 'if (!n++) throw new Error("odd"); state.left -= 1'
    )
    told = parse('Seconds is 9; press Start; wait 3 → Left is 9; "odd" is seen', "page")
    assert page.check(browser, SHAPES["buttons"].build(plan, breaks), told) == ""
    form = replace(plan, shape="form", buttons=("Start",))
    assert fitted(form, checks("page", "Seconds is 9; press Start → Left is 9")).shape == "buttons"


# what a service refuses


def test_records_may_be_put_by_a_name_of_theirs(tmp_path: Path) -> None:
    said = "PUT /flags/{name} with enabled makes or changes a flag. DELETE /flags/{name} is 204. GET /flags lists them."
    agreed = checks(
        "service",
        'PUT /flags/beta {"enabled": true}; PUT /flags/beta {"enabled": false}; GET /flags/beta → enabled is false',
        'PUT /flags/beta {"enabled": true}; GET /flags → length is 1; 0.name is beta',
        'PUT /flags/beta {"enabled": true}; DELETE /flags/beta; GET /flags/beta → status is 404',
        'PUT /flags/beta {"enabled": "maybe"} → status is 422',
        'POST /flags {"enabled": true} → status is 405',
        'PUT /flags/beta {"enabled": true}; POST /flags/beta/flip → enabled is false',
    )
    told = Plan("service", "records", "t", said, (Field("enabled", "yesno"),), resource="flags",
                routes=(Route("PUT", "/flags/{name}"), Route("GET", "/flags/{name}")))  # fmt: skip
    plan = fitted(told, agreed)
    assert plan.key == "name" and plan.routes == (Route("POST", "/flags/{id}/flip"),)
    code = "def post_flags_one_flip(items, item, data):\n    item['enabled'] = not item['enabled']\n    return item"
    file = tmp_path / "app.py"
    file.write_text(SHAPES["records"].build(plan, code))
    with Served(file) as served:
        assert service.begins(served) == []
        assert [service.check(served, c) for c in agreed] == [""] * len(agreed)
        assert not list(service.tried(served, agreed))
    posted = replace(told, description=f"{said} POST /flags makes one.")
    assert fitted(posted, []).key == "" and Plan.from_plain(plan.plain(), {}).key == "name"


def test_what_may_not_be_removed_or_changed_is_refused(tmp_path: Path) -> None:
    routes = (Route("DELETE", "/slots/{id}"), Route("PATCH", "/slots/{id}"))
    plan = Plan("service", "records", "t", "", (Field("day"),), resource="slots", routes=routes)
    file = tmp_path / "app.py"
    file.write_text(SHAPES["records"].build(plan, """def prepare(item, items):
    return item
def delete_slots_one(items, item, data):
    if item["day"] == "over": raise Refused(409, "it is over")
def patch_slots_one(items, item, data):
    if data["day"] == item["day"]: raise Refused(409, "it is that already")"""))  # fmt: skip
    post = 'POST /slots {"day": "DAY"}; '
    with Served(file) as served:
        for line in ("DELETE /slots/{id} → status is 204", 'PATCH /slots/{id} {"day": "b"} → status is 200; day is b',
                     'PATCH /slots/{id} {"day": "a"} → status is 409', 'PATCH /slots/{id} {"day": 1} → status is 422'):  # fmt: skip
            assert service.check(served, parse(post.replace("DAY", "a") + line, "service")) == ""
        line = post.replace("DAY", "over") + "DELETE /slots/{id}; GET /slots → length is 1"
        assert service.check(served, parse(line, "service")) == ""


def test_a_rule_stands_where_it_is_to_be_met(tmp_path: Path) -> None:
    said = ("POST /slots {\"day\": \"tue\"} answers 201. A day that is booked is 409, and so is a Sunday; a bad one is 422. GET /slots lists "
            "the latest day first. POST /slots/{id}/swap is 409 for the last one.")  # fmt: skip
    swap = Route("POST", "/slots/{id}/swap")
    plan = fitted(
        Plan("service", "records", "t", said, (Field("day"),), resource="slots", routes=(swap,)), []
    )
    shape = SHAPES["records"]
    assert shape.functions(plan) == ("conflict", "conflict_2", "listed", "post_slots_one_swap")
    assert '"""A day that is booked is 409"""' in shape.begun(plan, "conflict")
    assert '"""a Sunday is 409."""' in shape.begun(plan, "conflict_2")
    assert '"""GET /slots lists the latest day first."""' in shape.begun(plan, "listed")
    assert "is 409 for the last one." in shape.begun(plan, "post_slots_one_swap")
    wrong = ["x: POST /slots: status is '201', it should be 409", "x: GET /slots: 0.day is 'a', it should be b",
             "x: POST /slots/1/swap: status is '200', it should be 409", "nothing is known"]  # fmt: skip
    assert shape.blamed is not None and shape.blamed(plan, wrong) == shape.functions(plan)
    assert shape.blamed(plan, wrong[3:]) == ()
    file = tmp_path / "app.py"
    file.write_text(
        shape.build(
            plan,
            """def conflict(item, items):
    return any(i["day"] == item["day"] for i in items)
def conflict_2(item, items):
    return item["day"] == "sunday"
def listed(items):
    return sorted(items, key=lambda i: i["day"], reverse=True)
def post_slots_one_swap(items, item, data):
    return item""",
        )
    )
    post = 'POST /slots {"day": "a"}; POST /slots {"day": "DAY"}'
    with Served(file) as served:
        for line in (post.replace("DAY", "a") + " → status is 409",
                     post.replace("DAY", "sunday") + " → status is 409",
                     post.replace("DAY", "b") + "; GET /slots → length is 2; 0.day is b"):  # fmt: skip
            assert service.check(served, parse(line, "service")) == ""


# what a model is told


def first_of(brief: Building, *parts: str) -> tuple[Output | Malformed, Reply]:
    """What is made when a model has answered with each function once."""
    ask, output, reply = Ask(0, 1, 0.0), None, None
    for part in parts:
        assert output is None or output == Malformed("the other functions are still to come")
        brief.messages(ask, None)
        assert brief.held(ask).prime.splitlines()[1].startswith(part.partition("(")[0])
        reply = Reply(part, "stop", "m")
        output = brief.read(ask, reply)
    assert output is not None and reply is not None
    return output, reply


def test_the_function_that_is_wrong_is_written_again_alone() -> None:
    agreed = checks("service", 'POST /slots {"day": "tue", "hour": 9}; GET /slots → 0.day is mon')
    plan = fitted(SLOTS, agreed)
    brief, look = Building(plan, agreed, False), Ask(0, 2, 0.6, feedback=True)
    parts = ("def prepare(item, items):\n    return item", "def listed(items):\n    return items",
             "def delete_slots_one(items, item, data):\n    pass")  # fmt: skip
    output, reply = first_of(brief, *parts)
    assert isinstance(output, Text) and all(part in output.text for part in parts)
    what = f"{agreed[0].line}: GET /slots: 0.day is 'tue', it should be mon"
    verdict = failed(what, 0.5, evidence={"findings": [{"what": what}]})
    said = brief.messages(look, Attempt(look, reply, output, verdict))
    assert len(said) == 2 and what in said[1].text and said[1].text.endswith("write only listed.")
    assert brief.held(look).prime.startswith("```python\ndef listed(items: list[dict])")
    assert "return items" not in said[1].text and brief.held(look).until
    again = brief.read(
        look, Reply("```python\ndef listed(items):\n    return items[::-1]\n```", "stop", "m")
    )
    assert isinstance(again, Text) and again.text.count("def listed(") == 1
    assert "return items[::-1]" in again.text and "def delete_slots_one" in again.text
    waves = effort("medium", plan, False).waves
    assert waves[:3] == round_(3, 0.0, 0.0)[:3] and waves[3 : 3 + len(MENDING)] == MENDING


def test_a_function_that_lost_its_way_is_written_again_too() -> None:
    plan = fitted(SLOTS, [])
    brief, ask = Building(plan, (), False), Ask(0, 1, 0.0)
    for name, finish in (("prepare", "stop"), ("listed", "length"), ("delete_slots_one", "stop")):
        brief.messages(ask, None)
        output = brief.read(ask, Reply(f"def {name}(*all):\n    return all[-1:", finish, "m")
                            if finish == "length" else Reply(f"def {name}(*all):\n    return all[0]", finish, "m"))  # fmt: skip
    assert isinstance(output, Text) and "def listed(items: list[dict])" in output.text
    best = Attempt(
        ask,
        Reply("def delete_slots_one(*all):\n    return all[0]", "stop", "m"),
        output,
        failed("no", 0.2),
    )
    brief.messages(Ask(0, 1, 0.5, feedback=True), best)
    assert brief.blamed == ("listed",)
    assert "all[-1:" not in output.text and LOST in output.text and tokens(plan, False) < 600


def test_drafts_and_changes_are_whole_apps_too() -> None:
    plan = fitted(SLOTS, [])
    for brief, count in (
        (Building(plan, (), False), 3),
        (Building(plan, (), False, "app", "a wish"), 1),
    ):
        asks = apiece(plan, count, 0, ()).plan(brief.openings())
        made = list[Output]()
        for ask in asks:
            brief.messages(ask, None)
            name = brief.blamed[0]
            output = brief.read(ask, Reply(f"def {name}(*all):\n    return all[0]", "stop", "m"))
            made += [output] if not isinstance(output, Malformed) else []
        assert len(made) == count and len(asks) == 3 * count


def test_a_message_that_nothing_says_is_told() -> None:
    plan = Plan(
        "page",
        "form",
        "t",
        'Say "Too far" or "Enter a length" or "at 3 km".',
        (Field("X"),),
        ("Y",),
        ("Go",),
    )
    brief, reply = (
        Building(plan, (), False),
        Reply('function compute(x) { throw new Error("Too far"); }', "stop", "m"),
    )
    verdict, ask = failed("Y is missing", 0.2), Ask(0, 1, 0.5, feedback=True)
    output = brief.read(ask, reply)
    told = brief.messages(ask, Attempt(ask, reply, output, verdict))[1].text
    assert told.endswith('take care of it:\n- Y is missing\n- nothing says "Enter a length"')
    assert json.dumps(plan.plain())


FENCE = Plan("page", "form", "t", 'Panels stand side by side. It shows Panels, Posts (one more, always) and Cost. Say "Enter '
             'a length" if it is empty.', (Field("Length", "number"), Field("Width", "number")),
             ("Panels", "Posts"), ("Plan",), refuses=True)  # fmt: skip
FIRST = (
    'function refuse(length, width) {\n  if (length === null) throw new Error("Enter a length");\n}',
    "function find_panels(length, width) {\n  return Math.floor(length / width);\n}",
    "function find_posts(length, width, panels) {\n  return panels + 1;\n}",
)


def test_the_result_that_is_wrong_is_written_again_alone(browser: Browser) -> None:
    shape = SHAPES["form"]
    assert shape.functions(FENCE) == ("refuse", "find_panels", "find_posts")
    assert "// Posts (one more, always) and Cost.\n" in shape.begun(FENCE, "find_posts")
    agreed = checks("page", "Length is 5; Width is 2; press Plan → Panels is 3; Posts is 4",
                    'Width is 2; press Plan → "Enter a length" is seen; "Panels" is not seen')  # fmt: skip
    brief, first, look = (
        Building(FENCE, agreed, False),
        Ask(0, 1, 0.0),
        Ask(0, 2, 0.6, feedback=True),
    )
    brief.messages(first, None)
    assert brief.held(first).prime.startswith("```javascript\nfunction refuse(length, width) {\n")
    reply = Reply("\n\n".join(FIRST), "stop", "m")
    output = brief.read(first, reply)
    assert isinstance(output, Text)
    what = [f"{c.line}: {why}" for c in agreed if (why := page.check(browser, output.text, c))]
    assert what == [f"{agreed[0].line}: the page shows Panels '2' where it should be 3"]
    verdict = failed(what[0], 0.5, evidence={"findings": [{"what": what[0]}]})
    assert brief.messages(look, Attempt(look, reply, output, verdict))[1].text.endswith(
        "write only find_panels."
    )
    again = brief.read(
        look,
        Reply(
            "function find_panels(length, width) {\n  return roundedUp(length / width);\n}",
            "stop",
            "m",
        ),
    )
    assert isinstance(again, Text) and again.text.count("function find_panels(") == 1
    assert [page.check(browser, again.text, c) for c in agreed] == ["", ""]
    blames = {f"x: {why}": shape.blamed and shape.blamed(FENCE, [f"x: {why}"]) for why in (
        "the page shows no Posts (the page says: Enter a length)", "the page shows no Posts (the page says: y is null)",
        '"Enter a length" is not seen', "the page cannot be used")}  # fmt: skip
    assert list(blames.values()) == [("refuse",), ("find_posts",), ("refuse",), ()]


# programs and scripts


def test_a_program_may_end_with_a_status_of_its_own(tmp_path: Path) -> None:
    said = "A tool that prints what is missing and ends with status 1, or prints ok."
    agreed = checks("tool", 'run a b → prints "a"; ends with 1', "run a a → prints exactly ok")
    assert ends(said, []) == (1,) == ends("", agreed) and ends("It exits with code 0.", []) == ()
    plan = Plan("tool", "program", "t", said, (Field("have"), Field("need")), ends=(1,))
    shape = SHAPES["program"]
    assert "-> tuple[str, int]:" in shape.ask(plan) and "(text, 1)" in shape.ask(plan)
    assert shape.example(plan, agreed[0]).endswith("has 'a' in it and has exit status 1")
    file = tmp_path / "app.py"
    code = "def run(have, need):\n    return ('ok', 0) if have == need else (have, 1)"
    file.write_text(shape.build(plan, code))
    with opened("tool", file.read_text(), Bench(None, {})) as app:
        assert [app.check(c) for c in agreed] == ["", ""]
        assert app.observe(agreed[0], ()) == {"prints": "a", "ends": "1"}
    assert Plan.from_plain(plan.plain(), {}).ends == (1,)


CHAT = Plan("script", "program", "t", """chat.txt has lines like "[21:04] Ann: see you". Print how many messages each
person wrote, like "Ann: 12", most first, then the hour with the most messages like "Busiest hour: 09". Lines of any
other form are ignored.""", data={"chat.txt": Path("chat.txt")})  # fmt: skip
HOUR = 'a.txt holds "[09:01] Ann: hi\\n"; run a.txt → prints exactly "Ann: 1\\nBusiest hour: 09"'


def test_a_script_has_a_function_for_each_thing_that_it_prints(tmp_path: Path) -> None:
    shape, form = SHAPES["program"], 'chat.txt has lines like "[21:04] Ann: see you".'
    assert sections(CHAT) == {
        "lines_1": f'{form} Print how many messages each person wrote, like "Ann: 12", most first. '
        "Lines of any other form are ignored.",
        "lines_2": f'{form} The hour with the most messages like "Busiest hour: 09". Lines of any other form are ignored.',
    }
    sums = replace(
        CHAT, description='Print each cheapest like "Milk: 2", then the sum of these like "All: 3".'
    )
    assert sections(sums)["lines_2"] == (
        'Print each cheapest like "Milk: 2". Only this here: The sum of these like "All: 3".')  # fmt: skip
    held = 'milk.txt has lines like "milk; 2": name, count.'
    said = f'{held} Print each like "2 milk", then "None: 3", the number without one.'
    assert sections(replace(CHAT, description=said))["lines_2"].startswith(held)
    one = replace(CHAT, description='Print the sum of all, like "Sum: 3". Then be quiet.')
    assert shape.functions(one) == ("run",) and not refuses(CHAT.description, [])
    agreed = checks(
        "script", HOUR, 'run → prints "Busiest hour: "', "a.txt holds x; run a.txt → fails"
    )
    (tmp_path / "chat.txt").write_text("[09:01] Ann: hi\n")
    plan = replace(CHAT, data={"chat.txt": tmp_path / "chat.txt"})
    brief = Building(plan, agreed, False)
    told = brief.messages(Ask(0, 1, 0.0), None)[1].text
    assert "Busiest" not in told and "begins with:\n[09:01]" in told
    assert "its lines are ['Ann: 1']" in told and "run a.txt → fails" in told
    assert brief.held(Ask(0, 1, 0.0)).prime.endswith('    pattern = re.compile(r"')


def test_the_lines_that_are_wrong_are_written_again_alone() -> None:
    def wrong(out: str, wanted: str) -> str:
        return f"{HOUR}: it printed {out!r} where {wanted!r} was expected"

    shape = SHAPES["program"]
    assert shape.blamed is not None
    assert shape.blamed(CHAT, [wrong("Ann: 1\nBusiest hour: 9", "Ann: 1\nBusiest hour: 09")]) == (
        "lines_2",
    )
    assert shape.blamed(CHAT, [wrong("Bob: 1\nBusiest hour: 09", "Ann: 1\nBusiest hour: 09")]) == (
        "lines_1",
    )
    tool = replace(CHAT, kind="tool", data={})
    assert shape.blamed(tool, [wrong("1", "2")]) == ()
    broke = "it failed: t: this input cannot be used (KeyError: 1, in lines_2: x[1])"
    assert shape.blamed(CHAT, [broke]) == ("lines_2",)
    assert shape.blamed(CHAT, ["it failed: t: no"]) == ("lines_1", "lines_2")
    near = nearness(wrong("Ann: 1\nBusiest hour: 9", "Ann: 1\nBusiest hour: 09"))
    assert 1 > near > nearness(wrong("1", "Ann: 1\nBusiest hour: 09")) >= nearness("it failed") == 0
    assert missing(("run",), 'def run(x):\n    """Nothing."""\n    # more', "python") is not None


def test_what_is_wrong_in_the_same_way_is_told() -> None:
    def shown(*pairs: tuple[str, str]) -> list[str]:
        return hunches(
            [
                f"Go: the page shows Cost '{got}' where it should be {wanted}"
                for got, wanted in pairs
            ]
        )

    assert shown(("480.0", "8"), ("750", "12.5")) == [
        "Cost was always 60 times too large: divide by 60"
    ]
    assert shown(("0.5", "50"), ("0.1", "10")) == [
        "Cost was always 100 times too small: multiply by 100"
    ]
    assert shown(("3", "4"), ("7", "8")) == ["Cost was always 1 too small: add 1"]
    assert shown(("7", "6.7")) == ["Cost was made a whole number, and should not be"]
    assert shown(("3", "4")) == shown(("3", "4"), ("7", "9")) == []


def test_words_of_the_examples_are_not_what_an_app_may_know(tmp_path: Path) -> None:
    said = "Bookmarks with url, title and tag. GET /bookmarks lists them, with ?tag=x only those with that tag."
    posted = 'POST /bookmarks {"url": "a1", "title": "Tea", "tag": "fun"}'
    one = checks(
        "service", f"{posted}; GET /bookmarks?tag=fun → length is 1; 0.title is Tea; status is 200"
    )[0]
    other = renamed(one, "service", said)
    assert other is not None and other.line == one.line.replace("Tea", "Teb").replace("fun", "fuo")
    assert renamed(one, "service", f"{said} Tea is fun.") is renamed(one, "tool", said) is None
    coded = checks(
        "service", 'POST /go {"to": "Jane Doe"}; GET /go/jane%20doe?to=JANE%20DOE → to is Jane Doe'
    )[0]
    recoded = renamed(coded, "service", "a description")
    assert recoded is not None and recoded.line == (
        'POST /go {"to": "Jane Dof"}; GET /go/jane%20dof?to=JANE%20DOF → to is Jane Dof')  # fmt: skip
    data = checks(
        "script",
        'a.txt holds "Ann,3\\nMonday,4\\n"; run a.txt → prints exactly "Ann: 3\\nMonday: 4"',
    )[0]
    changed = renamed(data, "script", "Print what is there.")
    assert changed is not None and changed.line == data.line.replace("Ann", "Ano")
    plan = Plan("service", "records", "t", said, (Field("url"), Field("title"), Field("tag")), resource="bookmarks",
                filters=("tag",))  # fmt: skip
    assert "listed" not in SHAPES["records"].functions(plan)  # what a filter does is there
    later = replace(plan, description=f"{said} GET /bookmarks gives the newest first.")
    assert 'newest first."""' in SHAPES["records"].begun(later, "listed")
    assert "?tag" not in SHAPES["records"].begun(later, "listed")
    kept = "def prepare(item, items):\n    return item\n\n"
    knows = kept + "def listed(items):\n    return [i for i in items if i['tag'] == 'fun'][::-1]"
    fair = kept + "def listed(items):\n    return items[::-1]"
    found = [Judge(Bench(None, {}), stop_at="checks").judge(
        SHAPES["records"].build(later, code), "service", [one], said)[0] for code in (knows, fair)]  # fmt: skip
    assert [f.rule for f in found[0]] == ["words"] and not found[1]


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_check_can_be_said_with_other_words(held: str, printed_: str) -> None:
    steps = (Step("file", "a.txt", held), Step("run", value="a.txt"))
    one = Check(steps, (Expect("exactly", value=printed_),))
    other = renamed(one, "script", "")
    assert other is None or (len(other.expects[0].value) == len(printed_) and other != one)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 1.0])


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=3))
def test_any_numbers_may_be_wrong(pairs: list[tuple[float, float]]) -> None:
    said = [f"the page shows A '{got}' where it should be {wanted}" for got, wanted in pairs]
    assert len(hunches(said)) <= 1 and [nearness(s) for s in said] == [0.0] * len(said)


def test_services_of_texts_are_compared_too() -> None:
    agreed = checks("service", 'POST /x {"tag": "my fun"}; GET /x?tag=my%20fun → length is 1',
                    'POST /x {"tag": "dev"} → status is 201')  # fmt: skip
    lines = [p.line for p in varied(agreed, Plan("service", "records", "t", "d"))]
    assert any("?tag=dev" in line for line in lines) and any('"my fun"' in line for line in lines)
    assert not any("?tag=my fun" in line for line in lines)


def test_what_comes_nearer_or_runs_at_all_counts_for_more(tmp_path: Path) -> None:
    plan = Plan("tool", "program", "t", "d", (Field("n", "number"),))
    task = task_of(plan, checks("tool", 'run 1 → prints exactly "one line"'))
    judge = Judge(Bench(None, {}))

    def score(code: str) -> float:
        return judge(
            task, Text(SHAPES["program"].build(plan, f"def run(n):\n    return {code}"))
        ).score

    assert score("'one line'") == 1 > score("'one lime'") > score("'x'")
    data = tmp_path / "a.csv"
    data.write_text("n\n1\n")
    script = Plan("script", "program", "t", "d", data={"a.csv": data})
    source = SHAPES["program"].build(
        script, "def run(a):\n    return help_(a)\n\ndef help_(a):\n    return a[7]"
    )
    assert "import re" not in source and "Sequence" not in source
    verdict = Judge(Bench(None, {"a.csv": data}))(task_of(script, []), Text(source))
    assert "IndexError" in verdict.reason and "in help_: return a[7]" in verdict.reason
    assert verdict.score > failed("it is no app").score
