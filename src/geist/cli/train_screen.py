"""What a training run shows while it works."""

import time
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from geist.cli.screen import console, line
from geist.train.run import Run

COLUMNS = {
    "sft": ("loss", "norm", "tokens"),
    "rlvr": ("reward", "strict", "format", "length", "signal", "drift", "tokens_per_second"),
}
NAMES = {"strict": "right", "tokens_per_second": "tok/s", "norm": "gradient"}
SHOWN = 12  # steps


class Screen:
    """A table that grows where there is a terminal, else a line for each step."""

    def __init__(self, run: Run) -> None:
        self.run, self.out = run, console()
        self.stage, self.steps, self.step = "", 0, 0
        self.rows: list[dict[str, Any]] = []
        self.scores: list[dict[str, Any]] = []
        self.note = ""
        self.times: list[float] = []
        self.live = Live(console=self.out, auto_refresh=False) if self.out.is_terminal else None

    def __enter__(self) -> "Screen":
        if self.live:
            self.live.__enter__()
        return self

    def __exit__(self, *rest: Any) -> None:
        if self.live:
            self._draw()
            self.live.__exit__(*rest)

    def say(self, text: str) -> None:
        self.note = text
        if self.live:
            self._draw()
        else:
            self.out.print(line((text, "yellow")))

    def tell(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "stage":
            self.stage, self.steps, self.step = data["stage"], data["steps"], data["step"]
            self.rows, self.times = [], [time.monotonic()]
            if not self.live:
                self.out.print(line((f"{self.run.name}: {self.stage}, {self.steps} steps", "bold")))
        elif kind == "step":
            self.step = data["step"]
            self.rows = [*self.rows, data][-SHOWN:]
            self.times = [*self.times, time.monotonic()][-20:]
            if not self.live and (
                self.step % max(1, self.steps // 40) == 0 or self.stage == "rlvr"
            ):
                cells = [f"{NAMES.get(c, c)} {_shown(data.get(c))}" for c in COLUMNS[self.stage]]
                self.out.print(line((f"{self.step:>5}  {'  '.join(cells)}  {self._left()}", "")))
        elif kind == "evaluated":
            self.scores.append(data)
            if not self.live:
                self.out.print(line((_score(data), "bold")))
        elif kind == "warning":
            self.say(data["text"])
        if self.live:
            self._draw()

    def _left(self) -> str:
        if len(self.times) < 2:
            return ""
        each = (self.times[-1] - self.times[0]) / (len(self.times) - 1)
        seconds = int(each * (self.steps - self.step))
        return f"{seconds // 60}:{seconds % 60:02d} left"

    def _draw(self) -> None:
        assert self.live is not None
        title = f"{self.run.name}  {self.stage}  step {self.step} of {self.steps}  {self._left()}"
        table = Table(title=title, title_justify="left", box=None, pad_edge=False)
        columns = COLUMNS.get(self.stage, ())
        for name in ("step", *columns):
            table.add_column(NAMES.get(name, name), justify="right")
        for row in self.rows:
            table.add_row(str(row["step"]), *(_shown(row.get(c)) for c in columns))
        parts: list[Any] = [table]
        if self.scores:
            parts.append(line((_score(self.scores[-1]), "bold")))
        if self.rows and self.rows[-1].get("levels"):
            told = ", ".join(f"{n} {v}" for n, v in self.rows[-1]["levels"].items())
            parts.append(line((f"levels: {told}", "dim")))
        parts.append(line((self.note, "yellow")) if self.note else Text(""))
        self.live.update(Group(*parts), refresh=True)


def _score(data: dict[str, Any]) -> str:
    return (
        f"held-out after {data['stage']} step {data['step']}: {data['held_out']:.0%} right of "
        f"{data['of']} (lenient {data['lenient']:.0%}, in form {data['format']:.0%}, "
        f"{data['length']:.0f} tokens an answer)"
    )


def _shown(value: Any) -> str:
    return "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)
