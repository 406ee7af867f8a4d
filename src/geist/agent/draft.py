"""The draft: every write of an agent lands here first, over the user's files, which stay as they
are until they accept it. A checkpoint is a draft; undo is an earlier one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from geist.core.canonical import digest
from geist.core.output import Change, Tree
from geist.edit.apply import content, take_back
from geist.sandbox.layer import lay

Files = Mapping[str, bytes | None]


@dataclass(frozen=True)
class Draft:
    """What is different from the user's tree: path → new content, None where a file goes. `seen` is
    what each of them replaces: the user's file when the draft first touched it, None for none."""

    root: Path
    base: str
    files: Files = field(default_factory=dict)
    seen: Files = field(default_factory=dict)

    def read(self, path: str) -> bytes | None:
        """The file as the draft has it; None where there is none, or outside the tree."""
        return self.files[path] if path in self.files else _here(self.root, path)

    def with_file(self, path: str, new: bytes | None, made_on: bytes | None = None) -> "Draft":
        """`made_on` is the user's file that the change was made on; it may have changed since."""
        files, seen = dict(self.files), dict(self.seen)
        if path not in seen:
            seen[path] = _here(self.root, path) if made_on is None else made_on
        files[path] = new
        if new == seen[path]:  # as it was
            del files[path], seen[path]
        return replace(self, files=files, seen=seen)

    def after(self, changes: Iterable[Change]) -> "Draft":
        made = self
        for change in changes:
            made = made.with_file(change.path, change.after)
        return made

    def tree(self) -> Tree:
        """The changes against what the draft replaces."""
        return Tree(self.base, tuple(
            Change(path, _hash(self.seen[path]), new) for path, new in sorted(self.files.items())
        ))  # fmt: skip

    def lay(self, layer: Path) -> None:
        lay(layer, self.root, self.tree().changes)

    def merged(self) -> tuple[tuple[Change, ...], list[str]]:
        """The changes for the user's files as they are now: three ways where those have changed
        meanwhile. And the paths where both changed the same lines, which nobody may guess."""
        changes, conflicts = list[Change](), list[str]()
        for path, new in sorted(self.files.items()):
            now, old = content(self.root, path), self.seen[path]
            if now == old:
                changes.append(Change(path, _hash(now), new))
            elif now == new:
                continue  # the user did the same
            else:
                both = None
                if now is not None and old is not None and new is not None:
                    both = take_back(new, old, now)
                if both is None:
                    conflicts.append(path)
                else:
                    changes.append(Change(path, _hash(now), both))
        return tuple(changes), conflicts

    def without(self, paths: Iterable[str]) -> "Draft":
        """The draft without some of its files."""
        gone = set(paths)
        return replace(self, files={p: c for p, c in self.files.items() if p not in gone},
                       seen={p: c for p, c in self.seen.items() if p not in gone})  # fmt: skip

    def plain(self) -> dict[str, Any]:
        seen = {p: None if c is None else c.decode("latin-1") for p, c in self.seen.items()}
        return {"tree": self.tree().plain(), "seen": seen}

    @staticmethod
    def of(root: Path, plain: Mapping[str, Any]) -> "Draft":
        """The draft that a log has kept."""
        tree = Tree.from_plain(plain["tree"])
        seen = {p: None if c is None else c.encode("latin-1") for p, c in plain["seen"].items()}
        return Draft(root, tree.base, {c.path: c.after for c in tree.changes}, seen)


def _here(root: Path, path: str) -> bytes | None:
    place = root / path
    inside = root.resolve() in place.resolve().parents
    return place.read_bytes() if inside and place.is_file() else None


def _hash(data: bytes | None) -> str:
    return "" if data is None else digest(data)
