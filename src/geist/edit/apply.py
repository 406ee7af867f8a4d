"""Write accepted changes to the user's tree, and take them back."""

import difflib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from geist.core.canonical import digest
from geist.core.errors import GeistError
from geist.core.output import Change

# Files that make other programs run code. A change to one is never applied, whoever asked.
PROTECTED = (".git", ".hg", ".svn", ".envrc", ".bashrc", ".profile", ".zshrc", ".npmrc", ".pypirc")


@dataclass(frozen=True)
class Edit:
    """A change together with the content it replaced (None: there was no file)."""

    change: Change
    before: bytes | None


def content(root: Path, path: str) -> bytes | None:
    try:
        return place(root, path).read_bytes()
    except FileNotFoundError:
        return None


def place(root: Path, path: str) -> Path:
    """The file's real place. Raises GeistError where it is outside `root` or protected."""
    real = (root / path).resolve()
    if root.resolve() not in real.parents:
        raise GeistError(f"{path} is outside {root}", why="a change stays inside the project")
    # a link may lead to what its own name does not say
    parts = {*Path(path).parts, *real.relative_to(root.resolve()).parts}
    if parts & set(PROTECTED):
        raise GeistError(f"{path} is protected", why="it can make other programs run code")
    return real


def apply(root: Path, changes: tuple[Change, ...]) -> tuple[Edit, ...]:
    """Writes all changes or none. Raises GeistError, before it writes, for a file that is not as
    the change expects it."""
    edits = []
    for change in changes:
        now = content(root, change.path)
        if (digest(now) if now is not None else "") != change.before:
            raise GeistError(
                f"{change.path} has changed meanwhile",
                why="it is no longer the file that the change was made and verified for",
                mend="run the command again",
            )
        edits.append(Edit(change, now))
    _write_all(root, [(e.change.path, e.before, e.change.after) for e in edits])
    return tuple(edits)


def undo(root: Path, edits: tuple[Edit, ...]) -> list[str]:
    """Takes the edits back and returns the paths. What else was changed since stays; raises
    GeistError with the file's name, before it writes, where the same lines were changed."""
    writes = []
    for edit in edits:
        path, after, before = edit.change.path, edit.change.after, edit.before
        now = content(root, path)
        if now == after:
            writes.append((path, now, before))
            continue
        merged = None
        if now is not None and after is not None and before is not None:
            merged = take_back(before, after, now)
        if merged is None:
            raise GeistError(
                f"{path}: the same lines have changed since",
                why="taking the change back would lose what was written over it",
                mend=f"look at the file, or restore it yourself:  git diff -- {path}",
            )
        writes.append((path, now, merged))
    _write_all(root, writes)
    return [path for path, _, _ in writes]


def take_back(before: bytes, after: bytes, now: bytes) -> bytes | None:
    """`now` without the step from `before` to `after`; None where both touch the same lines.

    A three-way merge with `after` as the common ancestor. Neighbouring lines count as the same
    place: a hunk whose border was edited cannot be told from one whose inside was.
    """
    a, b, n = (data.splitlines(keepends=True) for data in (after, before, now))
    back = _hunks(a, b)
    other = _hunks(a, n)
    for lo, hi, _ in back:
        for lo2, hi2, _ in other:
            if lo <= hi2 and lo2 <= hi:
                return None
    out: list[bytes] = []
    at = 0
    for lo, hi, new in sorted(back + other):
        out += a[at:lo] + new
        at = hi
    return b"".join(out + a[at:])


def _hunks(old: list[bytes], new: list[bytes]) -> list[tuple[int, int, list[bytes]]]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return [(i, j, new[k:m]) for op, i, j, k, m in matcher.get_opcodes() if op != "equal"]


def _write_all(root: Path, writes: list[tuple[str, bytes | None, bytes | None]]) -> None:
    """Each file changes in one step (rename), and only after every new content is on disk. A
    failure half-way puts the finished ones back."""
    staged: list[tuple[Path, Path | None, bytes | None]] = []
    done: list[tuple[Path, bytes | None]] = []
    try:
        for path, old, new in writes:
            real = place(root, path)
            staged.append((real, None if new is None else _stage(real, new), old))
        for real, fresh, old in staged:
            if fresh is None:
                real.unlink(missing_ok=True)
            else:
                os.replace(fresh, real)
            done.append((real, old))
    except BaseException:
        for real, old in done:
            if old is None:
                real.unlink(missing_ok=True)
            else:
                os.replace(_stage(real, old), real)
        raise
    finally:
        for _, fresh, _ in staged:
            if fresh is not None:
                fresh.unlink(missing_ok=True)


def _stage(real: Path, new: bytes) -> Path:
    real.parent.mkdir(parents=True, exist_ok=True)
    fresh = real.with_name(f".{real.name}.{secrets.token_hex(4)}.geist")
    try:
        with open(fresh, "xb") as f:
            f.write(new)
            f.flush()
            os.fsync(f.fileno())
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    if real.exists():
        kept = real.stat()
        os.chmod(fresh, kept.st_mode & 0o7777)
        if os.geteuid() == 0:
            os.chown(fresh, kept.st_uid, kept.st_gid)
    return fresh
