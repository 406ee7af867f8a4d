"""Several models in order: when one is out, limited or has spent its share, the next answers."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from geist.core.errors import ModelError
from geist.core.message import Message, Reply, Usage
from geist.models.model import Model, Sampling

FAILURES = 2  # in a row, until a breaker opens
COOLDOWN = 15.0  # seconds, doubled each time up to eight-fold
PATIENCE = 3  # how often a lone model is waited for


@dataclass
class Breaker:
    """Closed: calls go through. Open: none, until the cooldown is over; then one tries it."""

    failures: int = 0
    openings: int = 0
    until: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until a call may go through."""
        return max(0.0, self.until - now)

    def succeed(self) -> None:
        self.failures = self.openings = 0
        self.until = 0.0

    def fail(self, now: float) -> None:
        self.failures += 1
        if self.failures >= FAILURES:
            self.until = now + COOLDOWN * 2 ** min(self.openings, 3)
            self.openings += 1
            self.failures = FAILURES - 1  # one failed trial opens it again


@dataclass
class Share:
    """A model in the order, with what it may spend in this session and what it has."""

    model: Model
    tokens: int | None = None
    money: float | None = None
    used: Usage = field(default_factory=Usage)
    breaker: Breaker = field(default_factory=Breaker)

    def spent(self) -> bool:
        over_tokens = self.tokens is not None and self.used.tokens >= self.tokens
        return over_tokens or (self.money is not None and self.used.money >= self.money)


class Router:
    """Is a Model itself. `tell` hears of every fail-over, so that it is seen and logged."""

    digest = ""

    def __init__(
        self,
        shares: Sequence[Share],
        tell: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.shares, self._tell, self._clock = list(shares), tell, clock
        self.name = ",".join(s.model.name for s in shares)
        self.window = min(s.model.window for s in shares)

    def sample(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        stop: threading.Event | None = None,
    ) -> Iterator[Reply]:
        """The remaining answers come from the next model where one fails half-way."""
        left, waits, last = sampling.n, 0, None
        while left > 0 and not (stop and stop.is_set()):
            share = self._next()
            if share is None:
                wait = self._soonest()
                if wait is None or waits >= PATIENCE:
                    raise last or ModelError(
                        "no model is left to ask",
                        why="every model has spent what it may in this session",
                        mend="raise max_money or max_tokens in geist.toml",
                    )
                waits += 1
                self._tell(f"no model answers; waiting {wait:.0f} s before the next try")
                if (stop or threading.Event()).wait(wait):
                    return
                continue
            part = replace(sampling, n=left, seed=sampling.seed + left)
            if left == sampling.n:
                part = sampling
            try:
                for reply in share.model.sample(messages, part, stop):
                    share.used = share.used + reply.usage
                    share.breaker.succeed()
                    left -= 1
                    yield reply
                return
            except ModelError as e:
                alone = sum(not s.spent() for s in self.shares) == 1
                if not e.transient or (e.unreachable and alone and not share.used.tokens):
                    raise  # nobody was ever there: waiting would not bring it
                last = e
                share.breaker.fail(self._clock())
                self._tell(f"{e.what}: {e.why}"[:200])

    def _next(self) -> Share | None:
        now = self._clock()
        for share in self.shares:
            if not share.spent() and share.breaker.wait(now) == 0:
                return share
        return None

    def _soonest(self) -> float | None:
        now = self._clock()
        waits = [s.breaker.wait(now) for s in self.shares if not s.spent()]
        return min(waits, default=None)

    def close(self) -> None:
        for share in self.shares:
            share.model.close()
