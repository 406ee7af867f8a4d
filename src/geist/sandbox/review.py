"""What a sandboxed command wrote, as changes to the workspace."""

import os
import stat
from pathlib import Path

from geist.core.canonical import digest
from geist.core.output import Change


def review(workspace: Path, written: Path, *, whole: bool) -> tuple[Change, ...]:
    """The changes that lie in `written`: an overlay's upper folder, or (`whole`) a full copy of
    the workspace. Links, devices and pipes are left out: a change is to a file's content."""
    gone = set(_files(workspace)) - set(_files(written)) if whole else _deleted(workspace, written)
    changes = [Change(path, _hash(workspace / path), None) for path in gone]
    for path in _files(written):
        after = (written / path).read_bytes()
        before = _hash(workspace / path)
        if before != digest(after):
            changes.append(Change(path, before, after))
    return tuple(sorted(changes, key=lambda c: c.path))


def _hash(file: Path) -> str:
    return digest(file.read_bytes()) if file.is_file() and not file.is_symlink() else ""


def _files(folder: Path) -> list[str]:
    found = []
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            if stat.S_ISREG(os.lstat(path).st_mode):
                found.append(os.path.relpath(path, folder))
    return found


def _deleted(workspace: Path, upper: Path) -> set[str]:
    """Overlayfs marks a deletion by a character device 0:0, and a folder that hides the one below
    it by an attribute (Documentation/filesystems/overlayfs.rst)."""
    gone: set[str] = set()
    for place, folders, names in os.walk(upper):
        for name in names:
            path = os.path.join(place, name)
            info = os.lstat(path)
            if stat.S_ISCHR(info.st_mode) and info.st_rdev == 0:
                gone |= _below(workspace, os.path.relpath(path, upper))
        for name in folders:
            path = os.path.join(place, name)
            if _opaque(path):
                inner = os.path.relpath(path, upper)
                gone |= {p for p in _below(workspace, inner) if not os.path.lexists(upper / p)}
    return gone


def _opaque(folder: str) -> bool:
    for attribute in ("user.overlay.opaque", "trusted.overlay.opaque"):
        try:
            if os.getxattr(folder, attribute) == b"y":
                return True
        except OSError:
            continue
    return False


def _below(workspace: Path, path: str) -> set[str]:
    place = workspace / path
    if place.is_dir() and not place.is_symlink():
        return {os.path.join(path, p) for p in _files(place)}
    return {path} if place.is_file() else set()
