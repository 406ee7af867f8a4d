"""The user's files as tables of a DuckDB: CSV, JSON, Parquet, SQLite, a log, a git repository."""

import datetime
import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from geist.canvas.tables import TIME, Column, Table, quoted
from geist.context.tree import git, refusal
from geist.core.errors import GeistError

MOST_TOGETHER = 20  # files of a commit: larger ones say little of what belongs together


class Files:
    """Reads one file after the other. `tables` are those that there are so far."""

    def __init__(self, db: Any) -> None:
        self._db = db
        self.tables: dict[str, Table] = {}

    def read(self, file: Path) -> None:
        """Raises GeistError, and DuckDB's own errors."""
        if file.is_dir():
            self._git(file)
            return
        if not file.is_file():
            raise GeistError(f"there is no file {file}")
        with file.open("rb") as f:
            head = f.read(16)
        kind = file.suffix.lower()
        if head == b"SQLite format 3\0":
            self._sqlite(file)
        elif head[:4] == b"PAR1":
            self._table(file.stem, "SELECT * FROM read_parquet(?, hive_partitioning=false)", file)
        elif kind in (".json", ".jsonl", ".ndjson"):
            self._table(file.stem, "SELECT * FROM read_json_auto(?, hive_partitioning=false)", file)
        elif kind in (".csv", ".tsv", ".psv"):
            self._table(file.stem, "SELECT * FROM read_csv_auto(?, hive_partitioning=false)", file)
        else:
            self._lines(file)

    def _table(self, name: str, select: str, file: Path) -> None:
        name = self._free(name)
        self._db.execute(f"CREATE TABLE {quoted(name)} AS {select}", [_literal(file)])
        self._known(name, file.name)

    def _rows(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]],
              source: str) -> None:  # fmt: skip
        name = self._free(name)
        told = ", ".join(f"{quoted(c)} {kind}" for c, kind in columns.items())
        self._db.execute(f"CREATE OR REPLACE TABLE {quoted(name)} ({told})")
        if rows:
            marks = ", ".join("?" for _ in columns)
            self._db.executemany(f"INSERT INTO {quoted(name)} VALUES ({marks})", rows)
        self._known(name, source)

    def _sqlite(self, file: Path) -> None:
        # DuckDB's own reader is an extension that it would fetch from the network
        try:
            self._sqlite_tables(file)
        except (sqlite3.Error, UnicodeDecodeError) as e:
            raise GeistError(f"{file} cannot be read as a SQLite database", why=str(e)) from e

    def _sqlite_tables(self, file: Path) -> None:
        import duckdb

        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as db:
            names = [r[0] for r in db.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )]  # fmt: skip
            for name in names:
                found = db.execute(f'SELECT * FROM "{name.replace(chr(34), chr(34) * 2)}"')
                columns = [d[0] for d in found.description]
                rows = found.fetchall()
                kinds = {c: _kind([r[n] for r in rows]) for n, c in enumerate(columns)}
                try:
                    self._rows(name, kinds, rows, file.name)
                except duckdb.Error:  # one value that is no time after all: they are words then
                    words = {c: "VARCHAR" if k in TIME else k for c, k in kinds.items()}
                    self._rows(name, words, rows, file.name)

    def _lines(self, file: Path) -> None:
        """A log: its lines, with the time and the level that many begin with."""
        rows = []
        for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
            at = re.search(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d", line[:60])
            level = re.search(r"\b(DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\b", line[:120])
            rows.append((number, at[0].replace("T", " ") if at else None,
                         level[0] if level else None, line))  # fmt: skip
        columns = {"line": "BIGINT", "time": "TIMESTAMP", "level": "VARCHAR", "text": "VARCHAR"}
        self._rows(file.stem, columns, rows, file.name)

    def _git(self, folder: Path) -> None:
        asked = ("-c", "core.quotePath=false", "log", "--no-merges", "--numstat", "--no-renames",
                 "--no-ext-diff", "--no-textconv", "--no-show-signature", "-n", "5000",
                 "--format=%x00%H%x1f%aI%x1f%an%x1f%s")  # fmt: skip
        told = git(folder, *asked).decode("utf-8", "replace")
        if not told:
            why = refusal(folder) or "there is no git repository with a commit in it"
            raise GeistError(f"{folder} cannot be read", why=why)
        # times are UTC
        commits, changes = list[tuple[Any, ...]](), list[tuple[Any, ...]]()
        for block in told.split("\0")[1:]:
            head, _, rest = block.partition("\n")
            name, at, author, subject = (head.split("\x1f") + [""] * 4)[:4]
            commits.append((name, _moment(at), author, subject))
            for line in rest.splitlines():
                parts = line.split("\t")
                if len(parts) == 3:
                    added, gone = (int(p) if p.isdecimal() else None for p in parts[:2])
                    changes.append((name, parts[2], added, gone))
        self._rows("commits", {"commit": "VARCHAR", "time": "TIMESTAMP", "author": "VARCHAR",
                               "subject": "VARCHAR"}, commits, folder.resolve().name)  # fmt: skip
        self._rows("changes", {"commit": "VARCHAR", "file": "VARCHAR", "added": "BIGINT",
                               "removed": "BIGINT"}, changes, folder.resolve().name)  # fmt: skip
        # which files change together: nobody wants to write that join by hand
        self._db.execute(f"""CREATE TABLE together AS
            SELECT a.file AS file, b.file AS other, count(*) AS times FROM changes a
            JOIN changes b ON a.commit = b.commit AND a.file < b.file
            JOIN (SELECT commit FROM changes GROUP BY commit HAVING count(*) <= {MOST_TOGETHER}) c
              ON c.commit = a.commit
            GROUP BY a.file, b.file HAVING count(*) > 1""")
        self._known("together", folder.resolve().name)

    def _free(self, name: str) -> str:
        plain = re.sub(r"\W+", "_", name).strip("_").lower() or "data"
        plain = f"t_{plain}" if plain[0].isdigit() else plain
        made, number = plain, 1
        while made in self.tables:
            number += 1
            made = f"{plain}_{number}"
        return made

    def _known(self, name: str, source: str) -> None:
        told = self._db.execute(f"DESCRIBE {quoted(name)}").fetchall()
        columns = tuple(Column(str(r[0]), str(r[1])) for r in told)
        count = self._db.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()
        self.tables[name] = Table(name, columns, int(count[0]) if count else 0, source)


def _moment(text: str) -> datetime.datetime | None:
    """A commit's time as UTC; None where it says one that there is none of."""
    try:
        return datetime.datetime.fromisoformat(text).astimezone(datetime.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _literal(file: Path) -> str:
    """A path of which DuckDB takes no sign for a pattern."""
    return re.sub(r"([*?\[])", r"[\1]", str(file))


def _kind(values: Sequence[Any]) -> str:
    """SQLite says of each value what it is, and of a column little."""
    there = [v for v in values if v is not None]
    if there and all(isinstance(v, int) for v in there):
        return "BIGINT"
    if there and all(isinstance(v, int | float) for v in there):
        return "DOUBLE"
    if there and all(isinstance(v, bytes) for v in there):
        return "BLOB"
    if there and all(isinstance(v, str) and re.fullmatch(
            r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?", v) for v in there):  # fmt: skip
        return "TIMESTAMP" if any(len(v) > 10 for v in there) else "DATE"
    return "VARCHAR"
