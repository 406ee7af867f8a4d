"""What was measured of a model and is acted on: how it may be asked, and how far it is trusted."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

ORDER = ("whole", "replace", "diff")  # edit formats; of equals the first
TOKENS = 1500  # of a pack: a local model reads about a hundred tokens a second
FEW, MANY = 800, 4000
EARNED = 0.5  # what a skill must surely reach, to be relied on
RECALLS = 0.8  # right answers about a text of some length, from which it is trusted with it


@dataclass(frozen=True)
class Skill:
    """A share of right answers with its 95% interval; `n` answers were asked for, `at` a date."""

    mean: float
    low: float
    high: float
    n: int
    at: str


@dataclass(frozen=True)
class Profile:
    """One model's measured skills. A skill that was never measured counts as unreliable.
    `sure` is how much surer the model is than right, in points of probability, `mean` above 0 for
    one that is too sure; None where that was not measured."""

    model: str
    digest: str = ""
    skills: Mapping[str, Skill] = field(default_factory=dict)
    sure: Skill | None = None

    def low(self, skill: str) -> float:
        """What it surely reaches."""
        return self.skills[skill].low if skill in self.skills else 0.0

    def mean(self, skill: str) -> float:
        return self.skills[skill].mean if skill in self.skills else 0.0

    @property
    def form(self) -> str:
        """The edit format that was right most often; whole functions if none was measured, and of
        equals: that is the one that models fail least."""
        return max(ORDER, key=lambda name: self.mean(f"edit-{name}"))

    @property
    def driver(self) -> str:
        """Whether it may call tools itself, or geist drives it: the free driver stands on calls to
        the letter, on edits by search and replace, and on keeping to several instructions."""
        free = min(map(self.low, ("call", "edit-replace", "instruct"))) >= EARNED
        return "free" if free else "guided"

    @property
    def most_autonomy(self) -> str:
        """How far the slider may go: what is accepted unseen must come from a model that surely
        edits as it is told, and what goes on by itself from one that keeps secrets too."""
        if max(self.low(f"edit-{name}") for name in ORDER) < EARNED:
            return "edit"
        return "loop" if self.low("secret") >= EARNED and self.driver == "free" else "verify"

    @property
    def tokens(self) -> int:
        """How large a pack may be. What a model does not find in a text it should not be sent;
        large packs are for remote models, which read quickly."""
        if "recall-1k" in self.skills and self.mean("recall-1k") < RECALLS:
            return FEW
        return MANY if not self.digest and self.mean("recall-4k") >= RECALLS else TOKENS


def folder_of(data: Path, name: str, digest: str) -> Path:
    """Where what was measured of a model is kept: by the hash of its weights, else by its name."""
    return data / "maps" / (digest[:20] or re.sub(r"[^A-Za-z0-9._-]", "_", name))


def load(data: Path, name: str, digest: str) -> Profile:
    """The model's profile; an empty one where there is none that can be read."""
    try:
        told = json.loads((folder_of(data, name, digest) / "profile.json").read_text())
        skills = {skill: Skill(**of) for skill, of in told["skills"].items()}
        sure = Skill(**told["sure"]) if told["sure"] else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Profile(name, digest)
    return Profile(name, digest, skills, sure)


def keep(data: Path, profile: Profile) -> None:
    folder = folder_of(data, profile.model, profile.digest)
    folder.mkdir(parents=True, exist_ok=True)
    told = {"model": profile.model, "skills": {s: asdict(x) for s, x in profile.skills.items()},
            "sure": asdict(profile.sure) if profile.sure else None}  # fmt: skip
    fresh = folder / "profile.json.new"
    fresh.write_text(json.dumps(told, indent=1) + "\n")
    os.replace(fresh, folder / "profile.json")
