"""`geist.toml`: the models and keys that a user or a project names.

What files say is checked by pydantic, which takes a while to load: it is loaded where there is a
file.
"""

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from geist.core.errors import GeistError

STRICT = {"extra": "forbid"}


@dataclass(frozen=True, kw_only=True)
class RemoteConfig:
    """`[models.NAME]`. `provider` is pydantic-ai's name; `base_url` makes it any OpenAI-compatible
    endpoint. `key_env` names the environment variable that holds the key; `key` holds it itself.
    `max_money` (US dollars per session) and `max_tokens` end this model's turn in a fail-over."""

    __pydantic_config__: ClassVar = STRICT

    provider: str = "openai"
    model: str
    base_url: str | None = None
    key_env: str | None = None
    key: str | None = None
    window: int = 128_000
    max_money: float | None = None
    max_tokens: int | None = None
    price_in: float | None = None  # dollars per million tokens, where genai-prices has none
    price_out: float | None = None


@dataclass(frozen=True, kw_only=True)
class ServerConfig:
    """`[mcp.NAME]`: a server of tools, started by `command` with `args`, or at `url`. The user says
    which of its tools only read (`reads`); what the server says of itself counts for nothing."""

    __pydantic_config__: ClassVar = STRICT

    command: str | None = None
    args: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    url: str | None = None
    reads: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class LeashConfig:
    """`[leash]`: hosts that commands may use without a question; `*.example.org` is all below."""

    __pydantic_config__: ClassVar = STRICT

    hosts: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Config:
    __pydantic_config__: ClassVar = STRICT

    model: str | None = None  # the default of --model
    effort: str | None = None
    image: str | None = None  # the image model of `geist show --image`
    models: dict[str, RemoteConfig] = field(default_factory=dict)
    mcp: dict[str, ServerConfig] = field(default_factory=dict)
    leash: LeashConfig = field(default_factory=LeashConfig)


def load(root: Path) -> Config:
    """The user's geist.toml (in the config folder), and what a project's may say on top of it."""
    merged: dict[str, Any] = {}
    for place in (user_file(), root / "geist.toml"):
        try:
            data = tomllib.loads(place.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as e:
            raise GeistError(f"{place} cannot be read", why=str(e), mend=f"mend {place}") from e
        if place.parent == root:
            _refuse_foreign(place, data)
        models = merged.get("models", {}) | data.get("models", {})
        merged = merged | data | {"models": models}
    if not merged:
        return Config()
    import pydantic

    try:
        return pydantic.TypeAdapter(Config).validate_python(merged)
    except pydantic.ValidationError as e:
        first = e.errors()[0]
        where = ".".join(str(x) for x in first["loc"])
        places = " and ".join(str(p) for p in (user_file(), root / "geist.toml") if p.is_file())
        raise GeistError(f"{where} in geist.toml: {first['msg']}", why=f"read from {places}",
                         mend="see the README: Models, and the leash") from e  # fmt: skip


def _refuse_foreign(place: Path, data: dict[str, Any]) -> None:
    """A project's file comes with the project, whoever wrote that: it may choose among models, but
    not say where prompts and keys are sent."""
    model = data.get("model")
    foreign = "models" in data or (isinstance(model, str) and "://" in model)
    if "mcp" in data:
        raise GeistError(
            f"{place} may not define MCP servers",
            why="it belongs to the project, and could run anything as you",
            mend=f"move [mcp.…] to {user_file()}",
        )
    if "leash" in data:
        raise GeistError(
            f"{place} may not loosen the leash",
            why="it belongs to the project, and could send your code to anybody",
            mend=f"move [leash] to {user_file()}",
        )
    if foreign:
        raise GeistError(
            f"{place} may not define models",
            why="it belongs to the project, and could send your code and keys to anybody",
            mend=f"move [models.…] to {user_file()}",
        )


def user_file() -> Path:
    import platformdirs

    return Path(platformdirs.user_config_dir("geist")) / "geist.toml"


def key_of(config: RemoteConfig) -> str | None:
    if config.key_env:
        return os.environ.get(config.key_env)
    return config.key
