"""Runs in the sandbox: serves an app on sockets, each time from the beginning.

`zygote.py FOLDER FILE`. A line on FOLDER/control names a folder below FOLDER; a fork of this process
then serves the app on that folder's `sock`, with APP_DATA there and its errors in `errors`. What is
imported once is not imported again, so a fresh app takes a tenth of a second.
"""

import asyncio
import contextlib
import os
import runpy
import signal
import socket
import sys
from pathlib import Path

import starlette.applications
import starlette.responses
import starlette.routing  # noqa: F401 - so that a fork has them
import uvicorn


def serve(place: Path, file: str) -> None:
    os.environ["APP_DATA"] = str(place)
    sys.modules["sitecustomize"].begin(str(place))
    os.chdir(place)
    errors = os.open(place / "errors", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    os.dup2(errors, 1)
    os.dup2(errors, 2)
    app = runpy.run_path(file, run_name="app").get("app")
    if app is None:
        raise SystemExit("the file defines no app")
    made = uvicorn.Config(app, log_level="error", access_log=False, server_header=False,
                          loop="asyncio", http="h11", ws="none", limit_concurrency=64)  # fmt: skip
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(uvicorn.Server(made).serve(sockets=[listening(place / "sock")]))


def listening(at: Path) -> socket.socket:
    """A socket that takes whoever comes as soon as its name is there."""
    made, before = socket.socket(socket.AF_UNIX), at.with_name(f"{at.name}.begins")
    made.bind(str(before))
    made.listen(64)
    before.rename(at)
    return made


def main() -> None:
    folder, file = Path(sys.argv[1]), sys.argv[2]
    os.umask(0o077)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a fork
    listener = listening(folder / "control")
    while True:
        link, _ = listener.accept()
        name = link.recv(200).decode()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                serve(folder / name, file)
            except BaseException as e:  # noqa: BLE001 - for whoever reads the errors
                print(f"{type(e).__name__}: {e}", file=sys.stderr, flush=True)
            finally:
                (folder / name / "ended").touch()
                os._exit(1)
        link.close()


if __name__ == "__main__":
    main()
