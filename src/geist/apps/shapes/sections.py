"""A script that prints one thing and then another: a function for the lines of each, so that the one
that is wrong is written again alone."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from itertools import takewhile

from geist.apps.checking import Check
from geist.apps.hunch import printed
from geist.apps.plan import Plan

THEN = r"(?:then|finally|last(?:ly)?|after (?:that|them|it)|at the end)\b"
# what comes next has an example of its own in the same sentence
NEXT = re.compile(rf"(?i)(?:[,;:] (?:and )?|(?<=\.) |\band )(?={THEN}[^.]*\")")
# a count may also be what the files hold
SAYS = re.compile(r"(?i)\b(?:print|show|give|tell|say|write)s?\b|^(?:count|sum)s?\b")


def sections(plan: Plan) -> dict[str, str]:
    """What is said of each, by the name of its function; none where one thing is printed."""
    if plan.kind != "script" or plan.ends:
        return {}
    said = " ".join(plan.description.split())
    found = [m.end() for m in NEXT.finditer(said)]
    if not found or '"' not in said[: found[0]]:
        return {}
    parts = [said[a:b] for a, b in zip([0, *found], [*found, len(said)], strict=True)]
    # what follows the last one's own sentence is said of all of them, as is what the files hold
    last, _, rest = parts[-1].partition(". ")
    parts[-1] = last
    before = " ".join(takewhile(lambda s: not SAYS.search(s), re.split(r"(?<=\.) ", parts[0])))
    made = [_sentence(p) if n == 0 else f"{before} {_sentence(p)}" for n, p in enumerate(parts)]
    for n, part in enumerate(parts[1:], 1):
        if re.search(r"\b(?:these|those|them)\b", part):  # which are meant is said before
            made[n] = f"{made[0]} Only this here: {_sentence(part)}"
    return {f"lines_{n}": f"{part} {rest}".strip() for n, part in enumerate(made, 1)}


def _sentence(text: str) -> str:
    text = re.sub(rf"(?i)^{THEN} ", "", text.strip(" ,;:.").removesuffix(" and").rstrip(" ,"))
    return f"{text if '.' in text.partition(' ')[0] else text[:1].upper() + text[1:]}."


def assembled(plan: Plan, names: Sequence[str]) -> str:
    """`run`, of the functions: each gets the data as it was."""
    given, copies = ", ".join(names), ", ".join(f"copy.deepcopy({n})" for n in names)
    return f"""def run({given}):
    made = []
    for part in ({", ".join(sections(plan))},):
        told = part({copies})
        made += told.splitlines() if isinstance(told, str) else map(str, told or ())
    return "\\n".join(made)"""


def blamed(plan: Plan, wrong: Sequence[str]) -> tuple[str, ...]:
    """The functions whose lines are not as they were expected: any of them, where the program broke down."""
    parts, found = sections(plan), list[str]()
    for what in wrong if parts else ():
        if (told := printed(what)) is None:
            broke = re.search(r", in (\w+): ", what)
            found += [broke[1]] if broke and broke[1] in parts else parts
            continue
        out, wanted = told
        lines = [w for w in wanted if w not in out] or [o for o in out if o not in wanted] or wanted
        for line in lines:
            found.append(_whose(line, parts))
    return tuple(dict.fromkeys(found))


def examples(plan: Plan, name: str, checks: Sequence[Check]) -> list[str]:
    """The agreed checks with what one function has to do with them."""
    parts, made = sections(plan), list[str]()
    for check in checks:
        lines = [
            x for e in check.expects for x in e.value.split("\n") if e.verb in ("exactly", "prints")
        ]
        mine = [x for x in lines if _whose(x, parts) == name]
        if mine:
            made.append(f"{check.line.partition(' → ')[0]} → its lines are {mine}")
        elif not lines:
            made.append(check.line)
    return made


def _whose(line: str, parts: Mapping[str, str]) -> str:
    """The function of a line: that whose example looks most alike."""

    def likeness(name: str) -> float:
        return max((_alike(line, e) for e in re.findall(r'"([^"]+)"', parts[name])), default=0.0)

    return max(parts, key=likeness)


def _alike(a: str, b: str) -> float:
    """How alike two lines are but for their numbers, 0 to 1."""
    a, b = (re.sub(r"\d+", "0", x) for x in (a, b))
    return SequenceMatcher(None, a, b, autojunk=False).ratio()
