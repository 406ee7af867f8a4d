"""list: a page that keeps items: fields, an Add button, a table, a summary."""

import json
from html import escape

from geist.apps.plan import Plan
from geist.apps.shapes.form import control, describe, document
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
        named = json.dumps(acts, ensure_ascii=False)
        more = f"""

// a button of one item was pressed: one of {named}. Change the item (or the list) in place.
function act(button, item, items) {{
}}"""
    return f"""Write these JavaScript functions, and nothing else. They have no access to the page.
{described}
// before an item is added: throw new Error("what is wrong") to refuse it; give the item to keep
function add(item, items) {{
  return item;
}}

// what stands below the list; items are those that were kept
function summary(items) {{
  return {{{results}}};
}}{more}"""


def build(plan: Plan, code: str) -> str:
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
  results(summary(items));
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
    const made = readAll(fields);
    const item = add(made, items) ?? made;
    if (!items.includes(item)) items.push(item);
    keep();
  }});
  if (kept) $('form').reset();
  else items = before;
}});{cleaner}
if (!attempt(draw)) {{ items = []; draw(); }}""",
    )


LIST = Shape("list", "javascript", "items that are added and removed: lists, logs, budgets", ask,
             build, lambda plan: ("add", "summary", *(("act",) if _acts(plan) else ())))  # fmt: skip
