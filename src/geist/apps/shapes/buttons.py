"""buttons: a page with a state that its buttons change, and the time where it is said to: counters,
scores, games, timers."""

import json
import re
from html import escape

from geist.apps.checking import Check, Step
from geist.apps.plan import Plan
from geist.apps.shapes.form import (
    control,
    describe,
    digits,
    document,
    hint,
    js,
    named,
    values,
    wanted,
)
from geist.apps.shapes.mending import half_up, spelled
from geist.apps.shapes.shape import Shape

KEEPS = re.compile(
    r"(?i)\b(reload|refresh|remember|kept|keeps?|survive|stays?|saved?|next visit|come back)"
)

CLOCK = re.compile(
    r"(?i)\b(count(?:s|ing)?[ -]?down|timer|stop-?watch|seconds? (?:passe[sd]|(?:that )?(?:is|are) left)|"
    r"(?:every|each|once (?:a|per)) second)"
)
# as many ticks as whole seconds have passed: a page in the background is called less often
TIME = """
let since = 0, timer = null;
function clock() {
  if (!state?.running) { clearInterval(timer); timer = null; return; }
  if (timer) return;
  since = Date.now();
  timer = setInterval(() => {
    if (Date.now() - since < 1000) return;
    const went = attempt(() => {
      for (; state?.running && Date.now() - since >= 1000; since += 1000)
        state = tick(structuredClone(state)) ?? state;
      results(show(state));
      say(String(state?.message ?? ''));KEEP
    });
    if (!went) state.running = false;
    clock();
  }, 100);
}
clock();"""


def timed(plan: Plan) -> bool:
    return CLOCK.search(plan.description) is not None


def functions(plan: Plan) -> tuple[str, ...]:
    return ("begin", "press", *(["tick"] if timed(plan) else []), "show")


def ask(plan: Plan) -> str:
    results = (
        ", ".join(f"{json.dumps(o, ensure_ascii=False)}: state.…" for o in plan.outputs)
        or '"State": state.…'
    )
    pressed = json.dumps(list(plan.buttons), ensure_ascii=False)
    values = f"\n{describe(plan.inputs)}" if plan.inputs else ""
    refuse = f"\n{hint(plan, '//')}" if plan.refuses or digits(plan) else ""
    run, tick = "", ""
    if timed(plan):
        run = "\n// state.running = true lets the time run from here on, false stops it"
        tick = """// a second has passed while state.running was true: give the new state; state.running = false ends it.
// There are no other timers
function tick(state) {
  return state;
}

"""
    return f"""Write these JavaScript functions, and nothing else. They have no access to the page.
// the state before anything was pressed
function begin() {{
  return {{…}};
}}

// a button was pressed, one of {pressed}: give the new state, or the same where nothing changes. A message
// is told by state.message = "…", which is empty again at the next press{run}{values}{refuse}
function press(button, state, values) {{
  return state;
}}

{tick}// what is seen
function show(state) {{
  return {{{results}}};
}}"""


def build(plan: Plan, code: str) -> str:
    code = half_up(spelled(code, named(plan)), "javascript")
    controls = "\n".join(map(control, plan.inputs))
    made = "".join(f'<button type="button">{escape(b)}</button>' for b in plan.buttons)
    body = f"""<form id="form" novalidate>
{controls}
<div class="row" id="buttons">{made}</div>
</form>
<p role="alert" id="message"></p>
<dl id="results" aria-live="polite"></dl>"""
    keeps = KEEPS.search(plan.description) is not None
    first = "JSON.parse(localStorage.getItem('state')) ?? begin()" if keeps else "begin()"
    kept = "\n      localStorage.setItem('state', JSON.stringify(state));" if keeps else ""
    time = TIME.replace("KEEP", kept) if timed(plan) else ""
    run = "\n      clock();" if timed(plan) else ""
    return document(
        plan,
        body,
        f"""{code}

let state = {first};
for (const button of $('buttons').children)
  button.addEventListener('click', () => attempt(() => {{
    const name = button.textContent;
    // a field may be empty where a button does not need it
    const told = readAll(fields);
    const before = structuredClone(state);
    if (state && typeof state === 'object') delete state.message;
    try {{
      outside(told, values => press(name, structuredClone(state), values));
      state = press(name, state, told.values) ?? state;
      results(show(state));
      say(String(state?.message ?? ''));{kept}{run}
    }} catch (e) {{
      state = before;
      results(show(state));
      throw told.fault && e.name !== 'Error' ? told.fault : e;
    }}
  }}));
$('form').addEventListener('submit', event => event.preventDefault());
attempt(() => results(show(state)));{time}""",
    )


def example(plan: Plan, check: Check) -> str:
    said, filled = list[str](), list[Step]()
    for step in check.steps:
        if step.verb == "set":
            filled.append(step)
        elif step.verb == "press":
            said.append(f"state = press({js(step.name)}, state, {js(values(plan, filled))})")
        elif step.verb == "wait" and timed(plan):
            said += ["state = tick(state)"] * min(5, int(float(step.value)))
    return f"state = begin(); {'; '.join(said)}; show(state) {wanted(check)}"


BUTTONS = Shape("buttons", "javascript", "a state that buttons change: counters, scores, games, "
                "quizzes, timers", ask, build, functions, example,
                lambda plan, name: "function begin() {\n")  # fmt: skip
