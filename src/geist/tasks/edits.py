"""Families of one small change to a real function, one family for each edit format: what is to be
changed is told, so that they measure the format and not the search for a bug."""

import ast
import random

from geist.edit.forms import FORMS
from geist.tasks.family import Problem, task_family
from geist.tasks.mutate import functions as parsed
from geist.tasks.mutate import mutations
from geist.tasks.real import functions
from geist.verify.edits import Edited

LINES = ((5, 10), (11, 20), (21, 40))  # of a function, by level


def change(dice: random.Random, level: int) -> Problem:
    """One line of a function of Python's own library to be changed, as told."""
    least, most = LINES[level - 1]
    fitting = [f for f in functions() if least <= f[1].count("\n") + 1 <= most]
    while True:
        file, code = dice.choice(fitting)
        raw = code.encode()
        found = mutations(raw, parsed(raw)[0])
        if not found:
            continue
        changed = dice.choice(found).apply(raw).decode()
        pairs = [(a, b) for a, b in zip(code.split("\n"), changed.split("\n")) if a != b]
        if len(pairs) != 1 or not _differs(code, changed):
            continue
        old, new = (line.strip() for line in pairs[0])
        if [line.strip() for line in code.split("\n")].count(old) == 1:
            break
    question = (f"A function of `{file}`:\n```python\n{code}\n```\n"
                f"Where it says `{old}`, it must say `{new}`.")  # fmt: skip
    return Problem(question, changed, data={"before": code})


def _differs(a: str, b: str) -> bool:
    try:
        return ast.dump(ast.parse(a)) != ast.dump(ast.parse(b))
    except (SyntaxError, ValueError):
        return False


for _form in FORMS.values():
    task_family(f"edit-{_form.name}", verifier=Edited(_form.name), levels=(1, 3),
                form=_form.ask)(change)  # fmt: skip
