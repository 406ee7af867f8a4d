"""How much to think: the test-time compute knob."""

from dataclasses import dataclass

from geist.core.errors import GeistError


@dataclass(frozen=True)
class Wave:
    """One request: `n` answers at a temperature; `feedback` shows the model its best failed try."""

    n: int
    temperature: float
    feedback: bool = False


# First the likeliest answer; then several with some freedom; then a second look at what failed.
WAVES = (
    Wave(1, 0.0),
    Wave(3, 0.6),
    Wave(4, 0.8, feedback=True),
    Wave(4, 0.9),
    Wave(4, 1.0, feedback=True),
    Wave(4, 1.1),
)
LEVELS = {"low": 4, "medium": 16, "high": 48}


@dataclass(frozen=True)
class Effort:
    """`samples` is the most answers that are asked for in all; `tokens` the most for one."""

    samples: int
    tokens: int = 1600

    def plan(self, openings: int) -> list[tuple[int, Wave]]:
        """(opening, wave) in the order they are asked. Later waves of likely places come between
        first waves of less likely ones."""
        order = sorted(
            (wave + 0.7 * place, place, wave)
            for place in range(openings)
            for wave in range(len(WAVES))
        )
        plan, left = [], self.samples
        for _, place, wave in order:
            if left <= 0:
                break
            n = min(WAVES[wave].n, left)
            plan.append((place, Wave(n, WAVES[wave].temperature, WAVES[wave].feedback)))
            left -= n
        return plan


def effort(text: str) -> Effort:
    """From low, medium, high or a number of answers."""
    if text in LEVELS:
        return Effort(LEVELS[text])
    if text.isdecimal() and 1 <= int(text) <= 1000:
        return Effort(int(text))
    raise GeistError(
        f"--effort {text!r} makes no sense",
        why="it is low, medium, high, or how many answers to try (1 to 1000)",
        mend="--effort medium",
    )
