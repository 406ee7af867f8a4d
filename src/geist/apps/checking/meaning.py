"""What a check means: whether what an app showed, answered or printed is what was expected."""

import json
import re
from collections.abc import Mapping
from typing import Any

from .language import Expect

NUMBER = re.compile(r"[-−+]?(?:\d{1,3}(?:[,'\u00a0\u202f ]\d{3})+|\d+)?(?:\.\d+)?(?:e[-+]?\d+)?",
                    re.I)  # fmt: skip
AROUND = re.compile(r"^[\s$€£¥≈~]+|[\s%]+$")


def number(text: Any) -> float | None:
    """What a text says as a number ("$1,060.00" is 1060); None for none."""
    if isinstance(text, bool) or text is None:
        return None
    if isinstance(text, int | float):
        return float(text) if abs(text) < 1e300 else None
    bare = AROUND.sub("", str(text))
    if bare[:1] in "-−" and bare[1:2] in tuple("$€£¥"):
        bare = f"-{bare[2:]}"
    if not NUMBER.fullmatch(bare) or not any(c.isdigit() for c in bare):
        return None
    return float(re.sub(r"[,'\u00a0\u202f ]", "", bare).replace("−", "-"))


def alike(shown: Any, wanted: str) -> bool:
    """Whether what is shown is the value that was wanted: numbers as numbers, to the decimals that
    the wanted one is written with; words without regard to case and spaces."""
    a, b = number(shown), number(wanted)
    if a is not None and b is not None:
        return abs(a - b) <= 1e-6 * max(1.0, abs(b))
    return same_words(str(shown)) == same_words(wanted)


def same_words(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()


def within(shown: Any, low: str, high: str) -> bool:
    value = number(shown)
    return value is not None and float(low) - 1e-9 <= value <= float(high) + 1e-9


NOTHING = object()


def at(told: Any, path: str) -> Any:
    """The value at a path such as items.0.title; `length` is how long a list is."""
    for part in path.split("."):
        if isinstance(told, dict) and part in told:
            told = told[part]
        elif (
            isinstance(told, list)
            and part.lstrip("-").isdigit()
            and -len(told) <= int(part) < len(told)
        ):
            told = told[int(part)]
        elif part == "length" and isinstance(told, list | dict | str):
            told = len(told)
        else:
            return NOTHING
    return told


def missed_answer(
    expect: Expect, status: int, text: str, headers: Mapping[str, str], told: Any
) -> str:
    """Of a service's answer: what is not as expected, "" where it is. Names of `headers` are in
    small letters; `told` is its JSON, None for none."""
    if expect.verb in ("seen", "unseen"):
        there = expect.name in text
        if there == (expect.verb == "seen"):
            return ""
        return f'"{expect.name}" is {"" if there else "not "}in the answer {text[:200]!r}'
    if expect.verb == "header":
        found: Any = headers.get(expect.name.lower(), NOTHING)
    elif expect.name == "status" and expect.value.isdigit():
        found = status
    else:
        found = at(told, expect.name)
    if found is NOTHING:
        return f"the answer has no {expect.name}: {text[:200]!r}"
    if expect.verb == "between":
        met, wanted = (
            within(found, expect.value, expect.most),
            f"between {expect.value} and {expect.most}",
        )
    else:
        met, wanted = _same_json(found, expect.value), expect.value
    return "" if met else f"{expect.name} is {str(found)[:120]!r}, it should be {wanted}"


def _same_json(found: Any, wanted: str) -> bool:
    if isinstance(found, str) and found == wanted:
        return True
    try:
        told = json.loads(wanted)
    except ValueError:
        told = wanted
    if isinstance(found, bool) or isinstance(told, bool) or found is None or told is None:
        return found is told
    if isinstance(found, list | dict):
        return found == told
    return alike(found, wanted)


def missed_output(expect: Expect, status: int | None, stdout: str, stderr: str) -> str:
    """Of a program that ended: what is not as expected, "" where it is."""
    if expect.verb == "ends":
        return "" if status == int(expect.value) else f"it ended with status {status}"
    if expect.verb == "fails":
        if status == 0:
            return f"it printed {short(stdout)} where it should fail"
        return "" if stderr.strip() else "it failed without a word"
    out = lines(stdout)
    if expect.verb == "lacks":
        return f"it printed {short(expect.value)}" if expect.value in out else ""
    if expect.verb == "exactly":
        met = out.strip() == lines(expect.value).strip()
    else:
        met = lines(expect.value) in out
    return "" if met else f"it printed {short(out)} where {short(expect.value)} was expected"


def lines(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n"))


def short(text: str) -> str:
    text = text.strip()
    return repr(text if len(text) < 300 else f"{text[:200]} … {text[-60:]}")


def shows(value: str, expect: Expect) -> bool:
    forms = [value]
    if words := value.split():
        first = words[0].rstrip(",;")
        forms += [first.rstrip(".")]
        if len(words) > 1 and number(first) is None:
            forms.append(" ".join(words[:2]))  # "$ 60"
    if expect.verb == "between":
        return any(within(f, expect.value, expect.most) for f in forms)
    if any(alike(f, expect.value) for f in forms):
        return True
    bare, wanted = same_words(value), same_words(expect.value)
    return bool(wanted) and number(expect.value) is None and (
        bare.startswith(wanted) and not bare[len(wanted) : len(wanted) + 1].isalnum())  # fmt: skip
