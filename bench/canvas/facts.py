"""Whether a view answers its question: by the rows of a reference query and the families of
components that may show them. The model and the verifier see neither."""

from dataclasses import dataclass, replace

from geist.canvas.agree import tables, within
from geist.canvas.data import Data
from geist.canvas.view import Answered


@dataclass(frozen=True)
class Asked:
    """`shown` are the families that answer it: bar, line, …, table, text, map, timeline."""

    id: str
    data: str
    question: str
    sql: str
    shown: tuple[str, ...]
    why: str


def right(asked: Asked, shown: Answered, data: Data) -> bool:
    """One component of a family that may is made of the reference's rows and few others. "Few" is
    two beside one row, and as many again and five beside more: a whole table that happens to hold
    the answer does not answer."""
    wanted = data.query(asked.sql).rows
    most = 3 if len(wanted) == 1 else 2 * len(wanted) + 5
    for component in shown.view.components:
        name = component["component"]
        family = component["mark"] if name == "Chart" else name.lower()
        if family in asked.shown:
            alone = replace(shown, view=replace(shown.view, components=(component,)))
            if any(len(rows) <= most and within(wanted, rows) for rows in tables(alone)):
                return True
    return False
