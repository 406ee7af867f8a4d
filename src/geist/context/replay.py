"""An old commit's corpus and history, as the index would have had them then."""

from collections.abc import Iterator
from pathlib import Path

from geist.context import tree as ours
from geist.context.corpus import Corpus
from geist.context.extract import extract, row
from geist.context.languages import language
from geist.context.mine import Task, blobs, tree
from geist.context.past import MOST_COMMITS, Past
from geist.context.store import Store


class Repo:
    """A repository's history in one store: each content and each commit is read once."""

    def __init__(self, name: str, path: Path, work: Path) -> None:
        self.name, self.path = name, path
        self.store = Store(work / f"{name}.sqlite")

    def at(self, commit: str) -> Corpus:
        files = tree(self.path, commit)
        # one blob under two names of different languages is read as the last: rare, and harmless
        wanted = {blob: path for path, blob in files.items()}
        missing = sorted(set(wanted) - self.store.has(wanted))
        fresh = {}
        for blob, data in blobs(self.path, missing):
            fresh[blob] = row(extract(data, language(wanted[blob])))
        self.store.put(fresh, [])
        return Corpus(self.store.rows_of(files))

    def past(self, corpus: Corpus, commit: str) -> Past:
        """`commit` and what led to it."""
        names = ours.ancestors(self.path, MOST_COMMITS, commit)
        missing = sorted(set(names) - self.store.has_commits())
        self.store.put_commits(ours.commits(self.path, missing))
        return Past(corpus, self.store.commits(names))

    def states(self, tasks: list[Task]) -> Iterator[tuple[Task, Corpus, Past]]:
        for task in tasks:
            corpus = self.at(task.parent)
            yield task, corpus, self.past(corpus, task.parent)
