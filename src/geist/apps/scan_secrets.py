"""Keys and passwords in an app's source: detect-secrets, and forms of keys that it does not know."""

import re
from collections.abc import Iterator

from geist.agent.secrets import detectors
from geist.apps.finding import Finding

# what these mean is in their vendors' documentation
KEYS = re.compile(
    r"""\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)[-_][A-Za-z0-9_-]{12,}|\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{30,}
    |\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[abprs]-[\w-]{10,}|\bhf_[A-Za-z0-9]{20,}
    |\bSG\.[\w-]{16,}\.[\w-]{16,}|\bnpm_[A-Za-z0-9]{30,}|\bpypi-[\w-]{40,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}
    |-----BEGIN\ (?:[A-Z]+\ )?PRIVATE\ KEY|\b[a-z]{2,}[a-z+]*://[^\s:/@"']+:[^\s:/@"'{}$<>]+@[\w.-]+""",
    re.X,
)
MOST_LINE = 2000
NAMED = re.compile(
    r"""(?i)\b\w*(?:passw(?:or)?d|passwd|secret|api_?key|token|credential|auth)\w*["']?\s*[:=]\s*
    (["'`])(?P<value>[^"'`\n]{8,})\1""",
    re.X,
)
# the value that stands in for a variable that is not set
DEFAULT = re.compile(r"""(?i)(?:environ\.get|getenv)\(\s*["']\w*(?:PASSW|SECRET|TOKEN|API_?KEY|CREDENTIAL)\w*["']\s*,\s*
    ["'](?P<value>[^"'\n]{8,})["']""", re.X)  # fmt: skip
WORDY = re.compile(r"[A-Za-z][a-z]*(?:[ _.-][A-Za-z]?[a-z]*)*[:?!.…]?")


def scan(source: str) -> Iterator[Finding]:
    for number, whole in enumerate(source.splitlines(), 1):
        for at in range(
            0, max(1, len(whole)), MOST_LINE - 200
        ):  # long lines in pieces that overlap
            if told(whole[at : at + MOST_LINE]):
                yield Finding(
                    "safe", f"line {number}: a key or a password stands in the program", "secret"
                )
                break


def told(line: str) -> bool:
    """Whether a key or a password stands in it."""
    known = any(True for one in detectors() for _ in one.analyze_string(line))
    named = (m for form in (NAMED, DEFAULT) for m in form.finditer(line))
    return known or KEYS.search(line) is not None or any(_random(m["value"]) for m in named)


def _random(value: str) -> bool:
    """Letters and digits mixed, no words: as keys and passwords are."""
    mixed = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    return (
        mixed
        and " " not in value
        and not WORDY.fullmatch(value)
        and not value.startswith(("#", "/", "http"))
    )
