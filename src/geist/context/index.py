"""The index of one folder: makes itself, follows the folder, and answers in memory."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from geist.context import tree
from geist.context.corpus import Corpus
from geist.context.extract import MOST_BYTES, NAMES, Extract, Symbol, content_id, extract
from geist.context.languages import language
from geist.context.past import MOST_COMMITS, Past
from geist.context.store import Store
from geist.context.tree import Entry
from geist.context.words import salted, terms_of

BATCH = 200  # files between two commits to disk: what a kill costs at most
RACY = 2_000_000_000  # ns: a file as young as this may change again within its time stamp

Tell = Callable[[str, int, int], None]


@dataclass
class Update:
    """What a refresh did: how many files were read, gone, and in all; seconds."""

    read: int = 0
    gone: int = 0
    files: int = 0
    commits: int = 0
    seconds: float = 0.0
    states: dict[str, int] = field(default_factory=dict)


class Index:
    """Of `root`, kept below `data`. Answers are those of the folder at the last `refresh`."""

    def __init__(self, root: Path, data: Path) -> None:
        self.root: Path = root.resolve()
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        self.store = Store(data / "index" / f"{name}.sqlite")
        self.store.note("root", str(self.root))
        self._corpus: Corpus | None = None
        self._past: Past | None = None
        self._head = "?"  # not asked yet
        self._ancestors: list[str] = []

    def close(self) -> None:
        self.store.close()

    def refresh(self, tell: Tell = lambda what, done, of: None) -> Update:
        """Reads what changed. `tell` hears ("files" or "commits", done, of). Can be killed
        anywhere: what was read stays read."""
        start = time.monotonic()
        entries = tree.entries(self.root)
        known = self.store.files()
        changed = [e for e in entries if self._changed(e, known.get(e.path))]
        present = {e.path for e in entries}
        gone = [p for p in known if p not in present]
        self.store.forget(gone)
        done = 0
        for files, contents in self._read(changed):
            self.store.put(contents, files)
            done += len(files)
            tell("files", done, len(changed))
        if changed or gone:
            self._corpus = self._past = None
            self.store.prune()
        commits = self._follow(tell)
        return Update(len(changed), len(gone), len(entries), commits, time.monotonic() - start)

    @staticmethod
    def _changed(e: Entry, known: tuple[str, Entry] | None) -> bool:
        return known is None or known[1] != e

    def _read(
        self, changed: list[Entry]
    ) -> Iterator[tuple[list[tuple[Entry, str]], dict[str, Extract]]]:
        """Batches of (entry, content id), and the contents that are new."""
        for at in range(0, len(changed), BATCH):
            files, contents = list[tuple[Entry, str]](), dict[str, Extract]()
            raw: dict[str, tuple[bytes, str]] = {}
            for e in changed[at : at + BATCH]:
                e, data = self._data(e)
                if data is None:
                    files.append((e, ""))
                    continue
                kind = language(e.path)
                key = f"{content_id(data)}-{kind}"
                files.append((e, key))
                raw[key] = data, kind
            missing = set(raw) - self.store.has(raw)
            contents = {key: extract(*raw[key]) for key in sorted(missing)}
            yield files, contents

    def _data(self, e: Entry) -> tuple[Entry, bytes | None]:
        if e.state:
            return e, None
        try:
            with open(self.root / e.path, "rb") as f:
                data = f.read(MOST_BYTES + 1)
        except OSError:
            return Entry(e.path, e.size, e.mtime, e.inode, "unreadable"), None
        if time.time_ns() - e.mtime < RACY:
            # it may be written again without a change of its time stamp: look again next time
            e = Entry(e.path, e.size, 0, e.inode, e.state)
        return e, data

    def _follow(self, tell: Tell) -> int:
        head = tree.head(self.root)
        if head == self._head:
            return 0
        self._past = None
        self._head = head
        if not head:
            self._ancestors = []
            return 0
        self._ancestors = tree.ancestors(self.root, MOST_COMMITS)
        missing = sorted(set(self._ancestors) - self.store.has_commits())
        for at in range(0, len(missing), 1000):
            self.store.put_commits(tree.commits(self.root, missing[at : at + 1000]))
            tell("commits", min(at + 1000, len(missing)), len(missing))
        return len(missing)

    def defined(self, name: str) -> list[tuple[str, Symbol]]:
        """Where a name is defined: (path, definition), by path."""
        terms = terms_of(name)
        if not terms:
            return []
        chunks, _ = self.corpus.lists.of(salted(terms[-1], NAMES))
        found = list[tuple[str, Symbol]]()
        for file in np.unique(self.corpus.chunk_file[chunks]).tolist():
            symbols = self.store.detail(self.corpus.contents[file])[0]
            found += [(self.corpus.paths[file], s) for s in symbols if s.name == name]
        return found

    @property
    def shallow(self) -> str:
        """A word where the history is cut short."""
        told = tree.git(self.root, "rev-parse", "--is-shallow-repository").strip()
        return " (a shallow clone: there may be more)" if told == b"true" else ""

    @property
    def corpus(self) -> Corpus:
        if self._corpus is None:
            self._corpus = Corpus(self.store.rows())
        return self._corpus

    @property
    def past(self) -> Past:
        if self._past is None:
            self._past = Past(self.corpus, self.store.commits(self._ancestors))
        return self._past
