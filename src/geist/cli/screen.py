"""How geist's commands write to a terminal, and to a pipe or a screen without colours."""

import sys
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from geist.models.store import Progress as Report


def console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False, soft_wrap=True, markup=False, emoji=False)


def safe(text: str) -> str:
    """Text from a project or a model, without what a terminal would obey."""
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)


def line(*parts: tuple[str, str]) -> Text:
    """One line of (text, style) parts. A line that is printed piece by piece would lose its
    beginning to the spinner."""
    return Text.assemble(*((safe(text), style) for text, style in parts))


def diff(text: str) -> Text:
    """A unified diff with its colours. Only a line feed ends a line: what Python, or an editor,
    takes for one besides is shown as the character that it is."""
    out = Text()
    for line in text.rstrip("\n").split("\n"):
        style = ""
        if line.startswith(("+++", "---")):
            style = "bold"
        elif line.startswith("@@"):
            style = "cyan"
        elif line.startswith("+"):
            style = "green"
        elif line.startswith("-"):
            style = "red"
        out.append(safe(line) + "\n", style)
    out.rstrip()
    return out


@contextmanager
def downloading(name: str) -> Generator[Report]:
    """A progress bar for bytes; a line every tenth where there is no terminal."""
    screen = console(stderr=True)
    if not screen.is_terminal:
        last = [-1]

        def plain(what: str, done: int, total: int) -> None:
            tenth = 10 * done // max(1, total)
            if tenth != last[0] and what != "checking":
                last[0] = tenth
                size = f"{done / 1e6:.0f} of {total / 1e6:.0f} MB"
                print(f"{name}: {what} {size}", file=sys.stderr, flush=True)

        yield plain
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TimeRemainingColumn(), console=screen) as bar:
        task = bar.add_task(name, total=None)

        def show(what: str, done: int, total: int) -> None:
            bar.update(task, description=f"{name} · {what}", completed=done, total=total)

        yield show


def size(count: int) -> str:
    if count < 1e6:
        return f"{count / 1e3:.0f} kB"
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
