"""The guided driver: geist finds the place, the model writes one function again, geist splices.

Small models are driven (DESIGN, decision 2): of the formats tried on them, a whole function in one
fenced block, with its first line given, is the one they get right.
"""

import ast
from collections.abc import Callable, Sequence
from pathlib import Path

from geist.context.failure import failure_lines
from geist.context.locate import Suspect
from geist.context.pack import Pack
from geist.core.canonical import digest
from geist.core.message import Message, Reply
from geist.core.output import Change, Malformed, Output, Tree
from geist.edit.splice import shown, splice, without_docstring
from geist.think.solve import Attempt

SYSTEM = (
    "You correct bugs in Python functions. You are shown a failing test and the function that is "
    "probably wrong. Find what is wrong in it, usually a single line, and answer with the whole "
    "corrected function in one ```python block and nothing else. Keep its name and parameters. "
    "Do not special-case the test's values."
)


class Guided:
    """The brief for mending a tree: one opening for each suspect function."""

    def __init__(
        self,
        root: Path,
        base: str,
        suspects: Sequence[Suspect],
        pack: Callable[[Suspect], Pack],
    ) -> None:
        self.root, self.base, self.suspects = root, base, list(suspects)
        self._pack, self._packs = pack, dict[int, Pack]()

    def openings(self) -> int:
        return len(self.suspects)

    def pack(self, opening: int) -> Pack:
        if opening not in self._packs:
            self._packs[opening] = self._pack(self.suspects[opening])
        return self._packs[opening]

    def messages(self, opening: int, best: Attempt | None) -> list[Message]:
        name = self.suspects[opening].definition.name
        ask = f"\n\nAnswer with the corrected function `{name}`."
        turns = [
            Message("system", SYSTEM),
            Message("user", self.pack(opening).text + ask, "project"),
        ]
        if best is not None and isinstance(best.output, Tree):
            turns.append(Message("assistant", best.reply.text, "model"))
            turns.append(Message("user", self._feedback(name, best), "project"))
        return turns

    def _feedback(self, name: str, best: Attempt) -> str:
        told = f"That version is not right: {best.verdict.reason}"
        failures = best.verdict.evidence.get("failures") or {}
        for failure in list(failures.values())[:1]:
            told += f"\n```\n{failure_lines(str(failure['text']), 10)}\n```"
        return (
            f"{told}\nThink about what else is wrong and answer with another version of `{name}`."
        )

    def prime(self, opening: int) -> tuple[str, tuple[str, ...]]:
        # the signature is given as far as its first default, where a bug may be
        code, d = self._shown(opening), self.suspects[opening].definition
        head = code[: code.find("(")] + d.parameters
        if "=" in d.parameters:
            head = head[: len(head) - len(d.parameters) + d.parameters.index("=") + 1]
        return f"```python\n{head if code.startswith(head) else ''}", ("\n```",)

    def _shown(self, opening: int) -> str:
        suspect = self.suspects[opening]
        source = (self.root / suspect.path).read_bytes()
        return without_docstring(shown(source, suspect.definition))[0]

    def read(self, opening: int, reply: Reply) -> Output | Malformed:
        suspect = self.suspects[opening]
        source = (self.root / suspect.path).read_bytes()
        after = splice(source, suspect.definition, reply.text)
        if isinstance(after, Malformed):
            return after
        if _same(after, source):
            return Malformed("the function is as it was")
        return Tree(self.base, (Change(suspect.path, digest(source), after),))

    def fingerprint(self, opening: int, output: Output) -> str:
        if not isinstance(output, Tree):
            return output.digest
        change = output.changes[0]
        return digest([change.path, _meaning(change.after or b"")])


def _same(a: bytes, b: bytes) -> bool:
    return a == b or _meaning(a) == _meaning(b)


def _meaning(source: bytes) -> str:
    """The program without its comments and layout; the bytes themselves where it does not parse."""
    try:
        return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source.decode("latin-1")
