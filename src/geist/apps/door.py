"""The way in to a service: a port of this machine that leads to its socket, and nowhere else."""

import socket
import threading
from contextlib import suppress
from pathlib import Path

from geist.apps.untrusted import connect
from geist.core.errors import GeistError
from geist.sandbox.proxy import pump


class Door:
    """Use as a context manager. `port` 0 takes a free one. It listens on 127.0.0.1 alone."""

    def __init__(self, place: Path, port: int = 0) -> None:
        self._place = place
        try:
            self._listener = socket.create_server(("127.0.0.1", port), backlog=64)
        except OSError as e:
            raise GeistError(f"port {port} cannot be opened", why=e.strerror or str(e),
                             mend="--port 0 takes one that is free") from e  # fmt: skip
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> "Door":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes who waits for a link
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            try:
                connect(far, self._place, "sock")
            except OSError:
                near.close()
                far.close()
                continue
            for ends in ((near, far), (far, near)):
                threading.Thread(target=pump, args=ends, daemon=True).start()
