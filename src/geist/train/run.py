"""A run on disk: its recipe, checkpoints, figures and answers. Killing it anywhere loses nothing
but the steps since its last checkpoint, and those come out the same when they are made again."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from geist.core.errors import GeistError
from geist.train.recipe import Recipe, parse

KEPT = 2  # checkpoints


@dataclass
class Progress:
    """Where a run stands, apart from its weights. `cursor` is how many tasks of each family were
    drawn, `levels` where each stands, `early` the figures of the first steps, to compare with."""

    stage: str = "sft"
    step: int = 0
    cursor: dict[str, int] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    unscorable: int = 0
    warned: bool = False


class Run:
    """`folder` is made by `begin`; `open` finds one that is there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.name = folder, folder.name
        self.recipe: Recipe = parse(
            (folder / "recipe.toml").read_text(), str(folder / "recipe.toml")
        )

    @staticmethod
    def begin(data: Path, text: str, about: Mapping[str, Any]) -> "Run":
        """A new run from a recipe's text. Raises GeistError where its name is taken."""
        name = parse(text).name
        folder = data / "runs" / name
        if folder.exists() and not Run(folder).checkpoints():
            shutil.rmtree(folder)  # it failed before its first checkpoint: nothing is lost
        if folder.exists():
            raise GeistError(
                f"there is a run {name} already",
                why="its weights would be lost",
                mend=f"geist train resume {name}    or: geist train rm {name}",
            )
        fresh = folder.with_name(f".{name}.{secrets.token_hex(4)}")
        fresh.mkdir(parents=True)
        (fresh / "recipe.toml").write_text(text)
        (fresh / "run.json").write_text(json.dumps(dict(about), indent=1) + "\n")
        os.replace(fresh, folder)
        return Run(folder)

    @staticmethod
    def open(data: Path, name: str) -> "Run":
        folder = data / "runs" / name
        if not (folder / "recipe.toml").is_file():
            known = ", ".join(runs(data)) or "none yet"
            raise GeistError(f"there is no run {name!r}", why=f"there are: {known}",
                             mend="geist train rlvr recipes/tiny.toml    begins one")  # fmt: skip
        return Run(folder)

    @property
    def about(self) -> dict[str, Any]:
        return json.loads((self.folder / "run.json").read_text())

    def note(self, **more: Any) -> None:
        """Adds to what is known of the run."""
        fresh = self.folder / "run.json.new"
        fresh.write_text(json.dumps(self.about | more, indent=1) + "\n")
        os.replace(fresh, self.folder / "run.json")

    @contextlib.contextmanager
    def alone(self) -> Generator[None]:
        """Only one process trains a run."""
        with open(self.folder / "lock", "w") as f:
            try:
                fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise GeistError(
                    f"the run {self.name} is being trained by another process"
                ) from None
            yield

    def checkpoints(self) -> list[Path]:
        """Those that are whole, oldest first."""
        found = (self.folder / "checkpoints").glob("[0-9]*")
        parts = ("state.json", "state.safetensors")
        return sorted(p for p in found if all((p / part).is_file() for part in parts))

    def save(self, progress: Progress, tensors: Mapping[str, Tensor]) -> Path:
        """A checkpoint, whole or not there at all. A full disk is a GeistError; what was there
        stays."""
        from safetensors import SafetensorError
        from safetensors.torch import save_file

        place = self.folder / "checkpoints"
        order = {"sft": 0, "rlvr": 1, "done": 2}[progress.stage] * 10_000_000 + progress.step
        target = place / f"{order:08d}"
        fresh = place / f".{secrets.token_hex(6)}"
        try:
            fresh.mkdir(parents=True)
            save_file({n: t.contiguous() for n, t in tensors.items()}, fresh / "state.safetensors")
            (fresh / "state.json").write_text(json.dumps(asdict(progress), indent=1) + "\n")
            for file in fresh.iterdir():
                with open(file, "rb") as f:
                    os.fsync(f.fileno())
            if target.exists():
                # a folder is replaced in two moves; what a kill leaves between them is swept up
                os.replace(target, place / f".{secrets.token_hex(6)}")
            os.replace(fresh, target)
            _sync(place)
        except (OSError, SafetensorError) as e:  # a full disk is told by either
            raise GeistError(
                "the checkpoint could not be written",
                why=f"{e}; the one before is whole",
                mend=f"make room in {place}, then:  geist train resume {self.name}",
            ) from e
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        for old in self.checkpoints()[:-KEPT]:
            shutil.rmtree(old)
        for torn in place.glob(".*"):
            shutil.rmtree(torn, ignore_errors=True)
        return target

    def latest(self) -> tuple[Progress, dict[str, Tensor]] | None:
        from safetensors.torch import load_file

        found = self.checkpoints()
        if not found:
            return None
        progress = Progress(**json.loads((found[-1] / "state.json").read_text()))
        return progress, load_file(found[-1] / "state.safetensors")

    @property
    def done(self) -> bool:
        """Whether its recipe was carried out to the end."""
        found = self.checkpoints()
        told = json.loads((found[-1] / "state.json").read_text()) if found else {}
        return told.get("stage") == "done"

    def record(self, row: Mapping[str, Any]) -> None:
        """Appends the figures of a step."""
        with (self.folder / "metrics.jsonl").open("a") as f:
            f.write(json.dumps(dict(row)) + "\n")

    def keep_answers(self, rows: list[dict[str, Any]]) -> None:
        with (self.folder / "answers.jsonl").open("a") as f:
            f.writelines(json.dumps(row) + "\n" for row in rows)

    def rows(self, name: str = "metrics") -> list[dict[str, Any]]:
        """What was recorded; half a line at the end, of a run that was killed, is left out."""
        try:
            lines = (self.folder / f"{name}.jsonl").read_text().splitlines()
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            with contextlib.suppress(ValueError):
                found.append(json.loads(line))
        return found

    def forget_after(self, progress: Progress) -> None:
        """Figures and answers of steps that are made again."""
        order = {"sft": 0, "rlvr": 1, "done": 2}
        at = (order[progress.stage], progress.step)
        for name in ("metrics", "answers"):
            kept = [r for r in self.rows(name) if (order[r["stage"]], r["step"]) <= at]
            file = self.folder / f"{name}.jsonl"
            fresh = file.with_suffix(".new")
            fresh.write_text("".join(json.dumps(r) + "\n" for r in kept))
            os.replace(fresh, file)


def runs(data: Path) -> list[str]:
    found = (data / "runs").glob("*/recipe.toml")
    return sorted(p.parent.name for p in found if not p.parent.name.startswith("."))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
