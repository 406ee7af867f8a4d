"""One file's content as the index keeps it: symbols, and terms counted chunk by chunk.

A chunk is a function, the rest of a class, the rest of a module, a section of text: what can be
sent to a model by itself. The same bytes in the same language always give the same Extract, so it
is stored once under their hash.
"""

import io
import json
import multiprocessing
import os
import re
import signal
import threading
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from geist.context.languages import GRAMMARS
from geist.context.symbols import Symbol, parse
from geist.context.words import count, count_words, salted

VERSION = 2  # of what is extracted: another one makes the index anew
MOST_BYTES = 1_500_000  # a larger file is data
MOST_DATA = 8192  # bytes that are read of translations, tables, drawings, lock files
MOST_CHUNK = 80  # lines; what is longer is cut
NAMES, DOCS = 1, 2  # fields beside the body: names defined here; comments and docstrings
COMMENT = re.compile(r"(?:#|//|/\*|\*|--|;)[ \t]?(.*)")
COMMENT_STARTS = frozenset("#/*-;")
TRAILING = re.compile(r"\s(?:#|//) (.*)")
HEADING = re.compile(r"#{1,4} \S")
UNDERLINES = frozenset(("===", "---", "~~~", "^^^"))


@dataclass(frozen=True)
class Extract:
    """What the index knows about one content. `state` is ok or why it is not whole (binary, huge,
    encoding, broken, empty). Chunk i has lines `starts[i]`…`ends[i]` and the terms
    `terms[bounds[i]:bounds[i+1]]` with their `counts`."""

    language: str
    state: str
    lines: int
    symbols: tuple[Symbol, ...]
    imports: tuple[str, ...]
    calls: tuple[str, ...]
    starts: np.ndarray
    ends: np.ndarray
    bounds: np.ndarray
    terms: np.ndarray
    counts: np.ndarray


def extract(data: bytes, language: str) -> Extract:
    """Total: any bytes give an Extract."""
    if len(data) > MOST_BYTES:
        return _nothing(language, "huge", data.count(b"\n"))
    if language == "pdf":
        return _pdf(data)
    if language == "data":
        data = data[:MOST_DATA].rpartition(b"\n")[0] or data[:MOST_DATA]
    if b"\0" in data[:8192]:
        return _nothing(language, "binary", 0)
    if not data.strip():
        return _nothing(language, "empty", data.count(b"\n"))
    state = "ok"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text, state = data.decode("latin-1"), "encoding"
    lines = text.split("\n")
    symbols: list[Symbol] = []
    imports: list[str] = []
    calls: Counter[str] = Counter()
    if language in GRAMMARS:
        # tree-sitter counts lines by \n alone, as `lines` does
        encoded = text.encode()
        symbols, imports, calls, broken = parse(encoded, language)
        state = "broken" if broken and state == "ok" else state
    spans = _chunks(lines, symbols) if language in GRAMMARS else _sections(lines)
    return _counted(language, state, lines, symbols, imports, calls, spans)


def _nothing(language: str, state: str, lines: int) -> Extract:
    none = np.zeros(0, np.uint32)
    edges = np.zeros(1, np.uint32)
    return Extract(language, state, lines, (), (), (), none, none, edges, none, none)


def _counted(
    language: str,
    state: str,
    lines: list[str],
    symbols: list[Symbol],
    imports: list[str],
    calls: Counter[str],
    spans: list[tuple[int, int]],
) -> Extract:
    bounds, terms, counts = [0], list[int](), list[int]()
    code = language in GRAMMARS
    for start, end in spans:
        body = lines[start - 1 : end]
        found = count("\n".join(body))
        if code:
            names = [s.name for s in symbols if start <= s.line <= end]
            for salt, extra in ((NAMES, count_words(names)), (DOCS, count(_commentary(body)))):
                for term, times in extra.items():
                    term = salted(term, salt)
                    found[term] = found.get(term, 0) + times
        terms += found.keys()
        counts += found.values()
        bounds.append(len(terms))
    return Extract(
        language,
        state,
        len(lines),
        tuple(symbols),
        tuple(imports),
        tuple(sorted(calls)),
        np.array([s for s, _ in spans], np.uint32),
        np.array([e for _, e in spans], np.uint32),
        np.array(bounds, np.uint32),
        np.array(terms, np.uint32),
        np.array(counts, np.uint32),
    )


