"""Types and lint of a generated Python file: ruff for what cannot be meant, ty for types that cannot
fit."""

import json
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from geist.apps.finding import Finding
from geist.core.errors import GeistError

# names that are not there, comparisons that are always so, what is used before it is made
RUFF = "E9,F63,F7,F811,F821,F822,F823,B006,B015,B018,B023,PLE"
# not those of which ty is unsure where one of several functions is called
TY = ("unresolved-attribute", "unresolved-reference", "call-non-callable", "unknown-argument",
      "unsupported-operator", "not-iterable")  # fmt: skip
SECONDS = 60


def lint(file: Path, packages: Path | None = None) -> Iterator[Finding]:
    told = _run(
        "ruff",
        "check",
        "--isolated",
        "--no-cache",
        "--output-format=json",
        f"--select={RUFF}",
        "--target-version=py311",
        str(file),
    )
    try:
        found = json.loads(told)
    except ValueError as e:
        raise GeistError("ruff did not answer", why=told[-300:]) from e
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    for one in found:
        row = lines[one["location"]["row"] - 1 : one["location"]["row"]]
        if one["code"] == "F811" and row and row[0].lstrip().startswith(("import ", "from ")):
            continue  # imported twice
        yield Finding("lint", f"line {one['location']['row']}: {one['message']}", str(one["code"]))
    yield from _types(file, packages)


def _types(file: Path, packages: Path | None) -> Iterator[Finding]:
    more = [f"--extra-search-path={packages}"] if packages else []
    rules = [f"--error={rule}" for rule in TY]
    told = _run(
        "ty",
        "check",
        "--ignore=all",
        *rules,
        "--output-format=concise",
        "--no-progress",
        "--color=never",
        f"--python={sys.prefix}",
        "--python-version=3.11",
        *more,
        str(file),
    )
    for line in told.splitlines():
        place, mark, what = line.partition(" error[")
        parts = place.rstrip(":").split(":")
        if mark and len(parts) >= 3 and parts[-2].isdigit():
            rule, _, words = what.partition("] ")
            if re.search(r"\bNone\b|\bunion\b| \| ", words):
                continue  # of dict.get, or of a dict with values of several types: it is seen when it runs
            yield Finding("lint", f"line {parts[-2]}: {words}", rule)


def _run(name: str, *arguments: str) -> str:
    """The programs stand beside Python's own, on PATH or not."""
    program = Path(sysconfig.get_path("scripts")) / name
    if not program.is_file():
        raise GeistError(
            f"{name} is not installed", mend="make setup-make    (or: pip install 'geist[make]')"
        )
    done = subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False,
                          timeout=SECONDS, stdin=subprocess.DEVNULL, cwd=Path(arguments[-1]).parent)  # fmt: skip
    return done.stdout
