"""Budget forcing (Muennighoff et al. 2025, s1): what names no answer, cut at a cap or not, is made
to name one, and thinking that ends too soon is made to go on. A model like any other, around a
local one."""

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

from geist.core.message import Message, Reply
from geist.models.model import Model, Sampling
from geist.think.vote import ballot

MARK = "\nAnswer:"
ON = "\nWait, let me check that again."
LAST = 40  # tokens for the answer itself
ENDED = re.compile(r"\n?[^\n]*answer\s*(?:is|:).*\Z", re.I | re.S)


class Forced:
    """Asks `model` with a cap of `sampling.tokens`. A reply without an answer goes on from
    "Answer:". With `least` tokens of thinking, an answer that comes sooner is taken back."""

    def __init__(self, model: Model, least: int = 0) -> None:
        self.model, self.least = model, least
        self.name, self.digest, self.window = model.name, model.digest, model.window

    def sample(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        stop: threading.Event | None = None,
    ) -> Iterator[Reply]:
        for number, reply in enumerate(self.model.sample(messages, sampling, stop)):
            one = replace(sampling, n=1, seed=sampling.seed + number)
            made = reply
            while self.least > made.usage.completion and not (stop and stop.is_set()):
                thought = ENDED.sub("", made.text).rstrip() or "Let me think."
                left = self.least - made.usage.completion
                more = self._on(messages, f"{thought}{ON}", replace(one, tokens=left), stop)
                if more is None or not more.usage.completion:
                    break
                made = replace(more, usage=made.usage + more.usage, first=made.first)
            if ballot(made.text) is None:
                last = replace(one, tokens=LAST, until=("\n",))
                more = self._on(messages, f"{made.text.rstrip()}{MARK}", last, stop)
                if more is not None:
                    made = replace(more, usage=made.usage + more.usage, first=made.first)
            yield made

    def _on(self, messages: Sequence[Message], begun: str, sampling: Sampling,
            stop: threading.Event | None) -> Reply | None:  # fmt: skip
        return next(iter(self.model.sample(messages, replace(sampling, prime=begun), stop)), None)

    def close(self) -> None:
        self.model.close()