def _commentary(lines: list[str]) -> str:
    """Comments and docstrings, roughly: what stands behind a comment sign or between triple
    quotes."""
    found, inside = [], ""
    for line in lines:
        bare = line.strip()
        if inside:
            found.append(bare)
            inside = "" if inside in bare else inside
        elif bare[:1] in "rRbBuU\"'" and (mark := _triple(bare)):
            found.append(bare)
            inside = mark if bare.count(mark) < 2 else ""
        elif bare[:1] in COMMENT_STARTS or "# " in bare or "// " in bare:
            hit = COMMENT.match(bare) or TRAILING.search(bare)
            found += [hit[1]] if hit else []
    return "\n".join(found)


def _triple(line: str) -> str:
    head = line.lstrip("rRbBuU")[:3]
    return head if head in ('"""', "'''") else ""


def _chunks(lines: list[str], symbols: list[Symbol]) -> list[tuple[int, int]]:
    """Lines covered once: the innermost-but-one definitions (functions and methods, not what they
    hold), and what is left between them."""
    tops, reach = list[Symbol](), 0
    for s in symbols:  # sorted by start
        if s.kind != "class" and s.line > reach:
            tops.append(s)
            reach = s.end_line
    spans, at = list[tuple[int, int]](), 1
    heads = {s.line for s in symbols if s.kind == "class"}
    for s in tops:
        if s.line > at:
            spans += _split(at, s.line - 1, heads)
        spans += _split(max(at, s.line), s.end_line, set())
        at = max(at, s.end_line + 1)
    if at <= len(lines):
        spans += _split(at, len(lines), heads)
    return [(a, b) for a, b in spans if any(x.strip() for x in lines[a - 1 : b])]


def _split(start: int, end: int, heads: set[int]) -> list[tuple[int, int]]:
    """`start`…`end` cut where a class begins, and wherever it gets too long."""
    cuts = [start, *sorted(h for h in heads if start < h <= end), end + 1]
    spans = []
    for a, b in zip(cuts, cuts[1:]):
        while b - a > MOST_CHUNK:
            spans.append((a, a + MOST_CHUNK - 1))
            a += MOST_CHUNK
        spans.append((a, b - 1))
    return spans


def _sections(lines: list[str]) -> list[tuple[int, int]]:
    """Plain text: cut at headings (Markdown, underlined) and otherwise about every forty lines, at
    an empty line."""
    spans, at = list[tuple[int, int]](), 1
    for number in range(2, len(lines) + 1):
        size = number - at
        if size < 4:
            continue
        line = lines[number - 1]
        under = lines[number][:3] if number < len(lines) else ""
        heading = (line[:1] == "#" and HEADING.match(line)) or (
            under in UNDERLINES and line.strip() and not line.startswith(" ")
        )
        if heading or (size >= 40 and not line.strip()) or size >= MOST_CHUNK:
            spans.append((at, number - 1))
            at = number
    spans.append((at, len(lines)))
    return [(a, b) for a, b in spans if any(x.strip() for x in lines[a - 1 : b])]


def _pdf(data: bytes) -> Extract:
    text = pdf_text(data)
    if not text.strip():
        return _nothing("pdf", "binary", 0)
    lines = text.split("\n")
    return _counted("pdf", "ok", lines, [], [], Counter(), _sections(lines))


def pdf_text(data: bytes) -> str:
    """The text of a PDF, "" where it has none or cannot be read."""
    import logging

    import pypdf
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong is counted, not printed
    try:
        pages = pypdf.PdfReader(io.BytesIO(data)).pages
        return "\n\n".join(page.extract_text() for page in pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError):
        return ""  # a broken PDF is counted as binary


Raw = dict[str, tuple[bytes, str]]  # content id → bytes and language
Row = tuple[Any, ...]


def extract_all(raw: Raw) -> dict[str, Row]:
    """Contents as they are stored."""
    return {key: row(extract(data, kind)) for key, (data, kind) in raw.items()}


def row(e: Extract) -> Row:
    """(language, state, lines, detail, starts, ends, sizes, terms, counts)."""
    symbols = [[s.kind, s.qualname, s.line, s.end_line, s.signature, s.doc] for s in e.symbols]
    detail = {"symbols": symbols, "imports": e.imports, "calls": e.calls}
    packed = zlib.compress(json.dumps(detail).encode(), 1)
    sizes = np.diff(e.bounds).astype(np.uint32)
    arrays = (e.starts, e.ends, sizes, e.terms, e.counts)
    return (e.language, e.state, e.lines, packed, *(a.tobytes() for a in arrays))


def attached() -> None:
    """Begins a helper process: Ctrl-C is for the process that the user sees, and a helper ends with
    it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
