"""What an agent's actions work with: the draft, the sandbox, the leash, and the secrets to hide."""

import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geist.agent.draft import Draft
from geist.agent.guard import Guard
from geist.agent.leash import Capability, Wish, capability_of, is_secret, within
from geist.agent.secrets import Secrets
from geist.core.log import Log
from geist.core.output import Change
from geist.edit import snapshot
from geist.sandbox.rundir import RunDir
from geist.sandbox.shapes import Call, Limits, Result, Sandbox

MOST_TOLD = 8000  # characters of a result that a model is told
# Folders whose text the user did not write.
FOREIGN = frozenset(
    "node_modules site-packages vendor third_party .venv venv dist-packages".split()
)
CONTROL = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-_])|"
                     r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # fmt: skip


@dataclass
class Hands:
    root: Path
    data: Path
    sandbox: Sandbox
    guard: Guard
    log: Log
    secrets: Secrets
    draft: Draft
    path: str  # PATH of commands
    cwd: str = "."
    tell: Callable[[str, dict[str, Any]], None] = lambda kind, data: None
    stop: threading.Event = field(default_factory=threading.Event)
    finished: str | None = None
    steps: list[Draft] = field(default_factory=list)  # what undo goes back to

    def say(self, text: str) -> str:
        """What a model may be told of a text: no secret, no control character, not too much of it,
        and never cut without a word."""
        text = self.secrets.hide(plain(text))
        if len(text) > MOST_TOLD:
            half = MOST_TOLD // 2
            left = len(text) - 2 * half
            text = f"{text[:half]}\n… {left} characters are left out here …\n{text[-half:]}"
        return text

    def change(self, what: str, draft: Draft) -> None:
        """Makes the draft another one. The intent, with what undo needs, is durable before it."""
        self.log.append("draft", what=what, **draft.plain())
        self.steps.append(self.draft)
        self.draft = draft

    def undo(self) -> bool:
        """Back to the draft before the last change."""
        if not self.steps:
            return False
        self.draft = self.steps.pop()
        self.log.append("draft", what="undone", **self.draft.plain())
        return True

    def files(self) -> list[str]:
        """The project's files as the draft has them."""
        kept = {p for p in snapshot.files(self.root) if p not in self.draft.files}
        return sorted(kept | {p for p, c in self.draft.files.items() if c is not None})

    def read(self, path: str) -> bytes | None:
        """A file of the draft, where the leash allows it. Raises Refused."""
        kind = capability_of(path, write=False)
        if not self.guard.may(Wish(kind, path), f"read {path}"):
            raise Refused(f"the user does not allow to read {path}")
        if kind is Capability.OUTSIDE:
            self.guard.taint(f"file {path}")
            place = Path(path).expanduser()
            return place.read_bytes() if place.is_file() else None
        if foreign(path):
            self.guard.taint(f"file {path}")
        return self.draft.read(path)

    def write(self, path: str, content: bytes | None, why: str) -> None:
        """A file of the draft, where the leash allows it. Raises Refused."""
        if not path.startswith("/"):
            path = "/".join(p for p in path.split("/") if p not in ("", "."))
        kind = capability_of(path, write=True)
        if kind is Capability.OUTSIDE:
            raise Refused(f"{path} is outside the project: a draft has only its files")
        if not self.guard.may(Wish(kind, path), why):
            raise Refused(f"the user does not allow to write {path}")
        self.change(why, self.draft.with_file(path, content))

    def run(
        self, command: str, seconds: float, *, by_user: bool = False
    ) -> tuple[Result, list[str]]:
        """Runs a command on the draft, in the sandbox, without network and without the project's
        secrets. What it wrote goes to the draft as far as the leash allows; the paths that did not
        are told. Raises Refused. What the user types (`by_user`) is not asked for."""
        if not by_user and not self.guard.may(Wish(Capability.RUN, command), f"run  {command}"):
            raise Refused("the user does not allow this command")
        if self.secrets.named(command) and not self.guard.may(
            Wish(Capability.SECRETS, command), f"put secrets into  {command}"
        ):
            raise Refused("the user does not allow secrets in this command")
        with RunDir(self.data) as run:
            layer, empty = run.folder("layer"), run.path / "empty"
            empty.write_bytes(b"")
            empty.chmod(0o644)
            self.draft.lay(layer)
            run.give(layer)
            hidden = {str(self.root / p): empty for p in self._secret_files()}
            call = Call(("/bin/sh", "-c", self.secrets.resolve(command)), self.root, cwd=self.cwd,
                        env={"PATH": self.path}, layers=(layer,), read=hidden, review=True,
                        limits=Limits(seconds=seconds))  # fmt: skip
            result = self.sandbox.run(call)
        refused = self._take(command, result.written)
        return result, refused

    def _take(self, command: str, written: tuple[Change, ...]) -> list[str]:
        wanted = [c for c in written if not _by_product(c.path)]
        ignored = _ignored(self.root, [c.path for c in wanted])
        draft, refused = self.draft, list[str]()
        for change in wanted:
            if change.path in ignored or is_secret(change.path):
                continue
            # that the command may write was asked with it; rules and scope are apart from that
            kind, path = capability_of(change.path, write=True), change.path
            if kind is Capability.EDIT:
                kept = within(path, self.guard.terms.scope)
            else:
                kept = self.guard.may(Wish(kind, path), f"let the command write {path}")
            if kept:
                draft = draft.with_file(path, change.after)
            else:
                refused.append(path)
        if draft.files != self.draft.files:
            self.change(f"run {command}", draft)
        return refused

    def _secret_files(self) -> Iterator[str]:
        seen = 0
        for place, folders, names in os.walk(self.root):
            folders[:] = [f for f in folders if f not in snapshot.SKIP]
            for name in names:
                path = os.path.relpath(os.path.join(place, name), self.root)
                if is_secret(path) and os.path.isfile(os.path.join(place, name)):
                    yield path
            seen += len(names)
            if seen > snapshot.MOST_FILES:
                return


class Refused(Exception):
    """The leash, or the user, said no. The model is told, and goes on."""


def plain(text: str) -> str:
    """Without what would move a terminal's cursor or set its title."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def foreign(path: str) -> bool:
    return bool(FOREIGN & set(Path(path).parts))


def _by_product(path: str) -> bool:
    parts = set(Path(path).parts)
    return bool(parts & snapshot.SKIP) or path.endswith((".pyc", ".pyo"))


def _ignored(root: Path, paths: list[str]) -> set[str]:
    if not paths or not (root / ".git").exists():
        return set()
    argv = ["git", "-c", "core.fsmonitor=false", "check-ignore", "-z", "--stdin"]
    done = subprocess.run(argv, cwd=root, input="\0".join(paths).encode(), capture_output=True)
    told = done.stdout if done.returncode == 0 else b""
    return {os.fsdecode(p) for p in told.split(b"\0") if p}
