"""A GGUF model in this process, through llama.cpp."""

import logging
import os
import queue
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from geist.core.errors import ModelError
from geist.core.message import Message, Reply, Usage
from geist.models.model import Sampling
from geist.models.repeats import repeats
from geist.models.store import Here

WINDOW = 8192
# Prompt-lookup drafting: after DRAFT_AFTER tokens that occurred before, guess that the next
# DRAFT_MOST follow as they did. Measured (2 cores, Qwen2.5-Coder-1.5B, rewriting 514 tokens of
# code, tokens a second): none 10; after 12 most 48: greedy 36, temperature 0.7 8 to 36; after 4
# most 10: 25 and 13 to 25; after 3 most 6: 22 and 19 to 22.
DRAFT_AFTER, DRAFT_MOST = 3, 8

log = logging.getLogger(__name__)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Local:
    """Loads on first use. One process at a time: two on the same cores slow each other many times
    over, and so do llama.cpp's threads when they spin; they do so briefly."""

    def __init__(self, here: Here, *, window: int = WINDOW, draft: bool = True,
                 slots: int = 1) -> None:  # fmt: skip
        """`draft` makes copying several times faster; drafted tokens come without their
        log-probabilities, so replies then have no `tokens`. `slots` answers are written side by
        side, which takes less time in all and more for each; `window` tokens are each one's."""
        self.name, self.digest, self.window = here.name, here.sha256, window
        self.slots = slots
        self._here, self._draft, self._server = here, draft and slots == 1, None
        self._lock, self._free = threading.Lock(), threading.BoundedSemaphore(slots)

    def load(self) -> None:
        """Loads the weights now (about a second from a warm disk)."""
        with self._lock:
            if self._server is None:
                self._server = serve(self._here, self.slots, self.window, draft=self._draft)

    def warm(self, messages: Sequence[Message]) -> None:
        """Computes the prompt now, so that one that begins the same way starts sooner."""
        for _ in self.sample(messages, Sampling(tokens=1)):
            pass

    def sample(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        stop: threading.Event | None = None,
    ) -> Iterator[Reply]:
        self.load()
        if self.slots > 1 and sampling.n > 1:
            yield from self._several(messages, sampling, stop or threading.Event())
            return
        # One after another, not side by side: the prompt stays computed in between, the first
        # answer can be verified while the second is written, and none is begun in vain.
        for number in range(sampling.n):
            if stop and stop.is_set():
                return
            yield from self._one(messages, sampling, sampling.seed + number, stop)

    def _several(
        self, messages: Sequence[Message], sampling: Sampling, stop: threading.Event
    ) -> Iterator[Reply]:
        """In the order of their seeds, whichever is whole first."""
        over = threading.Event()
        with ThreadPoolExecutor(self.slots) as pool:
            asked = [
                pool.submit(lambda seed: list(self._one(messages, sampling, seed, stop, over)),
                            sampling.seed + number)
                for number in range(sampling.n)
            ]  # fmt: skip
            try:
                for one in asked:
                    yield from one.result()
                    if stop.is_set():
                        return
            finally:
                over.set()
                for one in asked:
                    one.cancel()

    def _one(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        seed: int,
        stop: threading.Event | None,
        over: threading.Event | None = None,
    ) -> Iterator[Reply]:
        inbox: queue.SimpleQueue[dict[str, Any] | BaseException | None] = queue.SimpleQueue()
        mine = threading.Event()

        def take(chunk: Any) -> bool:  # called by llama.cpp; True ends the request
            for one in chunk if isinstance(chunk, list) else [chunk]:
                inbox.put(one)
            return any(e is not None and e.is_set() for e in (mine, over, stop))

        turns = [m.wire() for m in messages]
        if sampling.prime:
            turns.append({"role": "assistant", "content": sampling.prime})
        request = {
            "messages": turns,
            "temperature": sampling.temperature,
            "max_tokens": sampling.tokens,
            "seed": seed,
            "logprobs": not self._draft,
            "stop": list(sampling.until),
            "stream": True,
            "timings_per_token": True,  # carries how much of the prompt was computed
        }
        if sampling.schema is not None:
            request["json_schema"] = dict(sampling.schema)
        if sampling.grammar:
            request["grammar"] = sampling.grammar

        def work() -> None:
            try:
                with self._free:
                    assert self._server is not None
                    self._server.handle_chat_completions(request, take)
                inbox.put(None)
            except BaseException as e:  # noqa: BLE001 - handed to the caller's thread
                inbox.put(e)

        # llama.cpp swallows an exception in its callback, Ctrl-C too: it gets a thread of its own
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        answer, start, first = _Answer(sampling.prime), time.monotonic(), 0.0
        try:
            while (item := inbox.get()) is not None:
                if isinstance(item, BaseException):
                    raise self._error(str(item)) from item
                if "error" in item or ("code" in item and "message" in item):
                    raise self._error(str(item.get("error", item)))
                before = len(answer.text)
                answer.take(item)
                if sampling.hear and len(answer.text) > before:
                    sampling.hear(answer.text[before:])
                first = first or time.monotonic() - start
                if "\n" in answer.text[before:] and repeats(answer.text):
                    answer.finish = "length"  # it would go on until then
                    break
        finally:
            mine.set()
            thread.join()
        if answer.finish or answer.made:
            yield answer.reply(self.name, self.digest, time.monotonic() - start, first)

    def _error(self, text: str) -> ModelError:
        if "context" in text and ("exceed" in text or "size" in text):
            return ModelError(
                "the prompt is too long for the model's window",
                why=text[:300],
                mend="point at a smaller function with --file and --function",
            )
        return ModelError(f"{self.name} could not answer", why=text[:300])

    def close(self) -> None:
        with self._lock:
            self._server = None


