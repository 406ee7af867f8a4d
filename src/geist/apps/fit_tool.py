"""The plan of a program that fits how the agreed checks run it."""

import re
from collections.abc import Sequence
from dataclasses import replace

from geist.apps.checking import Check, number
from geist.apps.plan import NUMBERS, WHOLE, Field, Plan
from geist.apps.running import split

# of which there is no half
COUNTS = re.compile(r"(?i)(?:^|[ _-])(?:n|top|counts?|limit|width|lines?|columns?|rows?|words?|days?|weeks?|months?|years?"
                    r"|times|depth|port|page|seed)$")  # fmt: skip

OPTION = re.compile(r"--?[A-Za-z][\w-]*")


def tool(plan: Plan, checks: Sequence[Check]) -> Plan:
    """Options and plain arguments as the checks give them."""
    runs = [(split(s.value), {f.name for f in c.steps if f.verb == "file"}, any(e.verb == "fails" for e in c.expects))
            for c in checks for s in c.steps if s.verb == "run"]  # fmt: skip
    good = [r for r in runs if not r[2]] or runs
    flags = {f.flag: f for f in plan.inputs if f.flag}
    plain = [f for f in plan.inputs if not f.flag]
    most, held, texts = 0, False, list[list[str]]()
    for words, files, _ in good:
        at, free = 0, list[str]()
        while at < len(words):
            word = words[at]
            name, equals, value = word.partition("=")
            if OPTION.fullmatch(name):
                after = words[at + 1] if at + 1 < len(words) else ""
                if name in flags and not equals and (not after or OPTION.fullmatch(after)):
                    flags[name] = Field(flags[name].label, "yesno", required=False, flag=name)
                takes = (
                    bool(equals)
                    or (name in flags and flags[name].kind != "yesno")
                    or (
                        name not in flags
                        and after
                        and not after.startswith("-")
                        and after not in files
                    )
                )
                if name not in flags:
                    kind = _text_kind(value or after) if takes else "yesno"
                    flags[name] = Field(name.lstrip("-"), kind, required=False, flag=name)
                at += 2 if takes and not equals else 1
                continue
            free.append(word)
            at += 1
        texts.append(free)
        most, held = max(most, len(free)), held or any(w in files for w in free)
    stdin = any(s.verb == "input" for c in checks for s in c.steps)
    named = {f for _, files, _ in runs for f in files}
    columns = [list(dict.fromkeys(t[n] for t in texts if len(t) > n)) for n in range(most)]
    commands = _commands(plan, columns)
    # a model takes plain arguments for options that nobody named
    said = plan.description + " ".join(word for words, _, _ in runs for word in words)
    if commands or not re.search(r"(?i)\boptions?\b|\bflags?\b|\bswitch", plan.description):
        named_ = {f for f in flags if re.search(rf"(?<![\w-]){f}\b", said)}
        plain += [] if commands else [
            replace(one, flag="") for f, one in flags.items() if f not in named_ and one.kind != "yesno"]  # fmt: skip
        flags = {f: one for f, one in flags.items() if f in named_}
    if commands:
        plain = _positional(plain, columns, named, commands)
    elif most != len(plain) and not any(f.kind == "files" for f in plain):
        many = held and most > 1 and len({len(t) for t in texts}) > 1
        plain = [Field("files", "files")] if many else _positional(plain, columns, named, ())
    plain = [replace(f, required=all(len(t) > n for t in texts)) for n, f in enumerate(plain)]
    plain = _several(plain, plan.description)
    fields = [*plain, *flags.values()]
    if not WHOLE.search(plan.description):  # the examples may all be whole by chance
        whole = [f.kind == "integer" and not COUNTS.search(f.label) for f in fields]
        fields = [replace(f, kind="number") if w else f for f, w in zip(fields, whole, strict=True)]
    return replace(plan, inputs=tuple(fields), stdin=plan.stdin or stdin)


def _several(plain: list[Field], description: str) -> list[Field]:
    """With one field for all arguments that the description writes as `app.py NAME...`, the last."""
    m = re.search(r"\.py ([^`\"\n]*?)\[?\b([A-Z][A-Z_]*)\]?(?:\.\.\.|…)", description)
    if m is None or any(f.kind in ("file", "files") for f in plain):
        return plain
    before = len(re.findall(r"(?<![\w-])[A-Z][A-Z_]*\b", re.sub(r"--?\w+ [A-Z]+", "", m[1])))
    return [*plain[:before], Field(m[2].lower(), "texts", required="[" not in m[0])]


def _commands(plan: Plan, columns: Sequence[list[str]]) -> tuple[str, ...]:
    """The first words, where each is a command that the description writes behind the program."""
    found = re.findall(r"(?:\.py |`)([a-z][a-z-]*)(?=[ `])", plan.description)
    words = columns[0] if columns else []
    all_ = tuple(dict.fromkeys([*words, *found]))
    return all_ if len(all_) > 1 and words and set(words) <= set(found) else ()


def _positional(
    plain: Sequence[Field], columns: Sequence[list[str]], files: set[str], commands: tuple[str, ...]
) -> list[Field]:
    """A field for each plain argument: the plan's, as far as what is given there fits them."""
    made = [Field("command", "choice", commands)] if commands else []
    rest = [
        f for f in plain if not commands or (f.kind != "choice" and f.label.lower() != "command")
    ]
    for n in range(len(made), len(columns)):
        seen = columns[n]
        kinds = {"file" if w in files else _text_kind(w) for w in seen}
        kind = kinds.pop() if len(kinds) == 1 else (
            "number" if kinds == {"number", "integer"} else "text")  # fmt: skip
        one = rest.pop(0) if rest else Field(f"value {n + 1}" if n else "value", kind)
        if (one.kind == "file") != (kind == "file") or (one.kind in NUMBERS and kind == "text"):
            one = replace(one, kind=kind, options=())
        elif one.kind == "integer" and kind == "number":
            one = replace(one, kind=kind)
        made.append(one)
    return made


def _text_kind(text: str) -> str:
    if re.fullmatch(r"[+-]?\d+", text):
        return "integer"
    return "number" if number(text) is not None else "text"
