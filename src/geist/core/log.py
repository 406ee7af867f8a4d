"""The event log: one append-only JSONL file per session. It is the truth; the terminal, the cost
line, undo, the audit trail and training data are folds over it."""

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
        self._file = open(self.path, "ab")  # noqa: SIM115 - lives as long as the session
        if self._file.tell():
            self._close_torn_line()

    def _close_torn_line(self) -> None:
        # A killed writer can leave half a line. Ending it keeps the next event on its own line.
        with open(self.path, "rb") as f:
            f.seek(-1, os.SEEK_END)
            if f.read(1) != b"\n":
                self._file.write(b"\n")

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
                "data": {k: self._shrink(v) for k, v in data.items()},
            }
            self._file.write(json.dumps(line, ensure_ascii=True).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            return event

    def _shrink(self, value: Any) -> Any:
        text = json.dumps(value, ensure_ascii=True)
        if len(text) <= INLINE_BYTES:
            return value
        name = digest(text)
        path = self.blobs / name[:2] / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{secrets.token_hex(4)}")
            with open(fresh, "w", encoding="ascii") as f:
                f.write(text)
                f.flush()
                os.fsync(f.fileno())
            os.replace(fresh, path)
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
            try:
                line = json.loads(raw)
                data = {k: _grow(folder, v) for k, v in line["data"].items()}
                yield Event(line["id"], line["session"], line["at"], line["kind"], data)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue


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
