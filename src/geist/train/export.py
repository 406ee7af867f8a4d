"""A trained model as files that other programs read, with where it came from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geist.core.errors import GeistError
from geist.models.store import Store, sha256_of
from geist.nn.files import save_adapter, save_gguf, save_hub
from geist.train.run import Run, runs
from geist.train.start import finished, source

FORMATS = ("gguf", "safetensors", "lora")


@dataclass(frozen=True)
class Exported:
    path: Path
    name: str | None = None  # in `geist models`


def export(run: Run, data: Path, form: str, kind: str, out: Path | None,
           tell: Callable[[str], None]) -> Exported:  # fmt: skip
    """Writes the run's last checkpoint as `form`. A GGUF without `out` goes into the store under
    the run's name."""
    if form not in FORMATS:
        raise GeistError(f"there is no format {form!r}", why=f"there are {', '.join(FORMATS)}")
    tell("reading the checkpoint")
    model, dialect = finished(run, data)
    folder = run.folder / "export"
    if form == "safetensors":
        place = out or folder / "safetensors"
        save_hub(model, place)
        dialect.tokenizer.save(str(place / "tokenizer.json"))
        (place / "chat_template.jinja").write_text(dialect.template)
        return Exported(place)
    like = source(run.recipe, data)
    about: dict[str, Any] = {
        "general.name": run.name,
        "general.description": f"made by geist train from {base_of(run)}",
    }
    if form == "lora":
        place = out or folder / f"{run.name}.lora.gguf"
        save_adapter(model, place, about)
        return Exported(place)
    place = out or folder / f"{run.name}.gguf"
    tell(f"writing {place.name}")
    save_gguf(model, place, about | ({} if like else dialect.gguf()), like, kind)
    if out is not None:
        return Exported(place)
    store = Store(data)
    sha256 = sha256_of(place)
    if store.added().get(run.name) != sha256:
        store.add(place, run.name)
    place.unlink()
    run.note(exported={"sha256": sha256, "kind": kind, "checkpoint": run.checkpoints()[-1].name})
    return Exported(store.blob(sha256), run.name)


def base_of(run: Run) -> str:
    """What a run began with, in a word."""
    return run.recipe.base.name or "nothing"


def lineage(data: Path) -> dict[str, list[dict[str, Any]]]:
    """Runs by what they began with, each with its recipe's families, stages, seed and data files
    (path and sha256) and its scores."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name in runs(data):
        run = Run.open(data, name)
        scores = [r for r in run.rows() if r.get("kind") == "evaluation"]
        steps = [r for r in run.rows() if r.get("kind") != "evaluation"]
        recipe, start = run.recipe, run.about.get("start", {})
        files = (recipe.tasks.file, recipe.sft.data if recipe.sft else None)
        found.setdefault(base_of(run), []).append({
            "name": name, "families": sorted(recipe.tasks.families), "seed": recipe.seed,
            "stages": [s for s in ("sft", "rlvr") if getattr(recipe, s) is not None],
            "control": recipe.rlvr.control if recipe.rlvr else None,
            "files": {f: start.get(f) for f in files if f},
            "steps": len(steps), "began": run.about.get("began"),
            "held_out": [scores[0]["held_out"], scores[-1]["held_out"]] if scores else None,
            "exported": run.about.get("exported"),
        })  # fmt: skip
    return found
