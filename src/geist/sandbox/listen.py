"""A socket in a folder, for what runs in a sandbox to talk to."""

import os
import socket
from pathlib import Path


def listen(folder: Path, name: str, backlog: int) -> socket.socket:
    """Everybody may connect; `accept` looks up ten times a second."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # a socket's name is limited to 107 bytes, a folder's is not: bind through a descriptor
    handle = os.open(folder, os.O_RDONLY)
    try:
        made.bind(f"/proc/self/fd/{handle}/{name}")
    finally:
        os.close(handle)
    (folder / name).chmod(0o777)
    made.listen(backlog)
    made.settimeout(0.1)
    return made
