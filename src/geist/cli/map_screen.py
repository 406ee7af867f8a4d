"""What a map and a probe look like in a terminal."""

import time
from collections.abc import Sequence
from typing import Any

from rich.live import Live
from rich.table import Table
from rich.text import Text

from geist.cli.screen import console, line, safe
from geist.core.errors import GeistError
from geist.jagged.cells import Change, JaggedMap
from geist.jagged.measure import TOKENS, Row
from geist.jagged.page import HEADS, axis_rows, cells, spread
from geist.jagged.stats import LEVEL, proportion, resolvable
from geist.jagged.suite import FAMOUS, OWN, Item
from geist.models.model import Model
from geist.models.remote import Remote
from geist.models.router import Router

STYLES = {"reliable": "green", "now and then": "yellow", "unreliable": "red", "unresolved": "dim"}
SAID = "what may be said"
WIDE = 118  # columns that the whole table needs
EVERY = 0.5  # seconds between two looks at the screen
QUESTION = 80  # tokens that a question takes, about, for a price


class Screen:
    """A line that moves where there is a terminal, else a line now and then."""

    def __init__(self, name: str) -> None:
        self.name, self.total, self.shown, self.told = name, 0, 0.0, -1
        self.began, self.at_first = time.monotonic(), 0
        out = console(stderr=True)
        self.live = Live(console=out, auto_refresh=False, transient=True)
        self.out, self.moves = out, out.is_terminal

    def __enter__(self) -> "Screen":
        if self.moves:
            self.live.__enter__()
            self.live.update(Text(f"{self.name}: loading …"), refresh=True)
        return self

    def __exit__(self, *rest: Any) -> None:
        if self.moves:
            self.live.__exit__(*rest)

    def begin(self, plan: Sequence[str], total: int) -> None:
        for told in plan:
            self.out.print(line((told, "dim")))
        self.total, self.began, self.at_first = total, time.monotonic(), -1

    def update(self, rows: list[Row]) -> None:
        done, now = len(rows), time.monotonic()
        if self.at_first < 0:
            self.at_first = done
        tenth = 10 * done // max(1, self.total)
        if self.moves and now - self.shown > EVERY:
            self.live.update(Text(safe(self._line(rows))), refresh=True)
            self.shown = now
        elif not self.moves and self.total and tenth != self.told:
            self.told = tenth
            self.out.print(safe(self._line(rows)))

    def _line(self, rows: list[Row]) -> str:
        done = len(rows)
        right = sum(r.kind for r in rows) / max(1, done)
        if not self.total:
            return f"{self.name}: finding out how fast it answers …"
        told = f"{self.name}: {done} of {self.total} answers, {right:.0%} right"
        made = done - max(0, self.at_first)
        if made >= 8:
            left = (time.monotonic() - self.began) / made * (self.total - done)
            told += f", {int(left) // 60}:{int(left) % 60:02} left"
        return told


def plan(items: Sequence[Item], left: Sequence[Item], width: float | None) -> list[str]:
    """What will be asked, and what that can tell, before it is."""
    skills = len({i.skill for i in items})
    known = f" ({len(items) - len(left)} are answered)" if len(left) < len(items) else ""
    if not any(i.axis not in (OWN, FAMOUS) for i in items):
        old = sum(i.axis == FAMOUS for i in items)
        return [f"{len(items)} questions{known}: {old} famous ones and {len(items) - old} fresh."]
    pairs = len({(i.skill, i.pair) for i in items}) // max(1, skills)
    half = proportion(0.5, 2 * pairs).width / 2
    gap, over_all = resolvable(pairs), resolvable(pairs * skills)
    found = f"a rewording gap of {gap:.0%}" if gap < 0.29 else "no rewording gap under 30%"
    told = [
        f"{len(items)} questions{known}: {skills} skills, {pairs} pairs each. A skill that is "
        f"right half of the time will be known to ±{half:.0%}.",
        f"It will probably show {found} in one skill, and one of {over_all:.0%} over all.",
    ]
    if width is not None:
        told.append(f"A skill is left when its interval is {width:.0%} wide.")
    return told


def price(model: Model, left: Sequence[Item], money: float | None) -> None:
    """Tells what it costs at most, before anything is asked."""
    remotes = [s.model for s in model.shares if isinstance(s.model, Remote)] if isinstance(
        model, Router) else []  # fmt: skip
    if not remotes or not left:
        return
    found = [r.price(QUESTION * len(left), TOKENS * len(left)) for r in remotes]
    prices = [p for p in found if p is not None]
    out = console(stderr=True)
    if not prices:
        told = (
            f"{model.name}: no price is known for it; {len(left)} questions of about {QUESTION} "
            f"tokens, at most {TOKENS} tokens each back"
        )
        out.print(line((told, "yellow")))
        if money is not None:
            raise GeistError("--money cannot be kept without a price",
                             mend="give price_in and price_out in geist.toml")  # fmt: skip
        return
    out.print(line((f"{model.name}: at most ${max(prices):.2f} for {len(left)} questions", "")))
    if money is None and max(prices) > 0:
        raise GeistError(f"this may cost up to ${max(prices):.2f}",
                         mend=f"--money {max(prices):.2f}    says that it may")  # fmt: skip


