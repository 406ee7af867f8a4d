"""The index on disk: what each content holds, which file has which content, what each commit said.

Contents are kept under their hash and commits under theirs, so that switching branches finds both
again, and a killed run leaves nothing wrong behind, only less.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from geist.context.extract import VERSION, Row
from geist.context.symbols import Symbol
from geist.context.tree import Commit, Entry
from geist.context.words import count
from geist.core.errors import GeistError

SCHEMA = """
create table if not exists contents (
  id text primary key, language text, state text, lines int, detail blob, starts blob, ends blob,
  sizes blob, terms blob, counts blob) without rowid;
create table if not exists files (
  path text primary key, content text, size int, mtime int, inode int, state text) without rowid;
create table if not exists commits (
  id text primary key, at int, message text, files text, terms blob, counts blob) without rowid;
create table if not exists facts (name text primary key, value text) without rowid;
"""
COLUMNS = "c.id, c.starts, c.ends, c.sizes, c.terms, c.counts, c.lines"


class Store:
    """One project's index. Not for several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        try:
            self.db = self._open()
        except sqlite3.OperationalError as e:  # locked, no room, not ours to write: not damaged
            raise GeistError(f"the index {path} cannot be opened", why=str(e)) from e
        except sqlite3.DatabaseError:  # damaged: it can always be made again
            for rest in path.parent.glob(f"{path.name}*"):
                rest.unlink(missing_ok=True)
            self.db = self._open()

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        db.execute("pragma journal_mode=wal")
        db.execute("pragma synchronous=normal")
        db.executescript(SCHEMA)
        made = db.execute("select value from facts where name='version'").fetchone()
        if made is not None and made[0] != str(VERSION):
            for table in ("contents", "files", "commits", "facts"):
                db.execute(f"delete from {table}")
        db.execute("insert or replace into facts values ('version', ?)", (str(VERSION),))
        return db

    def close(self) -> None:
        self.db.close()

    # --- contents and files

    def files(self) -> dict[str, tuple[str, Entry]]:
        """What is known of each path: the id of its content ("" if none), and the entry then."""
        rows = self.db.execute(
            "select path, content, size, mtime, inode, state from files "
            "where content='' or content in (select id from contents)"
        )
        return {r[0]: (r[1], Entry(r[0], *r[2:5], r[5])) for r in rows}

    def has(self, ids: Iterable[str]) -> set[str]:
        known = set[str]()
        for group in _groups(list(ids)):
            marks = ",".join("?" * len(group))
            rows = self.db.execute(f"select id from contents where id in ({marks})", group)
            known |= {r[0] for r in rows}
        return known

    def put(self, contents: dict[str, Row], files: list[tuple[Entry, str]]) -> None:
        """Both at once: a file never points to a content that is not there."""
        self.db.execute("begin immediate")
        try:
            self.db.executemany(
                "insert or ignore into contents values (?,?,?,?,?,?,?,?,?,?)",
                [(key, *row) for key, row in contents.items()],
            )
            self.db.executemany(
                "insert or replace into files values (?,?,?,?,?,?)",
                [(e.path, key, e.size, e.mtime, e.inode, e.state) for e, key in files],
            )
            self.db.execute("commit")
        except BaseException:
            self.db.execute("rollback")
            raise

    def forget(self, paths: list[str]) -> None:
        self.db.executemany("delete from files where path=?", [(p,) for p in paths])

    def prune(self, most: int = 60_000) -> None:
        """Contents that no file has any more are kept for the next branch switch, up to `most`."""
        if self.db.execute("select count(*) from contents").fetchone()[0] > most:
            self.db.execute("delete from contents where id not in (select content from files)")

    def rows(self) -> list[tuple[Any, ...]]:
        """Every file that has a content, with it, sorted by path."""
        return self.db.execute(
            f"select f.path, {COLUMNS} from files f join contents c on c.id=f.content "
            "order by f.path"
        ).fetchall()

    def rows_of(self, files: dict[str, str]) -> list[tuple[Any, ...]]:
        """The same for a tree given as path → content id."""
        found: dict[str, tuple[Any, ...]] = {}
        for group in _groups(sorted(set(files.values()))):
            marks = ",".join("?" * len(group))
            asked = f"select {COLUMNS} from contents c where c.id in ({marks})"
            found |= {row[0]: row for row in self.db.execute(asked, group)}
        return [(p, *found[c]) for p, c in sorted(files.items()) if c in found]

    def detail(self, content: str) -> tuple[list[Symbol], list[str], list[str]]:
        """A content's symbols, imports, and the names that it calls."""
        row = self.db.execute("select detail from contents where id=?", (content,)).fetchone()
        told = (
            json.loads(zlib.decompress(row[0]))
            if row
            else {"symbols": [], "imports": [], "calls": []}
        )
        return [Symbol(*s) for s in told["symbols"]], told["imports"], told["calls"]

    def states(self) -> dict[str, int]:
        """How many files are in which state."""
        rows = self.db.execute(
            "select coalesce(nullif(f.state, ''), c.state, 'unread') s, count(*) from files f "
            "left join contents c on c.id=f.content group by s"
        )
        return dict(rows.fetchall())

    def in_state(self, state: str, most: int) -> list[str]:
        """Some of the files in a state of their own (not of their contents)."""
        found = self.db.execute("select path from files where state=? order by path limit ?",
                                (state, most))  # fmt: skip
        return [r[0] for r in found.fetchall()]

    def languages(self) -> dict[str, tuple[int, int]]:
        """Files and lines of each language."""
        rows = self.db.execute(
            "select language, count(*), sum(lines) from files f join contents c on c.id=f.content "
            "group by language order by 3 desc"
        )
        return {r[0]: (r[1], r[2]) for r in rows}

    # --- commits

    def has_commits(self) -> set[str]:
        return {r[0] for r in self.db.execute("select id from commits")}

    def put_commits(self, commits: Iterable[Commit]) -> None:
        rows = []
        for c in commits:
            found = count(c.message)
            terms = np.fromiter(found.keys(), np.uint32, len(found))
            counts = np.fromiter(found.values(), np.uint32, len(found))
            rows.append((c.name, c.at, c.message, "\n".join(c.files), terms.tobytes(),
                         counts.tobytes()))  # fmt: skip
        self.db.execute("begin immediate")
        self.db.executemany("insert or ignore into commits values (?,?,?,?,?,?)", rows)
        self.db.execute("commit")

    def commits(self, names: list[str]) -> list[tuple[Any, ...]]:
        """(id, at, message, files, terms, counts) of these commits, in this order."""
        found: dict[str, tuple[Any, ...]] = {}
        for group in _groups(names):
            marks = ",".join("?" * len(group))
            for row in self.db.execute(f"select * from commits where id in ({marks})", group):
                found[row[0]] = row
        return [found[n] for n in names if n in found]

    def fact(self, name: str) -> str:
        row = self.db.execute("select value from facts where name=?", (name,)).fetchone()
        return row[0] if row else ""

    def note(self, name: str, value: str) -> None:
        self.db.execute("insert or replace into facts values (?,?)", (name, value))


def _groups(items: list[str], size: int = 900) -> Iterable[list[str]]:
    return (items[i : i + size] for i in range(0, len(items), size))
