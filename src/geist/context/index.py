"""The index of one folder: makes itself, follows the folder, and answers in memory."""

import hashlib
import multiprocessing
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geist.context import tree
from geist.context.corpus import Corpus
from geist.context.extract import (
    MOST_BYTES,
    MOST_DATA,
    NAMES,
    Raw,
    Row,
    attached,
    extract_all,
)
from geist.context.identity import content_id
from geist.context.languages import language
from geist.context.past import MOST_COMMITS, Past
from geist.context.store import Store
from geist.context.symbols import Symbol
from geist.context.tree import Commit, Entry
from geist.context.words import salted, terms_of
from geist.models.local import cores

MANY = 400  # changed files from which on more processes are worth their start
BATCH = 100  # files between two commits to disk: what a kill costs at most
RACY = 2_000_000_000  # ns: a file as young as this may change again within its time stamp

Tell = Callable[[str, int, int], None]


@dataclass
class Update:
    """What a refresh did: how many files were read, gone, and in all; seconds. `refused` says why
    git would not read the repository: then .gitignore and history do not count."""

    read: int = 0
    gone: int = 0
    files: int = 0
    commits: int = 0
    seconds: float = 0.0
    refused: str = ""


class Index:
    """Of `root`, kept below `data`. Answers are those of the folder at the last `refresh`."""

    def __init__(self, root: Path, data: Path) -> None:
        self.root: Path = root.resolve()
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        self.store = Store(data / "index" / f"{name}.sqlite")
        self.store.note("root", str(self.root))
        self._forget()

    def close(self) -> None:
        self.store.close()

    def refresh(self, tell: Tell = lambda what, done, of: None) -> Update:
        """Reads what changed. `tell` hears ("files" or "commits", done, of). Can be killed
        anywhere: what was read stays read."""
        try:
            return self._refresh(tell)
        except BaseException:
            self._forget()  # it was stopped half way: what is in memory may not be what is on disk
            raise

    def _forget(self) -> None:
        self._known: dict[str, tuple[str, Entry]] | None = None
        self._rows: dict[str, tuple[Any, ...]] | None = None
        self._commits: set[str] | None = None
        self._corpus: Corpus | None = None
        self._past: Past | None = None
        self._head = "?"  # not asked yet
        self._ancestors: list[str] = []

    def _refresh(self, tell: Tell) -> Update:
        start = time.monotonic()
        if self._known is None or self._commits is None:
            self._known, self._commits = self.store.files(), self.store.has_commits()
        known = self._known
        with ThreadPoolExecutor(1) as beside:
            # git works while this process reads
            history = beside.submit(self._look_back, frozenset(self._commits))
            entries = tree.entries(self.root)
            changed = [e for e in entries if self._changed(e, known.get(e.path))]
            present = {e.path for e in entries}
            gone = [p for p in known if p not in present]
            self.store.forget(gone)
            done = 0
            for files, contents in self._read(changed):
                self.store.put(contents, files)
                known |= {e.path: (key, e) for e, key in files}
                done += len(files)
                tell("files", done, len(changed))
            commits = self._follow(*history.result(), tell)
        if changed or gone:
            self._replace(gone, [e.path for e in changed])
            self.store.prune()
        refused = "" if self._head else tree.refusal(self.root)
        spent = time.monotonic() - start
        return Update(len(changed), len(gone), len(entries), commits, spent, refused)

    def _replace(self, gone: list[str], changed: list[str]) -> None:
        """Brings what is in memory up to date, without reading the rest again."""
        self._corpus = self._past = None
        assert self._known is not None
        for path in gone:
            del self._known[path]
        if self._rows is not None:
            for path in (*gone, *changed):
                self._rows.pop(path, None)
            fresh = {p: self._known[p][0] for p in changed if self._known[p][0]}
            self._rows |= {row[0]: row for row in self.store.rows_of(fresh)}

    @staticmethod
    def _changed(e: Entry, known: tuple[str, Entry] | None) -> bool:
        return known is None or known[1] != e

    def _read(
        self, changed: list[Entry]
    ) -> Iterator[tuple[list[tuple[Entry, str]], dict[str, Row]]]:
        """Batches of (entry, content id), and the contents that are new."""
        batches = (self._batch(changed[i : i + BATCH]) for i in range(0, len(changed), BATCH))
        if len(changed) < MANY or cores() < 2:
            for files, raw in batches:
                yield files, extract_all(raw)
            return
        # the other cores count words while this one reads, hashes and writes
        waiting = deque[tuple[list[tuple[Entry, str]], Raw, Future[dict[str, Row]]]]()

        def first() -> tuple[list[tuple[Entry, str]], dict[str, Row]]:
            files, raw, made = waiting.popleft()
            try:
                return files, made.result()
            except BrokenProcessPool:
                # a helper was killed, or the main program cannot be started twice: go on alone
                return files, extract_all(raw)

        spawn = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(cores(), spawn, initializer=attached)
        try:
            for files, raw in batches:
                try:
                    waiting.append((files, raw, pool.submit(extract_all, raw)))
                except BrokenProcessPool:
                    yield files, extract_all(raw)
                while len(waiting) > 2 * cores() or (waiting and waiting[0][2].done()):
                    yield first()
            while waiting:
                yield first()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _batch(self, entries: list[Entry]) -> tuple[list[tuple[Entry, str]], Raw]:
        """Content ids, and the bytes of contents that are not known yet."""
        files, raw = list[tuple[Entry, str]](), Raw()
        for e in entries:
            e, data = self._data(e)
            if data is None:
                files.append((e, ""))
                continue
            kind = language(e.path)
            key = f"{content_id(data)}-{kind}"
            files.append((e, key))
            raw[key] = data, kind
        known = self.store.has(raw)
        return files, {key: raw[key] for key in sorted(raw) if key not in known}

    def _data(self, e: Entry) -> tuple[Entry, bytes | None]:
        if e.state:
            return e, None
        try:
            with open(self.root / e.path, "rb") as f:
                data = f.read(MOST_DATA if language(e.path) == "data" else MOST_BYTES + 1)
        except OSError:
            return Entry(e.path, e.size, e.mtime, e.inode, "unreadable"), None
        if time.time_ns() - e.mtime < RACY:
            # it may be written again without a change of its time stamp: look again next time
            e = Entry(e.path, e.size, 0, e.inode, e.state)
        return e, data

    def _look_back(self, known: frozenset[str]) -> tuple[str, list[str], list[Commit]]:
        """Where HEAD is; if it has moved, what led to it, and of that what is not known yet."""
        head = tree.head(self.root)
        if head == self._head or not head:
            return head, [], []
        ancestors = tree.ancestors(self.root, MOST_COMMITS)
        missing = [name for name in ancestors if name not in known]
        return head, ancestors, list(tree.commits(self.root, missing))

    def _follow(self, head: str, ancestors: list[str], fresh: list[Commit], tell: Tell) -> int:
        if head == self._head:
            return 0
        self._past, self._head, self._ancestors = None, head, ancestors
        for at in range(0, len(fresh), 1000):
            self.store.put_commits(fresh[at : at + 1000])
            tell("commits", min(at + 1000, len(fresh)), len(fresh))
        if self._commits is not None:
            self._commits |= {c.name for c in fresh}
        return len(fresh)

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
            if self._rows is None:
                self._rows = {row[0]: row for row in self.store.rows()}
            self._corpus = Corpus([self._rows[p] for p in sorted(self._rows)])
        return self._corpus

    @property
    def past(self) -> Past:
        if self._past is None:
            self._past = Past(self.corpus, self.store.commits(self._ancestors))
        return self._past
