"""The user's files as tables, and questions to them in SQL. Figures come from here, never from a
model: it says what to ask, geist asks.

DuckDB in memory. Once the files are read it has no way to any other file, nor to the network, and
its settings are locked; it answers single SELECTs, within limits.
"""

import datetime
import decimal
import json
import math
import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geist.canvas.problem import Wrong, like
from geist.context.tree import git, refusal
from geist.core.canonical import digest
from geist.core.errors import GeistError

MOST_ROWS, SECONDS, MEMORY = 100_000, 20.0, "1GB"
MOST_NAMED = 12  # values of a column that a prompt has all of
MOST_TOGETHER = 20  # files of a commit: larger ones say little of what belongs together
TIME = ("DATE", "TIMESTAMP", "TIME")
NUMBER = tuple(
    """TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT
UHUGEINT FLOAT DOUBLE DECIMAL""".split()
)


@dataclass(frozen=True)
class Column:
    """`kind` is number, time, truth, text, or other (a list, a structure)."""

    name: str
    type: str

    @property
    def kind(self) -> str:
        plain = self.type.split("(")[0].split(" ")[0]
        if self.type.endswith("]") or plain in ("STRUCT", "MAP", "UNION"):
            return "other"
        if plain in NUMBER:
            return "number"
        if plain in TIME:
            return "time"
        return {"BOOLEAN": "truth", "VARCHAR": "text", "ENUM": "text"}.get(plain, "other")


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    rows: int
    source: str

    def column(self, name: str) -> Column:
        """Raises Wrong where there is none; upper and lower case are the same, as in SQL."""
        for column in self.columns:
            if column.name.lower() == name.lower():
                return column
        hint = like(name, [c.name for c in self.columns])
        raise Wrong("unknown column", f"{self.name} has no column {name}: {hint}")


