"""Runs in the sandbox, before the command: `forward.py SOCKET PORT COMMAND…`.

What connects to the port on this machine of its own is passed on to the socket, behind which
proxy.py decides. It needs nothing but Python's own library, and grants nothing that the socket does
not: a command may use that without it.
"""

import os
import socket
import sys
import threading


def pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            end.close()


def serve(listener: socket.socket, place: str) -> None:
    while True:
        near, _ = listener.accept()
        far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            far.connect(place)
        except OSError:
            near.close()
            continue
        for ends in ((near, far), (far, near)):
            threading.Thread(target=pump, args=ends, daemon=True).start()


def main() -> None:
    place, port, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    listener = socket.create_server(("127.0.0.1", port), backlog=64)
    if os.fork() == 0:
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):  # the command's end must be the end of its output
            os.dup2(quiet, stream)
        serve(listener, place)
    listener.close()
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
