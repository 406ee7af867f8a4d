"""Which files of a folder are to be indexed, and what git says of them."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG
from typing import NamedTuple

from geist.core.errors import GeistError

# what nobody means by "the repository", also where no .gitignore says so
SKIPPED = frozenset(
    """.git .hg .svn node_modules __pycache__ .venv venv .tox .nox .mypy_cache .ruff_cache
    .pytest_cache .hypothesis .eggs .idea .vscode site-packages .geist""".split()
)


class Entry(NamedTuple):
    """A file as the file system has it. `state` is "" for one to be read, else why it is not:
    link, submodule, special, unreadable, name (not UTF-8), gone."""

    path: str
    size: int
    mtime: int  # nanoseconds
    inode: int
    state: str = ""


def hardened(*arguments: str) -> list[str]:
    """A git command line. A repository's own configuration may name programs to run; those that
    our commands would heed are switched off."""
    off = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "log.showSignature=false",
           "core.pager=cat")  # fmt: skip
    return ["git", *(x for setting in off for x in ("-c", setting)), *arguments]


def environment() -> dict[str, str]:
    """Nothing is locked, and no missing object is fetched from where a configuration points."""
    return os.environ | {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}


def git(root: Path, *arguments: str, stdin: bytes | None = None, seconds: float = 120) -> bytes:
    """git's answer, b"" where there is none."""
    try:
        done = subprocess.run(hardened(*arguments), cwd=root, capture_output=True, timeout=seconds,
                              input=stdin, env=environment())  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 else b""


def refusal(root: Path) -> str:
    """Why git does not read the repository that `root` lies in; "" where it does, or where there
    is none. The usual cause is another owner: git then trusts nobody's word but the user's."""
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return ""
    try:
        done = subprocess.run(hardened("rev-parse", "--git-dir"), cwd=root, capture_output=True,
                              timeout=20, env=environment())  # fmt: skip
    except FileNotFoundError:
        return "git is not installed"
    except (OSError, subprocess.TimeoutExpired) as e:
        return str(e)
    told = done.stderr.decode("utf-8", "replace").strip()
    return "" if done.returncode == 0 else told or f"git ended with status {done.returncode}"


def entries(root: Path) -> list[Entry]:
    """Every file below `root` that .gitignore does not exclude, sorted by path; without git, every
    file outside hidden folders."""
    if not root.is_dir():
        raise GeistError(f"{root} is not a folder that can be read")
    listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = sorted({os.fsdecode(n) for n in listed.split(b"\0") if n}) if listed else _walk(root)
    return [_entry(root, name) for name in names if SKIPPED.isdisjoint(name.split("/")[:-1])]


def _entry(root: Path, name: str) -> Entry:
    if not name.isascii() and name != name.encode("utf-8", "ignore").decode():
        return Entry(ascii(name)[1:-1], 0, 0, 0, "name")  # cannot be shown, nor sent to a model
    try:
        at = os.lstat(f"{root}/{name}")
    except OSError as e:
        denied = isinstance(e, PermissionError)
        return Entry(name, 0, 0, 0, "unreadable" if denied else "gone")
    state = ""
    if S_ISLNK(at.st_mode):
        state = "link"  # what it points to is indexed where it is, if it is here
    elif S_ISDIR(at.st_mode):
        state = "submodule" if os.access(f"{root}/{name}", os.R_OK) else "unreadable"
    elif not S_ISREG(at.st_mode):
        state = "special"
    return Entry(name, at.st_size, at.st_mtime_ns, at.st_ino, state)


def _walk(root: Path) -> list[str]:
    found = list[str]()

    def closed(e: OSError) -> None:
        if Path(e.filename) != root:
            found.append(Path(e.filename).relative_to(root).as_posix())

    for folder, folders, names in os.walk(root, onerror=closed, followlinks=False):
        folders[:] = sorted(d for d in folders if d not in SKIPPED and not d.startswith("."))
        inside = Path(folder).relative_to(root)
        found += [(inside / n).as_posix() for n in names]
    return sorted(found)


@dataclass(frozen=True)
class Commit:
    """`at` in seconds since 1970; `files` are relative to the indexed folder."""

    name: str
    at: int
    message: str
    files: tuple[str, ...]


def head(root: Path) -> str:
    return git(root, "rev-parse", "--verify", "-q", "HEAD").decode().strip()


def ancestors(root: Path, most: int, of: str = "HEAD") -> list[str]:
    """Names of the commits without merges that led to `of`, newest first, `of` included."""
    return git(root, "rev-list", "--no-merges", f"-n{most}", of).decode().split()


def commits(root: Path, names: list[str]) -> Iterator[Commit]:
    """What each of these commits said and changed."""
    if not names:
        return
    told = git(
        root, "log", "--no-walk=unsorted", "--stdin", "--no-renames", "--relative", "--name-only",
        "-z", "--format=%x01%H%x02%ct%x02%B%x02", stdin="\n".join(names).encode(),
    )  # fmt: skip
    for record in told.split(b"\x01")[1:]:
        name, at, message, files = [*record.split(b"\x02"), b"", b"", b""][:4]
        changed = tuple(os.fsdecode(f) for f in files.strip(b"\0\n").split(b"\0") if f.strip())
        if at.isdigit():
            yield Commit(name.decode(), int(at), message.decode("utf-8", "replace"), changed)
