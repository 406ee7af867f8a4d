"""Views that were made: each with its history, thrown away after a week unless it is kept."""

import json
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from geist.core.errors import GeistError

WEEK = 7 * 86_400.0


@dataclass(frozen=True)
class Version:
    """`asked` is the question, or the change to the version before."""

    asked: str
    lines: str
    at: float
    tried: bool
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kept:
    """One view. `now` is the version that is shown, from 0."""

    name: str
    files: tuple[str, ...]
    versions: tuple[Version, ...]
    now: int
    keep: bool = False

    @property
    def current(self) -> Version:
        return self.versions[self.now]

    def left(self, at: float) -> float:
        """Seconds until it is thrown away."""
        return self.versions[-1].at + WEEK - at


class Views:
    def __init__(self, home: Path) -> None:
        self.folder = home / "views"

    def all(self) -> list[Kept]:
        """The newest first. What cannot be read is left where it is: see `damaged`."""
        found = [v for f in self.folder.glob("*/view.json") if (v := self._try(f))]
        return sorted(found, key=lambda v: -v.versions[-1].at)

    def damaged(self) -> list[Path]:
        return [f for f in sorted(self.folder.glob("*/view.json")) if self._try(f) is None]

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
        found = [v for v in known if v.name == name] or [
            v for v in known if name and v.name.startswith(name)
        ]
        if len(found) == 1:
            return found[0]
        what = f"there is no view {name}" if not found else f"{name} is the beginning of several"
        raise GeistError(what, mend="geist views")

    def add(self, name: str, files: Sequence[str], version: Version) -> Kept:
        kept = Kept(name, tuple(files), (version,), 0)
        self._write(kept)
        return kept

    def change(self, kept: Kept, version: Version) -> Kept:
        """What was undone before is gone once something else is made of the version shown."""
        versions = (*kept.versions[: kept.now + 1], version)
        changed = replace(kept, versions=versions, now=len(versions) - 1)
        self._write(changed)
        return changed

    def walk(self, kept: Kept, steps: int) -> Kept:
        """Back (-1) or forward (+1) in its history. Raises GeistError at the ends."""
        to = kept.now + steps
        if not 0 <= to < len(kept.versions):
            where = "first" if to < 0 else "last"
            raise GeistError(
                f"{kept.name} is at its {where} version", mend=f"geist views {kept.name}"
            )
        walked = replace(kept, now=to)
        self._write(walked)
        return walked

    def keep(self, kept: Kept) -> None:
        self._write(replace(kept, keep=True))

    def page(self, kept: Kept) -> Path:
        return self.folder / kept.name / f"{kept.now + 1}.html"

    def discard(self, kept: Kept) -> None:
        shutil.rmtree(self.folder / kept.name)

    def sweep(self, now: float | None = None) -> list[str]:
        """Throws away what is older than a week and was not kept. Gives the names."""
        at, gone = time.time() if now is None else now, list[str]()
        for view in self.all():
            if not view.keep and view.left(at) <= 0:
                self.discard(view)
                gone.append(view.name)
        return gone

    def _write(self, kept: Kept) -> None:
        folder = self.folder / kept.name
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / "view.json.new"
        fresh.write_text(json.dumps(asdict(kept), ensure_ascii=False, indent=1), encoding="utf-8")
        os.replace(fresh, folder / "view.json")

    def _read(self, file: Path) -> Kept:
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            versions = tuple(Version(v["asked"], v["lines"], v["at"], v["tried"], tuple(v["wrong"]))
                             for v in told["versions"])  # fmt: skip
            kept = Kept(file.parent.name, tuple(told["files"]), versions, told["now"], told["keep"])
            if not 0 <= kept.now < len(versions):
                raise ValueError("it has no such version")
            return kept
        except (OSError, ValueError, KeyError, TypeError, IndexError) as e:
            raise GeistError(
                f"{file} cannot be read", why=str(e), mend=f"rm -r {file.parent}"
            ) from e