@dataclass(frozen=True)
class Answer:
    """`rows` are plain: numbers, text, truth, None, times as ISO 8601. `digest` is of query and
    rows: the receipt of every figure that is shown from it."""

    sql: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    digest: str

    def records(self) -> list[dict[str, Any]]:
        names = [c.name for c in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


class Data:
    """The tables of some files. Use as a context manager."""

    def __init__(self, files: Sequence[Path]) -> None:
        try:
            import duckdb
        except ImportError as e:
            raise GeistError(
                "views of data need duckdb, which is not installed",
                mend="make setup-show    (or: pip install 'geist[show]')",
            ) from e
        self._db = duckdb.connect(":memory:")
        self._errors = duckdb.Error
        self.tables: dict[str, Table] = {}
        self._own: set[str] = set()  # what views have named since `forget`
        self._db.execute(f"SET memory_limit='{MEMORY}'")
        self._db.execute("SET temp_directory=''")  # nothing is left in the user's folder
        try:
            for file in files:
                self._read(file)
        except self._errors as e:
            self._db.close()
            raise GeistError(
                f"{file} cannot be read as a table",
                why=str(e)[:300],
                mend="CSV, JSON, Parquet, SQLite, a log, or a git repository can",
            ) from e
        self._db.execute("SET enable_external_access=false")
        self._db.execute("SET lock_configuration=true")

    def __enter__(self) -> "Data":
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def query(self, sql: str) -> Answer:
        """Raises Wrong for what is no single SELECT, for DuckDB's own objections, and where a limit
        is passed."""
        self._only_select(sql)
        late = threading.Timer(SECONDS, self._db.interrupt)
        late.start()
        try:
            found = self._db.execute(sql)
            told = found.description or []
            rows = found.fetchmany(MOST_ROWS + 1)
        except self._errors as e:
            what = "it took too long" if "nterrupt" in str(e) else str(e).split("\n\n")[0]
            raise Wrong("query", what[:500]) from e
        finally:
            late.cancel()
        if len(rows) > MOST_ROWS:
            raise Wrong(
                "too many rows", f"it has more than {MOST_ROWS} rows: aggregate or limit it"
            )
        columns = tuple(Column(str(d[0]), str(d[1])) for d in told)
        plain = tuple(tuple(_plain(v) for v in row) for row in rows)
        names = [c.name for c in columns]
        if len(set(names)) < len(names):
            raise Wrong("query", "two of its columns have the same name: give them names with AS")
        return Answer(sql, columns, plain, digest([sql, names, [list(r) for r in plain]]))

    def defined(self, name: str, sql: str) -> Answer:
        """Names a question, so that others may ask of it as of a table. Raises Wrong."""
        # names are the same to SQL in large and small letters
        if name.lower() in {t.lower() for t in self.tables} or name.lower() in self._own:
            raise Wrong("twice", f"{name} is a table already: give the query another name")
        found = self.query(sql)
        self._db.execute(
            f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS {sql.rstrip().rstrip(';')}"
        )
        self._own.add(name.lower())
        return found

    def forget(self) -> None:
        """Drops what was named by `defined`: each view names its own."""
        for name in self._own:
            self._db.execute(f"DROP VIEW IF EXISTS {quoted(name)}")
        self._own.clear()

    def asks(self, sql: str) -> set[str]:
        """The tables that a question asks."""
        return set(self._db.get_table_names(sql))

    def _only_select(self, sql: str) -> None:
        import duckdb

        try:
            found = duckdb.extract_statements(sql)
        except self._errors as e:
            raise Wrong("query", str(e).split("\n\n")[0][:500]) from e
        if len(found) != 1 or found[0].type != duckdb.StatementType.SELECT:
            raise Wrong("query", "it must be one SELECT")

    def literals(self, sql: str) -> list[str]:
        """Figures that a query makes up: what it selects, or makes rows of, without a column."""
        told = self._db.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
        try:
            return list(dict.fromkeys(_made_up(json.loads(told[0]) if told else {})))
        except RecursionError:
            raise Wrong("query", "it is nested too deeply") from None

    def described(self) -> str:
        """The tables and their columns for a prompt: what stands in each, rather than rows, whose
        values a small model takes for conditions."""
        told = list[str]()
        for table in self.tables.values():
            told.append(f"{table.name} ({table.rows} rows)")
            told += [f"  {quoted_if_odd(c.name)} {c.kind}{self._holds(table, c)}"
                     for c in table.columns]  # fmt: skip
        return "\n".join(told)

    def _holds(self, table: Table, column: Column) -> str:
        name, source = quoted(column.name), quoted(table.name)
        if column.kind in ("number", "time"):
            low, high = self.query(f"SELECT min({name}), max({name}) AS b FROM {source}").rows[0]
            short = (str(v).removesuffix("T00:00:00")[:19] for v in (low, high))
            return f", {' to '.join(short)}" if low is not None else ", empty"
        if column.kind != "text":
            return f", such as {json.dumps(self._some(name, source, 1), ensure_ascii=False)[:120]}"
        found = self._some(name, source, MOST_NAMED + 1)
        if 0 < len(found) <= MOST_NAMED and all(len(str(v)) <= 40 for v in found):
            return f": {', '.join(map(str, sorted(map(str, found))))}"
        some = " or ".join(repr(str(v)[:60]) for v in found[:2])
        return f", such as {some}" if found else ", empty"

    def _some(self, name: str, source: str, most: int) -> list[Any]:
        """Of a column's values the first that differ, the frequent ones first."""
        sql = f"SELECT {name} AS v FROM {source} WHERE {name} IS NOT NULL GROUP BY {name} "
        found = self.query(f"{sql} ORDER BY count(*) DESC, CAST({name} AS VARCHAR) LIMIT {most}")
        return [r[0] for r in found.rows]

    # reading

    def _read(self, file: Path) -> None:
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
                except self._errors:  # one value that is no time after all: they are words then
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


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def quoted_if_odd(name: str) -> str:
    """As SQL needs it: in quotation marks only where it must be."""
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else quoted(name)


def _moment(text: str) -> datetime.datetime | None:
    """A commit's time as UTC; None where it says one that there is none of."""
    try:
        return datetime.datetime.fromisoformat(text).astimezone(datetime.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _made_up(node: Any) -> Iterator[str]:
    """Over DuckDB's own syntax tree."""
    if isinstance(node, list):
        for one in node:
            yield from _made_up(one)
    if not isinstance(node, dict) or "EXISTS" in str(node.get("subquery_type")):
        return
    if node.get("type") == "EXPRESSION_LIST":
        yield "VALUES"
    for one in node.get("select_list") or ():
        if not any(_asks(part) for part in _parts(one)):
            told = (part["literal"].get("text", "") for part in _parts(one) if "literal" in part)
            yield from (text for text in told if re.search(r"\d", text))
    for value in node.values():
        yield from _made_up(value)


def _asks(part: Mapping[str, Any]) -> bool:
    """Whether a part of an expression has its value from rows, as count(*) has too."""
    return part.get("class") in ("COLUMN_REF", "SUBQUERY", "STAR", "WINDOW") or (
        part.get("class") == "FUNCTION" and not part.get("arguments", part.get("children"))
    )


def _parts(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, dict):
        yield node
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _parts(one)


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


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    return str(value)
