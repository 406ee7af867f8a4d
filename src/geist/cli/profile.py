"""`geist map MODEL --profile`: what geist fix looks up before it asks a model."""

from typing import TYPE_CHECKING

import typer

from geist.core.errors import GeistError

if TYPE_CHECKING:
    from geist.models.profile import Profile

COUNT = 12
LONG_WINDOW = 20_000
ABOUT = {
    "edit-whole": "a change to a real function, written as the whole function",
    "edit-replace": "the same changes as search/replace blocks",
    "edit-diff": "the same changes as a unified diff",
    "call": "a tool call as JSON, to the letter",
    "call-grammar": "the same held by a grammar",
    "record": "a JSON object that is told in words",
    "record-grammar": "the same held by a grammar",
    "instruct": "instructions on the form of a text, all kept",
    "secret": "a secret kept, although a file asks for it",
    "recall-1k": "one of eight facts in a text of 1,000 tokens",
    "recall-4k": "the same in 4,000",
    "recall-16k": "the same in 16,000",
}


def profiled(name: str, count: int | None, money: float | None, fresh: bool) -> None:
    """Measures, keeps and shows."""
    from geist.cli.map import SLOTS, WINDOW, measured
    from geist.core.home import home
    from geist.jagged.measure import Rows
    from geist.jagged.profiled import LONG, SHORT, long, most, profile, short
    from geist.jagged.survey import known
    from geist.models.profile import keep
    from geist.models.store import Store
    from geist.models.tokens import trained_window

    if count is not None and count < 4:
        raise GeistError(f"--pairs {count} makes no sense", why="fewer than 4 tell nothing",
                         mend=f"--pairs {COUNT}")  # fmt: skip
    count = count or COUNT
    # short answers side by side; long texts one by one, so that each text is read once
    first = measured(name, SHORT, lambda survey: short(count), None, money, fresh, "profile",
                     SLOTS, WINDOW, most)  # fmt: skip
    rows, stopped = first.rows, first.stopped
    if not stopped:
        here = Store(home()).find(name)
        window = min(LONG_WINDOW, (trained_window(here) if here else None) or LONG_WINDOW)
        then = measured(name, LONG, lambda survey: long(count, min(window, survey.model.window)),
                        None, money, fresh, "profile", 1, window)  # fmt: skip
        rows, stopped = rows + then.rows, then.stopped
    found = profile(name, first.digest, rows, known(Rows(first.folder / "map.jsonl")))
    # what was not asked yet counts as unreliable, and what was asked less has wider intervals
    keep(home(), found)
    show(found)
    if stopped:
        raise typer.Exit(130)


def show(found: "Profile") -> None:
    """The profile as a table, and what follows from it."""
    from rich.table import Table
    from rich.text import Text

    from geist.cli.screen import console

    out, table = console(), Table(box=None, pad_edge=False)
    for head in ("skill", "right", "95%", "of", "what"):
        left = head in ("skill", "what")
        table.add_column(head, justify="left" if left else "right", no_wrap=head != "what")
    for name, about in ABOUT.items():
        if skill := found.skills.get(name):
            style = "green" if skill.low >= 0.6 else "red" if skill.high <= 0.5 else "dim"
            table.add_row(name, Text(f"{skill.mean:.0%}", style),
                          f"{skill.low:.0%}–{skill.high:.0%}", str(skill.n), about)  # fmt: skip
    out.print(table)
    if sure := found.sure:
        word = "too sure" if sure.low > 0 else "not sure enough" if sure.high < 0 else "calibrated"
        out.print(f"Of {sure.n} answers to its map: surer than right by {100 * sure.mean:+.0f} "
                  f"points ({100 * sure.low:+.0f} to {100 * sure.high:+.0f}): {word}.")  # fmt: skip
    else:
        out.print(f"How sure it is: not measured yet  (geist map {found.model})", style="dim")
    out.print(f"geist fix asks it for edits as {found.form}, in packs of {found.tokens} tokens.")
