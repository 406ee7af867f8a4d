"""The verifier of answers that are one JSON object: the whole text, or one fenced block of it."""

import json
import re
from collections.abc import Mapping
from typing import Any

from geist.core.canonical import canonical
from geist.core.output import Output
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed
from geist.verify.strict import Unreadable, strict_json
from geist.verify.verifier import text_of, total

FENCED = re.compile(r"```(?:json)?[ \t]*\n(.*)\n```", re.S)
LOOSE = re.compile(r"\{(?:[^{}]|\{[^{}]*\})*\}")  # an object, and objects in it
MOST = 20_000  # characters


class Record:
    """`truth["answer"]` is the object as JSON text. Order and spaces do not matter; types, missing
    and further keys do. Lenient: some object in the text is the right one."""

    name, version = "record", 1

    def __call__(self, task: Task, output: Output) -> Verdict:
        return total(self._check, task, output)

    def _check(self, task: Task, output: Output) -> Verdict:
        text = text_of(output, MOST)
        if isinstance(text, Verdict):
            return text
        text = text.strip()
        fenced = FENCED.fullmatch(text)
        said, reason = _object(fenced[1] if fenced else text)
        wanted = canonical(json.loads(task.truth["answer"]))
        strict = said is not None and _same(said, wanted)
        loose = (_object(found)[0] for found in LOOSE.findall(text)[:50])
        lenient = strict or any(made is not None and _same(made, wanted) for made in loose)
        parts = {"strict": float(strict), "lenient": float(lenient),
                 "format": float(said is not None)}  # fmt: skip
        if strict:
            return Verdict(Status.PASSED, 1.0, "right", parts)
        return failed(reason or "it is not the object that was asked for", parts=parts)

    def rights(self, truth: Mapping[str, Any]) -> list[str]:
        plain = json.loads(truth["answer"])
        turned = dict(reversed(plain.items()))
        return [truth["answer"], json.dumps(plain, indent=2), json.dumps(turned),
                f"```json\n{json.dumps(plain)}\n```\n",
                f"\n```\n{json.dumps(plain)}\n```"]  # fmt: skip

    def wrongs(self, truth: Mapping[str, Any]) -> list[str]:
        plain, text = json.loads(truth["answer"]), json.dumps(json.loads(truth["answer"]))
        key = next(iter(plain))
        less = {k: v for k, v in plain.items() if k != key}
        turned = {k: (str(v) if isinstance(v, int) else [v]) for k, v in plain.items()}
        return [
            json.dumps(less), json.dumps(plain | {"more": 1}), json.dumps(turned), f"[{text}]",
            json.dumps(plain | {key: None}), json.dumps({k.upper(): v for k, v in plain.items()}),
            text[:-1], f"{text}\n{text}", f"Here it is: {text}", f"{text}\nI hope that helps.",
            f"```json\n{text}\n```\nDone.", text.replace('"', "'"), f"{text[:-1]},}}",
            f'{text[:-1]}, "{key}": {json.dumps(plain[key])}}}', repr(plain), f"json({text})",
            f"```\n{text}\n```\n```\n{text}\n```", json.dumps(text), f"{text} // yes", "{}", "null",
            "{" * 9000, "[" * 9000, f'{{"answer": {text}}}', text.replace(":", "=", 1), "NaN",
        ]  # fmt: skip


def _object(text: str) -> tuple[dict[str, Any] | None, str]:
    try:
        made = strict_json(text)
    except Unreadable as e:
        return None, f"it is not one JSON value: {e}"
    return (made, "") if isinstance(made, dict) else (None, "it is not an object")


def _same(made: dict[str, Any], wanted: bytes) -> bool:
    try:
        return canonical(made) == wanted
    except (ValueError, RecursionError):  # numbers that are too large to be written
        return False
