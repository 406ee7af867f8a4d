"""`geist contaminated`: was this set trained on?"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geist.core.errors import GeistError
from geist.core.message import Message

if TYPE_CHECKING:
    from geist.jagged.scoring import Scorer

LEVEL, LEAST = 0.05, 8
FRESH = 3_000_000  # numbers of tasks that nobody was given


@dataclass(frozen=True)
class _Item:
    """A text, or an answer to a prompt."""

    text: str
    prompt: tuple[Message, ...] = ()

    @property
    def whole(self) -> str:
        return "\n".join([*(m.text for m in self.prompt), self.text])


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
    from geist.jagged.stats import holm
    from geist.tasks.family import family as known
    from geist.tasks.wording import axes

    for extra in ("map", "train"):
        needs(extra, "this test")
    from geist.jagged.scoring import Scorer

    items = _read(data)
    if fresh and family:
        raise GeistError("--fresh and --family contradict each other", mend="leave one out")
    if len(items) < LEAST:
        raise GeistError(f"{data} has only {len(items)} items",
                         why=f"{LEAST} are the least to test with")  # fmt: skip
    scorer = Scorer.of(exported(model), home())
    out, errors = console(), console(stderr=True)
    others = _read(fresh) if fresh else _made(family, level, len(items)) if family else []
    if others:
        often = power(min(len(items), len(others)), 0.7)
        told = (
            f"{len(items)} items and {len(others)} fresh ones: a set whose items score above fresh "
            f"ones in 70% of all pairs is found {often:.0%} of the time"
        )
        errors.print(line((told, "dim")))
    with errors.status("scoring …") as status:
        tests = [order([i.whole for i in items], lambda text: sum(scorer.text(text)))]
        inside = _scored(scorer, items)
        if others:
            status.update("scoring fresh items …")
            tests.append(against_fresh([_mean(x) for x in inside],
                                       [_mean(x) for x in _scored(scorer, others)]))  # fmt: skip
        if family and axes(known(family)):
            status.update("scoring other wordings …")
            lost = _losses(scorer, family, items), _losses(scorer, family, others)
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


def _scored(scorer: "Scorer", items: Sequence[_Item]) -> list[list[float]]:
    return [scorer.answer(i.prompt, i.text) if i.prompt else scorer.text(i.text) for i in items]


def _mean(logps: Sequence[float]) -> float:
    return sum(logps) / max(1, len(logps))


def _made(name: str, level: int | None, count: int) -> list[_Item]:
    """Fresh items of a family, with its own solutions: what a warm start would have shown."""
    from geist.tasks.family import family

    known = family(name)
    low, high = known.levels
    found = list[_Item]()
    for number in range(count):
        at = level if level is not None else low + number % (high - low + 1)
        task, problem = known.draw("test", FRESH + number, at)
        answer = known.verifier.rights(task.truth)[0]
        found.append(_Item(f"{problem.steps}\n{answer}".strip(), task.prompt))
    return found


def _losses(scorer: "Scorer", name: str, items: Sequence[_Item]) -> list[float]:
    """What each item's answer loses a token when its question is put in other words. Items whose
    question is not in the family's own wording are left out."""
    from geist.tasks.family import family
    from geist.tasks.wording import slots_of, templates

    known, found = family(name), list[float]()
    others = templates(known, "paraphrase")
    for number, item in enumerate(items):
        question, _, rest = item.prompt[-1].text.partition("\n") if item.prompt else ("", "", "")
        slots = slots_of(known, question)
        if slots is not None:
            told = f"{others[number % len(others)].format(**slots)}\n{rest}"
            other = (*item.prompt[:-1], Message("user", told, "task"))
            found.append(_mean(scorer.answer(item.prompt, item.text))
                         - _mean(scorer.answer(other, item.text)))  # fmt: skip
    return found


def _read(file: Path) -> list[_Item]:
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as e:
        raise GeistError(f"there is no set {file} that can be read", why=str(e)) from e
    found = list[_Item]()
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            found.append(_item(json.loads(text)))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as e:
            raise GeistError(
                f"{file}, line {number} is no item", why=f"{type(e).__name__}: {e}",
                mend='write {"text": "…"} or {"prompt": "…", "answer": "…"} on each line',
            ) from e  # fmt: skip
    return found


def _item(line: dict[str, object]) -> _Item:
    if "messages" in line:
        messages = line["messages"]
        assert isinstance(messages, list)
        turns = [Message(m["role"], m["content"]) for m in messages]
        return _Item(turns[-1].text, tuple(turns[:-1]))
    if "prompt" in line:
        return _Item(str(line["answer"]), (Message("user", str(line["prompt"])),))
    return _Item(str(line["text"]))
