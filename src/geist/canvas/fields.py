"""What stands on an axis or in a figure: a column, or a function of one, as SQL."""

from dataclasses import dataclass

from geist.canvas.language import Call, Name, Value, said
from geist.canvas.problem import Wrong, like
from geist.canvas.tables import Column, Table, quoted

# function → SQL, with {} for the column
SUMS = {
    "sum": "sum({})", "mean": "avg({})", "avg": "avg({})", "min": "min({})", "max": "max({})",
    "median": "median({})", "count": "count(*)", "distinct": "count(DISTINCT {})",
}  # fmt: skip
TIMES = {
    "year": "strftime({}, '%Y')", "quarter": "date_trunc('quarter', {})",
    "month": "date_trunc('month', {})", "week": "date_trunc('week', {})",
    "day": "date_trunc('day', {})", "hour": "date_trunc('hour', {})",
    "weekday": "strftime({}, '%u %a')",
}  # fmt: skip
NUMERIC = ("sum", "mean", "avg", "median")
BINS = 20


@dataclass(frozen=True)
class Field:
    """`sums` says that it folds many rows into one. `kind` is number, time, text or truth."""

    name: str
    sql: str
    kind: str
    sums: bool
    said: str


def field(value: Value, table: Table) -> Field:
    """Raises Wrong for an unknown column or function, and where they do not fit each other."""
    if isinstance(value, Name):
        column = table.column(_bare(value.text, table))
        return Field(column.name, quoted(column.name), column.kind, False, said(value))
    if not isinstance(value, Call) or value.named or len(value.given) > 1:
        raise Wrong("field", f"{said(value)} is no column, nor a function of one")
    known = {**SUMS, **TIMES, "bin": ""}
    if value.name not in known:
        raise Wrong("function", f"there is no function {value.name}: {like(value.name, known)}")
    if value.name == "count" and not value.given:
        return Field("count", "count(*)", "number", True, said(value))
    if not value.given or not isinstance(value.given[0], Name):
        raise Wrong("field", f"{value.name} needs a column of {table.name}")
    column = table.column(_bare(value.given[0].text, table))
    _fits(value.name, column)
    name, place = f"{value.name}_{column.name}", quoted(column.name)
    if value.name in SUMS:
        kind = column.kind if value.name in ("min", "max") else "number"
        sql = "count({})" if value.name == "count" else SUMS[value.name]
        return Field(name, sql.format(place), kind, True, said(value))
    if value.name == "bin":
        low, high = (f"(SELECT {f}({place}) FROM {quoted(table.name)})" for f in ("min", "max"))
        step = f"greatest(({high} - {low}) / {BINS}.0, 1e-12)"
        sql = f"{low} + floor(({place} - {low}) / {step}) * {step}"
        return Field(name, sql, "number", False, said(value))
    kind = "text" if value.name in ("year", "weekday") else "time"
    return Field(name, TIMES[value.name].format(place), kind, False, said(value))


def _bare(name: str, table: Table) -> str:
    """sales.amount is amount, unless there is a column of that very name."""
    owner, _, rest = name.partition(".")
    names = {c.name.lower() for c in table.columns}
    return rest if rest and owner == table.name and name.lower() not in names else name


def _fits(function: str, column: Column) -> None:
    wanted = "number" if function in (*NUMERIC, "bin") else "time" if function in TIMES else ""
    if wanted and column.kind != wanted:
        raise Wrong("kind", f"{function} needs a {wanted}, and {column.name} is {column.kind}")
