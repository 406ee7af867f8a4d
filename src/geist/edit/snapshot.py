"""A project's files by content, so that a session can be judged again from its log alone."""

import os
import shutil
import subprocess
from pathlib import Path

from geist.core.canonical import digest
from geist.core.errors import GeistError

SKIP = {".git", ".hg", ".svn", "node_modules", "__pycache__", ".tox", ".nox", ".venv", "venv"}
SKIP |= {".mypy_cache", ".pytest_cache", ".ruff_cache", ".geist"}
MOST_FILE = 64 * 1024 * 1024  # bytes; a larger file is not part of a program
MOST_FILES = 100_000

Manifest = dict[str, list[str]]  # path → [mode in octal or "link", sha256]


def files(root: Path) -> list[str]:
    """The project's own files: what git tracks or would, else all outside of `SKIP`."""
    command = ["git", "-c", "core.fsmonitor=false", "ls-files", "-z", "-co", "--exclude-standard"]
    if (root / ".git").exists() and shutil.which("git"):
        done = subprocess.run(command, cwd=root, capture_output=True)
        if done.returncode == 0:
            names = {os.fsdecode(n) for n in done.stdout.split(b"\0") if n}
            return sorted(n for n in names if os.path.lexists(root / n))
    found = []
    for place, folders, names in os.walk(root):
        folders[:] = sorted(
            f for f in folders if f not in SKIP and not os.path.exists(f"{place}/{f}/pyvenv.cfg")
        )
        found += [os.path.relpath(os.path.join(place, n), root) for n in names]
        if len(found) > MOST_FILES:
            raise GeistError(
                f"{root} holds more than {MOST_FILES} files",
                why="it does not look like one project",
                mend="cd into the project, or git init there so that its .gitignore counts",
            )
    return sorted(found)


def take(root: Path, blobs: Path) -> Manifest:
    """Stores each file under its hash and returns the manifest."""
    manifest: Manifest = {}
    for name in files(root):
        path = root / name
        if path.is_symlink():
            data, mode = os.fsencode(os.readlink(path)), "link"
        elif path.is_file() and path.stat().st_size <= MOST_FILE:
            try:
                data, mode = path.read_bytes(), oct(path.stat().st_mode & 0o777)
            except OSError:
                continue  # unreadable for us is unreadable for the sandbox
        else:
            continue
        sha256 = digest(data)
        target = blobs / sha256[:2] / sha256
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_suffix(f".{os.getpid()}")
            fresh.write_bytes(data)
            os.replace(fresh, target)
        manifest[name] = [mode, sha256]
    return manifest


def rebuild(manifest: Manifest, blobs: Path, target: Path) -> None:
    """Writes the tree of `manifest` into the folder `target`."""
    for name, (mode, sha256) in manifest.items():
        place = target / name
        if ".." in Path(name).parts or (place.is_absolute() and target not in place.parents):
            raise GeistError(f"the log names a file outside the project: {name}")
        place.parent.mkdir(parents=True, exist_ok=True)
        blob = blobs / sha256[:2] / sha256
        if mode == "link":
            os.symlink(os.fsdecode(blob.read_bytes()), place)
        else:
            shutil.copyfile(blob, place)
            place.chmod(int(mode, 8))
            if digest(place.read_bytes()) != sha256:
                raise GeistError(f"the stored copy of {name} is damaged")
