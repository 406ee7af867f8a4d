"""The rows behind a component: one SELECT over its fields, folded where a field folds, and cut by
the controls that it listens to.

Where rows are folded, those for every position of a control are folded here, and those for "all"
too: a page adds nothing up, so what it shows at any position is what the data answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from geist.canvas.catalog import Build, condition, text, whole
from geist.canvas.fields import Field, field
from geist.canvas.language import Name, Value, said, value
from geist.canvas.problem import Problem, Wrong, like
from geist.canvas.tables import Table, quoted
from geist.canvas.view import Answered, Question

MOST_CONTROLS = 3
COMMON = ("title", "where", "limit", "by")


@dataclass(frozen=True)
class Cut:
    """A control as it cuts one table: a column of keys. `all` says that it can be at "all"."""

    control: str
    column: str
    sql: str
    all: bool


def key(one: Field) -> str:
    """What a control's value is compared with: text, "–" where nothing is there."""
    return f"coalesce(CAST({one.sql} AS VARCHAR), '–')"


def cuts(told: Mapping[str, Value], table: Table, build: Build) -> list[Cut]:
    """Of `by=year` or `by=[year, region]`. Raises Wrong."""
    wanted = told.get("by", ())
    found = list[Cut]()
    for one in wanted if isinstance(wanted, tuple) else (wanted,):
        known = build.controls()
        name = one.text if isinstance(one, Name) else ""
        if name not in known:
            raise Wrong("no control", f"by={said(one)[:40]} is no Picker, Steps or Animation of "
                        f"this view: {like(name, known)}")  # fmt: skip
        call = known[name]
        if len(call.given) < 2:
            raise Wrong("no control", f"{name} is not whole: it needs a table and a column")
        cut = field(call.given[1], table)
        if cut.sums:
            raise Wrong("field", f"{name} cannot cut by {cut.said}")
        found.append(Cut(name, f"by_{name}", key(cut), call.name == "Picker"))
    if len(found) > MOST_CONTROLS or len({c.control for c in found}) < len(found):
        raise Wrong("arguments", f"by takes {MOST_CONTROLS} different controls at most")
    return found


def asked(id: str, table: Table, fields: Mapping[str, Field], told: Mapping[str, Value],
          build: Build, order: str = "", distinct: bool = True) -> dict[str, Any]:  # fmt: skip
    """Asks for a component's rows, and gives the A2UI fields that say so. `order` is a field's
    name, with "-" before it where the largest come first. Raises Wrong."""
    where, limit = condition(told), whole(told, "limit", 100_000)
    by = cuts(told, table, build)
    sql = select(table.name, list(fields.values()), where, by, order, limit)
    build.rows[id] = Question(sql)
    made: dict[str, Any] = {"source": table.name, "rows": {"path": f"/rows/{id}"}}
    sums = any(f.sums for f in fields.values())
    if by:
        made["by"] = [{"column": c.column, "fold": sums and c.all,
                       "value": {"path": f"/controls/{c.control}"}} for c in by]  # fmt: skip
    extra = (("title", text(told, "title")), ("where", where), ("limit", limit))
    return made | {name: given for name, given in extra if given}


def told_again(component: Mapping[str, Any]) -> list[tuple[str, Value]]:
    """The inverse of what `asked` read."""
    named: list[tuple[str, Value]] = [
        (n, component[n]) for n in ("title", "where", "limit") if n in component
    ]
    if controls := controls_of(component):
        named.append(("by", tuple(Name(c) for c in controls)))
    return named


def controls_of(component: Mapping[str, Any]) -> list[str]:
    return [b["value"]["path"].rpartition("/")[2] for b in component.get("by", ())]


def columns(fields: Mapping[str, Field]) -> dict[str, dict[str, str]]:
    return {c: {"field": f.name, "kind": f.kind, "of": f.said} for c, f in fields.items()}


def of(component: Mapping[str, Any], names: Sequence[str],
       held: str = "columns") -> list[tuple[str, Value]]:  # fmt: skip
    """The inverse of `columns`."""
    return [(n, value(component[held][n]["of"])) for n in names if n in component[held]]


def rows(component: Mapping[str, Any], shown: Answered) -> list[dict[str, Any]]:
    return shown.model["rows"].get(component["id"]) or []


def first(component: Mapping[str, Any], shown: Answered) -> list[dict[str, Any]]:
    """The rows that are seen before any control is moved."""
    found = rows(component, shown)
    for one in component.get("by", ()):
        at = shown.model["controls"].get(one["value"]["path"].rpartition("/")[2])
        if at:
            found = [r for r in found if r[one["column"]] == at]
        elif one["fold"]:
            found = [r for r in found if r[one["column"]] is None]
    return found


def empty(component: Mapping[str, Any], shown: Answered) -> Iterator[Problem]:
    if shown.model["rows"].get(component["id"]) == []:
        yield Problem("empty", component["id"], "no row is left to show")


def as_lines(component: Mapping[str, Any], columns: Sequence[Mapping[str, Any]],
             shown: Answered, most: int = 30) -> list[str]:  # fmt: skip
    """Rows as plain text, for who cannot see them drawn."""
    there, names = first(component, shown), [c["field"] for c in columns]
    at = {c: v for c in controls_of(component) if (v := shown.model["controls"].get(c))}
    lines = [f"(where {c} is {v})" for c, v in at.items()]
    lines += ["  ".join(str(row[n]) for n in names) for row in there[:most]]
    return [*lines, *([f"({len(there) - most} more rows)"] if len(there) > most else [])]


def select(table: str, fields: Sequence[Field], where: str, by: Sequence[Cut], order: str,
           limit: int | None) -> str:  # fmt: skip
    """One column for each field, whoever shares it, and one for each control."""
    unique = {f.name: f for f in fields}
    given = [f"{f.sql} AS {quoted(f.name)}" for f in unique.values()]
    given += [f"{c.sql} AS {quoted(c.column)}" for c in by]
    sql = f"SELECT {', '.join(given)} FROM {quoted(table)}"
    if where:
        sql += f" WHERE ({where})"
    plain = [quoted(f.name) for f in unique.values() if not f.sums]
    folded = len(plain) < len(unique)
    if folded and (plain or by):
        sql += f" GROUP BY {_groups(plain, by)}"
    cut = [quoted(c.column) for c in by]
    sort = [f"{quoted(order.lstrip('-'))} {'DESC' if order[0] == '-' else 'ASC'} NULLS LAST"
            ] if order else []  # fmt: skip
    # ties in one order always: the same question, the same picture
    rest = plain if folded or order else []
    sort += [f"{name} NULLS LAST" for name in rest if name != quoted(order.lstrip("-"))]
    if by and limit:
        within = f" ORDER BY {', '.join(sort)}" if sort else ""
        sql = f"SELECT * FROM ({sql}) QUALIFY row_number() OVER (PARTITION BY {', '.join(cut)}"
        sql, limit = f"{sql}{within}) <= {limit}", None
    if sort:
        sql += f" ORDER BY {', '.join(sort)}"
    return sql + (f" LIMIT {limit}" if limit else "")


def _groups(plain: Sequence[str], by: Sequence[Cut]) -> str:
    if not any(c.all for c in by):
        return ", ".join([*plain, *(quoted(c.column) for c in by)])
    whole_ = [c for c in by if c.all]
    sets = list[str]()
    for count in range(len(whole_) + 1):
        for left_out in combinations(whole_, count):
            kept = [quoted(c.column) for c in by if c not in left_out]
            sets.append(f"({', '.join([*plain, *kept])})")
    return f"GROUPING SETS ({', '.join(sets)})"
