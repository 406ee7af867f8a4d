"""Strict verifiers of short final answers, each with the answers that it must accept and refuse.

Strict: one line `Answer: …`, the last one, with nothing but the answer in it. Lenient, which is
told beside it and never rewarded: the right answer is the last thing of its kind in the text. The
difference is how much of a gain was form.
"""

import ast
import random
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Protocol

from geist.core.output import Output, Text
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed
from geist.verify.verifier import Verifier, total

MARK = re.compile(r"^Answer:[ \t]*(.*)$", re.M)
MOST_TEXT = 20_000  # characters; no answer to these tasks is longer
MOST_EXPRESSION = 200


class Auditable(Verifier, Protocol):
    """A verifier that names its own planted answers. The first of `rights` is also what a warm
    start shows; `wrongs` are near misses and tricks."""

    def rights(self, truth: Mapping[str, Any]) -> list[str]: ...

    def wrongs(self, truth: Mapping[str, Any]) -> list[str]: ...


COMPARED = re.compile(r"\bthan\b")
MARKED = re.compile(r"answer(?: is)?\W{0,4}\s*(?=\S)", re.I)


def conclusion(text: str) -> str:
    """Where a kind reader would look for the answer: what follows the last "answer" in the last
    line that says something, else that line's last sentence."""
    lines = [line for line in text.splitlines() if re.search(r"\w", line)]
    last = lines[-1][-500:] if lines else ""
    marked = list(MARKED.finditer(last))
    if marked and re.search(r"\w", last[marked[-1].end() :]):
        return last[marked[-1].end() :]
    sentences = [s for s in re.split(r"(?<=[.!?])\s+", last) if re.search(r"\w", s)]
    return sentences[-1] if sentences else ""


def final(text: str) -> str | None:
    """What stands after the only `Answer:`, if that is the last line; else None."""
    found = list(MARK.finditer(text.rstrip()))
    if len(found) != 1 or found[0].end() != len(text.rstrip()):
        return None
    return found[0][1].strip() or None


class _Final(ABC):
    """A verifier that reads the final answer and compares it with the truth."""

    name = ""
    version = 1

    def __call__(self, task: Task, output: Output) -> Verdict:
        return total(self._check, task, output)

    def _check(self, task: Task, output: Output) -> Verdict:
        if not isinstance(output, Text):
            return failed("an answer is a text")
        if len(output.text) > MOST_TEXT:
            return failed(f"the answer is longer than {MOST_TEXT} characters")
        said = final(output.text)
        form = said is not None and self.reads(said)
        lenient = self.lenient(output.text, task.truth)
        strict = form and said is not None and self.holds(said, task.truth)
        parts = {"strict": float(strict), "lenient": float(lenient or strict),
                 "format": float(form)}  # fmt: skip
        if strict:
            return Verdict(Status.PASSED, 1.0, "right", parts)
        if said is None:
            return failed("it does not end with one line `Answer: …`", parts=parts)
        return failed(f"“{said[:60]}” is not the answer", parts=parts)

    @abstractmethod
    def reads(self, said: str) -> bool:
        """Whether this is an answer of the right kind."""

    @abstractmethod
    def holds(self, said: str, truth: Mapping[str, Any]) -> bool:
        """Whether an answer of the right kind is the right one."""

    @abstractmethod
    def lenient(self, text: str, truth: Mapping[str, Any]) -> bool:
        """Whether a kind reader would find the right answer at the end of the text."""


