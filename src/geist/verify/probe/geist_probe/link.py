"""The line to geist: a Unix socket, opened before any code of the project is imported."""

import hashlib
import json
import os
import socket
import threading

_root = os.environ.get("GEIST_ROOT", os.getcwd())
MOST_TEXT = 6000


def connect(path):
    """Connect, read the key and what is asked (`mode`); return a function that sends one signed
    line, and the mode."""
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.connect(path)

    def take(count):
        data = b""
        while len(data) < count:
            chunk = link.recv(count - len(data))
            if not chunk:
                raise OSError("geist closed the report socket")
            data += chunk
        return data

    key = take(32)
    mode = json.loads(take(int.from_bytes(take(4), "big")))
    state = [0, os.getpid()]
    blake, dumps, lock, pid_of = hashlib.blake2b, json.dumps, threading.Lock(), os.getpid

    def send(kind, **data):
        if pid_of() != state[1]:
            return  # a forked child: its tests are not this runner's
        with lock:
            line = dumps([state[0], kind, data]).encode()
            mark = blake(line, key=key, digest_size=16).hexdigest().encode()
            state[0] += 1
            link.sendall(mark + b" " + line + b"\n")

    return send, mode


def cut(text, most=MOST_TEXT):
    text = str(text)
    return text if len(text) <= most else text[: most // 2] + "\n[…]\n" + text[-most // 2 :]


def relative(path):
    path = os.path.abspath(path)
    return os.path.relpath(path, _root) if path.startswith(_root + os.sep) else None
