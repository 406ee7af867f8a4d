"""form: some fields, some results; one function computes these from those."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from html import escape

from geist.apps.checking import Check, Step, number
from geist.apps.plan import CLEARS, NUMBERS, Field, Plan, snake
from geist.apps.shapes import results
from geist.apps.shapes.mending import half_up, spelled
from geist.apps.shapes.shape import Shape, plumbing

ROUNDS = re.compile(r"(?i)\bround|decimal|\bcents?\b|nearest|whole number of")
TYPES = {"number": "number", "integer": "number", "text": "string", "choice": "string",
         "date": "string such as '2026-05-31'", "yesno": "boolean"}  # fmt: skip


def describe(fields: tuple[Field, ...]) -> str:
    """The fields as properties of `values`, with their types."""
    told = []
    for one in fields:
        choices = (
            f", one of {json.dumps(list(one.options), ensure_ascii=False)}" if one.options else ""
        )
        told.append(
            f"//   values.{one.name}: {TYPES.get(one.kind, 'string')}{choices}   ({one.label})"
        )
    return "\n".join(told)


def ask(plan: Plan) -> str:
    named = ", ".join(f"{json.dumps(o, ensure_ascii=False)}: …" for o in plan.outputs)
    told = describe(plan.inputs).replace("values.", "")
    if results.several(plan):
        begun = [f"{said}\n{begins}  …\n}}" for said, begins in results.parts(plan).values()]
        return "\n\n".join([f"""Write these JavaScript functions, and nothing else. They have no access to the page.
{told}
{hint(replace(plan, refuses=False), "//")}""", *begun])  # fmt: skip
    return f"""Write the JavaScript function `compute`, and nothing else. It has no access to the page.
{told}
{hint(plan, "//")}
function compute({", ".join(f.name for f in plan.inputs)}) {{
  return {{{named or '"Result": …'}}};
}}"""


def hint(plan: Plan, mark: str, error: str = 'throw new Error("…")') -> str:
    """What to do about wrong input: nothing, where nobody spoke of it."""
    said = f"{mark} What goes in is there and of its type"
    if plan.kind == "script":  # what may be wrong with a file is up to its owner
        said = f"{mark} Only for what the description refuses: {error}" if plan.refuses else ""
    elif plan.refuses:
        empty = ", a number that is empty or unreadable is null" if mark == "//" else ""
        said += f"{empty}. Only for what the description refuses: {error}, in its words."
    else:
        said += ": do not check it."
    if mark == "//" and digits(plan):
        said += f"\n{mark} The page shows decimals as they are asked for: give numbers, and round none for that."
    if ROUNDS.search(results.unshown(plan.description) if mark == "//" else plan.description):
        names = (
            ("rounded", "roundedUp", "roundedDown")
            if mark == "//"
            else ("rounded", "rounded_up", "rounded_down")
        )
        said += f"\n{mark} There already, for numbers: {', '.join(f'{n}(x, digits)' for n in names)}; the first rounds half up."
    return said.lstrip("\n")


# reads the fields and shows results; the same for every shape of page
def control(field: Field) -> str:
    """A field with its label."""
    id_, label = f"in_{field.name}", escape(field.label)
    if field.kind == "yesno":
        return f'<label class="yesno"><input type="checkbox" id="{id_}"> {label}</label>'
    if field.kind == "choice" and field.options:
        options = "".join(f"<option>{escape(o)}</option>" for o in field.options)
        return f'<label>{label} <select id="{id_}">{options}</select></label>'
    if field.kind == "text" and any(
        w in field.label.lower() for w in ("text", "list", "lines", "notes")
    ):
        return f'<label>{label} <textarea id="{id_}" rows="5"></textarea></label>'
    how = ' inputmode="decimal"' if field.kind in ("number", "integer") else (
        ' placeholder="2026-05-31"' if field.kind == "date" else "")  # fmt: skip
    value = f' value="{escape(field.default, quote=True)}"' if field.default else ""
    return f'<label>{label} <input type="text" id="{id_}" autocomplete="off"{how}{value}></label>'


def document(plan: Plan, body: str, script: str) -> str:
    fields = json.dumps([{"name": f.name, "label": f.label, "kind": f.kind, "required": f.required}
                         for f in plan.inputs], ensure_ascii=False).replace("</", "<\\/")  # fmt: skip
    decimals = json.dumps(digits(plan), ensure_ascii=False).replace("</", "<\\/")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(plan.title)}</title>
<style>
{plumbing("page.css")}
</style>
</head>
<body>
<h1>{escape(plan.title)}</h1>
{body}
<script>
'use strict';
const fields = {fields}, decimals = {decimals};
{plumbing("page.js")}
{script}
</script>
</body>
</html>
"""


