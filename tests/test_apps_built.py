"""Building apps with a small model: plans that are made to fit, slips that are mended, and what a
model is told of its last try."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geist.apps import page, service
from geist.apps.building import LOST, MENDING, Building, apiece, effort, round_, tokens
from geist.apps.checking import Check, parse
from geist.apps.fit import fitted
from geist.apps.lint import lint
from geist.apps.plan import Field, Plan, Route
from geist.apps.running import Served
from geist.apps.shapes import SHAPES
from geist.apps.shapes.mending import imported, quoted, readable, spelled
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


# what a service refuses


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