class _Answer:
    """One answer as it grows."""

    def __init__(self, prime: str) -> None:
        self.text, self.finish = prime, ""
        self.prompt = self.cached = self.made = 0
        self.line, self._ended = 0, False
        self.tokens: list[int] = []
        self.logprobs: list[float] = []

    def take(self, chunk: dict[str, Any]) -> None:
        if timings := chunk.get("timings"):
            self.cached = int(timings.get("cache_n", 0))
            self.prompt = int(timings.get("prompt_n", 0)) + self.cached
            self.made = int(timings.get("predicted_n", 0))
        for choice in chunk.get("choices") or []:
            self.text += choice.get("delta", {}).get("content") or ""
            for token in (choice.get("logprobs") or {}).get("content") or []:
                # a line begins with what follows a line's end, if anything does
                if self._ended and token["token"].strip():
                    self.line, self._ended = len(self.tokens), False
                self._ended = self._ended or "\n" in token["token"]
                self.tokens.append(int(token["id"]))
                self.logprobs.append(float(token["logprob"]))
            self.finish = str(choice.get("finish_reason") or self.finish)

    def reply(self, name: str, digest: str, seconds: float, first: float) -> Reply:
        # what was computed before for the same beginning is not spent again
        usage = Usage(self.prompt - self.cached, self.made, self.cached, seconds)
        ids, logprobs = tuple(self.tokens), tuple(self.logprobs)
        finish = self.finish or "stop"
        return Reply(self.text, finish, name, digest, usage, ids, logprobs, first, self.line)


def serve(
    here: Here,
    slots: int,
    window: int,
    *,
    port: int = 0,
    key: str | None = None,
    draft: bool = True,
) -> Any:
    """A llama.cpp server on loopback. In-process use talks to it directly; its port then has a
    key that nobody knows, because llama.cpp's default is an open one."""
    # before libgomp starts: threads that wait spin briefly, then sleep. Measured (2 cores,
    # Qwen2.5-Coder-1.5B, tokens a second alone and beside a busy process): sleeping at once 13 and
    # 9, after 1,000 turns 17 and 8, after 10,000 19 and 4, libgomp's own 100,000 and more 19 and 2
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    import importlib

    xllamacpp: Any = importlib.import_module("xllamacpp")  # compiled: it has no types
    p = xllamacpp.CommonParams()
    p.model.path = str(here.path)
    p.model_alias = {here.name}
    p.n_parallel = slots
    p.n_ctx = window * slots
    p.kv_unified = True
    p.cpuparams.n_threads = cores()
    p.cpuparams_batch.n_threads = cores()
    p.verbosity = 0
    p.warmup = False
    p.ui = False
    p.hostnames = ["127.0.0.1"]
    p.port = port
    p.api_keys = [key or secrets.token_hex(16)] if key != "" else []
    p.cors_origins = ""
    if draft:
        kinds = xllamacpp.common_speculative_type
        p.speculative.types = [kinds.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE]
        p.speculative.ngram_simple.size_n = DRAFT_AFTER
        p.speculative.ngram_simple.size_m = DRAFT_MOST
    try:
        return xllamacpp.Server(p)
    except (RuntimeError, ValueError) as e:
        raise ModelError(
            f"{here.name} could not be loaded",
            why=str(e),
            mend=f"geist models rm {here.name}    then pull or add it again",
        ) from e
