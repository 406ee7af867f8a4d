"""`geist map` and `geist probe`: where can this model be trusted?"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geist.core.errors import GeistError

if TYPE_CHECKING:
    from geist.jagged.measure import Row, Rows
    from geist.jagged.suite import Item
    from geist.jagged.survey import Survey

SLOTS, WINDOW = 8, 2048
PAIRS, PROBES = 20, 12

ModelName = Annotated[str, typer.Argument(help="Local, remote, or a run of geist train.")]
Money = Annotated[float | None, typer.Option(help="The most dollars that it may cost.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Forget earlier answers to these skills.")]


def map_(
    model: ModelName,
    other: Annotated[str | None, typer.Argument(help="A second model, on the same items.")] = None,
    pairs: Annotated[
        int | None, typer.Option(help=f"Pairs of questions for each skill; {PAIRS} without it.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Choose the pairs to fit.")] = None,
    width: Annotated[
        float | None, typer.Option(help="Leave a skill when its interval is so narrow (0.2).")
    ] = None,
    skills: Annotated[str, typer.Option(help="Task families, with commas; else twelve.")] = "",
    money: Money = None,
    out: Annotated[Path | None, typer.Option(help="A folder for the page and the picture.")] = None,
    profile: Annotated[
        bool, typer.Option("--profile", help="Measure what geist fix acts on instead.")
    ] = False,
    fresh: Fresh = False,
) -> None:
    """Map a model skill by skill, each question also in other words, with honest intervals.

    What was answered is kept and asked no second time: Ctrl-C (status 130), and the same command
    goes on. With two models, both answer the same questions and a table compares them pair by pair.
    With --width a skill is asked at least ten pairs. With --profile it asks for edits, tool calls,
    JSON, recall of long texts and the like, --pairs of each, and keeps what geist fix looks up.
    Example:

    geist map smollm2-135m --minutes 5
    """
    from geist.cli.thinking import needs

    needs("map", "a map")
    from geist.cli.map_screen import compared, mapped, price
    from geist.jagged.cells import compare, fold
    from geist.jagged.page import write
    from geist.jagged.suite import SKILLS, rounds
    from geist.jagged.survey import keep, known

    if profile:
        from geist.cli.profile import profiled

        if other or minutes or width or skills or out:
            raise GeistError("--profile goes with --pairs, --money and --fresh only",
                             mend=f"geist map {model} --profile")  # fmt: skip
        profiled(model, pairs, money, fresh)
        return
    names = _families(skills, SKILLS)
    for what, value in (("--pairs", pairs), ("--minutes", minutes), ("--width", width)):
        if value is not None and value <= 0:
            raise GeistError(f"{what} {value} makes no sense", why="it must be above 0")
    if width is not None and width >= 1:
        raise GeistError(f"--width {width} makes no sense", mend="--width 0.2    is 20 points")
    if pairs is not None and minutes is not None:
        raise GeistError("--pairs and --minutes contradict each other", mend="leave one out")
    count, fitted = pairs or PAIRS, minutes is None

    def suite(survey: "Survey") -> "list[Item]":
        nonlocal count, fitted
        if minutes is not None and not fitted:
            price(survey.model, survey.rows.missing(rounds(names, 1)), money)
            count, fitted = survey.fit(names, minutes), True
        return rounds(names, count)

    first = measured(model, names, suite, width, money, fresh)
    if other is not None:
        second = measured(other, names, suite, width, money, fresh)
        compared(model, other, compare(first.rows, second.rows))
        if first.stopped or second.stopped:
            raise typer.Exit(130)
        return
    found = fold(first.rows)
    if not found.cells:
        raise GeistError("there is no whole pair of answers yet", mend=f"geist map {model}")
    about = mapped(found, first.rows, first.seconds)
    # what is kept, and its page, are of all that was ever asked, not of this time's part
    every = fold(known(first.kept))
    keep(first.folder, model, every)
    if out is None and len(every.cells) > len(found.cells):
        print(f"The page has all {len(every.cells)} skills that were mapped so far.")
    title, shown = f"Where {model} can be trusted", found if out else every
    for place in write(shown, title, about, out or first.folder):
        print(place)
    if first.stopped:
        raise typer.Exit(130)


def probe(
    model: ModelName,
    count: Annotated[int, typer.Option(help="Fresh questions of each family.")] = PROBES,
    skills: Annotated[str, typer.Option(help="Families, with commas; else twelve.")] = "",
    money: Money = None,
    show: Annotated[bool, typer.Option("--show", help="Also each question and answer.")] = False,
    fresh: Fresh = False,
) -> None:
    """Ask the famous questions that models fail, and fresh ones of the same kind beside them.

    A model that knows the famous ones and fails the fresh ones has read them. Example:

    geist probe qwen2.5-coder-1.5b
    """
    from geist.cli.thinking import needs

    needs("map", "a probe")
    from geist.cli.map_screen import probed
    from geist.jagged.suite import probes
    from geist.tasks.famous import PROBES as NAMES

    if count < 2:
        raise GeistError(f"--count {count} makes no sense", mend=f"--count {PROBES}")
    names = _families(skills, NAMES)
    items = probes(names, count)
    found = measured(model, names, lambda survey: items, None, money, fresh, "probe")
    probed(model, items, found.rows, show)
    if found.stopped:
        raise typer.Exit(130)


@dataclass
class Found:
    rows: "list[Row]"
    kept: "Rows"  # those of earlier times as well
    seconds: float
    folder: Path
    stopped: bool
    digest: str


def _families(said: str, usual: Sequence[str]) -> list[str]:
    from geist.tasks.family import family

    names = [n.strip() for n in said.split(",") if n.strip()] or list(usual)
    for name in names:
        family(name)
    return list(dict.fromkeys(names))


def measured(name: str, skills: Sequence[str], suite: "Callable[[Survey], list[Item]]",
              width: float | None, money: float | None, fresh: bool,
              what: str = "map", slots: int = SLOTS, window: int = WINDOW,
              tokens: "Callable[[Item], int] | None" = None) -> Found:  # fmt: skip
    """Asks what is not answered yet, and shows how it goes. Maps and probes keep their answers
    apart."""
    from geist.cli.map_screen import Screen, plan, price
    from geist.cli.thinking import opened, stopping
    from geist.core.budget import Budget
    from geist.core.home import home
    from geist.core.log import Log
    from geist.jagged.measure import Rows
    from geist.jagged.survey import Survey
    from geist.models.profile import folder_of

    model = opened(name, slots, window)
    folder, log = folder_of(home(), model.name, model.digest), Log(home())
    rows, state = Rows(folder / f"{what}.jsonl"), "stopped"
    if fresh:
        rows.forget(skills)
    log.append("start", command=f"geist {what} {name}", root=str(Path.cwd()))
    try:
        with stopping() as stop, Screen(name) as screen:
            survey = Survey(model, rows, Budget(money=money), log, stop, screen.update)
            survey.tokens = tokens or survey.tokens
            items = suite(survey)
            left = rows.missing(items)
            price(model, left, money)
            screen.begin(plan(items, left, width), len(items))
            survey.ask(items, width)
            state = "stopped" if stop.is_set() else "mapped"
    finally:
        model.close()
        log.append("ended", state=state)
        log.close()
    found = rows.of(items)
    if len(found) < len(items) and width is None:
        print(f"geist: {len(found)} of {len(items)} answers; the same command goes on",
              file=sys.stderr)  # fmt: skip
    if not found:
        raise typer.Exit(130)
    return Found(found, rows, survey.seconds, folder, state == "stopped", model.digest)
