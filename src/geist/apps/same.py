"""What two apps do on the same input, and whether a person would call it the same."""

import json
import random
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from geist.apps.checking import Check, Step, number
from geist.apps.judge import Bench, opened
from geist.apps.plan import Plan

PROBES = 12
MOST_VARIED = 200_000  # bytes of a file
Seen = tuple[str, ...]


def observed(source: str, plan: Plan, probes: Sequence[Check], bench: Bench) -> Seen:
    """What an app does on each of the probes, as one text each."""
    with opened(plan.kind, source, bench) as app:
        return tuple(same(app.observe(one, plan.outputs)) for one in probes)


def same(told: dict[str, str]) -> str:
    """Equal where a person would call it equal: how a failure is worded does not matter."""
    if "" in told or "fails" in told:
        return "fails"
    plain = {}
    for key, value in told.items():
        n = number(value)
        plain[key] = f"{n:.6g}" if n is not None else " ".join(value.split()).casefold()
    return json.dumps(plain, sort_keys=True, ensure_ascii=False)


def difference(probes: Sequence[Check], a: Seen, b: Seen) -> str:
    for one, x, y in zip(probes, a, b):
        if x != y:
            steps = one.line.partition(" → ")[0]
            return f"{steps}: one version says {x[:100]}, another {y[:100]}"
    return "they differ"


def varied(checks: Sequence[Check], plan: Plan, count: int = PROBES) -> list[Check]:
    """Other input of the same form, made of the checks' own: the same for the same checks."""
    chance, found = random.Random(len(checks)), list[Check]()
    if plan.kind == "script" and plan.data:
        return _other_data(plan, chance, count)
    # what is refused, and what it then says, is not agreed
    good = [c for c in checks if not _refused(c)]
    texts = _texts(checks)
    for n in range(count * 3):
        if not good or len(found) >= count:
            break
        base = good[n % len(good)]
        steps = tuple(_other(s, plan, chance, texts) for s in base.steps)
        one = Check(steps, base.expects)
        if steps != base.steps and one not in found:
            found.append(one)
    return found


def _other_data(plan: Plan, chance: random.Random, count: int) -> list[Check]:
    """The user's own files with other lines left out and doubled. Those that are no text, or very
    large, are not varied."""
    texts = dict[str, str]()
    for name, path in plan.data.items():
        data = path.read_bytes()[:MOST_VARIED]
        if b"\0" in data or path.suffix.lower() == ".json":
            return []
        texts[name] = data.decode("utf-8-sig", "replace")
    run = Step("run", value=shlex.join(texts))
    return [Check((*(Step("file", n, _lines(t, chance)) for n, t in texts.items()), run), ())
            for _ in range(count)]  # fmt: skip


def _refused(check: Check) -> bool:
    return any(e.verb in ("seen", "fails", "ends") or (e.name == "status" and e.value[:1] in "45")
               for e in check.expects)  # fmt: skip


def _texts(checks: Sequence[Check]) -> dict[str, list[str]]:
    """The texts that a service is sent in the checks, by the name of their field."""
    found = dict[str, list[str]]()
    for step in (s for c in checks for s in c.steps if s.verb == "request" and s.value):
        told = json.loads(step.value)
        for name, value in told.items() if isinstance(told, dict) else ():
            if isinstance(value, str) and value not in found.setdefault(name, []):
                found[name].append(value)
    return found


def _other(
    step: Step, plan: Plan, chance: random.Random, texts: Mapping[str, Sequence[str]]
) -> Step:
    if step.verb == "set":
        field = next((f for f in plan.inputs if f.label.casefold() == step.name.casefold()), None)
        if field is not None and field.options:
            return replace(step, value=chance.choice(field.options))
        return replace(step, value=_value(step.value, chance))
    if step.verb in ("file", "input"):
        return replace(step, value=_lines(step.value, chance))
    if step.verb == "request":
        name = re.sub(r"(?<=[?&])(\w+)=[^&]*", lambda m: f"{m[1]}={quote(chance.choice(texts[m[1]]))}"
                      if texts.get(m[1]) else m[0], step.name)  # fmt: skip
        value = step.value and json.dumps(_json(json.loads(step.value), chance, texts))
        return replace(step, name=name, value=value)
    if step.verb == "run":
        words = step.value.split(" ")
        return replace(
            step, value=" ".join(_value(w, chance) if number(w) is not None else w for w in words)
        )
    return step


def _value(text: str, chance: random.Random) -> str:
    n = number(text)
    if n is None:
        words = text.split()
        chance.shuffle(words)
        return (
            " ".join(words) if len(words) > 1 else text + chance.choice(("", text[:1], " " + text))
        )
    if not n:
        return text  # nothing, and less than nothing, are cases of their own
    made = chance.choice((n * 2, n + 1, max(1, n - 1), n * 1.5, n + 3))
    return str(int(made)) if "." not in text else f"{made:.2f}"


def _lines(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    body = [line for line in lines[1:] if line]
    if not body:
        return "\n".join([lines[0]] * chance.choice((2, 3))) + ("\n" if text.endswith("\n") else "")
    kept = [line for line in body if chance.random() < 0.8] + [
        line for line in body if chance.random() < 0.3
    ]
    chance.shuffle(kept)
    return "\n".join([lines[0], *kept]) + ("\n" if text.endswith("\n") else "")


def _json(told: object, chance: random.Random, texts: Mapping[str, Sequence[str]]) -> object:
    if isinstance(told, dict):
        return {
            k: chance.choice(texts[k])
            if isinstance(v, str) and k in texts
            else _json(v, chance, texts)
            for k, v in told.items()
        }
    if isinstance(told, bool) or told is None:
        return told
    if isinstance(told, int):
        return max(0, told + chance.choice((0, 0, 1, 2, -1)))
    if isinstance(told, float):
        return told + chance.choice((0.0, 0.5, 1.0))
    return told
