"""Python runs this at start, because geist puts its folder first on PYTHONPATH: what an app reaches
for is noted in the file `heard` of its data folder. It forbids nothing; the sandbox does that."""

import json
import os
import sys

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
NETWORK = {
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.sendto",
    "socket.gethostbyaddr",
}
PROGRAMS = {
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "pty.spawn",
    "os.startfile",
}
CHANGES = {
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.truncate",
    "shutil.rmtree",
    "os.link",
    "os.symlink",
    "os.mkdir",
    "shutil.move",
}
_busy = []
_place = [os.environ.get("APP_DATA") or "."]  # an app may change its environment
_json = json.dumps


def _note(kind, what):
    if _busy:
        return
    _busy.append(1)
    try:
        with open(os.path.join(_place[0], "heard"), "a", encoding="utf-8", errors="replace") as f:
            f.write(f"{kind}\t{_json(str(what)[:300])}\n")
    except OSError:
        pass  # a full or closed disk: the check of it ends elsewhere
    finally:
        _busy.clear()


def _hook(event, args):
    if _busy:
        return
    if event == "open":
        path, _, flags = args
        if not isinstance(path, (str, bytes)):
            return
        name = os.path.abspath(os.fsdecode(path))
        if flags & WRITES:
            _note("writes", name)
        elif "/geist/canary" in name or name.startswith(("/etc/passwd", "/proc/self/environ")):
            _note("reads", name)
    elif event in NETWORK:
        where = args[1] if event in ("socket.connect", "socket.sendto") else args[0]
        if isinstance(where, tuple) or event not in ("socket.connect", "socket.sendto"):
            _note("network", where)
    elif event == "socket.bind":
        if isinstance(args[1], tuple):
            _note("listens", args[1])
    elif event in PROGRAMS:
        _note("program", args[0])
    elif event in CHANGES:
        _note("changes", os.path.abspath(os.fsdecode(args[0])))
    elif event == "os.chmod" and len(args) > 1 and isinstance(args[1], int) and args[1] & 2:
        _note("opens to all", args[0])
    elif event == "pickle.find_class":
        _note("unpickles", ".".join(map(str, args)))


def begin(place):
    """For a fork that has a folder of its own."""
    _place[0] = place


sys.addaudithook(_hook)
