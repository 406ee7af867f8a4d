"""What past sessions teach about a project: notes to propose, never kept without the user."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geist.context.memory import Note, notes
from geist.core.canonical import digest
from geist.core.log import read, sessions
from geist.core.output import Change, Tree
from geist.edit.diff import unified
from geist.verify.runners import find_command

MOST_SESSIONS = 200
MOST_LINES = 3  # of a change that a note quotes


@dataclass
class _Story:
    """What one session came to."""

    session: str
    command: str = ""
    accepted: bool = False
    declined: bool = False
    undone: bool = False
    tree: Tree | None = None
    before: dict[str, str] = field(default_factory=dict)
    origins: set[str] = field(default_factory=set)


def proposals(data: Path, root: Path) -> list[Note]:
    """Notes that the sessions of this project since the beginning suggest and that are neither
    kept nor dropped yet, oldest first."""
    known = {n.id for n in notes(root)} | set(_dropped(data, root))
    found: dict[str, Note] = {}
    for story in _stories(data, root):
        for text, paths in _lessons(story, root):
            about = dict.fromkeys(paths, "")
            origins = tuple(sorted(story.origins | {"model"})) if paths else ("user",)
            note = Note(text, f"session {story.session}", "", origins, about)
            if note.id not in known:
                found.setdefault(note.id, note)
    return list(found.values())


def drop(data: Path, root: Path, note: Note) -> None:
    """Never proposes it again."""
    path = _kept(data, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(sorted({*_dropped(data, root), note.id})))


def _kept(data: Path, root: Path) -> Path:
    return data / "sleep" / f"{digest(str(root))[:16]}.json"


def _dropped(data: Path, root: Path) -> list[str]:
    try:
        return [str(x) for x in json.loads(_kept(data, root).read_text())]
    except (OSError, ValueError, TypeError):
        return []


def _stories(data: Path, root: Path) -> Iterator[_Story]:
    for session in sessions(data)[-MOST_SESSIONS:]:
        story, mine = _Story(session), False
        for event in read(data, session):
            if event.kind == "start":
                mine = event.data.get("root") == str(root)
                story.command = str(event.data.get("command", ""))
            if not mine:
                break
            _hear(story, event.kind, dict(event.data))
        if mine:
            yield story


def _hear(story: _Story, kind: str, data: dict[str, Any]) -> None:
    if kind == "ask":
        story.origins |= {o for m in data["messages"] for o in m["origin"].split(",")} - {"geist"}
    elif kind == "accepting":
        story.tree, story.before = Tree.from_plain(data["tree"]), data["before"]
    elif kind == "attempt" and data["verdict"]["status"] == "passed" and "tree" in data["output"]:
        story.tree = story.tree or Tree.from_plain(data["output"]["tree"])
    elif kind in ("accepted", "declined", "undone"):
        setattr(story, kind, True)


def _lessons(story: _Story, root: Path) -> Iterator[tuple[str, list[str]]]:
    """(text, the files it is about)."""
    if story.tree is None:
        return
    if story.accepted and not story.undone:
        own = find_command(root)
        if story.command and (own is None or own.command != story.command):
            yield f"The tests are run with `{story.command}`.", []
        for change in story.tree.changes:
            old, new = _lines(change, story.before.get(change.path))
            if old and new:
                text = f"In {change.path} this was a bug:\n{old}\nand this mended it:\n{new}"
                yield text, [change.path]
    elif story.undone:
        for change in story.tree.changes:
            old, new = _lines(change, story.before.get(change.path))
            if new:
                text = f"In {change.path} this change was taken back; it is not wanted:\n{new}"
                yield text, [change.path]


def _lines(change: Change, before: str | None) -> tuple[str, str]:
    """The lines that a change took out and put in, shortened."""
    if before is None:
        return "", ""
    text = unified(change, before.encode("latin-1")).splitlines()
    old = [
        f"    {x[1:].strip()}" for x in text if x[:1] == "-" and x[:3] != "---" and x[1:].strip()
    ]
    new = [
        f"    {x[1:].strip()}" for x in text if x[:1] == "+" and x[:3] != "+++" and x[1:].strip()
    ]
    return "\n".join(old[:MOST_LINES]), "\n".join(new[:MOST_LINES])
