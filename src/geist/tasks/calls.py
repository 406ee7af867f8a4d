"""Calling a tool: one JSON object with the tool's name and its arguments."""

import json
import random
from typing import Any

from geist.tasks.family import Problem, task_family
from geist.tasks.real import functions
from geist.verify.records import Record

TEXT, NUMBER, FLAG = "string", "integer", "boolean"
TOOLS: dict[str, dict[str, str]] = {
    "read_file": {"path": TEXT, "first_line": NUMBER, "last_line": NUMBER},
    "search": {"text": TEXT, "folder": TEXT},
    "run": {"command": TEXT, "seconds": NUMBER},
    "write_file": {"path": TEXT, "content": TEXT},
    "rename": {"old": TEXT, "new": TEXT, "overwrite": FLAG},
    "list_files": {"folder": TEXT, "hidden": FLAG},
    "ask_user": {"question": TEXT},
    "finish": {"message": TEXT},
}
FORM = "Answer with one call, a JSON object with the fields name and arguments, and nothing else."
SHOWN = {1: 2, 2: 4, 3: 8}  # tools that are offered, by level


def schema(problem: Problem) -> dict[str, Any]:
    """Any call of an offered tool, for a grammar."""
    return {"anyOf": [
        {"type": "object", "required": ["name", "arguments"], "additionalProperties": False,
         "properties": {"name": {"const": name}, "arguments": {
             "type": "object", "required": list(TOOLS[name]), "additionalProperties": False,
             "properties": {a: {"type": kind} for a, kind in TOOLS[name].items()}}}}
        for name in problem.slots["offered"]
    ]}  # fmt: skip


def call(dice: random.Random, level: int) -> Problem:
    """One call of the right one of some tools, with the arguments that are told in words."""
    name, told, arguments = _wanted(dice, level)
    others = dice.sample([t for t in TOOLS if t != name], SHOWN[level] - 1)
    offered = sorted([name, *others])
    lines = "\n".join(
        f"- {t}({', '.join(f'{a}: {kind}' for a, kind in TOOLS[t].items())})" for t in offered
    )
    answer = json.dumps({"name": name, "arguments": arguments})
    question = f"You can call these tools:\n{lines}\n{told}"
    return Problem(question, answer, slots={"offered": offered})


def _wanted(dice: random.Random, level: int) -> tuple[str, str, dict[str, Any]]:
    file, code = dice.choice(functions())
    lines = [x.strip() for x in code.split("\n") if 8 < len(x.strip()) < 60]
    # the harder levels quote real code, with its quotation marks and backslashes
    text = dice.choice(lines) if level > 1 and lines else file.removesuffix(".py")
    folder, n = dice.choice("src lib tests docs tools".split()), dice.randrange(2, 300)
    name = dice.choice(list(TOOLS))
    flag = dice.random() < 0.5
    if name == "read_file":
        return name, f"Read lines {n} to {n + 40} of {folder}/{file}.", {
            "path": f"{folder}/{file}", "first_line": n, "last_line": n + 40}  # fmt: skip
    if name == "search":
        return name, f"Search the folder {folder} for this text: {text}", {
            "text": text, "folder": folder}  # fmt: skip
    if name == "run":
        command = f"python -m pytest -q {folder}/test_{file}"
        return name, f"Run this command for at most {n} seconds: {command}", {
            "command": command, "seconds": n}  # fmt: skip
    if name == "write_file":
        return name, f"Write a file {folder}/{file} whose whole content is this line, without a " \
            f"line end: {text}", {"path": f"{folder}/{file}", "content": text}  # fmt: skip
    if name == "rename":
        how = "and overwrite what is there" if flag else "and overwrite nothing"
        return name, f"Rename {folder}/{file} to {folder}/new_{file} {how}.", {
            "old": f"{folder}/{file}", "new": f"{folder}/new_{file}",
            "overwrite": flag}  # fmt: skip
    if name == "list_files":
        how = "with" if flag else "without"
        return name, f"List the files of the folder {folder}, {how} hidden ones.", {
            "folder": folder, "hidden": flag}  # fmt: skip
    if name == "ask_user":
        question = f"Shall I delete {folder}/{file}?"
        return name, f"Ask the user this question: {question}", {"question": question}
    message = f"I changed {n} lines of {file}."
    return name, f"You are done. Finish with this message: {message}", {"message": message}


task_family("call", verifier=Record(), levels=(1, 3), form=FORM)(call)
task_family("call-grammar", verifier=Record(), levels=(1, 3), form=FORM, schema=schema)(call)
