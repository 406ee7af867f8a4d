"""The agreed checks are examples of what goes in and comes out: a plan is made to fit them."""

import re
from collections.abc import Sequence
from dataclasses import replace

from geist.apps.checking import Check, number
from geist.apps.fit_service import service
from geist.apps.fit_tool import tool
from geist.apps.plan import CLEARS, NUMBERS, Field, Plan
from geist.apps.shapes.buttons import timed


def fitted(plan: Plan, checks: Sequence[Check]) -> Plan:
    if not checks and plan.kind != "service":
        return plan
    if plan.kind == "page":
        return _page(plan, checks)
    return service(plan, checks) if plan.kind == "service" else tool(plan, checks)


def grown(old: Plan, new: Plan, wish: str, checks: Sequence[Check]) -> Plan:
    """The old plan with what a change adds: what the wish or a new check names, and nothing else."""
    said = wish.casefold() + " ".join(c.line.casefold() for c in checks)

    def named(text: str) -> bool:
        return text.casefold() in said

    fields = [f for f in new.inputs if named(f.label) and all(f.name != o.name for o in old.inputs)]
    known = {(r.method, r.path) for r in old.routes}
    grown_ = replace(
        old,
        description=new.description,
        inputs=(*old.inputs, *fields),
        outputs=(*old.outputs, *(o for o in new.outputs if o not in old.outputs and named(o))),
        buttons=(*old.buttons, *(b for b in new.buttons if b not in old.buttons and named(b))),
        filters=tuple(dict.fromkeys((*old.filters, *(f for f in new.filters if named(f))))),
        routes=(*old.routes, *(r for r in new.routes if (r.method, r.path) not in known)),
        stdin=old.stdin or new.stdin,
        refuses=old.refuses or new.refuses,
    )
    return fitted(grown_, checks)


def _page(plan: Plan, checks: Sequence[Check]) -> Plan:
    """What the checks set is an input, what they press a button, what they look for a result."""
    used = {s.name.casefold() for c in checks for s in c.steps if s.verb == "set"}
    shown = {e.name.casefold() for c in checks for e in c.expects if e.verb in ("is", "between")}
    # a choice of numbers that the description does not name is one of any
    plan = replace(plan, inputs=tuple(_free(i, plan.description) for i in plan.inputs))
    # a label that the checks only look at is no input
    inputs = [
        i for i in plan.inputs if i.label.casefold() in used or i.label.casefold() not in shown
    ]
    said = {e.name for c in checks for e in c.expects if e.verb in ("seen", "unseen")}
    buttons, outputs = (
        list(plan.buttons),
        [o for o in plan.outputs if o not in said or o.casefold() in shown],
    )
    for check in checks:
        for step in check.steps:
            if step.verb == "set":
                _merge(inputs, step.name, step.value)
            elif step.verb == "press" and not any(_same(b, step.name) for b in buttons):
                buttons.append(step.name)
        for expect in check.expects:
            known = [*outputs, *(i.label for i in inputs)]
            if expect.verb in ("is", "between") and not any(_same(k, expect.name) for k in known):
                outputs.append(expect.name)
    made = replace(plan, inputs=tuple(inputs), buttons=tuple(buttons), outputs=tuple(outputs))
    return (
        replace(made, shape="buttons")
        if made.shape == "form" and (timed(made) or _remembers(made, checks))
        else made
    )


def _free(one: Field, description: str) -> Field:
    numbers = [number(o) for o in one.options]
    if not numbers or None in numbers:
        return one
    named = all(
        re.search(rf"(?<![\w.]){re.escape(o)}(?![\w.]*\w)", description) for o in one.options
    )
    return one if named else replace(one, kind="number", options=())


def _remembers(plan: Plan, checks: Sequence[Check]) -> bool:
    """Whether there is something to remember between two presses: a form knows one button and one
    that empties it."""
    other = [b for b in plan.buttons[1:] if b.casefold() not in CLEARS]
    pressed = [[s.name for s in c.steps if s.verb == "press" and s.name.casefold() not in CLEARS]
               for c in checks]  # fmt: skip
    return bool(other) or any(len(p) > 1 for p in pressed)


def _same(a: str, b: str) -> bool:
    return a.casefold().strip() == b.casefold().strip()


def _merge(inputs: list[Field], label: str, value: str) -> None:
    for n, one in enumerate(inputs):
        if _same(one.label, label):
            if one.kind in NUMBERS and value and number(value) is None and not one.options:
                inputs[n] = replace(one, kind="text")  # it is told what no number is
            if one.kind == "choice" and value not in one.options:
                inputs[n] = replace(one, options=(*one.options, value))
            return
    kind = "number" if number(value) is not None else "yesno" if value in ("yes", "no") else (
        "date" if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else "text")  # fmt: skip
    inputs.append(Field(label, kind))
