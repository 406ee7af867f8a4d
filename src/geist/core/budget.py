"""Hard limits on tokens, seconds and money."""

import threading
import time
from collections.abc import Callable

from geist.core.errors import OutOfBudget
from geist.core.message import Usage


def _least(a: float | None, b: float | None) -> float | None:
    return b if a is None else a if b is None else min(a, b)


class Budget:
    """What may be spent. None is no limit.

    A child's spending is its parent's too, so a share can be handed out without book-keeping.
    `check` comes before a call and `spend` after it, so that a limit is passed by at most the one
    call that was under way.
    """

    def __init__(
        self,
        tokens: int | None = None,
        seconds: float | None = None,
        money: float | None = None,
        *,
        parent: "Budget | None" = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        for name, limit in (("tokens", tokens), ("seconds", seconds), ("money", money)):
            if limit is not None and limit < 0:
                raise ValueError(f"a budget of {limit} {name} makes no sense")
        self.tokens, self.seconds, self.money = tokens, seconds, money
        self._parent, self._clock, self._start = parent, clock, clock()
        self._lock = parent._lock if parent else threading.RLock()
        self.used = Usage()

    @property
    def elapsed(self) -> float:
        """Wall seconds since this budget was opened."""
        return self._clock() - self._start

    def left(self) -> tuple[float | None, float | None, float | None]:
        """(tokens, seconds, money) still to spend here and in every parent; None is no limit."""
        with self._lock:
            mine = (
                None if self.tokens is None else self.tokens - self.used.tokens,
                None if self.seconds is None else self.seconds - self.elapsed,
                None if self.money is None else self.money - self.used.money,
            )
            if self._parent is None:
                return mine
            theirs = self._parent.left()
            return (
                _least(mine[0], theirs[0]),
                _least(mine[1], theirs[1]),
                _least(mine[2], theirs[2]),
            )

    def check(self, work: object = None) -> None:
        """Raises OutOfBudget, carrying `work`, if any limit is reached."""
        for name, left in zip(("tokens", "seconds", "money"), self.left(), strict=True):
            if left is not None and left <= 0:
                raise OutOfBudget(name, work)

    def spend(self, usage: Usage) -> None:
        with self._lock:
            self.used = self.used + usage
            if self._parent is not None:
                self._parent.spend(usage)

    def child(self, share: float) -> "Budget":
        """A budget of `share` (0…1] of what is left."""
        if not 0 < share <= 1:
            raise ValueError(f"a share of {share} is outside 0…1")
        tokens, seconds, money = self.left()
        return Budget(
            None if tokens is None else max(0, int(tokens * share)),
            None if seconds is None else max(0.0, seconds * share),
            None if money is None else max(0.0, money * share),
            parent=self,
            clock=self._clock,
        )
