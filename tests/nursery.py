"""Commands of geist as a user types them, in forks of one process that has imported the libraries.

They take two seconds to import, which is most of what a command takes, and the tests run some three
hundred. Geist itself is imported by each command anew, with the environment that it is given.
"""

import functools
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIBRARIES = "typer rich.console openai pydantic_ai.models.openai numpy"


def run(
    folder: Path, *arguments: str, stdin: str = "", timeout: float = 200, **env: str
) -> subprocess.CompletedProcess[str]:
    """`geist ARGUMENTS` in `folder`, without a terminal; `env` is what differs in its environment."""
    call = {"folder": str(folder), "arguments": arguments, "env": os.environ | env}
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, \
            tempfile.TemporaryFile() as err:  # fmt: skip
        given.write(stdin.encode())
        given.seek(0)
        link = _nursery()
        raw = json.dumps(call).encode()
        socket.send_fds(link, [len(raw).to_bytes(4)], [f.fileno() for f in (given, out, err)])
        link.sendall(raw)
        pid = int.from_bytes(_read(link, 4))
        link.settimeout(timeout)
        try:
            status = int.from_bytes(_read(link, 4), signed=True)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            link.settimeout(None)
            _read(link, 4)
            raise subprocess.TimeoutExpired(["geist", *arguments], timeout) from None
        link.settimeout(None)
        told = []
        for file in (out, err):
            file.seek(0)
            told.append(file.read().decode().replace("\r\n", "\n").replace("\r", "\n"))
    return subprocess.CompletedProcess(["geist", *arguments], status, *told)


@functools.cache
def _nursery() -> socket.socket:
    """Its end is that of this process, which closes the link."""
    ours, theirs = socket.socketpair()
    code = f"from tests.nursery import serve; serve({theirs.fileno()})"
    subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parent.parent,
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                     pass_fds=[theirs.fileno()])  # fmt: skip
    theirs.close()
    return ours


def serve(descriptor: int) -> None:
    for name in LIBRARIES.split():
        __import__(name)
    gc.freeze()  # what is imported is not looked through by each fork
    link = socket.socket(fileno=descriptor)
    while True:
        size, files, *_ = socket.recv_fds(link, 4, 3)
        if not size:
            return None
        call = json.loads(_read(link, int.from_bytes(size)))
        if (pid := os.fork()) == 0:
            link.close()
            return _command(call, files)
        for file in files:
            os.close(file)
        link.sendall(pid.to_bytes(4))
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        link.sendall(status.to_bytes(4, signed=True))


def _command(call: dict, files: list[int]) -> None:
    for place, file in enumerate(files):
        os.dup2(file, place)
        os.close(file)
    os.chdir(call["folder"])
    os.environ.clear()
    os.environ.update(call["env"])
    time.tzset()
    sys.argv = ["geist", *call["arguments"]]
    sys.path[0] = call["folder"]  # as `python -m` has it
    runpy.run_module("geist.cli.main", run_name="__main__", alter_sys=True)


def _read(link: socket.socket, size: int) -> bytes:
    made = b""
    while len(made) < size:
        if not (part := link.recv(size - len(made))):
            raise EOFError("the nursery has ended")
        made += part
    return made
