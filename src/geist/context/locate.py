"""Which functions are the likely cause of failing tests."""

import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from geist.context.tree import git
from geist.edit.definitions import Definition, definitions
from geist.verify.report import Report
from geist.verify.tests import is_judge

MOST_SUSPECTS = 12
MOST_LINES = 220  # a longer function is more than a small model can write again
PYTHON_FRAME = re.compile(r'File "([^"\n]+)", line (\d+)')
PYTEST_FRAME = re.compile(r"^([^\s:][^:\n]*\.py):(\d+):", re.M)


@dataclass(frozen=True)
class Suspect:
    """A function with the evidence against it. `reasons` maps a source of evidence to its share
    of `score`."""

    path: str
    definition: Definition
    score: float
    reasons: dict[str, float]

    @property
    def label(self) -> str:
        return f"{self.path}:{self.definition.line} {self.definition.qualname}"


@dataclass(frozen=True)
class Evidence:
    """What a failing run left behind. `text` is the command's output; `tests` the source of the
    failing tests, `files` that of the files they stand in."""

    report: Report
    text: str
    tests: str
    files: str = ""


def frames_of(evidence: Evidence, root: Path) -> list[tuple[str, int]]:
    """(relative path, line) of the places in the tracebacks, outermost first."""
    found = [
        (path, line)
        for failure in evidence.report.failures.values()
        for path, line, _ in failure.frames
    ]
    for text in [*evidence.report.broken_text, *([] if found else [evidence.text])]:
        for pattern in (PYTHON_FRAME, PYTEST_FRAME):
            found += [(m[1], int(m[2])) for m in pattern.finditer(text)]
    inside = []
    for path, line in found:
        place = Path(path)
        if place.is_absolute():
            if root not in place.parents:
                continue
            path = place.relative_to(root).as_posix()
        if within(root, path):
            inside.append((path, line))
    return inside


def locate(
    root: Path,
    evidence: Evidence,
    known: set[str] | None = None,
    *,
    file: str = "",
    function: str = "",
    tests_too: bool = False,
) -> list[Suspect]:
    """Suspects, the likeliest first, in the files of `known` (all, if None). `file` and `function`
    narrow them down, `tests_too` suspects the tests as well.

    Evidence: functions that failing tests enter and passing ones do not (Ochiai, Abreu et al.
    2006); how near a traceback's end a function stands; its name in the failing tests; whether its
    file changed in the last commits.
    """
    report = evidence.report
    failing, passing = set(report.named("failed")), set(report.named("passed"))
    entered: Counter[tuple[str, int]] = Counter()
    spared: Counter[tuple[str, int]] = Counter()
    for test, functions in report.entered.items():
        if test in failing:
            entered.update(functions)
        elif test in passing:
            spared.update(functions)
    frames = frames_of(evidence, root)
    recent = recent_files(root)
    words = Counter(re.findall(r"\w+", evidence.tests))
    around = Counter(re.findall(r"\w+", evidence.files))
    last_line = _asserted(report)

    paths = {p for p, _ in entered} | {p for p, _ in frames}
    if file:
        paths.add(file)
    suspects = []
    for path in sorted(paths):
        judges = is_judge(path) and not tests_too
        elsewhere = (file and path != file) or (known is not None and path not in known)
        if not path.endswith(".py") or judges or elsewhere or not within(root, path):
            continue
        try:
            source = (root / path).read_bytes()
        except OSError:
            continue
        for d in definitions(source):
            if function and function not in (d.name, d.qualname):
                continue
            reasons: dict[str, float] = {}
            key = (path, d.first_line)
            if entered[key]:
                total = math.sqrt(max(1, len(failing)) * (entered[key] + spared[key]))
                reasons["entered by failing tests"] = 3 * entered[key] / total
            depth = _nearest(d, path, frames)
            if depth is not None:
                reasons["in the traceback"] = 2 * 0.7**depth
            if reasons or function:
                if words[d.name] and len(d.name) > 2 and not d.name.startswith("__"):
                    reasons["named in the test"] = 0.8
                    if re.search(rf"\b{re.escape(d.name)}\s*\(", last_line):
                        reasons["called where it fails"] = 0.6
                elif around[d.name] and len(d.name) > 2 and not d.name.startswith("__"):
                    reasons["named in the test's file"] = 0.6
                if path in recent:
                    reasons["its file changed lately"] = 0.3
                if d.end_line - d.line > MOST_LINES:
                    reasons["very long"] = -2.0
                if d.name in ("__init__", "__repr__", "__new__", "__iter__", "__next__"):
                    reasons["seldom the cause"] = -0.7
                elif d.end_line - d.line < 3:
                    reasons["very short"] = -0.3
                suspects.append(Suspect(path, d, sum(reasons.values()), reasons))
    suspects.sort(key=lambda s: (-s.score, s.path, s.definition.line))
    return suspects[:MOST_SUSPECTS]


def within(root: Path, path: str) -> bool:
    """Whether a path that a test run reported is a file of the project, wherever it points."""
    real = (root / path).resolve()
    return root.resolve() in real.parents and real.is_file()


def _nearest(d: Definition, path: str, frames: list[tuple[str, int]]) -> int | None:
    """How many frames lie between the end of a traceback and this function (not what it holds)."""
    for depth, (place, line) in enumerate(reversed(frames)):
        if place == path and d.first_line <= line <= d.end_line:
            return depth
    return None


def _asserted(report: Report) -> str:
    lines = []
    for failure in report.failures.values():
        lines += [x[1:] for x in failure.text.splitlines() if x.startswith((">", "E"))]
    return "\n".join(lines)


def recent_files(root: Path) -> set[str]:
    """Files that the last five commits changed. The working tree is not asked for: comparing it
    runs the filters that a hostile repository's configuration names."""
    told = git(root, "log", "-5", "--format=", "--name-only", "--relative", seconds=20)
    names = told.decode("utf-8", "replace").splitlines()
    return set(names) if len(names) < 8 else set()  # more would say nothing
