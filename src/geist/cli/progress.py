"""An app's checks on the screen, as they turn green: one line each."""

import time

from rich.live import Live
from rich.text import Text

from geist.apps.finding import TITLES, Stage
from geist.cli.screen import console, line

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
ORDER: tuple[Stage, ...] = ("safe", "lint", "parses", "checks", "tried", "attacked")


class Progress:
    """Use as a context manager. Where there is no terminal, it says what was reached at the end."""

    def __init__(self, checks: list[str]) -> None:
        self.checks, self.version, self.doing = checks, 0, "writing …"
        self.met: dict[str, bool] = {}
        self.stages: dict[Stage, bool] = {}
        self._out = console(stderr=True)
        self._live = Live(
            get_renderable=self._drawn, console=self._out, refresh_per_second=8, transient=True
        )

    def __enter__(self) -> "Progress":
        if self._out.is_terminal:
            self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        if self._out.is_terminal:
            self._live.__exit__(None, None, None)
        for text in self._lines(final=True):
            console().print(text)

    def hear(self, stage: Stage, what: str, good: bool) -> None:
        if stage == "safe":  # a new version begins
            self.version += 1
            self.met, self.stages = {}, {}
        if stage == "checks":
            self.met[what] = good
        else:
            self.stages[stage] = good

    def tell(self, text: str) -> None:
        self.doing = text

    def _lines(self, final: bool = False) -> list[Text]:
        found = []
        for stage in ORDER:
            if stage == "checks":
                found += [_mark(self.met.get(c), c) for c in self.checks]
            elif stage in self.stages or not final:
                found.append(_mark(self.stages.get(stage), TITLES[stage]))
        return found

    def _drawn(self) -> Text:
        turn = FRAMES[int(time.monotonic() * 8) % len(FRAMES)]
        told = Text("\n").join(self._lines())
        return told + Text(f"\n{turn} version {max(1, self.version)}: {self.doing}", "dim")


def _mark(good: bool | None, text: str) -> Text:
    mark, style = ("·", "dim") if good is None else ("✓", "green") if good else ("✗", "red")
    return line((f"{mark} ", style), (text, "" if good is not None else "dim"))
