"""What a test runner did, as its process told us over a socket while it ran."""

import hashlib
import hmac
import json
import secrets
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geist.sandbox.listen import listen

MOST_BYTES = 64 * 1024 * 1024  # of all connections
MOST_LINE = 8 * 1024 * 1024
MOST_CONNECTIONS = 32


@dataclass(frozen=True)
class Failure:
    """`frames` are (path, line, message), outermost first; paths inside the project are relative.
    Everything in it was written by the project's code: it is shown, never obeyed."""

    test: str
    text: str
    message: str
    frames: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True)
class Observed:
    """One call of a function: what it was given and what came of it, as short texts."""

    path: str
    line: int
    given: dict[str, str]
    outcome: str


@dataclass
class Report:
    """A fold of the lines. `outcomes` is passed, failed or skipped for every test that ran."""

    runner: str = ""
    collected: list[str] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)  # modules that could not be collected
    broken_text: list[str] = field(default_factory=list)
    entered: dict[str, set[tuple[str, int]]] = field(default_factory=dict)
    calls: dict[str, list[Observed]] = field(default_factory=dict)
    seal: set[str] = field(default_factory=set)  # functions of the runner that were replaced
    runs: int = 0  # runners that said hello
    ended: int = 0  # runners that said they were done
    status: int | None = None
    forged: str = ""  # why a line could not be trusted
    _table: list[tuple[str, int]] = field(default_factory=list)

    def take(self, kind: str, data: dict[str, Any]) -> None:
        """One authenticated line. A malformed one counts as forged: our probe writes none."""
        try:
            self._take(kind, data)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as e:
            self.forged = f"a malformed line of kind {kind!r}: {e!r}"

    def _take(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "hello":
            self.runner = str(data["runner"])
            self.runs += 1
        elif kind == "collected":
            self.collected += [str(t) for t in data["tests"]]
        elif kind == "broken":
            self.broken.append(str(data["where"]))
            self.broken_text.append(str(data["text"]))
        elif kind == "entered":
            test = str(data["test"])
            self._table += [(str(p), int(n)) for p, n in data["fresh"]]
            self.entered[test] = {self._table[int(i)] for i in data["functions"]}
            self.calls[test] = [
                Observed(str(p), int(n), {str(k): str(v) for k, v in given.items()}, str(outcome))
                for p, n, given, outcome in data["calls"]
            ]
        elif kind == "result":
            self._result(data)
        elif kind == "done":
            self.ended += 1
            self.status = int(data["status"])
            self.seal |= {str(n) for n in data["seal"]}

    def _result(self, data: dict[str, Any]) -> None:
        test, when, outcome = str(data["test"]), str(data["when"]), str(data["outcome"])
        self.seal |= {str(n) for n in data["seal"]}
        before = self.outcomes.get(test)
        if outcome == "failed":
            self.outcomes[test] = "failed"
            frames = tuple((str(p), int(n), str(m)) for p, n, m in data["frames"])
            failure = Failure(test, str(data["text"]), str(data["message"]), frames)
            self.failures.setdefault(test, failure)
        elif outcome == "skipped" or data["xfail"]:
            self.outcomes[test] = before if before == "failed" else "skipped"
        elif outcome == "passed" and when == "call" and before is None:
            self.outcomes[test] = "passed"

    @property
    def finished(self) -> bool:
        return 0 < self.runs == self.ended

    def named(self, outcome: str) -> list[str]:
        return sorted(t for t, o in self.outcomes.items() if o == outcome)


class Listener:
    """Listens at `folder`/report.sock and folds what is said. Use as a context manager; the
    report is complete when the block has ended."""

    def __init__(self, folder: Path, mode: dict[str, Any]) -> None:
        self.report = Report()
        self._mode = json.dumps(mode).encode()
        self._server = listen(folder, "report.sock", MOST_CONNECTIONS)
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._lock = threading.Lock()
        self._total = 0

    def __enter__(self) -> "Listener":
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(5)
        self._server.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                link, _ = self._server.accept()
            except TimeoutError:
                continue
            if len(self._threads) > MOST_CONNECTIONS:
                link.close()
                self.report.forged = "too many connections to the report socket"
                continue
            thread = threading.Thread(target=self._serve, args=(link,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, link: socket.socket) -> None:
        key = secrets.token_bytes(32)
        expected, held = 0, 0
        parts: list[bytes] = []
        with link:
            link.settimeout(0.2)
            try:
                link.sendall(key + len(self._mode).to_bytes(4, "big") + self._mode)
            except OSError:
                return
            while True:
                try:
                    chunk = link.recv(1 << 16)
                except TimeoutError:
                    if self._over.is_set():
                        return
                    continue
                except OSError:
                    return
                if not chunk:
                    return
                parts.append(chunk)
                held += len(chunk)
                with self._lock:
                    self._total += len(chunk)
                    if held > MOST_LINE or self._total > MOST_BYTES:
                        self.report.forged = "the report is too large to be the probe's"
                        return
                    if b"\n" not in chunk:
                        continue
                    *lines, rest = b"".join(parts).split(b"\n")
                    parts, held = [rest], len(rest)
                    for line in lines:
                        if not self._line(line, key, expected):
                            return
                        expected += 1

    def _line(self, line: bytes, key: bytes, expected: int) -> bool:
        mark, _, body = line.partition(b" ")
        right = hashlib.blake2b(body, key=key, digest_size=16).hexdigest().encode()
        if not hmac.compare_digest(mark, right):
            self.report.forged = "a line on the report socket was not the probe's"
            return False
        try:
            number, kind, data = json.loads(body)
        except (ValueError, RecursionError):
            self.report.forged = "a signed line on the report socket is no message"
            return False
        if number != expected:
            self.report.forged = "lines on the report socket are missing or repeated"
            return False
        self.report.take(kind, data)
        return True
