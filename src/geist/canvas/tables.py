"""What a table is: its columns, and how SQL calls them."""

import re
from dataclasses import dataclass

from geist.canvas.problem import Wrong, like

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


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def quoted_if_odd(name: str) -> str:
    """As SQL needs it: in quotation marks only where it must be."""
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else quoted(name)
