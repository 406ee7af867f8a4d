"""What a sandboxed command wrote, as changes to the workspace."""

import os
import stat
from pathlib import Path

from geist.core.canonical import digest
from geist.core.output import Change


def review(
    workspace: Path, written: Path, *, whole: bool, layers: tuple[Path, ...] = ()
) -> tuple[Change, ...]:
    """The changes that lie in `written`: an overlay's upper folder, or (`whole`) a full copy of
    the workspace. They are told against the workspace as it was seen, under its `layers`. Links,
    devices and pipes are left out: a change is to a file's content."""
    places = (*reversed(layers), workspace)
    if whole:
        gone = {path for place in places for path in _files(place)} - set(_files(written))
    else:
        gone = {path for place in places for path in _deleted(place, written)}
    changes = [Change(path, was, None) for path in gone if (was := _hash(places, path))]
    for path in _files(written):
        after = (written / path).read_bytes()
        before = _hash(places, path)
        if before != digest(after):
            changes.append(Change(path, before, after))
    return tuple(sorted(changes, key=lambda c: c.path))


def _hash(places: tuple[Path, ...], path: str) -> str:
    """Of the file in the first of the places that has one, or that deletes it."""
    for place in places:
        file = place / path
        if file.is_symlink() or deletes(file):
            return ""
        if file.is_file():
            return digest(file.read_bytes())
    return ""


def deletes(file: Path) -> bool:
    """Whether an overlay's layer says with this that there is no such file any more."""
    try:
        info = os.lstat(file)
    except OSError:
        return False
    return stat.S_ISCHR(info.st_mode) and info.st_rdev == 0


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
        for name in (*names, *folders):
            path = os.path.join(place, name)
            inner = os.path.relpath(path, upper)
            # a link hides what had its name, and a file a folder
            folder = (workspace / inner).is_dir() and not os.path.isdir(path)
            if deletes(Path(path)) or os.path.islink(path) or folder:
                gone |= _below(workspace, inner)
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
