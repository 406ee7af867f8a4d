"""Tasks from git history: a commit's message is the query, the files it changed are the answer.

A task is a non-merge commit that modifies 1 to 5 existing Python files outside the tests and adds,
deletes or renames none of those. The corpus is the tree of its parent; history is what led to it.
"""

import hashlib
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from geist.context.query import read
from geist.context.tree import environment, hardened
from geist.context.words import content_words
from geist.core.errors import GeistError
from geist.verify.tests import is_judge

TRAILER = re.compile(
    r"^(?:[A-Z][\w-]*-by\b|change-id\b|reviewed-on\b|git-svn-id\b|--HG--|(?:extra|branch)\s*:|"
    r"backport of\b|\(cherry picked).*$",
    re.M | re.I,
)
URL = re.compile(r"\w+://\S+")
HASH = re.compile(r"\b[0-9a-f]{7,40}\b|#\d+|\bgh-\d+", re.I)
FILE = re.compile(r"(?:[\w.*-]*/)+[\w.*-]*|\b[\w-]+\.(?:py|rst|md|txt|toml|cfg|ini|ya?ml|js|css|"
                  r"html|json|pyi|po|in|sh)\b")  # fmt: skip
MECHANICAL = re.compile(
    r"^\W*(?:revert|merge|bump|release|prepare|version|back to dev|black|blacken|isort|flake8|"
    r"pyupgrade|ruff|mypy|lint|reformat|format|pre-commit|apply|update (?:copyright|changelog|"
    r"changes|authors|version|translations|message|dep)|copyright|typos?\b|fix(?:ed|es)? typos?|"
    r"style|whitespace|cleanup|clean up|pep ?8|cosmetic|start|preparing|\d)|"
    r"\bchange version|happy new year|auto(?:matic|-)|\[pre-commit",
    re.I,
)


@dataclass(frozen=True)
class Task:
    repo: str
    commit: str
    parent: str
    query: str
    truth: tuple[str, ...]


def query_of(message: str) -> str:
    """The message without what would give the answer away or says nothing."""
    for pattern in (TRAILER, URL, HASH, FILE):
        message = pattern.sub(" ", message)
    lines = [" ".join(line.split()) for line in message.split("\n")]
    return "\n".join(x for x in lines if re.search(r"\w", x)).strip()


def is_test(path: str) -> bool:
    parts = path.split("/")
    return (is_judge(path) or "testing" in parts or "test" in parts or "tests" in parts
            or parts[-1].startswith("test"))  # fmt: skip


def candidate(path: str) -> bool:
    return path.endswith(".py") and not is_test(path)


def git(repo: Path, *arguments: str) -> bytes:
    """git's answer; an error where it has none, for here nothing can be done without it."""
    command = hardened(*arguments)
    done = subprocess.run(command, cwd=repo, capture_output=True, env=environment())
    if done.returncode:
        what = f"git {' '.join(arguments[:3])} failed in {repo}"
        raise GeistError(what, why=done.stderr.decode("utf-8", "replace").strip()[:300])
    return done.stdout


def mine(name: str, repo: Path, count: int, seed: str, work: Path) -> list[Task]:
    """`count` tasks in an order that the seed decides; kept on disk."""
    kept = work / f"tasks-{name}-{seed}-{count}.json"
    if kept.exists():
        return [Task(**t | {"truth": tuple(t["truth"])}) for t in json.loads(kept.read_text())]
    tasks = list(_mine(name, repo, count, seed))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps([asdict(t) for t in tasks], indent=1))
    return tasks


def _mine(name: str, repo: Path, count: int, seed: str) -> Iterator[Task]:
    told = git(repo, "log", "--no-merges", "--name-status", "-M", "-z",
               "--format=%x01%H%x02%P%x02%B%x02").decode("utf-8", "replace")  # fmt: skip
    found = []
    records = told.split("\x01")[1:]
    for position, record in enumerate(records):
        if len(records) - position < 200:
            break  # too little history before it
        commit, parent, message, changes = record.split("\x02")
        fields = [f for f in changes.strip("\n\0").split("\0") if f.strip()]
        changed, whole, at = [], True, 0
        while at < len(fields):
            kind = fields[at].strip()[:1]
            paths = fields[at + 1 : at + (3 if kind in "RC" else 2)]
            at += 1 + len(paths)
            mine = [p for p in paths if candidate(p)]
            if kind == "M":
                changed += mine
            elif mine:
                whole = False
        if not (whole and 1 <= len(changed) <= 5) or " " in parent or not parent:
            continue
        query = query_of(message)
        if MECHANICAL.search(query) or len(set(content_words(query))) < 4 or not read(query).terms:
            continue
        found.append(Task(name, commit, parent, query, tuple(sorted(changed))))
    found.sort(key=lambda t: hashlib.sha256((seed + t.commit).encode()).digest())
    yield from found[:count]


def tree(repo: Path, commit: str) -> dict[str, str]:
    """Path → blob of the files in a commit's tree."""
    listed = git(repo, "ls-tree", "-r", "-z", commit).decode("utf-8", "replace")
    found = {}
    for line in listed.split("\0"):
        if line:
            head, path = line.split("\t", 1)
            mode, kind, blob = head.split()
            if kind == "blob" and mode != "120000":
                found[path] = blob
    return found


def blobs(repo: Path, names: list[str]) -> Iterator[tuple[str, bytes]]:
    """The contents of these blobs."""
    process = subprocess.Popen(
        hardened("cat-file", "--batch", "--buffer"), cwd=repo, env=environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    feed = "".join(f"{n}\n" for n in names).encode()
    told, asked = process.stdout, process.stdin

    def ask() -> None:
        with asked:
            asked.write(feed)

    writer = threading.Thread(target=ask)
    writer.start()
    for name in names:
        head = told.readline().split()
        if len(head) == 3:
            yield name, told.read(int(head[2]))
            told.read(1)
    writer.join()
    process.wait()
