"""A folder for one run, gone afterwards, whoever made the files in it."""

import contextlib
import os
import secrets
import shutil
import stat
from pathlib import Path
from types import TracebackType

UNUSED_ID = 60_737  # an identity that owns nothing; Debian gives out 1000…59999


class RunDir:
    """`DATA/run/PID-RANDOM/`. Folders that a killed geist left behind are cleared by the next."""

    def __init__(self, data: Path) -> None:
        self._runs = data / "run"
        self.path = self._runs / f"{os.getpid()}-{secrets.token_hex(4)}"

    def __enter__(self) -> "RunDir":
        self._runs.mkdir(parents=True, exist_ok=True)
        self._clear_orphans()
        self.path.mkdir()
        # root's sandbox is another user and must be able to pass through, not to look around
        self.path.chmod(0o711)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        remove(self.path)

    def folder(self, name: str) -> Path:
        made = self.path / name
        made.mkdir(exist_ok=True)
        made.chmod(0o755)
        return made

    def give(self, *folders: Path) -> None:
        """Hand folders to the sandbox's identity (only root can, and only root must)."""
        if os.geteuid() != 0:
            return
        for folder in folders:
            for place, names, files in os.walk(folder):
                for name in (".", *names, *files):
                    os.chown(os.path.join(place, name), UNUSED_ID, UNUSED_ID, follow_symlinks=False)

    def _clear_orphans(self) -> None:
        for entry in self._runs.iterdir():
            pid = entry.name.split("-")[0]
            if pid.isdecimal() and not _alive(int(pid)):
                remove(entry)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def remove(folder: Path) -> None:
    """Delete a tree, however deep, opening the folders that a sandboxed program (or the overlay)
    had closed. What cannot be deleted is left for the next time: it must not stop anybody."""
    # another geist may be clearing the same orphan
    with contextlib.suppress(OSError):
        # by descriptors: a program can nest folders beyond the longest path there is
        for _, names, _, at in os.fwalk(folder):
            for name in names:
                if not stat.S_ISLNK(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode):
                    os.chmod(name, 0o700, dir_fd=at)
    shutil.rmtree(folder, ignore_errors=True)
