"""buttons: a page with a state that its buttons change: counters, scores, games."""

import json
from html import escape

from geist.apps.checking import Check, Step
from geist.apps.plan import Plan
from geist.apps.shapes.form import control, describe, document, hint, js, values, wanted
from geist.apps.shapes.shape import Shape


def ask(plan: Plan) -> str:
    results = (
        ", ".join(f"{json.dumps(o, ensure_ascii=False)}: state.…" for o in plan.outputs)
        or '"State": state.…'
    )
    named = json.dumps(list(plan.buttons), ensure_ascii=False)
    values = f"\n{describe(plan.inputs)}" if plan.inputs else ""
    refuse = f"\n{hint(plan, '//')}" if plan.refuses else ""
    return f"""Write these JavaScript functions, and nothing else. They have no access to the page.
// the state before anything was pressed
function begin() {{
  return {{…}};
}}

// a button was pressed, one of {named}: give the new state, or the same where nothing changes{values}{refuse}
function press(button, state, values) {{
  return state;
}}

// what is seen
function show(state) {{
  return {{{results}}};
}}"""


def build(plan: Plan, code: str) -> str:
    controls = "\n".join(map(control, plan.inputs))
    made = "".join(f'<button type="button">{escape(b)}</button>' for b in plan.buttons)
    body = f"""<form id="form" novalidate>
{controls}
<div class="row" id="buttons">{made}</div>
</form>
<p role="alert" id="message"></p>
<dl id="results" aria-live="polite"></dl>"""
    return document(
        plan,
        body,
        f"""{code}

let state = begin();
for (const button of $('buttons').children)
  button.addEventListener('click', () => attempt(() => {{
    const name = button.textContent;
    // a field may be empty where a button does not need it
    const values = {{}};
    let wrong = null;
    for (const field of fields) {{
      try {{ values[field.name] = read(field); }} catch (e) {{ wrong = wrong ?? e; values[field.name] = null; }}
    }}
    const before = structuredClone(state);
    try {{
      state = press(name, state, values) ?? state;
      results(show(state));
    }} catch (e) {{
      state = before;
      results(show(state));
      throw wrong ?? e;
    }}
  }}));
$('form').addEventListener('submit', event => event.preventDefault());
attempt(() => results(show(state)));""",
    )


def example(plan: Plan, check: Check) -> str:
    said, filled = list[str](), list[Step]()
    for step in check.steps:
        if step.verb == "set":
            filled.append(step)
        elif step.verb == "press":
            said.append(f"state = press({js(step.name)}, state, {js(values(plan, filled))})")
    return f"state = begin(); {'; '.join(said)}; show(state) {wanted(check)}"


BUTTONS = Shape("buttons", "javascript", "a state that buttons change: counters, scores, games, "
                "quizzes", ask, build, lambda plan: ("begin", "press", "show"), example)  # fmt: skip
