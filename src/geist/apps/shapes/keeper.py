"""list: a page that keeps items: fields, an Add button, a table, a summary."""

import json
from html import escape

from geist.apps.checking import Check, Step
from geist.apps.plan import Plan
from geist.apps.shapes.form import control, describe, document, hint, js, named, values, wanted
from geist.apps.shapes.mending import half_up, spelled
from geist.apps.shapes.shape import Shape

OWN = ("remove", "delete", "clear", "clear all", "remove all")


def _acts(plan: Plan) -> list[str]:
    """Buttons of each row, beside Remove."""
    return [b for b in plan.buttons[1:] if b.lower() not in OWN]


def ask(plan: Plan) -> str:
    results = (
        ", ".join(f"{json.dumps(o, ensure_ascii=False)}: …" for o in plan.outputs)
        or '"Items": items.length'
    )
    described = describe(plan.inputs).replace("values.", "item.")
    acts = _acts(plan)
    more = ""
    if acts:
        pressed = json.dumps(acts, ensure_ascii=False)
        more = f"""

// a button of one item was pressed: one of {pressed}. Change the item (or the list) in place.
function act(button, item, items) {{
}}"""
    return f"""Write these JavaScript functions, and nothing else. They have no access to the page.
{described}
// an item is added: it is put into items afterwards; give the item, completed where that is asked for
{hint(plan, "//")}
function add(item, items) {{
  return item;
}}

// what stands below the list, of all items that are there
function summary(items) {{
  return {{{results}}};
}}{more}"""


def build(plan: Plan, code: str) -> str:
    code = half_up(spelled(code, named(plan)), "javascript")
    add = plan.buttons[0] if plan.buttons else "Add"
    clear = next(
        (b for b in plan.buttons[1:] if b.lower() in ("clear", "clear all", "remove all")), ""
    )
    remove = next((b for b in plan.buttons[1:] if b.lower() in ("remove", "delete")), "Remove")
    controls = "\n".join(map(control, plan.inputs))
    cleared = f'<button type="button" id="clear">{escape(clear)}</button>' if clear else ""
    body = f"""<form id="form" novalidate>
{controls}
<div class="row"><button type="submit">{escape(add)}</button>{cleared}</div>
</form>
<p role="alert" id="message"></p>
<table id="table"><thead><tr id="heads"></tr></thead><tbody id="rows"></tbody></table>
<dl id="results" aria-live="polite"></dl>"""
    acts = json.dumps(_acts(plan), ensure_ascii=False).replace("</", "<\\/")
    word = json.dumps(remove).replace("</", "<\\/")
    key = "'items'"
    cleaner = (
        ""
        if not clear
        else """
$('clear').addEventListener('click', () => attempt(() => { items = []; keep(); }));"""
    )
    return document(
        plan,
        body,
        f"""{code}

const acts = {acts}, removes = {word};
let items = [];
try {{ items = JSON.parse(localStorage.getItem({key}) ?? '[]'); }} catch {{ items = []; }}
if (!Array.isArray(items)) items = [];
const known = () => [...new Set([...fields.map(f => f.name), ...items.flatMap(i => Object.keys(i))])];
const named = key => fields.find(f => f.name === key)?.label ?? key.replace(/_/g, ' ');
function button(text, about, work) {{
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.setAttribute('aria-label', `${{text}} ${{about}}`.slice(0, 80));
  made.addEventListener('click', () => attempt(work));
  return made;
}}
function draw() {{
  let told = {{}};
  try {{ told = summary(items); }} catch (e) {{ if (items.length) throw e; }}
  results(told, !items.length);
  const keys = known();
  $('heads').replaceChildren(...[...keys.map(named), ''].map(text => {{
    const th = document.createElement(text ? 'th' : 'td');
    th.textContent = text;
    return th;
  }}));
  $('rows').replaceChildren(...items.map(item => {{
    const row = document.createElement('tr');
    for (const key of keys) row.insertCell().textContent = shown(item[key] ?? '');
    const about = shown(item[keys[0]] ?? '');
    row.insertCell().append(
      ...acts.map(text => button(text, about, () => {{ act(text, item, items); keep(); }})),
      button(removes, about, () => {{ items.splice(items.indexOf(item), 1); keep(); }}));
    return row;
  }}));
}}
function keep() {{
  draw();
  localStorage.setItem({key}, JSON.stringify(items));
}}
$('form').addEventListener('submit', event => {{
  event.preventDefault();
  const before = items.slice();
  const kept = attempt(() => {{
    const told = readAll(fields), made = told.values;
    const item = judged(told, values => add(values, told.fault ? items.slice() : items)) ?? made;
    // it may have put the item there itself
    if (!items.includes(item) && !items.includes(made)) items.push(item);
    keep();
  }});
  if (kept) {{
    $('form').reset();
    $('in_' + fields[0]?.name)?.focus();
  }}
  else items = before;
}});{cleaner}
if (!attempt(draw)) {{ items = []; draw(); }}""",
    )


def example(plan: Plan, check: Check) -> str:
    """The adds before what is expected; what else is pressed is said in words."""
    add = (plan.buttons[0] if plan.buttons else "Add").casefold()
    said, filled = list[str](), list[Step]()
    for step in check.steps:
        if step.verb == "set":
            filled.append(step)
        elif step.verb == "press" and step.name.casefold() == add:
            said.append(f"add({js(values(plan, filled))}, items)")
            filled = []
        elif step.verb in ("press", "reload"):
            said.append(f"press {step.name}" if step.verb == "press" else "reload")
    return f"{'; then '.join(said)}; then summary(items) {wanted(check)}"


LIST = Shape("list", "javascript", "items that are added and removed: lists, logs, budgets", ask,
             build, lambda plan: ("add", "summary", *(("act",) if _acts(plan) else ())), example,
             lambda plan, name: "function add(item, items) {\n")  # fmt: skip
