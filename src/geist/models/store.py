"""Model files on this machine, by the hash of their content."""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from geist.core.errors import GeistError
from geist.models.catalog import KNOWN

Progress = Callable[[str, int, int], None]  # what is happening, bytes done, bytes in all


@dataclass(frozen=True)
class Here:
    """A model file that can be used."""

    name: str
    path: Path
    sha256: str
    size: int


def silent(what: str, done: int, total: int) -> None:
    """A progress that shows nothing."""


class Store:
    """`DATA/models/`: `blobs/SHA256` and `added.json`, the names that the user gave."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "models"
        self._added = self.folder / "added.json"

    def blob(self, sha256: str) -> Path:
        return self.folder / "blobs" / sha256

    def added(self) -> dict[str, str]:
        try:
            return {str(k): str(v) for k, v in json.loads(self._added.read_text()).items()}
        except FileNotFoundError:
            return {}
        except (ValueError, AttributeError) as e:
            raise GeistError(
                "the list of added models is damaged",
                why=f"{self._added}: {e}",
                mend=f"rm {self._added}    then add them again: geist models add FILE.gguf",
            ) from e

    def names(self) -> dict[str, str]:
        """Name → sha256 of all that is known, whether here or not."""
        return {k.name: k.sha256 for k in KNOWN.values()} | self.added()

    def find(self, name: str) -> Here | None:
        sha256 = self.names().get(name)
        if sha256 is None or not self.blob(sha256).is_file():
            return None
        path = self.blob(sha256)
        return Here(name, path, sha256, path.stat().st_size)

    def need(self, name: str) -> Here:
        """The model's file. Raises GeistError that names the command that gets it."""
        if here := self.find(name):
            return here
        if name in KNOWN:
            size = KNOWN[name].size / 1e9
            raise GeistError(
                f"the model {name} is not on this machine",
                why=f"it was never pulled ({size:.1f} GB)",
                mend=f"geist models pull {name}",
            )
        known = ", ".join(sorted(self.names()))
        raise GeistError(
            f"there is no model {name!r}",
            why=f"geist knows {known}; a remote one is written provider:name",
            mend="geist models    (or: geist models add FILE.gguf)",
        )

    def add(self, file: Path, name: str, progress: Progress = silent) -> Here:
        """Copies a GGUF file into the store under `name`."""
        try:
            with open(file, "rb") as f:
                magic = f.read(4)
        except OSError as e:
            raise GeistError(f"cannot read {file}", why=str(e.strerror or e)) from e
        if magic != b"GGUF":
            raise GeistError(
                f"{file} is not a GGUF model",
                why=f"it begins with {magic!r} and not with b'GGUF'",
                mend="convert it first, for example with llama.cpp's convert_hf_to_gguf.py",
            )
        if name in KNOWN:
            raise GeistError(
                f"the name {name} is taken by a model that geist knows",
                mend=f"geist models add {file} --name ANOTHER",
            )
        fresh = self.incoming(file.stat().st_size)
        hasher, done, total = hashlib.sha256(), 0, file.stat().st_size
        try:
            with open(file, "rb") as source, open(fresh, "wb") as target:
                while chunk := source.read(1 << 22):
                    hasher.update(chunk)
                    target.write(chunk)
                    done += len(chunk)
                    progress("copying", done, total)
            here = self.keep(fresh, name, hasher.hexdigest())
        finally:
            fresh.unlink(missing_ok=True)
        self._write_added(self.added() | {name: here.sha256})
        return here

    def incoming(self, size: int) -> Path:
        """A new file for `size` bytes to come. Raises GeistError where the disk has no room."""
        folder = self.folder / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < size + 200_000_000:
            raise GeistError(
                "not enough room on the disk",
                why=f"{size / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are free in {folder}",
                mend="free some, or put geist's data elsewhere:  export GEIST_HOME=/bigger/disk",
            )
        return folder / secrets.token_hex(8)

    def keep(self, file: Path, name: str, sha256: str) -> Here:
        """Takes a verified file into the store."""
        target = self.blob(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "rb") as f:
            os.fsync(f.fileno())
        os.replace(file, target)
        return Here(name, target, sha256, target.stat().st_size)

    def remove(self, name: str) -> int:
        """Deletes the model's file (unless another name uses it) and returns the bytes freed."""
        names = self.names()
        if name not in names:
            self.need(name)
        sha256 = names.pop(name)
        added = self.added()
        freed = 0
        if sha256 not in names.values() and self.blob(sha256).is_file():
            freed = self.blob(sha256).stat().st_size
            self.blob(sha256).unlink()
        if added.pop(name, None):
            self._write_added(added)
        return freed

    def _write_added(self, added: dict[str, str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self._added.with_suffix(".new")
        fresh.write_text(json.dumps(added, indent=1, sort_keys=True))
        os.replace(fresh, self._added)


def sha256_of(file: Path, progress: Progress = silent) -> str:
    hasher, done, total = hashlib.sha256(), 0, file.stat().st_size
    with open(file, "rb") as f:
        while chunk := f.read(1 << 22):
            hasher.update(chunk)
            done += len(chunk)
            progress("checking", done, total)
    return hasher.hexdigest()
