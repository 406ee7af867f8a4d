"""A form with several results: a function each, and one that refuses, so that the one that is wrong
is written again alone."""

import json
import re
from collections.abc import Iterable, Sequence

from geist.apps.plan import Plan, snake
from geist.apps.shapes.mending import BRACKETS, commas
from geist.apps.shapes.rules import said_of, spoken_of

REFUSE = (
    '// throws what the description refuses, in its words: throw new Error("…"); a number that is empty or unreadable\n'
    "// is null"
)


def several(plan: Plan) -> bool:
    return bool(plan.outputs) and len(plan.outputs) + plan.refuses > 1


def finders(plan: Plan) -> dict[str, str]:
    """The function of each result."""
    made = dict[str, str]()
    for n, label in enumerate(plan.outputs, 1):
        name = f"find_{snake(label).strip('_')}"
        made[label] = name if name not in made.values() else f"{name}_{n}"
    return made


def parts(plan: Plan) -> dict[str, tuple[str, str]]:
    """(what is said of it, how it begins) of each function, by its name."""
    given = [f.name for f in plan.inputs]
    made = dict[str, tuple[str, str]]()
    if plan.refuses:
        rule = spoken_of(plan.description, _messages(plan))
        made["refuse"] = (REFUSE, _begun("refuse", given, rule))
    for label, name in finders(plan).items():
        rule = unshown(said_of(plan.description, label, plan.outputs))
        quoted = json.dumps(label, ensure_ascii=False)
        made[name] = (f"// gives the result {quoted}", _begun(name, given, rule))
        given = [*given, *([snake(label)] if snake(label) not in given else [])]
    return made


def _messages(plan: Plan) -> str:
    """A pattern of what may be said of wrong input."""
    return "|".join(re.escape(f'"{q}"') for q in plan.messages()) or "(?!)"


def unshown(text: str) -> str:
    """Without how many decimals are shown, which the page sees to."""
    return re.sub(
        r",? (?:shown )?with (?:one|two|three|four|[1-4]) decimals?(?: places?)?\b", "", text
    )


def _begun(name: str, given: Sequence[str], rule: str) -> str:
    rule = re.sub(r"<(?=[/!])", "< ", rule)  # it stands in a page
    return f"function {name}({', '.join(given)}) {{\n" + (f"  // {rule}\n" if rule else "")


def assembled(plan: Plan) -> str:
    """`compute`, of the functions: each gets what went in and the results before its own."""
    given = [f.name for f in plan.inputs]
    lines = [f"  refuse({', '.join(given)});"] if plan.refuses else []
    lines.append("  const $out = {};")
    # a function may give all the results, by their labels
    lines.append(
        "  const $its = (told, label) => "
        "typeof told === 'object' && told !== null && label in told ? told[label] : told;"
    )
    asked = list(given)
    for label, name in finders(plan).items():
        key = json.dumps(label, ensure_ascii=False).replace("</", "<\\/")
        lines.append(f"  $out[{key}] = $its({name}({', '.join(asked)}), {key});")
        if snake(label) not in asked:
            lines.append(f"  const {snake(label)} = $out[{key}];")
            asked.append(snake(label))
    inner = "\n".join(lines)
    return f"function compute({', '.join(given)}) {{\n{inner}\n  return $out;\n}}"


def unrounded(plan: Plan, code: str, shown: Iterable[str]) -> str:
    """Results that are shown with decimals are not made whole in the end."""
    names = finders(plan)
    for label in shown:
        code = re.sub(
            rf"(function {names[label]}\b(?:(?!^function ).)*?)return Math\.round({BRACKETS});",
            lambda m: m[0] if commas(m[2][1:-1]) else f"{m[1]}return {m[2]};",
            code,
            flags=re.M | re.S,
        )
    return code


def blamed(plan: Plan, wrong: Sequence[str]) -> tuple[str, ...]:
    """The functions of the results that are wrong, and the one that refuses, where it does so wrongly."""
    if not several(plan):
        return ()
    found, names = list[str](), finders(plan)
    for what in wrong:
        _, _, why = what.rpartition(": the page shows ")
        m = (
            re.match(r"(?:no )?(.+?)(?: '|$| \(the page says: (.*)\))", why)
            if why != what
            else None
        )
        refused = m is not None and m[2] is not None and m[2].rstrip(")") in plan.description
        unsaid = re.search(r': "([^"]+)" is not seen', what)
        if plan.refuses and (refused or (unsaid and f'"{unsaid[1]}"' in plan.description)):
            found.append("refuse")
        elif m is not None and m[1] in names:
            found.append(names[m[1]])
    return tuple(dict.fromkeys(found))