def digits(plan: Plan) -> dict[str, int]:
    """How many decimals a result is to be shown with, of "Cost with two decimals"."""
    found = {o: re.search(rf"\b{re.escape(o)}\b(?:(?! and )[^.;:,\"]){{0,30}}?\b(?:with|to|has) (one|two|three|four|[1-4]) "
                          r"decimal", plan.description) for o in plan.outputs}  # fmt: skip
    words = ("", "one", "two", "three", "four")
    return {o: words.index(m[1]) if m[1] in words else int(m[1]) for o, m in found.items() if m}


def named(plan: Plan) -> list[str]:
    return [*plan.outputs, *(f.label for f in plan.inputs)]


def build(plan: Plan, code: str) -> str:
    code = half_up(spelled(code, named(plan)), "javascript")
    if results.several(plan):
        code = results.unrounded(plan, code, digits(plan))
    button = plan.buttons[0] if plan.buttons else ""
    reset = next((b for b in plan.buttons[1:] if b.lower() in CLEARS), "")
    controls = "\n".join(map(control, plan.inputs))
    pressed = f'<button type="submit">{escape(button)}</button>' if button else ""
    cleared = f'<button type="button" id="clear">{escape(reset)}</button>' if reset else ""
    body = f"""<form id="form" novalidate>
{controls}
<div class="row">{pressed}{cleared}</div>
</form>
<p role="alert" id="message"></p>
<dl id="results" aria-live="polite"></dl>"""
    when = (
        ""
        if button
        else """
$('form').addEventListener('input', () => {
  // nobody is told off for what they have not yet typed
  if (fields.every(f => f.kind === 'yesno' || !f.required || $('in_' + f.name).value.trim() !== '')) run();
  else { say(''); results({}); }
});
if (fields.every(f => f.kind === 'yesno' || f.kind === 'choice')) run();"""
    )
    clear = (
        ""
        if not reset
        else """
$('clear').addEventListener('click', () => { $('form').reset(); say(''); results({}); });"""
    )
    over = f"\n\n{results.assembled(plan)}" if results.several(plan) else ""
    return document(
        plan,
        body,
        f"""{code}{over}

function run() {{
  const told = readAll(fields);
  if (!attempt(() => results(judged(told, values => compute(...Object.values(values)))))) results({{}});
}}
$('form').addEventListener('submit', event => {{ event.preventDefault(); run(); }});{when}{clear}""",
    )


def value_of(field: Field | None, text: str) -> object:
    """What a function gets for what is typed."""
    if field is not None and field.kind == "yesno":
        return text.lower() in ("yes", "true", "on")
    n = number(text)
    if field is None or field.kind not in ("number", "integer") or n is None:
        return text
    return int(n) if n == int(n) else n


def values(plan: Plan, steps: Iterable[Step]) -> dict[str, object]:
    """What the steps fill in, by the names that functions know it by."""
    known = {f.label.casefold(): f for f in plan.inputs}
    return {(f.name if (f := known.get(s.name.casefold())) else snake(s.name)): value_of(f, s.value)
            for s in steps if s.verb == "set"}  # fmt: skip


def js(told: object) -> str:
    """As it is written in JavaScript."""
    if isinstance(told, dict):
        inner = ", ".join(
            f"{k if k.isidentifier() else json.dumps(k, ensure_ascii=False)}: {js(v)}"
            for k, v in told.items()
        )
        return f"{{{inner}}}"
    return json.dumps(told, ensure_ascii=False)


def wanted(check: Check) -> str:
    """What is expected, of the object of results."""
    said = []
    shown = {e.name: js(n if (n := number(e.value)) is not None and n != int(n) else int(n) if n is not None else e.value)
             for e in check.expects if e.verb == "is"}  # fmt: skip
    if shown:
        said.append(
            "gives {"
            + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {v}" for k, v in shown.items())
            + "}"
        )
    said += [
        f"{e.name} is between {e.value} and {e.most}" for e in check.expects if e.verb == "between"
    ]
    said += [f"{json.dumps(e.name, ensure_ascii=False)} is seen, in a result or as the message of an Error"
             for e in check.expects if e.verb == "seen"]  # fmt: skip
    said += [
        f"{json.dumps(e.name, ensure_ascii=False)} is not seen"
        for e in check.expects
        if e.verb == "unseen"
    ]
    return " and ".join(said)


def example(plan: Plan, check: Check) -> str:
    given = values(plan, check.steps)
    told = [js(given.get(f.name, None if f.kind in NUMBERS else "")) for f in plan.inputs]
    return f"compute({', '.join(told)}) {wanted(check)}"


def functions(plan: Plan) -> tuple[str, ...]:
    return tuple(results.parts(plan)) if results.several(plan) else ("compute",)


def begun(plan: Plan, name: str) -> str:
    if results.several(plan):
        return results.parts(plan)[name][1]
    return f"function compute({', '.join(f.name for f in plan.inputs)}) {{\n"


FORM = Shape(
    "form",
    "javascript",
    "fields and results: calculators, converters, text tools, tests of something",
    ask,
    build,
    functions,
    example,
    begun,
    results.blamed,
)
