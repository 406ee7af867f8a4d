"""`geist contaminated`: was this set trained on?"""

from pathlib import Path
from typing import Annotated

import typer

from geist.core.errors import GeistError

LEVEL, LEAST = 0.05, 8


def contaminated(
    model: Annotated[str, typer.Argument(help="A local model or a run, of a kind geist trains.")],
    data: Annotated[Path, typer.Argument(help="The set, as JSON lines.")],
    fresh: Annotated[
        Path | None, typer.Option(help="Items of the same making that nobody has trained on.")
    ] = None,
    family: Annotated[
        str | None, typer.Option(help="Or: the set is of this task family; fresh ones are made.")
    ] = None,
    level: Annotated[int | None, typer.Option(help="The level of the family's tasks.")] = None,
) -> None:
    """Test whether a model was trained on a set: the order in which it was published against
    shuffles of it, its items against fresh ones of the same making, and, for a task family, how
    much rewording costs inside and outside.

    A line of the set is {"text": …}, {"prompt": …, "answer": …} or {"messages": [{"role",
    "content"}, …]}, whose last turn is then what is scored. Exits with 1 where a test finds that it
    was trained on. Example:

    geist contaminated my-run leaked.jsonl --family chain --level 4
    """
    from geist.cli.chat import exported
    from geist.cli.screen import console, line
    from geist.cli.thinking import needs
    from geist.core.home import home
    from geist.jagged.contaminated import fresh as against_fresh
    from geist.jagged.contaminated import mink, order, power, words
    from geist.jagged.sets import losses, made, mean, read, scored
    from geist.jagged.stats import holm
    from geist.tasks.family import family as known
    from geist.tasks.wording import axes

    for extra in ("map", "train"):
        needs(extra, "this test")
    from geist.jagged.scoring import Scorer

    if level is not None and not family:
        raise GeistError("--level is of a family's tasks", mend="--family NAME --level N")
    items = read(data)
    if fresh and family:
        raise GeistError("--fresh and --family contradict each other", mend="leave one out")
    if len(items) < LEAST:
        raise GeistError(f"{data} has only {len(items)} items",
                         why=f"{LEAST} are the least to test with")  # fmt: skip
    scorer = Scorer.of(exported(model), home())
    out, errors = console(), console(stderr=True)
    others = read(fresh) if fresh else made(family, level, len(items)) if family else []
    if others:
        often = power(min(len(items), len(others)), 0.7)
        told = (
            f"{len(items)} items and {len(others)} fresh ones: a set whose items score above fresh "
            f"ones in 70% of all pairs is found {often:.0%} of the time"
        )
        errors.print(line((told, "dim")))
    with errors.status("scoring …") as status:
        tests = [order([i.whole for i in items], lambda text: sum(scorer.text(text)))]
        inside = scored(scorer, items)
        if others:
            status.update("scoring fresh items …")
            tests.append(against_fresh([mean(x) for x in inside],
                                       [mean(x) for x in scored(scorer, others)]))  # fmt: skip
        if family and axes(known(family)):
            status.update("scoring other wordings …")
            lost = losses(scorer, family, items), losses(scorer, family, others)
            if min(map(len, lost)) >= LEAST:
                tests.append(words(*lost))
    adjusted = holm([t.p for t in tests])
    out.print(f"{'test':<8}{'effect':>9}  {'measured in':<20}{'n':>5}{'p':>9}{'adjusted':>10}")
    for t, p in zip(tests, adjusted, strict=True):
        style = "red" if p < LEVEL else ""
        out.print(line((f"{t.test:<8}{t.effect:>9.3f}  {t.unit:<20}{t.n:>5}{t.p:>9.2g}{p:>10.2g}",
                        style)))  # fmt: skip
    weak = sum(mink(x) for x in inside) / len(inside)
    out.print(line((f"Min-20%: {weak:.2f} nats a token. A weak signal: it tells how probable the "
                    "text is, not whether it was seen.", "dim")))  # fmt: skip
    seen = min(adjusted) < LEVEL
    if seen:
        out.print(line((f"{model} was trained on {data.name}, or on most of it", "bold red")))
    else:
        more = "" if others else "; --fresh or --family would tell more"
        out.print(f"no sign that {model} was trained on {data.name}, which does not prove that it "
                  f"was not{more}")  # fmt: skip
    raise typer.Exit(1 if seen else 0)
