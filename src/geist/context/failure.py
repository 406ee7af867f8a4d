"""A failing function and all that a model needs to mend it, as a pack."""

import builtins
import re
from collections.abc import Sequence
from pathlib import Path

from geist.context.index import Index
from geist.context.locate import Suspect, within
from geist.context.memory import Note
from geist.context.pack import Item, Pack, fit
from geist.edit.definitions import Definition, definitions, parse
from geist.edit.splice import shown, without_docstring
from geist.verify.report import Failure, Observed, Report
from geist.verify.tests import is_judge

MOST_OUTPUT = 24  # lines of a failure that are shown
MOST_ELSEWHERE = 5
CALLED = re.compile(r"\b([A-Za-z_]\w{2,})\s*\(")
WORD = re.compile(r"[A-Za-z_]\w*")


def failure_lines(text: str, most: int = MOST_OUTPUT) -> str:
    """A failure's informative lines: where it broke (`>`), what was seen (`E`), the places."""
    lines = [line.rstrip() for line in text.splitlines()]
    chosen = [x for x in lines if x.startswith((">", "E ")) or re.match(r"^\S+\.py:\d+: ", x)]
    if not chosen:
        chosen = [x for x in lines if x.strip()][-most:]
    if len(chosen) > most:
        chosen = [*chosen[: most // 2], "…", *chosen[-most // 2 :]]
    return "\n".join(line[:240] for line in chosen)


def test_source(root: Path, folder: str, test: str) -> str:
    """The source of the test function that a test's id names, "" where it is not to be found."""
    name, _, rest = test.partition("::")
    qualname = re.sub(r"\[.*\]$", "", rest).replace("::", ".")
    candidates = [(root / folder / name, qualname), (root / name, qualname)]
    if not rest:  # unittest: package.module.Class.method
        parts = test.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            file = Path(*parts[:cut]).with_suffix(".py")
            candidates.append((root / folder / file, ".".join(parts[cut:])))
    for file, wanted in candidates:
        if file.suffix == ".py" and within(root, str(file)):
            source = file.read_bytes()
            for d in definitions(source):
                if d.qualname == wanted:
                    return shown(source, d)
    return ""


def around_failure(source: str, failure: Failure | None, most: int = 40) -> str:
    """A long test cut to its head and the lines around the one that failed."""
    lines = source.split("\n")
    if len(lines) <= most:
        return source
    marked = [x[1:].strip() for x in (failure.text if failure else "").splitlines() if x[:1] == ">"]
    at = next((i for i, x in enumerate(lines) if marked and x.strip() == marked[0]), len(lines) - 1)
    first, last = max(1, at - most + 8), min(len(lines), at + 4)
    return "\n".join([lines[0], *(["    …"] if first > 1 else []), *lines[first:last]])


def brief_suspect(
    root: Path,
    folder: str,
    command: str,
    report: Report,
    output: str,
    suspect: Suspect,
    calls: list[Observed],
    tokens: int,
    index: Index | None = None,
    notes: Sequence[Note] = (),
) -> Pack:
    """The test first, so that packs for several suspects share their beginning (and a local
    model its prefill); the function last, next to where the answer begins."""
    source = (root / suspect.path).read_bytes()
    d = suspect.definition
    items: list[Item] = []
    for note in notes:
        text = f"A note on this project: {note.text}"
        items.append(Item("", note.file, ",".join(note.origins), text, "a note", 6))
    # the failing test that says most in the fewest words, of those that enter the function
    tests = [t for t in report.named("failed") if _enters(report, t, suspect)] or report.named(
        "failed"
    )
    told = [(t, test_source(root, folder, t), report.failures.get(t)) for t in tests[:40]]
    told.sort(key=lambda x: (not x[1], len(x[1]) + len(x[2].text if x[2] else ""), x[0]))
    if not told:
        text = failure_lines("\n".join(report.broken_text) or output)
        title = f"`{command}` fails:"
        items.append(Item(title, "command", "project", _fence(text), "what it printed", 0))
    for number, (test, body, failure) in enumerate(told[:2]):
        priority = 0 if number == 0 else 5
        if body and not (number and body == told[0][1]):
            text = _fence(around_failure(body, failure), "python")
            title = "A test fails:" if number == 0 else "Another failing test:"
            items.append(Item(title, test, "test", text, "a failing test", priority))
        if failure:
            text = _fence(failure_lines(failure.text, MOST_OUTPUT if number == 0 else 8))
            items.append(Item("It fails with:", test, "test", text, "how it fails", priority))
    if imports := _imports(source, d):
        title = f"The function is in `{suspect.path}`, which imports:"
        text = _fence(imports, "python")
        items.append(Item(title, suspect.path, "project", text, "names it uses", 3))
    called = _callees(source, d)
    if index is not None:
        called = "\n".join(x for x in (called, _elsewhere(index, suspect.path, source, d)) if x)
    if called:
        text = _fence(called, "python")
        items.append(Item("Functions it calls:", suspect.path, "project", text, "callees", 4))
    if d.parent:
        line = f"`{d.name}` is a method of `{d.parent.rstrip(':')}`."
        items.append(Item("", suspect.path, "project", line, "its class", 2))
    if seen := _seen(d, calls):
        title = f"What `{d.name}` did in the failing test:"
        items.append(Item(title, "probe", "test", _fence(seen), "observed calls", 2))
    code, docstring = without_docstring(shown(source, d))
    if docstring:
        title = f"What `{d.name}` is for:"
        text = _fence(_short(docstring))
        items.append(Item(title, suspect.path, "project", text, "its docstring", 3))
    title = f"The function to correct, from `{suspect.path}`:"
    text = _fence(code, "python")
    reason = ", ".join(suspect.reasons)
    items.append(Item(title, suspect.label, "project", text, reason, 0))
    return fit(items, tokens)


def _short(docstring: str, most: int = 500) -> str:
    quoted = docstring.lstrip("rRbBuU").strip("\"' \n")
    lines = [x.strip() for x in quoted.splitlines()]
    text = "\n".join(lines)
    return text if len(text) <= most else text[:most] + " …"


def _enters(report: Report, test: str, suspect: Suspect) -> bool:
    return (suspect.path, suspect.definition.first_line) in report.entered.get(test, set())


def _fence(text: str, tag: str = "") -> str:
    marks = "```" if "```" not in text else "~~~~"
    return f"{marks}{tag}\n{text}\n{marks}"


def _words(source: bytes, d: Definition) -> set[str]:
    return set(WORD.findall(source[d.start : d.end].decode("utf-8", "replace")))


def _imports(source: bytes, d: Definition) -> str:
    """The file's imports and one-line constants that the function names."""
    words, lines = _words(source, d), []
    for node in parse(source).children:
        text = (node.text or b"").decode("utf-8", "replace")
        if node.type in ("import_statement", "import_from_statement"):
            if words & set(WORD.findall(text)) and len(text) < 400:
                lines.append(text)
        elif node.type == "expression_statement" and "=" in text and len(text) < 160:
            if text.split("=")[0].strip() in words:
                lines.append(text)
    return "\n".join(lines[:14])


def _callees(source: bytes, d: Definition) -> str:
    """Signatures, with the first docstring line, of the file's functions that it calls."""
    words, lines = _words(source, d), []
    for other in definitions(source):
        if other.name in words and other.qualname != d.qualname and other.name[:2] != "__":
            head = source[other.start : other.end].decode("utf-8", "replace")
            first = head.split("\n")[0].strip()
            if first.endswith(":"):
                lines.append(f"{first} ...")
            else:
                lines.append(f"def {other.name}{other.parameters}: ...")
    return "\n".join(lines[:8])


def _elsewhere(index: Index, path: str, source: bytes, d: Definition) -> str:
    """Signatures of what it calls in other files, where only one definition can be meant."""
    text, lines = source[d.start : d.end].decode("utf-8", "replace"), list[str]()
    for name in dict.fromkeys(CALLED.findall(text)):
        places = index.defined(name) if not hasattr(builtins, name) else []
        if len(places) == 1 and places[0][0] != path and not is_judge(places[0][0]):
            where, symbol = places[0]
            note = f"  # {where}" + (f": {symbol.doc}" if symbol.doc else "")
            lines.append(f"{symbol.signature}: ...{note[:100]}")
    return "\n".join(lines[:MOST_ELSEWHERE])


def _seen(d: Definition, calls: list[Observed]) -> str:
    lines = []
    for call in calls:
        if call.line == d.first_line:
            given = ", ".join(f"{k}={v}" for k, v in call.given.items() if k not in ("self", "cls"))
            text = f"{d.name}({given}) {call.outcome}"
            if text not in lines:
                lines.append(text[:400])
    return "\n".join(lines[:4])
