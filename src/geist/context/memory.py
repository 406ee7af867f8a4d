"""What a project is to be remembered by: its own instructions, and notes.

Instructions are AGENTS.md and CLAUDE.md, at any level. Notes are plain files in .geist/memory/, one
each, with a head that says where it came from; people may edit them like any other file.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from geist.context.identity import content_id
from geist.context.words import count
from geist.core.errors import GeistError

FOLDER = Path(".geist") / "memory"
INSTRUCTIONS = ("AGENTS.md", "CLAUDE.md")
MOST_NOTE = 4000  # characters
HEAD = re.compile(r"\A---\n(.*?)\n---\n", re.S)


@dataclass(frozen=True)
class Note:
    """`source` says how it came about (user, session NAME); `origins` where its content is from:
    whoever uses the note inherits them. `about` are files with the hash they had then."""

    text: str
    source: str = "user"
    date: str = ""
    origins: tuple[str, ...] = ("user",)
    about: dict[str, str] = field(default_factory=dict)
    file: str = ""

    @property
    def id(self) -> str:
        """The same for the same text, whatever its spacing and case."""
        return hashlib.sha256(" ".join(self.text.lower().split()).encode()).hexdigest()[:8]

    def stale(self, root: Path) -> list[str]:
        """Files it is about that have changed since."""
        return sorted(p for p, was in self.about.items() if _hash(root, p) != was)


def _hash(root: Path, path: str) -> str:
    try:
        return content_id((root / path).read_bytes())
    except OSError:
        return ""


def _ours(root: Path) -> bool:
    """Whether the notes' folder is in the project: a repository may bring a link to elsewhere."""
    return root.resolve() in (root / FOLDER).resolve().parents


def notes(root: Path) -> list[Note]:
    """Oldest first. A note without a head is the user's own."""
    found = []
    if not _ours(root):
        return []
    for file in sorted((root / FOLDER).glob("*.md")):
        if file.is_file() and not file.is_symlink():
            found.append(parse(file.read_text("utf-8", "replace"), file.name))
    return [n for n in found if n.text]


def parse(text: str, file: str = "") -> Note:
    """A note's file as a Note. Total: what has no head that makes sense is all text."""
    head = HEAD.match(text)
    if not head:
        return Note(text.strip(), file=file)
    told = dict(line.split(": ", 1) for line in head[1].splitlines() if ": " in line)
    about = dict(x.rsplit("@", 1) for x in told.get("about", "").split(", ") if "@" in x)
    origins = tuple(o for o in told.get("origins", "user").split(", ") if o)
    body = text[head.end() :].strip()
    return Note(body, told.get("source", "user"), told.get("date", ""), origins, about, file)


def first_line(root: Path, note: Note) -> int:
    """The line of its file on which a note's text begins."""
    try:
        whole = (root / FOLDER / note.file).read_text("utf-8", "replace")
    except OSError:
        return 1
    return whole[: max(0, whole.find(note.text))].count("\n") + 1


def spell(note: Note) -> str:
    head = [f"source: {note.source}", f"date: {note.date}", f"origins: {', '.join(note.origins)}"]
    if note.about:
        head.append("about: " + ", ".join(f"{p}@{h}" for p, h in sorted(note.about.items())))
    return "---\n" + "\n".join(head) + f"\n---\n{note.text}\n"


def remember(
    root: Path,
    text: str,
    *,
    source: str = "user",
    origins: Iterable[str] = ("user",),
    about: Iterable[str] = (),
) -> tuple[Note, bool]:
    """Keeps a note; False where the same was kept already. `about` are paths in the project."""
    text = text.strip()
    if not text:
        raise GeistError("there is nothing to remember", mend='geist remember "tests need redis"')
    if len(text) > MOST_NOTE:
        raise GeistError(
            f"a note of {len(text)} characters is too long to be sent with every task",
            why=f"at most {MOST_NOTE} are kept",
            mend="put it into AGENTS.md, or say it shorter",
        )
    if not _ours(root):
        raise GeistError(f"{FOLDER} leads out of the project", why="it is, or lies in, a link")
    hashes = {p: _hash(root, p) for p in about}
    today = date.today().isoformat()
    note = Note(text, source, today, tuple(sorted(set(origins))), hashes)
    for known in notes(root):
        if known.id == note.id:
            return known, False
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    slug = "-".join(re.findall(r"[a-z0-9]+", text.lower())[:5])[:40] or "note"
    name = f"{today}-{slug}-{note.id}.md"
    fresh = folder / f".{secrets.token_hex(4)}"
    fresh.write_text(spell(note), encoding="utf-8")
    os.replace(fresh, folder / name)
    return Note(text, source, today, note.origins, hashes, name), True


def find(root: Path, wanted: str) -> Note:
    """By its id, or a beginning of it, or its file's name."""
    hits = [n for n in notes(root) if wanted and (n.id.startswith(wanted) or n.file == wanted)]
    if len(hits) != 1:
        what = f"no note is called {wanted}" if not hits else f"{wanted} names several notes"
        raise GeistError(what, mend="geist memory    lists them")
    return hits[0]


def forget(root: Path, wanted: str) -> Note:
    note = find(root, wanted)
    (root / FOLDER / note.file).unlink()
    return note


def relevant(root: Path, query: str, most: int = 8) -> list[Note]:
    """The notes to send with a task: all where there are few, else those that share most words
    with it, newest first among equals."""
    every = notes(root)
    if len(every) <= most:
        return every
    from geist.context.query import read as read_query  # loads numpy, which few notes need not

    terms = read_query(query).terms
    scored = [(sum(terms.get(t, 0.0) for t in count(n.text)), i) for i, n in enumerate(every)]
    best = sorted(scored, reverse=True)[:most]
    return [every[i] for _, i in sorted(best, key=lambda x: x[1])]


def instructions(root: Path, folder: Path | None = None) -> list[tuple[str, str]]:
    """(path, text) of the project's instructions that hold in `folder`: those of the root first,
    then of each folder on the way there. Two files of one content count once."""
    at = (folder or root).resolve()
    root = root.resolve()
    chain = [at, *at.parents]
    chain = chain[: chain.index(root) + 1] if root in chain else [root]
    found, seen = list[tuple[str, str]](), set[str]()
    for place in reversed(chain):
        for name in INSTRUCTIONS:
            file = place / name
            try:
                # a link may lead out of the project
                if not file.is_file() or root not in file.resolve().parents:
                    continue
                text = file.read_text("utf-8", "replace").strip()
            except OSError:
                continue
            key = hashlib.sha256(text.encode()).hexdigest()
            if text and key not in seen:
                seen.add(key)
                found.append((file.relative_to(root).as_posix(), text))
    return found