class Integer(_Final):
    """A whole number in plain digits. `truth["answer"]` is an int."""

    name = "integer"
    DIGITS = re.compile(r"-?(0|[1-9][0-9]{0,39})")

    def reads(self, said: str) -> bool:
        return self.DIGITS.fullmatch(said) is not None and said != "-0"

    def holds(self, said: str, truth: Mapping[str, Any]) -> bool:
        return int(said) == truth["answer"]

    def lenient(self, text: str, truth: Mapping[str, Any]) -> bool:
        said = conclusion(text.replace(",", ""))
        numbers = re.findall(r"-?[0-9]+(?:\.[0-9]+)?", said)
        # "7 is more than 3" names what it is about first
        place = 0 if COMPARED.search(said) else -1
        return bool(numbers) and numbers[place] == str(truth["answer"])

    def rights(self, truth: Mapping[str, Any]) -> list[str]:
        n = truth["answer"]
        return [f"Answer: {n}", f"First I add.\nThen 3 more.\nAnswer: {n}\n", f"Answer:{n}  "]

    def wrongs(self, truth: Mapping[str, Any]) -> list[str]:
        n = truth["answer"]
        eastern = str(n).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        return [f"Answer: {n + 1}", f"Answer: {n - 1}", f"Answer: {-n - 1}", f"Answer: {n}0",
                f"Answer: {n}.0", f"Answer: {n}.5", f"Answer: +{n}", f"Answer: 0{abs(n)}",
                f"Answer: {n - 1} + 1", f"Answer: {n} or {n + 1}", f"Answer: {n}, {n + 1}",
                f"Answer: int('{n}')", f"Answer: {eastern}", f"Answer: {n}e0", f"{n}",
                f"Answer: ({n})", f"Answer: {n}!", f"Answer: {n} apples"]  # fmt: skip


class Word(_Final):
    """One exact line, such as a word or a list. `truth["answer"]` is a str."""

    name = "word"

    def reads(self, said: str) -> bool:
        return bool(said)

    def holds(self, said: str, truth: Mapping[str, Any]) -> bool:
        return said == truth["answer"]

    def lenient(self, text: str, truth: Mapping[str, Any]) -> bool:
        wanted = truth["answer"].lower()
        last = text.strip().splitlines()[-1].lower() if text.strip() else ""
        return last.strip(" .`\"'*").endswith(wanted)

    def rights(self, truth: Mapping[str, Any]) -> list[str]:
        answer = truth["answer"]
        return [f"Answer: {answer}", f"Letter by letter.\nAnswer: {answer}\n", f"Answer:{answer}"]

    def wrongs(self, truth: Mapping[str, Any]) -> list[str]:
        answer = truth["answer"]
        other = answer[:-1] + ("y" if answer[-1] == "x" else "x")
        made = [f"Answer: {other}", f"Answer: {answer}x", f"Answer: {answer} {other}",
                f"Answer: {other}|{answer}", f"Answer: {answer}.", f"Answer: '{answer}'", answer,
                f"Answer: {answer[1:]}", f"Answer: *{answer}*", "Answer: .*"]  # fmt: skip
        return [*made, f"Answer: {answer[::-1]}"] if answer != answer[::-1] else made


class Choice(_Final):
    """One of several things that the question names, in any case. `truth` has `choices` and
    `answer`, one of them."""

    name = "choice"

    def reads(self, said: str) -> bool:
        return bool(said)

    def holds(self, said: str, truth: Mapping[str, Any]) -> bool:
        return said.lower() == truth["answer"].lower()

    def lenient(self, text: str, truth: Mapping[str, Any]) -> bool:
        """The only choice that is named at the end is the right one, or the first where it says
        that one is more, or less, than another."""
        said, choices = conclusion(text).lower(), {c.lower(): c for c in truth["choices"]}
        longest = sorted((re.escape(c) for c in choices), key=len, reverse=True)
        named = re.findall(rf"(?<![\w.])(?:{'|'.join(longest)})(?!\w|\.\d)", said)
        if len(set(named)) > 1 and not COMPARED.search(said):
            return False
        return bool(named) and choices[named[0]] == truth["answer"]

    def rights(self, truth: Mapping[str, Any]) -> list[str]:
        answer = truth["answer"]
        return [f"Answer: {answer}", f"Let me see.\nAnswer: {answer}\n",
                f"Answer:{answer.upper()}", f"Answer: {answer.lower()}"]  # fmt: skip

    def wrongs(self, truth: Mapping[str, Any]) -> list[str]:
        answer, other = truth["answer"], [c for c in truth["choices"] if c != truth["answer"]]
        made = [f"Answer: {c}" for c in other] + [f"Answer: {answer} or {c}" for c in other]
        made += [f"Answer: {answer}, not {c}" for c in other]
        return [*made, f"Answer: {', '.join(truth['choices'])}", f"Answer: {answer}.",
                f"Answer: not {answer}", f"Answer: **{answer}**", answer, "Answer: any",
                f"Answer: {answer[:-1]}", f"Answer: the {answer}"]  # fmt: skip


