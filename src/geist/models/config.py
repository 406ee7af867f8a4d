"""`geist.toml`: the models and keys that a user or a project names."""

import os
import tomllib
from pathlib import Path
from typing import Any

import pydantic

from geist.core.errors import GeistError


class RemoteConfig(pydantic.BaseModel):
    """`[models.NAME]`. `provider` is pydantic-ai's name; `base_url` makes it any OpenAI-compatible
    endpoint. `key_env` names the environment variable that holds the key; `key` holds it itself.
    `max_money` (US dollars per session) and `max_tokens` end this model's turn in a fail-over."""

    model_config = pydantic.ConfigDict(extra="forbid")

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


class ServerConfig(pydantic.BaseModel):
    """`[mcp.NAME]`: a server of tools, started by `command` with `args`, or at `url`. The user says
    which of its tools only read (`reads`); what the server says of itself counts for nothing."""

    model_config = pydantic.ConfigDict(extra="forbid")

    command: str | None = None
    args: list[str] = []
    env: dict[str, str] = {}
    url: str | None = None
    reads: list[str] = []


class LeashConfig(pydantic.BaseModel):
    """`[leash]`: hosts that commands may use without a question; `*.example.org` is all below."""

    model_config = pydantic.ConfigDict(extra="forbid")

    hosts: list[str] = []


class Config(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    model: str | None = None  # the default of --model
    effort: str | None = None
    models: dict[str, RemoteConfig] = {}
    mcp: dict[str, ServerConfig] = {}
    leash: LeashConfig = LeashConfig()


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
    try:
        return Config.model_validate(merged)
    except pydantic.ValidationError as e:
        first = e.errors()[0]
        where = ".".join(str(x) for x in first["loc"])
        raise GeistError(
            f"geist.toml: {where}: {first['msg']}", mend="see the README, section Models"
        ) from e


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
