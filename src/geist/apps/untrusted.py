"""A folder that an app in the sandbox may write to, looked into from outside: whatever it has put
there (a link to somewhere else, a pipe that never ends, a file without end) leads nowhere."""

import os
import socket
import stat
from pathlib import Path

from geist.sandbox.rundir import UNUSED_ID

MOST = 1_000_000  # bytes that are read of a file


def text(folder: Path, name: str, most: int = MOST) -> str:
    """The last of a plain file in it; "" where there is none."""
    try:
        handle = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    try:
        told = os.fstat(handle)
        if not stat.S_ISREG(told.st_mode):
            return ""
        data = os.pread(handle, most, max(0, told.st_size - most))
    except OSError:
        return ""
    finally:
        os.close(handle)
    return data.decode("utf-8", "replace")


def place(folder: Path, name: str) -> None:
    """Makes a folder in it that is the sandbox's own. Raises OSError where something else is there."""
    if not (folder / name).is_dir() or (folder / name).is_symlink():
        os.mkdir(folder / name)
    handle = os.open(folder / name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchmod(handle, 0o700)
        if not os.geteuid():
            os.fchown(handle, UNUSED_ID, UNUSED_ID)
        for old in ("sock", "sock.begins", "ended"):
            try:
                os.unlink(old, dir_fd=handle)
            except FileNotFoundError:
                continue
    finally:
        os.close(handle)


def socket_of(folder: Path, name: str) -> int:
    """A handle of a socket in it, to be connected to by /proc/self/fd: no link is followed, and the
    length of its path does not count (a socket's may have 107 bytes). Raises OSError."""
    handle = os.open(folder / name, os.O_PATH | os.O_NOFOLLOW)
    if not stat.S_ISSOCK(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"{name} is no socket")
    return handle


def connect(link: socket.socket, folder: Path, name: str) -> None:
    handle = socket_of(folder, name)
    try:
        link.connect(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)
