"""The user's files as tables, and questions to them in SQL. Figures come from here, never from a
model: it says what to ask, geist asks.

DuckDB in memory. Once the files are read it has no way to any other file, nor to the network, and
its settings are locked; it answers single SELECTs, within limits.
"""

import datetime
import decimal
import json
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geist.canvas.files import Files
from geist.canvas.invented import invented
from geist.canvas.problem import Wrong
from geist.canvas.tables import Column, Table, quoted, quoted_if_odd
from geist.core.canonical import digest
from geist.core.errors import GeistError

MOST_ROWS, SECONDS, MEMORY = 100_000, 20.0, "1GB"
MOST_NAMED = 12  # values of a column that a prompt has all of


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
        files_ = Files(self._db)
        self.tables = files_.tables
        self._own: set[str] = set()  # what views have named since `forget`
        self._db.execute(f"SET memory_limit='{MEMORY}'")
        self._db.execute("SET temp_directory=''")  # nothing is left in the user's folder
        try:
            for file in files:
                files_.read(file)
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
            return list(dict.fromkeys(invented(json.loads(told[0]) if told else {})))
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