def mapped(found: JaggedMap, rows: Sequence[Row], seconds: float) -> list[str]:
    """Prints the map; returns the lines that tell about it."""
    out, table = console(), Table(box=None, pad_edge=False)
    shown = HEADS if out.width >= WIDE else HEADS[: HEADS.index(SAID) + 1]
    for head in shown:
        table.add_column(head, justify="left" if head in ("skill", SAID) else "right", no_wrap=True)
    for c in sorted(found.cells, key=lambda c: -c.right.mean):
        told = [Text(x) for x in cells(c)[: len(shown)]]
        told[HEADS.index(SAID)].stylize(STYLES[c.word])
        table.add_row(*told)
    out.print(table)
    costs = [f"{name} {told}" for name, told, _ in axis_rows(found)]
    sure = [name for name, _, p in axis_rows(found) if float(p) < LEVEL]
    n, right = len(rows), sum(r.kind for r in rows)
    about = [
        f"{n} answers, {right / n:.0%} right, {sum(r.strict for r in rows) / n:.0%} also in the "
        f"form that was asked for" + (f"; {seconds:.0f} s this time." if seconds >= 1 else "."),
        "Right is a kind reading: the right answer stands at the end. κ: 0 is what the best "
        "constant answer or a guess gets, 1 all right. Reworded: what other words for the same "
        "question do, in points of 100, ± for 95%.",
        f"Two answers to one template are alike by {found.like.template:.2f}, two wordings of one "
        f"problem by {found.like.pair:.2f}; the intervals allow for it.",
    ]  # fmt: skip
    out.print()
    out.print(f"What rewording does, over all skills: {'; '.join(costs)}.")
    if sure:
        out.print(f"Shown beyond chance: {', '.join(sure)}.")
    for told in [*about, spread(found)]:
        out.print(line((told, "dim")))
    return about


def compared(first: str, second: str, changes: Sequence[Change]) -> None:
    """Prints two models beside each other, over the items that both answered."""
    table = Table(box=None, pad_edge=False)
    out = console()
    out.print(line(("first: ", "dim"), (first, "bold"), ("   second: ", "dim"), (second, "bold")))
    for head in ("skill", "first", "second", "gain", "95%", "p", ""):
        table.add_column(head, justify="left" if head in ("skill", "") else "right", no_wrap=True)
    for c in changes:
        word = "unresolved" if c.p >= LEVEL else "better" if c.gain.mean > 0 else "worse"
        style = {"better": "green", "worse": "red"}.get(word, "dim")
        reach = f"{100 * c.gain.low:+.0f} to {100 * c.gain.high:+.0f}"
        table.add_row(c.skill, f"{c.first:.0%}", f"{c.second:.0%}", f"{100 * c.gain.mean:+.0f}",
                      reach, f"{c.p:.2g}", Text(word, style))  # fmt: skip
    out.print(table)


def probed(name: str, items: Sequence[Item], rows: Sequence[Row], show: bool) -> None:
    """Prints famous and fresh questions side by side."""
    out, table = console(), Table(box=None, pad_edge=False)
    for head in ("family", "famous", "fresh", "fresh, 95%", "gap", "no form", ""):
        table.add_column(head, justify="left" if head in ("family", "") else "right", no_wrap=True)
    both = dict.fromkeys(r.skill for r in rows)
    sums = {True: [0, 0], False: [0, 0]}  # famous: right, of
    for skill in both:
        of = [r for r in rows if r.skill == skill]
        old, new = ([r for r in of if (r.axis == FAMOUS) is which] for which in (True, False))
        reach = proportion(sum(r.kind for r in new) / max(1, len(new)), max(1, len(new)))
        if old and new:
            for which, part in ((True, old), (False, new)):
                sums[which][0] += sum(r.kind for r in part)
                sums[which][1] += len(part)
        word, style = ("fails", "red") if reach.high < 0.5 else ("holds", "green") if (
            reach.low > 0.6) else ("unresolved", "dim")  # fmt: skip
        gap = (sum(r.kind for r in old) / len(old) - reach.mean) if old else None
        table.add_row(
            skill, f"{sum(r.kind for r in old)} of {len(old)}" if old else "–",
            f"{sum(r.kind for r in new)} of {len(new)}", f"{reach.low:.0%}–{reach.high:.0%}",
            "–" if gap is None else f"{100 * gap:+.0f}",
            f"{sum(not r.form for r in of) / len(of):.0%}", Text(word, style),
        )  # fmt: skip
    out.print(table)
    (a, n), (b, m) = sums[True], sums[False]
    if n and m:
        from scipy.stats import fisher_exact

        p = float(fisher_exact([[a, n - a], [b, m - b]], alternative="greater").pvalue)
        told = "it has read them" if p < LEVEL else "no sign that it has only read them"
        out.print(f"Where there are both: famous {a} of {n}, fresh {b} of {m} (Fisher's exact p "
                  f"{p:.2g}): {told}.")  # fmt: skip
    if show:
        texts = {i.name: i.task.prompt[-1].text.split("\n")[0] for i in items}
        for r in sorted(rows, key=lambda r: (r.skill, r.axis, r.pair)):
            mark, style = ("right", "green") if r.kind else ("wrong", "red")
            out.print(line((f"{r.skill}, {r.axis}: ", "dim"), (texts[r.item], "")))
            out.print(line((f"  {mark}: ", style), (r.answer.strip()[-200:], "bold"),
                           (f"  (it is {r.truth})", "dim")))  # fmt: skip
