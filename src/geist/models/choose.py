"""From what `--model` says to a model."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from geist.core.errors import GeistError
from geist.models.catalog import DEFAULT
from geist.models.config import Config, RemoteConfig
from geist.models.local import WINDOW, Local
from geist.models.model import Model
from geist.models.remote import KEYS, Remote
from geist.models.router import Router, Share
from geist.models.store import Here, Store


def choose(
    spec: str | None,
    data: Path,
    config: Config,
    tell: Callable[[str], None],
    *,
    slots: int = 1,
    window: int = WINDOW,
) -> Model:
    """`spec` is one name or several with commas between: a local model, a name in geist.toml,
    provider:name, or http(s)://HOST/v1#NAME. Remote models, and several, get a router. A local
    model writes `slots` answers side by side, in `window` tokens each."""
    spec = spec or config.model or DEFAULT
    local = partial(Local, slots=slots, window=window)
    shares = [_share(name.strip(), data, config, local) for name in spec.split(",") if name.strip()]
    if not shares:
        raise GeistError("no model is named", mend="geist models")
    for share in shares:
        if isinstance(share.model, Remote):
            share.model.check()
    if len(shares) == 1 and isinstance(shares[0].model, Local):
        return shares[0].model
    return Router(shares, tell)


def _share(name: str, data: Path, config: Config, local: Callable[[Here], Local]) -> Share:
    if name in config.models:
        remote = config.models[name]
        return Share(Remote(name, remote), remote.max_tokens, remote.max_money)
    if name.startswith(("http://", "https://")):
        url, _, model = name.partition("#")
        if not model:
            raise GeistError(
                f"{name} names no model",
                mend=f"add it after a #, for example  --model '{url}#qwen2.5-coder-1.5b'",
            )
        # a key may be needed: OPENAI_API_KEY serves any OpenAI-compatible endpoint
        return Share(Remote(name, RemoteConfig(model=model, base_url=url)))
    provider, colon, model = name.partition(":")
    if colon:
        if provider not in KEYS:
            raise GeistError(
                f"there is no provider {provider!r}",
                why=f"geist knows {', '.join(KEYS)}",
                mend="or give an OpenAI-compatible URL:  --model 'https://HOST/v1#NAME'",
            )
        return Share(Remote(name, RemoteConfig(provider=provider, model=model)))
    return Share(local(Store(data).need(name)))
