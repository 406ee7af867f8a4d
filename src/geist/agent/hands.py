"""What an agent's actions work with: the draft, the sandbox, the leash, and the secrets to hide."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from geist.agent.draft import Draft
from geist.agent.guard import Guard
from geist.agent.leash import Capability, Wish, capability_of, is_secret, reads
from geist.agent.scope import keeps, within
from geist.agent.secrets import Secrets
from geist.core.log import Log
from geist.core.output import Change
from geist.edit import snapshot
from geist.sandbox.proxy import Proxy
from geist.sandbox.rundir import RunDir
from geist.sandbox.shapes import Call, Limits, Result, Sandbox

MOST_TOLD = 8000  # characters of a result that a model is told
MOST_HIDDEN = 60_000  # that are looked through for secrets first
# Folders whose text the user did not write.
FOREIGN = frozenset(
    "node_modules site-packages vendor third_party .venv venv dist-packages".split()
)
# For commands that only read: what a project's own files could make git run is set aside
# (git-config, GIT_CONFIG_COUNT).
GIT = {"GIT_CONFIG_COUNT": "3", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": "false",
       "GIT_CONFIG_KEY_1": "safe.bareRepository", "GIT_CONFIG_VALUE_1": "explicit",
       "GIT_CONFIG_KEY_2": "core.hooksPath", "GIT_CONFIG_VALUE_2": "/dev/null"}  # fmt: skip
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
    said: list[int] = field(default_factory=list)  # how many steps there were at each message

    def say(self, text: str) -> str:
        """What a model may be told of a text: no secret, no control character, not too much of it,
        and never cut without a word."""
        return cut(self.secrets.hide(plain(cut(text, MOST_HIDDEN))), MOST_TOLD)

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
        self.said = [min(n, len(self.steps)) for n in self.said]
        self.log.append("draft", what="undone", **self.draft.plain())
        return True

    def files(self) -> list[str]:
        """The project's files as the draft has them."""
        kept = {p for p in snapshot.files(self.root) if p not in self.draft.files}
        return sorted(kept | {p for p, c in self.draft.files.items() if c is not None})

    def kinds(self, path: str, *, write: bool) -> list[Wish]:
        """What it takes: of the path as it is written, and of where its links lead."""
        kind = capability_of(path, write=write)
        wishes = [Wish(kind, path)]
        if kind is not Capability.OUTSIDE:
            root, real = self.root.resolve(), (self.root / path).resolve()
            inside = root in real.parents
            plain = real.relative_to(root).as_posix() if inside else str(real)
            if plain != path:
                wishes.append(Wish(capability_of(plain, write=write), plain))
        return wishes

    def read(self, path: str) -> bytes | None:
        """A file of the draft, where the leash allows it. Raises Refused."""
        for wish in self.kinds(path, write=False):
            if not self.guard.may(wish, f"read {wish.target}"):
                raise Refused(f"the user does not allow to read {path}")
        if capability_of(path, write=False) is Capability.OUTSIDE:
            self.guard.taint(f"file {path}")
            place = Path(path).expanduser()
            return place.read_bytes() if place.is_file() else None
        if foreign(path):
            self.guard.taint(f"file {path}")
        return self.draft.read(path)

    def write(self, path: str, content: bytes | None, why: str,
              made_on: bytes | None = None) -> None:  # fmt: skip
        """A file of the draft, where the leash allows it. Raises Refused."""
        if why_not := self._no_place(path):
            raise Refused(f"{path!r} {why_not}")
        old = self.draft.read(path)
        if content is not None:
            content = self._with_secrets(path, content, old)
        for wish in self.kinds(path, write=True):
            if wish.capability is Capability.OUTSIDE:
                raise Refused(f"{path} is outside the project: a draft has only its files")
            if not self.guard.may(wish, why):
                raise Refused(f"the user does not allow to write {path}")
        if not self._in_part(path, content):
            raise Refused(f"only {self.guard.terms.scope} may change, and more of {path} would")
        self.change(why, self.draft.with_file(path, content, made_on))

    def _in_part(self, path: str, content: bytes | None) -> bool:
        before = self.draft.seen.get(path, self.draft.read(path))
        return keeps(self.guard.terms.scope, path, before, content)

    def _no_place(self, path: str) -> str:
        place = self.root / path
        if path in ("", ".") or path != plain(path) or not path.isprintable():
            return "is no name of a file"
        if place.is_dir():
            return "is a folder"
        if any(up.is_file() or up.is_symlink() for up in place.parents if self.root in up.parents):
            return "has a file or a link where a folder should be"
        return ""

    def _with_secrets(self, path: str, content: bytes, old: bytes | None) -> bytes:
        """A placeholder is put back where its secret stood in the file before, and nowhere else."""
        before = (old or b"").decode("utf-8", "replace")
        text = content.decode("utf-8", "replace")
        for value, name in self.secrets.known.items():
            if name in text:
                if value not in before:
                    raise Refused(f"{name} stands for a secret that was not in {path}")
                content = content.replace(name.encode(), value.encode())
        return content

    def learn(self) -> None:
        """Looks up the secrets of the project's own files, so that they are known wherever they
        come up: in a command's output, in git's history."""
        for path in self._secret_files():
            data = (self.root / path).read_bytes()[:100_000]
            self.secrets.learn(data.decode("utf-8", "replace"))

    def run(
        self, command: str, seconds: float, *, by_user: bool = False
    ) -> tuple[Result, list[str]]:
        """Runs a command on the draft, in the sandbox, without the project's secrets; each host
        that it wants from the network is a question to the leash. What it wrote goes to the draft
        as far as the leash allows; the paths that did not are told. Raises Refused. What the user
        types (`by_user`) is not asked for."""
        if not by_user and not self.guard.may(Wish(Capability.RUN, command), f"run  {command}"):
            raise Refused("the user does not allow this command")
        if self.secrets.named(command) and not self.guard.may(
            Wish(Capability.SECRETS, command), f"put secrets into  {command}"
        ):
            raise Refused("the user does not allow secrets in this command")
        with RunDir(self.data) as run:
            layer = run.folder("layer")
            self.draft.lay(layer)
            run.give(layer)
            hidden = self.hidden() | self._git_settings(run)
            began = time.time_ns()
            only_reads = reads(command)
            env = {"PATH": self.path} | (GIT if only_reads else {})
            call = Call(("/bin/sh", "-c", self.secrets.resolve(command)), self.root, cwd=self.cwd,
                        env=env, layers=(layer,), read=hidden, review=True,
                        limits=Limits(seconds=seconds))  # fmt: skip
            if only_reads:
                result = self.sandbox.run(call)
            else:
                with Proxy(run.folder("net"), lambda host: self.connect(host, command)) as proxy:
                    result = self.sandbox.run(replace(call, proxy=proxy.socket))
        for name in sorted(FOREIGN):
            if f"{name}/" in command or f"{name}/" in result.stdout or f"{name}/" in result.stderr:
                self.guard.taint(f"the output of `{command[:60]}`, of {name}")
        return result, self._take(command, result.written, began)

    def connect(self, host: str, command: str) -> bool:
        """Whether a command may use a host; what comes from there taints."""
        shown = f"connect to {host}, for  {command}"
        allowed = self.guard.may(Wish(Capability.NETWORK, host), shown)
        if allowed:
            self.guard.taint(f"network {host}")
        return allowed

    def hidden(self) -> dict[str, Path]:
        """The project's secret files, each with the empty one that a sandbox sees instead."""
        empty = self.data / "empty"
        if not empty.exists():
            empty.write_bytes(b"")
            empty.chmod(0o644)
        return {str(self.root / p): empty for p in self._secret_files()}

    def _git_settings(self, run: RunDir) -> dict[str, Path]:
        """git's settings without what they know of passwords."""
        place = self.root / ".git" / "config"
        if not place.is_file():
            return {}
        text = re.sub(r"(://)[^/@\s]+@", r"\1", place.read_text(errors="replace"))
        lines = [x for x in text.splitlines() if not re.search(r"(?i)extraheader|passw|token", x)]
        made = run.path / "git-config"
        made.write_text("\n".join(lines) + "\n")
        made.chmod(0o644)
        return {str(place): made}

    def _take(self, command: str, written: tuple[Change, ...], began: int) -> list[str]:
        wanted = [c for c in written if not _by_product(c.path)]
        ignored = _ignored(self.root, [c.path for c in wanted])
        draft, refused = self.draft, list[str]()
        for change in wanted:
            if is_secret(change.path):
                refused.append(change.path)
                continue
            if change.path in ignored:
                continue
            if why := self._unkept(change.path, began):
                refused.append(f"{plain(change.path)!r}, which {why}")
                continue
            # that the command may write was asked with it; rules and scope are apart from that
            kind, path = capability_of(change.path, write=True), change.path
            if kind is Capability.EDIT:
                kept = within(path, self.guard.terms.scope) and self._in_part(path, change.after)
            else:
                kept = self.guard.may(Wish(kind, path), f"let the command write {path}")
            if kept:
                draft = draft.with_file(path, change.after)
            else:
                refused.append(path)
        if draft.files != self.draft.files:
            self.change(f"run {command}", draft)
        return refused

    def _unkept(self, path: str, began: int) -> str:
        place = self.root / path
        if path.encode("utf-8", "surrogateescape") != path.encode("utf-8", "replace"):
            return "is no name that can be written down"
        # what is written there would land where the link leads
        if any(p.is_symlink() for p in (place, *place.parents) if self.root in p.parents):
            return "is a link, or lies behind one"
        # the command worked on what was there before: its change would undo the user's. A file
        # that was moved here keeps its own time, and not that of its entry
        if place.is_file() and max(place.stat().st_mtime_ns, place.stat().st_ctime_ns) >= began:
            return "you have changed meanwhile"
        return ""

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


def cut(text: str, most: int) -> str:
    """Its beginning and its end, and between them how much is left out."""
    if len(text) <= most:
        return text
    half = most // 2
    left = len(text) - 2 * half
    return f"{text[:half]}\n… {left} characters are left out here …\n{text[-half:]}"


def normal(path: str) -> str:
    """One spelling for each path: of those relative to the project without what says nothing."""
    if path.startswith(("/", "~")):
        return path
    return "/".join(p for p in path.split("/") if p not in ("", "."))


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
    done = subprocess.run(
        argv, cwd=root, input=b"\0".join(os.fsencode(p) for p in paths), capture_output=True
    )
    told = done.stdout if done.returncode == 0 else b""
    return {os.fsdecode(p) for p in told.split(b"\0") if p}