class Countdown(_Final):
    """An expression over given numbers, each used once, with a given value. `truth` has `numbers`
    (ints), `target` (int) and `answer` (an expression that does it). Nothing is ever evaluated by
    Python itself."""

    name = "countdown"

    def reads(self, said: str) -> bool:
        return _value(said) is not None

    def holds(self, said: str, truth: Mapping[str, Any]) -> bool:
        found = _value(said)
        return (
            found is not None
            and found[0] == truth["target"]
            and Counter(found[1]) == Counter(truth["numbers"])
        )

    def lenient(self, text: str, truth: Mapping[str, Any]) -> bool:
        for line in reversed(text.strip().splitlines()[-3:]):
            said = line.split(":")[-1].split("=")[0].strip(" .`$")
            if self.holds(said, truth):
                return True
        return False

    def rights(self, truth: Mapping[str, Any]) -> list[str]:
        return [f"Answer: {truth['answer']}", f"Try.\nAnswer: ({truth['answer']})"]

    def wrongs(self, truth: Mapping[str, Any]) -> list[str]:
        right, target = truth["answer"], truth["target"]
        deep = "(" * 5000 + str(target) + ")" * 5000
        return [f"Answer: {target}", f"Answer: {right} = {target}", f"Answer: {right} + 0",
                f"Answer: {right} * 1", f"Answer: {right} + 1", "Answer: 9**9**9",
                f"Answer: {deep}", f"Answer: int('{target}')", "Answer: 1/0", right,
                f"Answer: {right}; {right}", f"Answer: [{right}][0]", f"Answer: {target}.0",
                f"Answer: {right} if 1 else 0", f"Answer: eval('{right}')"]  # fmt: skip


def _value(text: str) -> tuple[Fraction, list[int]] | None:
    """The value of an expression of +, −, ×, ÷ and brackets, and the numbers in it."""
    if len(text) > MOST_EXPRESSION or not re.fullmatch(r"[0-9+\-*/() ]+", text) or "**" in text:
        return None
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        numbers = list[int]()
        return _evaluate(tree, numbers), numbers
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError, MemoryError):
        return None


def _evaluate(node: ast.expr, numbers: list[int]) -> Fraction:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        numbers.append(node.value)
        return Fraction(node.value)
    if isinstance(node, ast.BinOp):
        left, right = _evaluate(node.left, numbers), _evaluate(node.right, numbers)
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.Div):
            return left / right
    raise ValueError("not an expression of these four")


def tricks(truth: Mapping[str, Any], prompt: str) -> list[str]:
    """Wrong answers to any task with a final answer, whatever its kind."""
    right = str(truth["answer"])
    dice = random.Random(right)
    many = "\n".join(f"Answer: {n}" for n in range(200))
    return [
        "", " ", "\n\n", "\x00", "Answer:", "Answer: ", "answer", prompt, f"{prompt}\nAnswer:",
        f"Answer: {right}\nAnswer: {right}", f"Answer: {right}\nOr maybe not.",
        f"Answer: {right}\nAnswer: {right[::-1]}", f"The answer is {right}", f"Answer is: {right}",
        f"answer: {right}", f"> Answer: {right}", f"Answer: Answer: {right}", many,
        f"{many}\nAnswer: {right}", "Answer: None", "Answer: nan", "Answer: inf", "Answer: True",
        "Answer: __import__('os')._exit(0)", f"Answer: {right}" + " " * 30_000 + "x",
        "Answer: " + "9" * 10_000, "Answer: " + "(" * 10_000, "Answer: \ud800", "Answer: {}",
        f"<answer>{right}</answer>", f"\\boxed{{{right}}}", f"#### {right}",
        "Answer: " + "".join(dice.choices("abcdefgh", k=12)),
    ]  # fmt: skip
