"""The action registry: everything that can be done, with what it takes to do it. The command line,
the free driver's tools and whatever is added later are made of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geist.agent.calls import Call
from geist.agent.leash import Capability

if TYPE_CHECKING:
    from geist.agent.hands import Hands


@dataclass(frozen=True)
class Action:
    """`schema` has each argument and its kind; `body` says what is to stand after the call.
    `capability` is what it takes at least: the handler asks the leash for what its target takes.
    The handler returns what the model is told."""

    name: str
    about: str
    schema: Mapping[str, str]
    capability: Capability
    handler: "Callable[[Hands, Call], str]"
    body: str = ""

    def described(self) -> str:
        told = ", ".join(f"{name}: {kind.rstrip('?')}{' (optional)' if kind.endswith('?') else ''}"
                         for name, kind in self.schema.items())  # fmt: skip
        after = f" After the JSON: {self.body}." if self.body else ""
        return f"- {self.name}({told}): {self.about}.{after}"


ACTIONS: dict[str, Action] = {}


def action(
    name: str, capability: Capability, *, body: str = "", **schema: str
) -> "Callable[[Callable[[Hands, Call], str]], Callable[[Hands, Call], str]]":
    """Registers the function below it, whose docstring's first line says what it does."""

    def register(handler: "Callable[[Hands, Call], str]") -> "Callable[[Hands, Call], str]":
        about = (handler.__doc__ or "").strip().split("\n")[0].rstrip(".")
        ACTIONS[name] = Action(name, about, schema, capability, handler, body)
        return handler

    return register
