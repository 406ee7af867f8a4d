"""Any provider's model, through pydantic-ai's direct requests."""

import asyncio
import concurrent.futures
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from geist.core.errors import ModelError
from geist.core.message import Message, Reply, Usage
from geist.models.config import RemoteConfig, key_of
from geist.models.model import Sampling

KEYS = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "google": "GOOGLE_API_KEY",
    "ollama": "",
    "openrouter": "OPENROUTER_API_KEY",
    "groq": "GROQ_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
}
OLLAMA = "http://127.0.0.1:11434/v1"
TOGETHER = 4  # requests under way at once for several answers
LOOK = 0.1  # seconds until it is looked again whether the user has stopped it
LONGEST = 40  # characters a token, of what is read of a stream that does not end
_MAKING = threading.Lock()


class Remote:
    """One remote model. The library is loaded at the first request: it takes over a second."""

    digest = ""

    def __init__(self, name: str, config: RemoteConfig) -> None:
        self.name, self.config, self.window = name, config, config.window
        self._model: Any = None
        self._lock = threading.Lock()

    def sample(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        stop: threading.Event | None = None,
    ) -> Iterator[Reply]:
        with self._lock:
            if self._model is None:
                self._model = self._open()
        pool = concurrent.futures.ThreadPoolExecutor(min(TOGETHER, sampling.n))
        waiting = [pool.submit(self._one, messages, sampling, i, stop) for i in range(sampling.n)]
        try:
            for future in concurrent.futures.as_completed(waiting):
                yield future.result()
                if stop is not None and stop.is_set():
                    return
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _one(self, messages: Sequence[Message], sampling: Sampling, number: int,
             stop: threading.Event | None) -> Reply:  # fmt: skip
        import httpx
        from pydantic_ai import messages as wire
        from pydantic_ai.direct import model_request
        from pydantic_ai.exceptions import (
            ModelAPIError,
            ModelHTTPError,
            UnexpectedModelBehavior,
        )
        from pydantic_ai.settings import ModelSettings

        settings = ModelSettings(max_tokens=sampling.tokens, temperature=sampling.temperature)
        if self.config.provider == "openai" and sampling.temperature > 0:
            settings["seed"] = sampling.seed + number
        turns: list[Any] = []
        for m in messages:
            if m.role == "assistant":
                turns.append(wire.ModelResponse(parts=[wire.TextPart(m.text)]))
            elif m.role == "system":
                turns.append(wire.ModelRequest(parts=[wire.SystemPromptPart(m.text)]))
            else:
                turns.append(wire.ModelRequest(parts=[wire.UserPromptPart(m.text)]))
        start, heard = time.monotonic(), list[str]()
        try:
            if sampling.hear is not None:
                asked = _streamed(self._model, turns, settings, sampling.hear, heard)
            else:
                asked = model_request(self._model, turns, model_settings=settings)
            future = asyncio.run_coroutine_threadsafe(asked, _loop())
            while not future.done():
                concurrent.futures.wait([future], LOOK)
                late = sum(map(len, heard)) > LONGEST * sampling.tokens
                if (stop is not None and stop.is_set()) or late:
                    # what was written until then is the answer, whatever else was to come
                    future.cancel()
                    text, given = "".join(heard), sum(len(m.text) for m in messages)
                    usage = Usage(given // 4, len(text) // 4, 0, time.monotonic() - start,
                                  self._own_price(given // 4, len(text) // 4) or 0.0)  # fmt: skip
                    return Reply(text, "length" if late else "stopped", self.name, "", usage)
            response = future.result()
        except ModelHTTPError as e:
            raise self._http_error(e.status_code, str(e.body or e)) from e
        except UnexpectedModelBehavior as e:
            raise ModelError(
                f"{self.name} answered with nonsense", why=str(e), transient=True
            ) from e
        except (ModelAPIError, httpx.HTTPError, OSError) as e:
            raise ModelError(
                f"{self.name} could not be reached",
                why=f"{type(e).__name__}: {e}"[:300],
                mend="check the network and the base URL",
                transient=True,
                unreachable=True,
            ) from e
        text = "".join(p.content for p in response.parts if isinstance(p, wire.TextPart))
        used = response.usage
        usage = Usage(
            used.input_tokens,
            used.output_tokens,
            used.cache_read_tokens,
            time.monotonic() - start,
            self._price(response, used.input_tokens, used.output_tokens),
        )
        finish = "length" if response.finish_reason == "length" else "stop"
        return Reply(text, finish, self.name, "", usage)

    def _price(self, response: Any, given: int, made: int) -> float:
        known = self._own_price(given, made)
        if known is not None:
            return known
        try:
            return float(response.cost().total_price)
        except (LookupError, AssertionError, ValueError):
            return 0.0

    def _own_price(self, given: int, made: int) -> float | None:
        """What geist.toml says; nothing for the user's own endpoint, where a price list would name
        somebody else's price."""
        if self.config.price_in is not None or self.config.price_out is not None:
            return (given * (self.config.price_in or 0) + made * (self.config.price_out or 0)) / 1e6
        return 0.0 if self.config.base_url or self.config.provider == "ollama" else None

    def price(self, given: int, made: int) -> float | None:
        """Dollars for so many tokens, before they are asked for; None where no price is known."""
        known = self._own_price(given, made)
        if known is not None:
            return known
        from genai_prices import Usage as Priced
        from genai_prices import calc_price

        try:
            found = calc_price(Priced(input_tokens=given, output_tokens=made), self.config.model,
                               provider_id=self.config.provider)  # fmt: skip
        except LookupError:
            return None
        return float(found.total_price)

    def _http_error(self, status: int, body: str) -> ModelError:
        spent = status == 402 or "insufficient_quota" in body
        transient = status in (408, 409, 425, 429) or status >= 500 or spent
        mend = ""
        if status in (401, 403):
            mend = f"set a valid key:  export {self._key_name()}=…"
        elif status == 404:
            mend = "check the model's name"
        return ModelError(
            f"{self.name} answered with HTTP status {status}",
            why=body[:300],
            mend=mend,
            transient=transient,
        )

    def _key_name(self) -> str:
        return self.config.key_env or KEYS.get(self.config.provider, "API_KEY")

    def _open(self) -> Any:
        try:
            return self._build()
        except ImportError as e:
            raise ModelError(
                f"the library for {self.config.provider} is not installed",
                why=str(e),
                mend=f"pip install 'pydantic-ai-slim[{self.config.provider}]'",
            ) from e

    def _build(self) -> Any:
        provider, key = self.config.provider, self._key()
        base = self._base()
        if base:
            from openai import AsyncOpenAI
            from pydantic_ai.models.openai import OpenAIChatModel
            from pydantic_ai.providers.openai import OpenAIProvider

            # its own retries would hide an outage from the router
            client = AsyncOpenAI(base_url=base, api_key=key or "none", max_retries=0)
            return OpenAIChatModel(self.config.model, provider=OpenAIProvider(openai_client=client))
        from pydantic_ai.models import infer_model

        names = {"openai": "openai-chat", "google": "google"}
        os.environ.setdefault(KEYS.get(provider) or "GEIST_NO_KEY", key or "")
        return infer_model(f"{names.get(provider, provider)}:{self.config.model}")

    def _base(self) -> str | None:
        return self.config.base_url or (OLLAMA if self.config.provider == "ollama" else None)

    def _key(self) -> str | None:
        key = key_of(self.config) or os.environ.get(self._key_name() or "GEIST_NO_KEY")
        if self.config.provider == "google":
            key = key or os.environ.get("GEMINI_API_KEY")
        return key

    def check(self) -> None:
        """Raises ModelError where a key is needed and none is set."""
        if not self._key() and not self._base():
            raise ModelError(
                f"there is no key for {self.name}",
                why=f"{self._key_name()} is not set",
                mend=f"export {self._key_name()}=…",
            )

    def close(self) -> None:
        self._model = None


def _loop() -> asyncio.AbstractEventLoop:
    """One loop for all requests of this process: a client keeps its connections open, and they
    belong to the loop that they were made in, whichever thread asks next."""
    with _MAKING:  # a cache alone would let two threads make two of them
        return _made_loop()


@cache
def _made_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="remote models", daemon=True).start()
    return loop


async def _streamed(model: Any, turns: list[Any], settings: Any, hear: Callable[[str], None],
                    heard: list[str]) -> Any:  # fmt: skip
    """The whole response; each piece is told and kept in `heard` as it comes."""
    from pydantic_ai import messages as wire
    from pydantic_ai.direct import model_request_stream

    async with model_request_stream(model, turns, model_settings=settings) as stream:
        async for event in stream:
            piece = ""
            if isinstance(event, wire.PartStartEvent) and isinstance(event.part, wire.TextPart):
                piece = event.part.content
            elif isinstance(event, wire.PartDeltaEvent) and isinstance(
                event.delta, wire.TextPartDelta
            ):
                piece = event.delta.content_delta
            if piece:
                heard.append(piece)
                hear(piece)
        return stream.get()
