"""A folder that lies over a workspace: a draft's files, and marks for those that it deletes."""

import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from geist.core.output import Change
from geist.sandbox.review import deletes


def lay(layer: Path, workspace: Path, changes: Iterable[Change]) -> None:
    """Puts the changes into the layer. Raises ValueError for a path that leaves the workspace."""
    for change in changes:
        place = layer / change.path
        if layer.resolve() not in place.resolve().parents or ".." in Path(change.path).parts:
            raise ValueError(f"{change.path} is outside the project")
        place.parent.mkdir(parents=True, exist_ok=True)
        base = workspace / change.path
        if place.exists() or deletes(place):
            place.unlink()
        if change.after is None:
            if base.exists():
                # how overlayfs marks a deletion (Documentation/filesystems/overlayfs.rst)
                os.mknod(place, stat.S_IFCHR, os.makedev(0, 0))
            continue
        place.write_bytes(change.after)
        if base.exists():
            # A compiled file is trusted by its source's size and second: never the same second.
            at = base.stat().st_mtime - 10
            os.utime(place, (at, at))
            place.chmod(base.stat().st_mode & 0o777)


def flatten(layer: Path, target: Path) -> None:
    """What an overlay would show, in a copy, where there are no overlays."""

    def ignore(folder: str, names: list[str]) -> list[str]:
        return [n for n in names if deletes(Path(folder, n))]

    shutil.copytree(layer, target, symlinks=True, dirs_exist_ok=True, ignore=ignore)
    for folder, _, names in os.walk(layer):
        for name in names:
            if deletes(Path(folder, name)):
                gone = target / os.path.relpath(os.path.join(folder, name), layer)
                gone.unlink(missing_ok=True)
