"""Which folder is the project, and what was done to it."""

from pathlib import Path

from geist.core.errors import GeistError
from geist.core.log import read, sessions
from geist.core.output import Tree
from geist.edit.apply import Edit, content

MARKS = (".git", ".hg")


def project(here: Path) -> Path:
    """The repository that `here` lies in, else `here` itself."""
    here = here.resolve()
    return next((p for p in (here, *here.parents) if any((p / m).exists() for m in MARKS)), here)


def last_accepted(data: Path, root: Path) -> tuple[str, tuple[Edit, ...]]:
    """The session and the edits of the last accepted change to `root` that was not undone."""
    for session in reversed(sessions(data)):
        intent, accepted, undone = None, False, False
        for event in read(data, session):
            if event.kind == "accepting":
                intent, accepted, undone = event.data, False, False
            accepted = accepted or event.kind == "accepted"
            undone = undone or event.kind == "undone"
        if intent is None or undone or intent["root"] != str(root):
            continue
        tree, before = Tree.from_plain(intent["tree"]), intent["before"]
        # killed between the effect and its record: the files tell whether it happened
        if not accepted and any(content(root, c.path) != c.after for c in tree.changes):
            continue
        return session, tuple(
            Edit(c, before[c.path].encode("latin-1") if c.path in before else None)
            for c in tree.changes
        )
    raise GeistError(
        "there is nothing to undo here",
        why=f"no accepted change to {root} is on record",
        mend="geist log    shows all sessions",
    )
