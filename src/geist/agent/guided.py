"""The guided driver: geist finds the place, the model writes one function again, geist splices.

Small models are driven (DESIGN, decision 2): of the formats tried on them, a whole function in one
fenced block, with its first line given, is the one they get right. They also love to copy what is
wrong. So each statement of the function is asked for alone, too: that answer is short, and a copy
of it is seen at once.
"""

import ast
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from geist.context.failure import failure_lines
from geist.context.locate import Suspect
from geist.context.pack import Pack
from geist.core.canonical import digest
from geist.core.message import Message, Reply
from geist.core.output import AS_IT_WAS, Change, Malformed, Output, Tree
from geist.edit.forms import FORMS
from geist.edit.splice import code_of, shown, splice, without_docstring
from geist.think.effort import Ask, Opening
from geist.think.solve import Attempt, Held

TASK = (
    "You correct bugs in Python. You are shown a failing test and the function that is probably "
    "wrong, usually in a single line. Find what is wrong and {}. Keep names and parameters. Do not "
    "special-case the test's values."
)
SYSTEM = TASK.format("answer with the corrected code in one ```python block and nothing else")
OTHER = TASK.format("answer with the change that mends it, in the form that is asked for")
WHOLE, BEGINS = "whole", {"replace": "<<<<<<< SEARCH\n", "diff": "```diff\n"}
MOST_PLACES = 14


@dataclass(frozen=True)
class Place:
    """A statement of a function, or the head of a compound one: lines `first`…`last` (from 0) of
    the function as it is shown without its docstring."""

    first: int
    last: int
    text: str
    indent: str


class Guided:
    """The brief for mending a tree: one opening for each suspect function."""

    def __init__(
        self,
        root: Path,
        base: str,
        suspects: Sequence[Suspect],
        pack: Callable[[Suspect], Pack],
        form: str = WHOLE,
    ) -> None:
        """`form` is an edit format. Only one that asks for whole functions asks for single
        statements too."""
        self.form = FORMS[form]
        self.root, self.base, self.suspects = root, base, list(suspects)
        self._pack, self._packs = pack, dict[int, Pack]()
        self._sources = [(root / s.path).read_bytes() for s in suspects]
        self._shown = [
            without_docstring(shown(source, s.definition))[0]
            for source, s in zip(self._sources, suspects, strict=True)
        ]
        whole = form == WHOLE
        self._places = [statements(code) if whole else [] for code in self._shown]

    def openings(self) -> list[Opening]:
        """A suspect's turn comes the later the weaker the evidence against it is."""
        found, delay = list[Opening](), 0.0
        for suspect, places in zip(self.suspects, self._places, strict=True):
            gap = self.suspects[0].score - suspect.score
            delay = max(delay + 0.35, min(3.0, gap)) if found else 0.0
            found.append(Opening(len(places), delay))
        return found

    def pack(self, opening: int) -> Pack:
        if opening not in self._packs:
            self._packs[opening] = self._pack(self.suspects[opening])
        return self._packs[opening]

    def messages(self, ask: Ask, best: Attempt | None) -> list[Message]:
        name = self.suspects[ask.opening].definition.name
        if ask.place >= 0:
            place = self._places[ask.opening][ask.place]
            line = f"Suppose that this is what is wrong in it:\n```python\n{place.text}\n```\n"
            request = f"{line}Answer with what should stand there instead."
        elif self.form.name != WHOLE:
            request = f"Correct the function `{name}`. {self.form.ask}"
        else:
            request = f"Answer with the corrected function `{name}`."
        pack = self.pack(ask.opening)
        text = f"{pack.text}\n\n{request}"
        system = SYSTEM if self.form.name == WHOLE else OTHER
        turns = [Message("system", system), Message("user", text, pack.origin)]
        if best is not None:
            turns.append(Message("assistant", best.reply.text, "model"))
            turns.append(Message("user", self._feedback(name, best), "project"))
        return turns

    def _feedback(self, name: str, best: Attempt) -> str:
        told = f"That version is not right: {best.verdict.reason}."
        failures = best.verdict.evidence.get("failures") or {}
        for failure in list(failures.values())[:1]:
            told += f"\n```\n{failure_lines(str(failure['text']), 10)}\n```"
        if self.form.name != WHOLE:
            return f"{told}\nFind what else is wrong in the first version. {self.form.ask}"
        return f"{told}\nFind what else is wrong and answer with another version of `{name}`."

    def held(self, ask: Ask) -> Held:
        if ask.place >= 0:
            place = self._places[ask.opening][ask.place]
            return Held("```python\n", ("\n",) if place.first == place.last else ("\n```",))
        if begins := BEGINS.get(self.form.name):
            return Held(begins, ("\n```",))
        # the signature is given as far as its first default, where a bug may be
        code, d = self._shown[ask.opening], self.suspects[ask.opening].definition
        head = code[: code.find("(")] + d.parameters
        if "=" in d.parameters:
            head = head[: len(head) - len(d.parameters) + d.parameters.index("=") + 1]
        elif code.startswith(head) and (end := code.find(":\n", len(head))) >= 0:
            head = code[: end + 2]
        return Held(f"```python\n{head if code.startswith(head) else ''}", ("\n```",))

    def read(self, ask: Ask, reply: Reply) -> Output | Malformed:
        suspect, source = self.suspects[ask.opening], self._sources[ask.opening]
        text = reply.text
        whole = re.search(rf"^\s*(async )?def {suspect.definition.name}\b", text, re.M)
        if ask.place >= 0 and not whole:
            code = self._with_place(ask, text)
            if isinstance(code, Malformed):
                return code
            text = f"~~~~~python\n{code}\n~~~~~"
        elif self.form.name != WHOLE:
            code = self.form.read(self._shown[ask.opening], text)
            if isinstance(code, Malformed):
                return code
            text = f"~~~~~python\n{code}\n~~~~~"
        after = splice(source, suspect.definition, text)
        if isinstance(after, Malformed):
            return after
        if after == source or _meaning(after) == _meaning(source):
            return Malformed(AS_IT_WAS)
        return Tree(self.base, (Change(suspect.path, digest(source), after),))

    def _with_place(self, ask: Ask, reply: str) -> str | Malformed:
        """The function with the answer in the place of its statement."""
        place = self._places[ask.opening][ask.place]
        answer = code_of(reply)
        if answer is None or not answer.strip():
            return Malformed("the answer has no ```python block")
        answer = textwrap.dedent(answer.strip("\n")).rstrip()
        lines = self._shown[ask.opening].split("\n")
        new = [place.indent + line if line else line for line in answer.split("\n")]
        return "\n".join(lines[: place.first] + new + lines[place.last + 1 :])

    def fingerprint(self, output: Output) -> str:
        if not isinstance(output, Tree):
            return output.digest
        change = output.changes[0]
        return digest([change.path, _meaning(change.after or b"")])


