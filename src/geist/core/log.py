"""The event log: one append-only JSONL file per session. It is the truth; the terminal, the cost
line, undo, the audit trail and training data are folds over it.

Each line names the hash of the line before it, and the last hash is kept apart, in heads/: whoever
knows a head can tell that nothing before it was changed.
"""

import json
import os
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geist.core.canonical import digest
from geist.core.errors import GeistError

INLINE_BYTES = 32_768  # larger values are stored once, by content hash


@dataclass(frozen=True)
class Event:
    """One fact. `id` sorts by time; `at` is Unix seconds. Unknown kinds are kept."""

    id: str
    session: str
    at: float
    kind: str
    data: Mapping[str, Any]


class Log:
    """Appends events durably: when `append` returns, the event survives a power cut."""

    def __init__(self, folder: Path, session: str | None = None) -> None:
        self.session = session or new_session()
        self.path = folder / "sessions" / f"{self.session}.jsonl"
        self.blobs = folder / "blobs"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._count = 0
        self.head = ""
        self._heads = folder / "heads" / self.session
        # unbuffered: what could not be written must not come later, half-way into another line
        self._file = open(self.path, "ab", buffering=0)  # noqa: SIM115 - as long as the session
        if self._file.tell():
            self._go_on()

    def _go_on(self) -> None:
        # A killed writer can leave half a line. Ending it keeps the next event on its own line.
        last = b""
        with open(self.path, "rb") as f:
            for raw in f:
                last = raw
        if not last.endswith(b"\n"):
            self._write(b"\n")
        self.head = digest(last.rstrip(b"\n"))

    def append(self, kind: str, **data: Any) -> Event:
        with self._lock:
            self._count += 1
            at = time.time()
            ident = f"{int(at * 1000):012x}-{self._count:06x}-{secrets.token_hex(3)}"
            event = Event(ident, self.session, at, kind, data)
            line = {
                "id": ident,
                "session": self.session,
                "at": round(at, 3),
                "kind": kind,
                "before": self.head,
                "data": {k: self._shrink(v) for k, v in data.items()},
            }
            raw = json.dumps(line, ensure_ascii=True).encode()
            self._write(raw + b"\n")
            self.head = digest(raw)
            self._keep_head()
            return event

    def _write(self, raw: bytes) -> None:
        """All of it, durably, or nothing."""
        handle = self._file.fileno()
        before = os.fstat(handle).st_size
        try:
            while raw:
                raw = raw[os.write(handle, raw) :]
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, before)
            raise

    def _keep_head(self) -> None:
        """Not durable: after a power cut the head may be an older one, which still holds."""
        self._heads.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._heads.with_suffix(".new")
        fresh.write_text(self.head)
        os.replace(fresh, self._heads)

    def _shrink(self, value: Any) -> Any:
        text = json.dumps(value, ensure_ascii=True)
        if len(text) <= INLINE_BYTES:
            return value
        name = digest(text)
        path = self.blobs / name[:2] / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{secrets.token_hex(4)}")
            try:
                with open(fresh, "w", encoding="ascii") as f:
                    f.write(text)
                    f.flush()
                    os.fsync(f.fileno())
                os.replace(fresh, path)
            finally:
                fresh.unlink(missing_ok=True)
        return {"$blob": name}

    def close(self) -> None:
        self._file.close()


def new_session() -> str:
    """A sortable session name: date, time and four letters."""
    return time.strftime("%Y%m%d-%H%M%S-", time.gmtime()) + secrets.token_hex(2)


def read(folder: Path, session: str) -> Iterator[Event]:
    """The events of a session in order. A line that a kill tore apart is passed over: it was
    never reported as written."""
    path = folder / "sessions" / f"{session}.jsonl"
    if not path.is_file():
        raise GeistError(
            f"there is no session {session!r}",
            why=f"no log of that name in {path.parent}",
            mend="geist log",
        )
    with open(path, "rb") as f:
        for raw in f:
            if not raw.endswith(b"\n"):
                continue
            try:
                line = json.loads(raw)
                data = {k: _grow(folder, v) for k, v in line["data"].items()}
                yield Event(line["id"], line["session"], line["at"], line["kind"], data)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue


def verify(folder: Path, session: str, head: str | None = None) -> tuple[int, str]:
    """(lines, last hash) of a session whose lines are each chained to the one before. Raises
    GeistError where they are not, or where `head`, or the one that was kept apart, is not among
    them: then something before it was changed or taken away."""
    path, before, seen, chained = folder / "sessions" / f"{session}.jsonl", "", set[str](), False
    if not path.is_file():
        raise GeistError(f"there is no session {session!r}", mend="geist log")
    lines = path.read_bytes().split(b"\n")[:-1]
    for number, raw in enumerate(lines, 1):
        try:
            told = json.loads(raw).get("before")
        except (ValueError, AttributeError):
            told = before  # a kill tore it; the next line names what is left of it
        if told is None and not chained:
            raise GeistError(f"session {session} has no chain", why="an earlier geist wrote it")
        if told != before:
            raise GeistError(f"session {session} was changed: line {number} breaks the chain",
                             why="it does not name the hash of the line before it")  # fmt: skip
        for value in (_data(raw) or {}).values():
            _grow(folder, value)  # raises where what the line names by its hash has changed
        before, chained = digest(raw), True
        seen.add(before)
    kept = folder / "heads" / session
    known = [head] if head else [kept.read_text()] if kept.is_file() else []
    for one in known:
        if one not in seen:
            raise GeistError(f"session {session} was changed: the head {one[:12]} is not in it",
                             why="a line before that head was changed or taken away")  # fmt: skip
    return len(lines), before


def _data(raw: bytes) -> Mapping[str, Any] | None:
    """A line's data; None for one that a kill tore."""
    try:
        found = json.loads(raw)["data"]
    except (ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, dict) else None


def _grow(folder: Path, value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"$blob"}:
        name = str(value["$blob"])
        text = (folder / "blobs" / name[:2] / name).read_text(encoding="ascii")
        if digest(text) != name:
            raise GeistError(
                f"the stored data {name[:12]} of the log is damaged",
                why="its content does not have the hash it is named by",
            )
        return json.loads(text)
    return value


def sessions(folder: Path) -> list[str]:
    """Session names, oldest first."""
    return sorted(p.stem for p in (folder / "sessions").glob("*.jsonl"))
