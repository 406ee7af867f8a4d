"""Verifiers in processes of their own: an answer that makes one hang, crash or eat memory is a
failed answer and costs nothing else.

Limits that decide a verdict count CPU time: a busy machine must not change what is learned.
"""

import ctypes
import multiprocessing
import os
import queue
import resource
import signal
import threading
import time
from concurrent.futures import Future
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path

from geist.core.output import Text
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed, unscorable
from geist.tasks.family import FAMILIES, family, load

CPU_SECONDS = 5.0
WALL_SECONDS = 120.0  # for one that waits and computes nothing
MEMORY = 1 << 30
TICKS = os.sysconf("SC_CLK_TCK")


class Judges:
    """`count` worker processes. `judge` returns at once; its future holds a verdict, and whether
    the family's second judge agrees that the answer is right (None where there is none)."""

    def __init__(self, count: int, files: list[Path] | None = None, cpu: float = CPU_SECONDS,
                 wall: float = WALL_SECONDS) -> None:  # fmt: skip
        self.files, self.cpu, self.wall = [str(f) for f in files or []], cpu, wall
        self._asked: queue.SimpleQueue[tuple[Task, Text, Future[Judged]] | None]
        self._asked = queue.SimpleQueue()
        # it unblocks SIGINT in the thread that starts it, so not in one that starts workers
        resource_tracker.ensure_running()
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def judge(self, task: Task, output: Text) -> "Future[Judged]":
        future: Future[Judged] = Future()
        self._asked.put((task, output, future))
        return future

    def close(self) -> None:
        for _ in self._threads:
            self._asked.put(None)
        for thread in self._threads:
            thread.join(10)

    def __enter__(self) -> "Judges":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _serve(self) -> None:
        # workers inherit this: Ctrl-C is for the parent, which ends them when it is done
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        worker: _Worker | None = None
        while (item := self._asked.get()) is not None:
            task, output, future = item
            judged: Judged = (unscorable("not judged"), None)
            for _ in range(2):  # our own fault is retried once, in a fresh process
                try:
                    worker = worker or _Worker(self.files)
                    judged = worker.judge(task, output, self.cpu, self.wall)
                except Exception as e:  # noqa: BLE001 - somebody waits for the future
                    judged = unscorable(f"no judge could work: {type(e).__name__}: {e}"), None
                if judged[0].status is not Status.UNSCORABLE:
                    break
                if worker is not None:
                    worker.kill()
                    worker = None
            if worker is not None and worker.gone:
                worker = None
            future.set_result(judged)
        if worker is not None:
            worker.kill()


Judged = tuple[Verdict, bool | None]


class _Worker:
    def __init__(self, files: list[str]) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.link, far = spawn.Pipe()
        self.process = spawn.Process(target=_work, args=(far, files), daemon=True)
        self.process.start()
        far.close()
        self.gone = False
        try:
            told = self.link.recv()  # it is ready, or says why not
        except EOFError:
            told = "it ended before it began"
        if told != "ready":
            self.kill()
            raise OSError(told)

    def judge(self, task: Task, output: Text, cpu: float, wall: float) -> Judged:
        before, moved, last = self._spent(), time.monotonic(), 0.0
        try:
            self.link.send((task.plain(), output.text))
        except (BrokenPipeError, ConnectionResetError) as e:
            raise OSError("the judge was gone before it saw the answer") from e
        try:
            while not self.link.poll(0.02):
                spent = self._spent() - before
                if spent > cpu:
                    self.kill()
                    return failed(f"judging it took more than {cpu:g} s of CPU time"), False
                if spent > last:
                    last, moved = spent, time.monotonic()
                if time.monotonic() - moved > wall:
                    self.kill()
                    return failed(f"judging it hung for {wall:g} s"), False
            plain, second = self.link.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self.kill()
            return failed("its judge crashed on it"), False
        plain["status"] = Status(plain["status"])
        return Verdict(**plain), second

    def _spent(self) -> float:
        """CPU seconds of the worker so far."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / TICKS

    def kill(self) -> None:
        if self.gone:
            return
        self.gone = True
        self.process.kill()
        self.process.join()
        self.link.close()


def _work(link: Connection, files: list[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    try:
        for file in files:
            load(Path(file))
    except Exception as e:  # noqa: BLE001 - told to the parent, whatever it is
        link.send(f"{type(e).__name__}: {e}")
        return
    most = _size() + MEMORY  # what the file imported is not the answer's doing
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    link.send("ready")
    while True:
        try:
            plain, text = link.recv()
        except (EOFError, KeyboardInterrupt):
            return
        task, output = Task.from_plain(plain), Text(text)
        known = FAMILIES.get(task.family) or family(task.family)
        try:
            verdict = known.verifier(task, output)
            second = known.second(task, text) if known.second else None
        except MemoryError:
            verdict, second = failed("judging it took too much memory"), False
        except Exception as e:  # noqa: BLE001 - a verifier of the user's own may raise anything
            verdict, second = failed(f"its judge raised {type(e).__name__}: {e}"[:300]), False
        link.send((verdict.plain(), second))


def _end_with_parent() -> None:
    """Asks Linux to end this process with its parent: a killed run leaves nothing spinning."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    except (OSError, AttributeError):
        return


def _size() -> int:
    """Bytes of address space that this process has now."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        return 0
