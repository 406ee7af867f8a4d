"""How much to think: the test-time compute knob."""

from collections.abc import Sequence
from dataclasses import dataclass

from geist.core.errors import GeistError


@dataclass(frozen=True)
class Ask:
    """One request: `n` answers at a temperature for one opening. `place` is a narrower place in
    it, -1 for all of it; `feedback` shows the model its best failed try; `patient` waits until all
    earlier answers are judged."""

    opening: int
    n: int
    temperature: float
    place: int = -1
    feedback: bool = False
    patient: bool = False


@dataclass(frozen=True)
class Opening:
    """Where an answer can begin: how many narrower places it has, and how much later than the
    likeliest opening (0) its turn comes, on the scale of the waves."""

    places: int
    delay: float


@dataclass(frozen=True)
class Wave:
    """What is asked of an opening in one go: `n` answers for the whole, or, if `narrow`, `n` for
    each narrower place. `at` is when: waves of all openings are ordered by it."""

    at: float
    n: int
    temperature: float
    narrow: bool = False
    feedback: bool = False
    patient: bool = False


# First the likeliest answer; then each place in it alone, which is quick and cannot be answered by
# a copy; then several with some freedom, and a second look at what failed.
WAVES = (
    Wave(0.0, 1, 0.0),
    Wave(0.3, 1, 0.0, narrow=True),
    Wave(0.9, 3, 0.8, narrow=True),
    Wave(1.6, 2, 0.6),
    Wave(2.2, 2, 0.7, feedback=True),
    Wave(2.8, 4, 1.1, narrow=True),
    Wave(3.6, 3, 0.9),
    Wave(5.0, 3, 1.0, feedback=True),
    Wave(6.0, 6, 1.3, narrow=True),
)
LEVELS = {"low": 10, "medium": 80, "high": 400}


@dataclass(frozen=True)
class Effort:
    """`samples` is the most answers that are asked for in all; `tokens` the most for one; `waves`
    in which order."""

    samples: int
    tokens: int = 1600
    waves: tuple[Wave, ...] = WAVES

    def plan(self, openings: "Sequence[Opening]") -> list[Ask]:
        """What is asked, in order."""
        order = sorted(
            (wave.at + opening.delay, index, number)
            for index, opening in enumerate(openings)
            for number, wave in enumerate(self.waves)
        )
        plan, left = list[Ask](), self.samples
        for _, opening, number in order:
            wave = self.waves[number]
            for place in range(openings[opening].places) if wave.narrow else (-1,):
                n = min(wave.n, left)
                if n > 0:
                    plan.append(
                        Ask(opening, n, wave.temperature, place, wave.feedback, wave.patient)
                    )
                    left -= n
        return plan


def effort(text: str) -> Effort:
    """From low, medium, high or a number of answers."""
    if text in LEVELS:
        return Effort(LEVELS[text])
    if text.isdecimal() and 1 <= int(text) <= 10_000:
        return Effort(int(text))
    raise GeistError(
        f"--effort {text!r} makes no sense",
        why="it is low, medium, high, or how many answers to try (1 to 10000)",
        mend="--effort medium",
    )
