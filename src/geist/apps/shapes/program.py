"""tool and script: one function from what was given to what is printed, or one for each part of it;
reading, options and errors are ours."""

import json
import re
from collections.abc import Sequence

from geist.apps.checking import Check
from geist.apps.plan import Field, Plan
from geist.apps.running import split
from geist.apps.shapes.form import hint, value_of
from geist.apps.shapes.mending import half_up, imported, lined, quoted
from geist.apps.shapes.sections import assembled, blamed, examples, sections
from geist.apps.shapes.shape import Shape, plumbing, without

READS = ("file", "files")
TYPES = {
    "file": "str",
    "files": "dict[str, str]",
    "texts": "list[str]",
    "text": "str",
    "choice": "str",
    "number": "float",
    "integer": "int",
    "yesno": "bool",
    "date": "datetime.date",
}
HEAD = """# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""


def _parameters(plan: Plan) -> list[tuple[str, str, str]]:
    """(name, type, comment) of each parameter of `run`."""
    if plan.kind == "script":
        return [(_data(name), *_rows(name)) for name in plan.data]
    made = []
    for one in plan.inputs:
        type_ = TYPES.get(one.kind, "str")
        if not one.required and one.kind != "texts" and one.kind != "yesno" and not one.default:
            type_ += " | None"
        said = {"file": "the text of the file", "files": "the text of each file by its name"}.get(
            one.kind, one.label
        )
        choices = f", one of {', '.join(one.options)}" if one.options else ""
        made.append((named(plan, one), type_, f"{said}{choices}"))
    if plan.stdin and not any(f.kind in READS for f in plan.inputs):
        made.append(("text", "str", "standard input"))
    return made


def named(plan: Plan, one: Field) -> str:
    """The parameter for an argument: what is in a file is called text, not file."""
    alone = sum(f.kind == "file" for f in plan.inputs) == 1 and all(
        f.name != "text" for f in plan.inputs
    )
    return (
        "text"
        if one.kind == "file" and alone
        else f"{one.name}_text"
        if one.kind == "file"
        else one.name
    )


def _data(name: str) -> str:
    from geist.apps.plan import snake

    return snake(name.rpartition(".")[0] or name)


def _rows(name: str) -> tuple[str, str]:
    ending = name.rpartition(".")[2].lower()
    if ending in ("csv", "tsv"):
        return (
            "list[dict]",
            "the rows, each a dict by column; numbers are int or float, an empty cell is None",
        )
    if ending in ("json", "jsonl"):
        return "Any", "what the JSON file holds"
    return "list[str]", "the lines of the file"


def _head(plan: Plan, name: str) -> str:
    given = ", ".join(f"{n}: {type_}" for n, type_, _ in _parameters(plan))
    gives = "list[str]" if name != "run" else "tuple[str, int]" if plan.ends else "str"
    return f"def {name}({given}) -> {gives}:\n"


def begun(plan: Plan, name: str) -> str:
    return f"{_said(plan, name)}{_pattern(plan)}" if name != "run" else ""


def _said(plan: Plan, name: str) -> str:
    """Its rule is its docstring, which is what models of code have learned to follow."""
    rule = sections(plan)[name]
    rule = rule.replace("\\", "\\\\").replace('"' * 3, "'")
    return f'{_head(plan, name)}    """{rule}{" " * rule.endswith(chr(34))}"""\n'


# lines of a text are taken apart by a pattern: by blanks and colons a small model takes them apart wrongly
LIKE = re.compile(r'(?i)\blines?,? (?:each )?(?:looks? )?(?:like|such as|of the form) "')


def _pattern(plan: Plan) -> str:
    texts = all(_loader(n) == "lines" for n in plan.data)
    return '    pattern = re.compile(r"' if texts and LIKE.search(plan.description) else ""


def ask(plan: Plan) -> str:
    if parts := sections(plan):
        said = "\n".join(f"# {name}: {comment}" for name, _, comment in _parameters(plan))
        heads = "\n\n".join(f"{_said(plan, name)}    ..." for name in parts)
        return f"""Write these Python functions, each with all that it needs (Python's own library only). They open no
files and print nothing: each gives its lines, which are printed one after the other.
{said}
{hint(plan, "#", 'raise ValueError("…")')}
{heads}"""
    given = _parameters(plan)
    said = "\n".join(f"    # {name}: {comment}" for name, _, comment in given)
    return f"""Write the Python function `run`, with the imports that it needs (Python's own library only) and
nothing else. It opens no files and prints nothing: it gives the text that is printed{_status(plan)}.

{_head(plan, "run")}{said}
    {hint(plan, "#", 'raise ValueError("…")').replace(chr(10), chr(10) + "    ")}
    ..."""


def brief(plan: Plan, name: str, checks: Sequence[Check]) -> str:
    """What one function of several is to do: a small model that reads of all of them mixes them up."""
    said = "\n".join(f"# {name}: {comment}" for name, _, comment in _parameters(plan))
    shown = "".join(f"\n- {e}" for e in examples(plan, name, checks))
    return f"""Write a Python function, with Python's own library only. It opens no files and prints nothing: it gives a list
of lines, each a text as it is printed.
{said}
{hint(plan, "#", 'raise ValueError("…")')}
{_said(plan, name)}    ...{f"{chr(10)}{chr(10)}Examples:{shown}" if shown else ""}"""


def _status(plan: Plan) -> str:
    if not plan.ends:
        return ""
    said = " or ".join(f"(text, {n})" for n in plan.ends)
    return f" and the exit status: {said} where that is said, else (text, 0)"


def _argument(one: Field) -> str:
    help_ = f", help={one.label!r}"
    if one.kind == "yesno":
        return f'    parser.add_argument({one.flag or "--" + one.name.replace("_", "-")!r}, dest={one.name!r}, action="store_true"{help_})'
    type_ = {"number": ", type=number", "integer": ", type=integer", "date": ", type=date"}.get(
        one.kind, ""
    )
    choices = f", choices={list(one.options)!r}" if one.options else ""
    default = ""
    if one.default:
        value = one.default
        plain = one.kind == "integer" and value.lstrip("-").isdigit()
        decimal = one.kind == "number" and value.replace(".", "", 1).lstrip("-").isdigit()
        default = f", default={value if plain or decimal else repr(value)}"
    if one.flag:
        required = ", required=True" if one.required and not one.default else ""
        return f"    parser.add_argument({one.flag!r}, dest={one.name!r}{type_}{choices}{default}{required}{help_})"
    if one.kind == "texts":
        return (
            f"    parser.add_argument({one.name!r}, nargs={'+' if one.required else '*'!r}{help_})"
        )
    many = ', nargs="+"' if one.kind == "files" else ', nargs="?"' if not one.required else ""
    standard = ', default="-"' if not one.required and one.kind == "file" else default
    return f"    parser.add_argument({one.name!r}{many}{type_}{choices}{standard}{help_})"


def build(plan: Plan, code: str) -> str:
    code = imported(without(half_up(quoted(code), "python"), OURS))
    code = lined(code, [name for name, type_, _ in _parameters(plan) if type_.startswith("str")])
    if plan.kind == "script":
        return _script(plan, code)
    arguments = "\n".join(map(_argument, plan.inputs))
    given = []
    for one in plan.inputs:
        value = f"told.{one.name}"
        if one.kind == "file":
            value = (
                f"read({value})"
                if one.required or not one.flag
                else f"read({value}) if {value} else None"
            )
        elif one.kind == "files":
            value = f"{{path: read(path) for path in {value}}}"
        given.append(value)
    if plan.stdin and not any(f.kind in READS for f in plan.inputs):
        given.append('read("-")')
    return f"""{HEAD}{json.dumps(plan.description, ensure_ascii=False)}

import argparse
import sys

PROGRAM = {plan.title!r}

{code}
{plumbing("reading.py")}


{plumbing("rounding.py")}


{plumbing("arguments.py")}

def main():
    parser = argparse.ArgumentParser(prog=PROGRAM, description=" ".join((__doc__ or "").split()).replace("%", "%%"))
{arguments}
    told = parser.parse_args()
    finish(lambda: run({", ".join(given)}))


if __name__ == "__main__":
    main()
"""


def _loader(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    return {"csv": "rows", "tsv": "rows", "json": "jsons", "jsonl": "jsons"}.get(ending, "lines")


def _script(plan: Plan, code: str) -> str:
    names = list(plan.data)
    given = ", ".join(f"{_loader(name)}(told.files[{n}])" for n, name in enumerate(names))
    if sections(plan):
        code = f"{code}\n\n\n{assembled(plan, [_data(n) for n in names])}"
    return f"""{HEAD}{json.dumps(plan.description, ensure_ascii=False)}

import argparse
import copy
import csv
import io
import json
import sys

PROGRAM = {plan.title!r}

{code}
{plumbing("reading.py")}


{plumbing("rounding.py")}


{plumbing("tables.py")}

def main():
    parser = argparse.ArgumentParser(prog=PROGRAM, description=" ".join((__doc__ or "").split()).replace("%", "%%"))
    parser.add_argument("files", nargs={len(names)}, help={", ".join(names)!r})
    told = parser.parse_args()
    finish(lambda: run({given}))


if __name__ == "__main__":
    main()
"""


def example(plan: Plan, check: Check) -> str:
    """A check as a call of `run`, where its arguments can be told apart; else as it is."""
    if plan.kind == "script":
        return check.line
    files = {s.name: s.value for s in check.steps if s.verb == "file"}
    stdin = next((s.value for s in check.steps if s.verb == "input"), "")
    words = split(next((s.value for s in check.steps if s.verb == "run"), ""))
    given, at, plain = dict[str, object](), 0, [f for f in plan.inputs if not f.flag]
    flags, many = {f.flag: f for f in plan.inputs if f.flag}, dict[str, str]()
    texts = list[str]()
    while at < len(words):
        name, equals, inline = words[at].partition("=")
        field = flags.get(name)
        if field is not None and field.kind == "yesno":
            given[field.name] = True
        elif field is not None and (equals or at + 1 < len(words)):
            given[field.name] = value_of(field, inline if equals else words[at + 1])
            at += 0 if equals else 1
        elif plain and plain[0].kind == "texts":
            texts.append(words[at])
            given[plain[0].name] = texts
        elif plain and plain[0].kind == "files":
            given[plain[0].name] = many = {**many, words[at]: files.get(words[at], "")}
        elif plain:
            field = plain.pop(0)
            text = files.get(words[at]) if field.kind == "file" else words[at]
            if text is None:
                return check.line  # a file that is not there
            given[named(plan, field)] = value_of(field, text)
        else:
            return check.line
        at += 1
    if stdin and (plan.stdin or any(f.kind == "file" for f in plain)):
        given["text"] = stdin
    said = [
        f"gives {e.value!r}"
        if e.verb == "exactly"
        else f"has {e.value!r} in it"
        if e.verb == "prints"
        else f"has no {e.value!r} in it"
        if e.verb == "lacks"
        else f"has exit status {e.value}"
        if e.verb == "ends"
        else "raises ValueError"
        for e in check.expects
    ]
    return f"run({', '.join(f'{k}={v!r}' for k, v in given.items())}) {' and '.join(said)}"


OURS = frozenset(
    {
        "rounded",
        "rounded_up",
        "rounded_down",
        "read",
        "fail",
        "finish",
        "number",
        "integer",
        "date",
        "main",
        "value",
        "rows",
        "jsons",
        "lines",
    }
)
PROGRAM = Shape(
    "program",
    "python",
    "a command-line program",
    ask,
    build,
    lambda plan: tuple(sections(plan)) or ("run",),
    example,
    begun,
    blamed,
    alone=True,
    brief=brief,
)
