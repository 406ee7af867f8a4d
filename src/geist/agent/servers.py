"""MCP servers as tools, through the official SDK. Whatever they say taints the session, and what
they do is asked for, unless the user's own settings say that a tool only reads."""

import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from geist.agent.actions import Action
from geist.agent.calls import KINDS, Call
from geist.agent.hands import Hands, Refused, plain
from geist.agent.leash import Capability, Wish
from geist.core.errors import GeistError
from geist.models.config import ServerConfig

SECONDS = 60.0  # until a server must have answered
MOST_ABOUT = 300  # characters of what a server says of its tool
# An address that all programs read the same way: nothing before the host, nothing odd after it.
CLEAN = re.compile(r"(?i)[a-z][a-z0-9+.-]{0,20}://([a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])"
                   r"(?::(\d{1,5}))?(?:[/?#][^\s\\@<>\"']*)?")  # fmt: skip
BARE = re.compile(r"(?i)((?:[a-z0-9_-]+\.)+[a-z]{2,})(?::(\d{1,5}))?(?:[/?#][^\s\\@]*)?")
HINT = re.compile(r"(?i)://|^\s*[/\\]{2}|\b(?:https?|wss?|ftp|file|data|jar|gopher):|\bwww\.")
FILES = frozenset(
    """py pyi md txt json jsonl csv tsv yaml yml toml ini cfg js ts tsx jsx html css xml
rs go c h cpp java sh sql log lock pdf png jpg svg""".split()
)


class Servers(AbstractContextManager["Servers"]):
    """Runs the servers for as long as it is open. `actions` are their tools, as NAME.TOOL."""

    def __init__(self, configs: Mapping[str, ServerConfig]) -> None:
        self._configs, self._stack = configs, ExitStack()
        self.actions: dict[str, Action] = {}

    def __enter__(self) -> "Servers":
        if self._configs:
            try:
                self._open()
            except BaseException:
                self._stack.close()
                raise
        return self

    def __exit__(self, *rest: Any) -> None:
        self._stack.close()

    def _open(self) -> None:
        try:
            from anyio.from_thread import start_blocking_portal
            from mcp import Client, StdioServerParameters
            from mcp.client.stdio import stdio_client
        except ImportError as e:
            raise GeistError("MCP servers are configured, and the SDK is not installed",
                             why=str(e), mend="pip install 'geist[mcp]'") from e  # fmt: skip
        self._portal = self._stack.enter_context(start_blocking_portal())
        for name, config in self._configs.items():
            if bool(config.command) == bool(config.url):
                raise GeistError(f"[mcp.{name}] needs a command or a url, and not both")
            place: Any = config.url
            # what a server writes to stderr must not reach the terminal
            errors = self._stack.enter_context(tempfile.TemporaryFile("w+", errors="replace"))  # noqa: SIM115
            if config.command:
                place = stdio_client(
                    StdioServerParameters(
                        command=config.command, args=config.args, env=config.env or None
                    ),
                    errlog=errors,
                )
            client = Client(place, read_timeout_seconds=SECONDS)
            try:
                opened = self._stack.enter_context(self._portal.wrap_async_context_manager(client))
                tools = self._portal.call(opened.list_tools).tools
            except Exception as e:
                errors.seek(0)
                told = plain(errors.read()).strip()[-300:] or f"{type(e).__name__}: {e}"[:300]
                raise GeistError(f"the MCP server {name} did not start", why=told,
                                 mend=f"mend [mcp.{name}] in geist.toml") from e  # fmt: skip
            for tool in tools:
                self._add(name, opened, tool, tool.name in config.reads)

    def _add(self, server: str, client: Any, found: Any, reads: bool) -> None:
        name = f"{server}.{re.sub(r'[^A-Za-z0-9_-]', '_', found.name)}"
        schema = found.input_schema if hasattr(found, "input_schema") else found.inputSchema

        def call(arguments: dict[str, Any]) -> str:
            told = self._portal.call(client.call_tool, found.name, arguments)
            return "\n".join(str(getattr(part, "text", f"({type(part).__name__})"))
                             for part in told.content)  # fmt: skip

        self.actions[name] = tool(name, found.description or "", schema, reads,
                                  f"MCP server {server}", call)  # fmt: skip


def tool(name: str, about: str, schema: Mapping[str, Any], reads: bool, source: str,
         call: Callable[[dict[str, Any]], str]) -> Action:  # fmt: skip
    """An action of somebody else's tool. It taints with `source`; it is asked for unless it only
    reads, and then still for each host that an argument names: to fetch a page tells its host."""

    def handler(hands: Hands, asked: Call) -> str:
        arguments = dict(asked.arguments)
        shown = f"call {name} with {arguments}"
        wishes = [Wish(Capability.READ if reads else Capability.SEND, name)]
        if reads:
            wishes += [Wish(Capability.NETWORK, host) for host in sorted(hosts(arguments))]
        if not all(hands.guard.may(wish, shown) for wish in wishes):
            raise Refused(f"the user does not allow {name}")
        # before the call: what it answers is read whatever becomes of it
        hands.guard.taint(source)
        try:
            return hands.say(call(arguments) or "it said nothing")
        except Exception as e:  # noqa: BLE001 - a server may fail in any way
            return hands.say(f"the tool failed: {type(e).__name__}: {e}")

    # the description is the server's text: cut, and on one line
    plain_about = re.sub(r"\s+", " ", about)[:MOST_ABOUT]
    return Action(name, plain_about, kinds_of(schema), Capability.SEND, handler)


def hosts(value: Any) -> set[str]:
    """The hosts that arguments name, as they are approved: with the port where it is not the web's.
    What may be an address and is none that everybody reads the same way is told whole: such a one
    is on no allow-list. Total."""
    if isinstance(value, str):
        return _hosts(value)
    if isinstance(value, Mapping):
        return set[str]().union(*map(hosts, value.values()), *map(hosts, value))
    if isinstance(value, list | tuple):
        return set[str]().union(*map(hosts, value))
    return set()


def _hosts(text: str) -> set[str]:
    bare = BARE.fullmatch(text)
    # a file's name looks like a host's
    if bare and bare[1].rpartition(".")[2].lower() in FILES and not bare[2]:
        bare = None
    found = CLEAN.fullmatch(text) or bare
    if found and text.count("://") < 2:
        port = f":{found[2]}" if found[2] not in (None, "80", "443") else ""
        return {found[1].lower() + port}
    squeezed = re.sub(r"[\s\x00-\x1f]", "", text)  # some programs pass over these
    if HINT.search(text) or HINT.search(squeezed):
        return {f"the address in {text[:200]!r}"}
    return set()


def kinds_of(schema: Mapping[str, Any]) -> dict[str, str]:
    """A tool's arguments with their kinds, of a JSON schema; "any" where it is more than that."""
    needed, found = schema.get("required") or [], dict[str, str]()
    for name, told in (schema.get("properties") or {}).items():
        kind = told.get("type") if isinstance(told, dict) else None
        kind = kind if isinstance(kind, str) and kind in KINDS else "any"
        found[str(name)] = kind if name in needed else f"{kind}?"
    return found
