"""The verifier of instructions that can be checked to the letter."""

import re
from collections.abc import Mapping
from typing import Any

from geist.core.output import Output
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed
from geist.verify.verifier import text_of, total

MOST = 20_000  # characters
Rule = list[Any]  # its name and what goes with it


def kept(rule: Rule, text: str) -> bool:
    """Whether a text keeps one rule. Raises KeyError for a rule that there is not."""
    name, *of = rule
    lines = [line for line in text.splitlines() if line.strip()]
    words = re.findall(r"[\w'-]+", text.lower())
    return {
        "lines": lambda n: len(lines) == n,
        "start": lambda mark: bool(lines) and all(x.startswith(mark) for x in lines),
        "without": lambda mark: mark not in text.lower(),
        "lower": lambda: text == text.lower(),
        "word": lambda word, n: words.count(word) == n,
        "end": lambda phrase: text.rstrip().endswith(phrase),
        "most": lambda n: len(words) <= n,
    }[name](*of)


class Kept:
    """`truth["rules"]` are all to be kept; `answer` is a text that does. Lenient: all but one.
    The score of what fails is 0; `parts["share"]` is how many rules were kept."""

    name, version = "kept", 1

    def __call__(self, task: Task, output: Output) -> Verdict:
        return total(self._check, task, output)

    def _check(self, task: Task, output: Output) -> Verdict:
        text = text_of(output, MOST)
        if isinstance(text, Verdict):
            return text
        rules = task.truth["rules"]
        broken = [rule for rule in rules if not kept(rule, text)]
        empty = not re.search(r"\w", text)
        strict = not broken and not empty
        lenient = strict or (len(rules) > 1 and len(broken) == 1 and not empty)
        parts = {"strict": float(strict), "lenient": float(lenient), "format": float(not empty),
                 "share": 1 - len(broken) / len(rules)}  # fmt: skip
        if strict:
            return Verdict(Status.PASSED, 1.0, "all instructions are kept", parts)
        return failed(f"not kept: {broken[0]}" if broken else "it says nothing", parts=parts)

    def rights(self, truth: Mapping[str, Any]) -> list[str]:
        return [truth["answer"], truth["answer"] + "\n"]

    def wrongs(self, truth: Mapping[str, Any]) -> list[str]:
        right, rules = truth["answer"], truth["rules"]
        made = [f"Here you are:\n{right}", f"{right}\n{right}", right.replace("\n", " "),
                f"```\n{right}\n```", f"{right}\nI hope that helps.", "-\n-\n-"]  # fmt: skip
        for name, *of in rules:
            if name == "lower":
                made.append(right.upper())
            if name == "without":
                made.append(right.replace(" ", f" {of[0]}", 1) if " " in right else of[0])
            if name == "word":
                made += [right.replace(of[0], "x", 1), right.replace(of[0], f"{of[0]} {of[0]}", 1)]
            if name == "end":
                made.append(right[: -len(of[0])])
        return [text for text in made if any(not kept(r, text) for r in rules)]
