"""What is known for a secret is not sent to a model: a placeholder stands for it. The drafts that
a log keeps, for undo, hold the user's files as they are."""

import hashlib
import os
import re
import threading
from collections.abc import Mapping
from functools import cache

NAMES = re.compile(r"(KEY|TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE)", re.I)
LEAST = 8  # characters of a value that can be told from other text
BLOCK = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S
)
ASSIGNED = re.compile(r"""(?i)\b[\w.-]{0,40}(?:api_?key|token(?!s|i)|secret|passwo?r?d|passphrase|
    private_?key|pass)[\w.-]{0,40}["']?\s*[:=]\s*(["']?)([^\s"',;)}\]]{8,200})""",
    re.X)  # fmt: skip
KNOWN = re.compile(r"\b(gh[pousr]_\w{36,}|github_pat_\w{22,}|glpat-[\w-]{20,}|sk-[\w-]{20,}|"
                   r"xox[abeprs]-[\w-]{10,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}|AIza[\w-]{35}|"
                   r"hf_\w{30,}|npm_\w{36}|pypi-[\w-]{50,})")  # fmt: skip
USERINFO = re.compile(r"://[^/\s:@]{1,100}:([^/\s@]{4,200})@")
# What stands where a secret would and is none.
NONE = re.compile(
    r"(?i)^(your|my|the|some|example|changeme|none|null|true|false|x+|\*+|<.*|\$.*|\{.*|os\.|self\.|"
    r"get|env|config|settings|str|int|bool|optional|[a-z_.]+\(.*)"
)
MOST_LINE = 2000  # characters of a line that are looked at one by one
_LOCK = threading.Lock()


class Secrets:
    """Those of one session, by placeholder. The same secret has the same placeholder everywhere in
    it, and another one in another session."""

    def __init__(self, session: str, environment: Mapping[str, str] | None = None) -> None:
        self._salt, self.known = session, dict[str, str]()
        for name, value in (os.environ if environment is None else environment).items():
            if NAMES.search(name) and len(value) >= LEAST:
                self._name(value)

    def hide(self, text: str) -> str:
        """The text with a placeholder for each secret in it. Total."""
        for found in BLOCK.finditer(text):
            self._name(found[0])
        for value in _detected(text):
            self._name(value)
        # the longest first: one secret may hold another
        for value in sorted(self.known, key=len, reverse=True):
            text = text.replace(value, self.known[value])
        return text

    def learn(self, text: str) -> None:
        """All values of a file that holds secrets, whatever they are called."""
        for found in BLOCK.finditer(text):
            self._name(found[0])
        for line in text.splitlines():
            value = re.split(r"[=:]", line, maxsplit=1)[-1].strip().strip("\"'")
            if len(value) >= LEAST and not value.startswith(("#", "-----")):
                self._name(value)

    def resolve(self, text: str) -> str:
        """The text with the secrets put back, for a command that was approved with them."""
        for value, name in self.known.items():
            text = text.replace(name, value)
        return text

    def named(self, text: str) -> bool:
        """Whether the text asks for a secret by its placeholder."""
        return any(name in text for name in self.known.values())

    def _name(self, value: str) -> None:
        if value not in self.known:
            mark = hashlib.sha256(f"{self._salt}\0{value}".encode("utf-8", "replace")).hexdigest()
            self.known[value] = f"«secret {mark[:6]}»"


def _detected(text: str) -> list[str]:
    found = USERINFO.findall(text)
    for line in text.splitlines():
        # long lines in pieces that overlap, so that none takes long
        for at in range(0, len(line), MOST_LINE - 300):
            piece = line[at : at + MOST_LINE]
            found += [m[2] for m in ASSIGNED.finditer(piece) if not NONE.match(m[2]) and _value(m)]
            found += KNOWN.findall(piece)
            if len(line) <= MOST_LINE:
                # the library's patterns of well-known providers' keys, which name the value
                for plugin in detectors():
                    found += [str(v) for v in plugin.analyze_string(piece) if len(str(v)) >= LEAST]
    return found


def _value(found: re.Match[str]) -> bool:
    """Whether it is a value and not a name: in quotation marks, or with a digit in it."""
    return bool(found[1]) or re.search(r"\d", found[2]) is not None


@cache
def detectors() -> list:
    """detect-secrets' detectors by pattern. Those by entropy take every hash for a secret."""
    with _LOCK:
        from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
        from detect_secrets.plugins.base import RegexBasedDetector

        classes = get_mapping_from_secret_type_to_class().values()
        skip = {"IPPublicDetector", "KeywordDetector", "BasicAuthDetector"}
        return [
            c() for c in classes if issubclass(c, RegexBasedDetector) and c.__name__ not in skip
        ]
