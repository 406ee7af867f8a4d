"""A set that is asked about: read from JSON lines, or made anew by a task family."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geist.core.errors import GeistError
from geist.core.message import Message
from geist.tasks.family import family
from geist.tasks.wording import slots_of, templates

if TYPE_CHECKING:
    from geist.jagged.scoring import Scorer

FRESH = 3_000_000  # numbers of tasks that nobody was given


@dataclass(frozen=True)
class Item:
    """A text, or an answer to a prompt."""

    text: str
    prompt: tuple[Message, ...] = ()

    @property
    def whole(self) -> str:
        return "\n".join([*(m.text for m in self.prompt), self.text])


def scored(scorer: "Scorer", items: Sequence[Item]) -> list[list[float]]:
    return [scorer.answer(i.prompt, i.text) if i.prompt else scorer.text(i.text) for i in items]


def mean(logps: Sequence[float]) -> float:
    return sum(logps) / max(1, len(logps))


def made(name: str, level: int | None, count: int) -> list[Item]:
    """Fresh items of a family, with its own solutions: what a warm start would have shown."""
    known = family(name)
    low, high = known.levels
    found = list[Item]()
    for number in range(count):
        at = level if level is not None else low + number % (high - low + 1)
        task, problem = known.draw("test", FRESH + number, at)
        answer = known.verifier.rights(task.truth)[0]
        found.append(Item(f"{problem.steps}\n{answer}".strip(), task.prompt))
    return found


def losses(scorer: "Scorer", name: str, items: Sequence[Item]) -> list[float]:
    """What each item's answer loses a token when its question is put in other words. Items whose
    question is not in the family's own wording are left out."""
    known, found = family(name), list[float]()
    others = templates(known, "paraphrase")
    for number, item in enumerate(items):
        question, _, rest = item.prompt[-1].text.partition("\n") if item.prompt else ("", "", "")
        slots = slots_of(known, question)
        if slots is not None:
            told = f"{others[number % len(others)].format(**slots)}\n{rest}"
            other = (*item.prompt[:-1], Message("user", told, "task"))
            found.append(mean(scorer.answer(item.prompt, item.text))
                         - mean(scorer.answer(other, item.text)))  # fmt: skip
    return found


def read(file: Path) -> list[Item]:
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as e:
        raise GeistError(f"there is no set {file} that can be read", why=str(e)) from e
    found = list[Item]()
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


def _item(line: dict[str, Any]) -> Item:
    if "messages" in line:
        turns = [Message(m["role"], _text(m["content"])) for m in line["messages"]]
        return Item(turns[-1].text, tuple(turns[:-1]))
    if "prompt" in line:
        return Item(_text(line["answer"]), (Message("user", _text(line["prompt"])),))
    return Item(_text(line["text"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text"[:100])
    return value