def statements(code: str) -> list[Place]:
    """The places in a function where a bug can be, those that decide something first. Total: code
    that does not parse has none."""
    try:
        function = ast.parse(code).body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError, IndexError):
        return []
    lines, found = code.split("\n"), list[tuple[int, Place]]()
    for node in ast.walk(function):
        if not isinstance(node, ast.stmt) or node is function:
            continue
        if isinstance(node, ast.Pass | ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal):
            continue
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        body = getattr(node, "body", None)
        if isinstance(body, list) and body:
            last = max(first, body[0].lineno - 2)
            if isinstance(node, ast.Try | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
        text = "\n".join(lines[first : last + 1])
        if last - first > 7 or not text.strip() or ";" in text:
            continue
        indent = text[: len(text) - len(text.lstrip())]
        place = Place(first, last, textwrap.dedent(text), indent)
        if lines[first][: node.col_offset].strip() == "":
            found.append((_weight(node, text), place))
    found.sort(key=lambda x: (-x[0], x[1].first))
    chosen = [place for _, place in found[:MOST_PLACES]]
    return list(dict.fromkeys(chosen))


def _weight(node: ast.stmt, text: str) -> int:
    """How much a statement decides: conditions and returns, operators, numbers."""
    weight = 3 if isinstance(node, ast.If | ast.While) else 0
    weight += 2 if isinstance(node, ast.Return) else 0
    weight += bool(re.search(r"[<>!=]=|[<>]|\bnot\b|\bin\b|\band\b|\bor\b", text))
    weight += bool(re.search(r"[-+*/%]|\b\d+\b|\b(True|False|None)\b", text))
    return weight


def _meaning(source: bytes) -> str:
    """The program without its comments and layout; the bytes themselves where it does not parse."""
    try:
        return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source.decode("latin-1")
