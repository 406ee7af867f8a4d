"""A draft as hunks, each of which may be taken, left or edited."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from geist.agent.draft import Draft


@dataclass(frozen=True)
class Hunk:
    """Lines `first`…`last` (from 0, `last` not among them) of the old file become `new`. A file
    that appears, goes, or is no text is one hunk (`whole`)."""

    path: str
    first: int
    last: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    whole: bool = False

    def shown(self, around: Sequence[str], context: int = 2) -> str:
        """As a unified diff has it, with lines of the old file around it."""
        before = around[max(0, self.first - context) : self.first]
        after = around[self.last : self.last + context]
        start = max(0, self.first - context)
        head = f"@@ -{start + 1},{len(before) + len(self.old) + len(after)} @@"
        lines = [f" {x}" for x in before] + [f"-{x}" for x in self.old]
        lines += [f"+{x}" for x in self.new] + [f" {x}" for x in after]
        return "\n".join([head, *lines])


def hunks(draft: Draft, path: str) -> list[Hunk]:
    """The hunks of one file, from its top to its end."""
    old, new = draft.seen[path], draft.files[path]
    before, after = lines_of(old), lines_of(new)
    if before is None or after is None:
        return [Hunk(path, 0, 0, (), (), whole=True)]
    if old is None or new is None:
        return [Hunk(path, 0, len(before), tuple(before), tuple(after), whole=True)]
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return [Hunk(path, i, j, tuple(before[i:j]), tuple(after[k:m]))
            for op, i, j, k, m in matcher.get_opcodes() if op != "equal"]  # fmt: skip


def lines_of(data: bytes | None) -> list[str] | None:
    """A file's lines, with no text lost: joined by line ends they are the file. None for what is
    no text."""
    try:
        return [] if data is None else data.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        return None


def chosen(draft: Draft, path: str, taken: Sequence[Hunk]) -> Draft:
    """The draft with only these hunks of a file, which may have been edited."""
    every = hunks(draft, path)
    if any(h.whole for h in every):
        return draft if taken else _without(draft, path)
    lines = lines_of(draft.seen[path]) or []
    for hunk in sorted(taken, key=lambda h: h.first, reverse=True):
        lines[hunk.first : hunk.last] = hunk.new
    made = "\n".join(lines).encode()
    if made == draft.seen[path]:
        return _without(draft, path)
    return Draft(draft.root, draft.base, {**draft.files, path: made}, draft.seen)


def _without(draft: Draft, path: str) -> Draft:
    files = {p: c for p, c in draft.files.items() if p != path}
    return Draft(draft.root, draft.base, files, {p: draft.seen[p] for p in files})
