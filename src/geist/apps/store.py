"""Apps that were made: each with its history, thrown away after a week unless it is kept."""

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from geist.apps.checking import Kind
from geist.apps.judge import ENDINGS
from geist.core.errors import GeistError
from geist.sandbox.rundir import remove

WEEK = 7 * 86_400.0


@dataclass(frozen=True)
class Version:
    """`asked` is the description, or the change to the version before; `checks` are those that were
    agreed, `wrong` what it fails."""

    asked: str
    checks: tuple[str, ...]
    at: float
    wrong: tuple[str, ...] = ()
    agrees: bool | None = None
    session: str = ""


@dataclass(frozen=True)
class Kept:
    """One app, or a program that traces a bug. `data` are the user's files by path, of a trace the
    repository; `plan` is the plan as plain data."""

    name: str
    kind: Kind
    title: str
    description: str
    data: tuple[str, ...]
    plan: Mapping[str, Any]
    versions: tuple[Version, ...]
    keep: bool = False

    @property
    def now(self) -> Version:
        return self.versions[-1]

    def left(self, at: float) -> float:
        """Seconds until it is thrown away."""
        return self.now.at + WEEK - at


class Apps:
    def __init__(self, home: Path) -> None:
        self.folder = home / "apps"

    def all(self) -> list[Kept]:
        """The newest first. What cannot be read is left where it is: see `damaged`."""
        found = [a for f in self.folder.glob("*/app.json") if (a := self._try(f))]
        return sorted(found, key=lambda a: -a.now.at)

    def damaged(self) -> list[Path]:
        return [f for f in sorted(self.folder.glob("*/app.json")) if self._try(f) is None]

    def _try(self, file: Path) -> Kept | None:
        try:
            return self._read(file)
        except GeistError:
            return None

    def find(self, name: str) -> Kept:
        """By its name, the beginning of it, or "last". Raises GeistError."""
        known = self.all()
        if name == "last" and known:
            return known[0]
        found = [a for a in known if a.name == name] or [
            a for a in known if name and a.name.startswith(name)
        ]
        if len(found) == 1:
            return found[0]
        raise GeistError(f"there is no app {name}" if not found else f"{name} is the beginning of several",
                         mend="geist apps")  # fmt: skip

    def add(
        self,
        kind: Kind,
        title: str,
        description: str,
        data: tuple[str, ...],
        plan: Mapping[str, Any],
        version: Version,
        source: str,
    ) -> Kept:
        words = re.findall(r"[a-z0-9]+", title.lower())[:4]
        name = f"{'-'.join(words)[:32] or kind}-{secrets.token_hex(2)}"
        return self._put(Kept(name, kind, title, description, data, plan, (version,)), source)

    def change(
        self, kept: Kept, description: str, plan: Mapping[str, Any], version: Version, source: str
    ) -> Kept:
        changed = replace(
            kept, description=description, plan=plan, versions=(*kept.versions, version)
        )
        return self._put(changed, source)

    def _put(self, kept: Kept, source: str) -> Kept:
        self.source(kept).parent.mkdir(parents=True, exist_ok=True)
        self.source(kept).write_text(source, encoding="utf-8", errors="replace")
        self._write(kept)
        return kept

    def keep(self, kept: Kept) -> None:
        self._write(replace(kept, keep=True))

    def source(self, kept: Kept) -> Path:
        return self.folder / kept.name / f"{len(kept.versions)}{ENDINGS[kept.kind]}"

    def state(self, kept: Kept) -> Path:
        """The folder of what a service keeps: it stays when the app is changed."""
        return self.folder / kept.name / "data"

    def page(self, kept: Kept) -> Path:
        """Where the page stands that is opened."""
        return self.folder / kept.name / "app.html"

    def discard(self, kept: Kept) -> None:
        folder = self.folder / kept.name
        remove(folder)
        shutil.rmtree(folder, ignore_errors=True)

    def sweep(self, now: float | None = None) -> list[Kept]:
        """Throws away what is older than a week and was not kept."""
        at, gone = time.time() if now is None else now, list[Kept]()
        for app in self.all():
            if not app.keep and app.left(at) <= 0:
                self.discard(app)
                gone.append(app)
        return gone

    def _write(self, kept: Kept) -> None:
        folder = self.folder / kept.name
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / "app.json.new"
        fresh.write_text(json.dumps(asdict(kept), ensure_ascii=False, indent=1), encoding="utf-8")
        os.replace(fresh, folder / "app.json")

    def _read(self, file: Path) -> Kept:
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            versions = tuple(
                Version(
                    v["asked"],
                    tuple(v["checks"]),
                    float(v["at"]),
                    tuple(v["wrong"]),
                    v["agrees"],
                    v["session"],
                )
                for v in told["versions"]
            )
            kept = Kept(
                file.parent.name,
                told["kind"],
                told["title"],
                told["description"],
                tuple(told["data"]),
                told["plan"],
                versions,
                bool(told["keep"]),
            )
            if kept.kind not in ENDINGS or not versions or not self.source(kept).is_file():
                raise ValueError("its file is missing")
            return kept
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
            raise GeistError(
                f"{file} cannot be read", why=str(e), mend=f"rm -r {file.parent}"
            ) from e
