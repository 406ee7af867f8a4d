"""A recipe: one training run as data, read from TOML."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from geist.core.errors import GeistError

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lora(Part):
    """Adapters of `rank`, scaled by `alpha`/`rank`, on every projection."""

    rank: Count = 16
    alpha: float = 32.0


class New(Part):
    """A model from nothing, over bytes."""

    width: Count = 128
    layers: Count = 4
    heads: Count = 4
    kv_heads: Count = 2
    hidden: Count = 384
    context: Count = 512

    @model_validator(mode="after")
    def _fits(self) -> "New":
        if self.width % self.heads or (self.width // self.heads) % 2:
            raise ValueError("heads must divide width into even parts")
        if self.heads % self.kv_heads:
            raise ValueError("kv_heads must divide heads")
        return self


class Base(Part):
    """Where the run begins: `name` is a model of `geist models` or an earlier run, `new` a model
    from nothing. All weights are trained unless `lora` is there."""

    name: str | None = None
    new: New | None = None
    lora: Lora | None = None

    @model_validator(mode="after")
    def _one(self) -> "Base":
        if (self.name is None) == (self.new is None):
            raise ValueError("it needs either name or new")
        return self


class Tasks(Part):
    """`families` by name with their weights; `file` has families of one's own. `level` is where
    each begins; it rises when more than `high` of a step's answers pass and falls below `low`."""

    families: dict[str, Annotated[float, Field(gt=0)]]
    file: str | None = None
    level: int | None = None
    low: Share = 0.2
    high: Share = 0.8
    pool: Count | None = None  # only so many training tasks, over and over
    system: str | None = None


class Optimiser(Part):
    rate: float = Field(gt=0)
    warmup: int = Field(default=0, ge=0)
    decay: float = Field(default=0.0, ge=0)
    clip: float = Field(default=1.0, gt=0)


class Sft(Part):
    """Supervised steps. The conversations come from `data` (JSONL: {"messages": [{"role",
    "content"}, …]}) and from the families' own solutions, `demonstrations` of them; the share
    `worked` of these shows the way to the answer, the others only the answer."""

    steps: Count
    batch: Count = 32
    data: str | None = None
    demonstrations: int = Field(default=0, ge=0)
    worked: Share = 1.0
    optimiser: Optimiser

    @model_validator(mode="after")
    def _some(self) -> "Sft":
        if self.data is None and not self.demonstrations:
            raise ValueError("it needs data or demonstrations")
        return self


class Rlvr(Part):
    """Steps with `groups` tasks of `answers` answers each, of at most `tokens` tokens. Groups
    without signal are replaced, up to `refills` times a step. `overlong` answers fail, are masked,
    or lose reward over their last `soft` tokens. `updates` > 1 splits a step's groups."""

    steps: Count
    groups: Count = 4
    answers: int = Field(default=16, ge=2)
    tokens: Count = 64
    refills: int = Field(default=2, ge=0)
    updates: Count = 1
    loss: Literal["grpo", "dr_grpo", "dapo", "cispo"] = "dapo"
    clip: tuple[float, float] = (0.2, 0.28)
    kl: float = Field(default=0.0, ge=0)
    overlong: Literal["fail", "mask", "soft"] = "fail"
    soft: int = Field(default=16, ge=0)
    sampler: Literal["fp32", "bf16", "int8"] | None = None
    drift: float = Field(default=0.2, gt=0)  # mean |log-probability| between sampler and trainer
    control: Literal["random"] | None = None
    stop_on_hacking: bool = False
    optimiser: Optimiser


class Recipe(Part):
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    about: str = ""
    seed: int = 0
    threads: Count | None = None
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    pack: Count = 4096  # tokens that go through the network at once
    recompute: bool = False
    evaluate: Count = 10  # steps between looks at held-out tasks
    held_out: Count = 64
    checkpoint: Count = 5  # steps between checkpoints
    base: Base
    tasks: Tasks
    sft: Sft | None = None
    rlvr: Rlvr | None = None

    @model_validator(mode="after")
    def _needed(self) -> "Recipe":
        if self.sft is None and self.rlvr is None:
            raise ValueError("it needs an [sft] or an [rlvr] part")
        if not self.tasks.families and (self.rlvr or (self.sft and self.sft.demonstrations)):
            raise ValueError("tasks.families is empty")
        return self

    def changed(self, changes: Mapping[str, Any], without: set[str], folder: Path) -> "Recipe":
        """With other settings ("rlvr.control": value; None leaves one as it is), without some
        stages, and with files named from `folder` on by their whole path."""
        plain = self.model_dump()
        for stage in without:
            plain[stage] = None
        for place, name in ((plain["tasks"], "file"), (plain["sft"] or {}, "data")):
            if place.get(name):
                place[name] = str((folder / place[name]).resolve())
        for name, value in changes.items():
            *parts, last = name.split(".")
            part = plain
            for step in parts:
                part = part[step]
            if value is not None:
                part[last] = value
        return parse(_toml(plain), "the changed recipe")


def write(recipe: Recipe) -> str:
    return _toml(recipe.model_dump())


def _toml(plain: Mapping[str, Any]) -> str:
    import tomli_w

    def known(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: known(v) for k, v in value.items() if v is not None}
        return list(value) if isinstance(value, tuple) else value

    return tomli_w.dumps(known(dict(plain)))


def read(path: Path) -> Recipe:
    """Raises GeistError that names the line or the setting."""
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as e:
        raise GeistError(f"there is no recipe {path} that can be read", why=str(e),
                         mend="ls recipes    shows those that come with geist") from e  # fmt: skip
    return parse(text, str(path))


def parse(text: str, where: str = "the recipe") -> Recipe:
    try:
        return Recipe.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as e:
        raise GeistError(f"{where} is not TOML", why=str(e)) from e
    except ValidationError as e:
        first = e.errors()[0]
        place = ".".join(str(p) for p in first["loc"]) or "the recipe"
        known = "; it has a name that recipes do not know" if "extra" in first["type"] else ""
        raise GeistError(f"{where}: {place}: {first['msg']}{known}",
                         mend=f"change {place} in {where}") from e  # fmt: skip
