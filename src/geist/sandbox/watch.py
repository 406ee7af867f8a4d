"""Watch a running process tree and end it at the first limit it passes."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from geist.sandbox.shapes import Cut, Limits

EVERY = 0.04  # seconds between looks at memory and processes
RESERVE = 0.04  # of the machine's memory: below this the sandbox is ended before anything else


class Output:
    """Keeps the first and the last part of a stream, counts the rest."""

    def __init__(self, stream: IO[bytes], keep: int = 512 * 1024) -> None:
        self.total = 0
        self._stream, self._keep = stream, keep
        self._head, self._tail = bytearray(), bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while chunk := os.read(self._stream.fileno(), 65536):
            self.total += len(chunk)
            room = self._keep - len(self._head)
            self._head += chunk[:room]
            self._tail += chunk[room:] if room > 0 else chunk
            if len(self._tail) > 2 * self._keep:
                del self._tail[: -self._keep]

    def text(self) -> str:
        self._thread.join(2.0)  # a grandchild outside the tree cannot hold the pipe for longer
        dropped = self.total - len(self._head) - min(len(self._tail), self._keep)
        middle = f"\n[… {dropped} bytes left out …]\n".encode() if dropped > 0 else b""
        return bytes(self._head + middle + self._tail[-self._keep :]).decode("utf-8", "replace")


def tree(root: int) -> list[int]:
    """The process and all that descend from it. Orphans hang from the namespace's first process."""
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as f:
                    todo += [int(child) for child in f.read().split()]
        except OSError:
            continue
    return found


def memory(pids: list[int]) -> int:
    """Bytes that the processes hold: anonymous and shared memory, not pages of files. Memory that
    is shared counts for each that maps it."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/status") as f:
                for line in f:
                    if line.startswith(("RssAnon:", "RssShmem:")):
                        total += int(line.split()[1]) * 1024
        except (OSError, IndexError, ValueError):
            continue
    return total


def scarce() -> bool:
    """Whether the machine itself is nearly out of memory, however the sandbox managed that."""
    try:
        with open("/proc/meminfo") as f:
            info = dict(line.split(":", 1) for line in f)
        return int(info["MemAvailable"].split()[0]) < RESERVE * int(info["MemTotal"].split()[0])
    except (OSError, KeyError, ValueError):
        return False


def disk(folder: Path, most: int) -> int:
    """Bytes below `folder`, counted until they pass `most`."""
    total = 0
    try:
        for _, folders, names, at in os.fwalk(folder):
            total += 512 * len(folders)
            for name in names:
                try:
                    total += 512 + os.stat(name, dir_fd=at, follow_symlinks=False).st_blocks * 512
                except OSError:
                    continue  # gone meanwhile
            if total > most:
                break
    except OSError:
        return total
    return total


class Watch:
    """One run. `stop` (an Event) ends it early, for Ctrl-C."""

    def __init__(
        self, limits: Limits, written: Sequence[Path], stop: threading.Event | None
    ) -> None:
        self.limits, self.written, self.stop = limits, written, stop
        self.cut: Cut = ""
        self.peak = 0

    def wait(self, process: "subprocess.Popen[bytes]", outputs: list[Output]) -> int | None:
        """Waits for `process`; kills its whole tree at a limit. Returns its status or None."""
        start, looks = time.monotonic(), 0
        while True:
            try:
                # short at first, so that a quick command is not waited for
                return process.wait(0.004 if looks < 8 else EVERY)
            except subprocess.TimeoutExpired:
                looks += 1
            self.cut = self._over(process.pid, time.monotonic() - start, outputs, looks)
            if self.cut:
                kill(process)
                return None

    def _over(self, pid: int, seconds: float, outputs: list[Output], looks: int) -> Cut:
        if self.stop is not None and self.stop.is_set():
            return "stopped"
        if seconds > self.limits.seconds:
            return "time"
        pids = tree(pid)
        if len(pids) > self.limits.processes:
            return "processes"
        held = memory(pids)
        self.peak = max(self.peak, held)
        if held > self.limits.memory or (looks % 4 == 0 and scarce()):
            return "memory"
        if sum(o.total for o in outputs) > self.limits.output:
            return "output"
        if looks % 4 == 0:
            if sum(disk(w, self.limits.disk) for w in self.written) > self.limits.disk:
                return "disk"
        return ""


def kill(process: "subprocess.Popen[bytes]") -> None:
    """End the tree. Killing the namespace's first process ends everything in it at once."""
    for pid in reversed(tree(process.pid)):
        try:
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue
    process.wait()
