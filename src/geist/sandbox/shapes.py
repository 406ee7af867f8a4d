"""What a sandbox is asked and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from geist.core.output import Change

MIB = 1024 * 1024

Cut = Literal["", "time", "memory", "processes", "disk", "output", "stopped"]


@dataclass(frozen=True)
class Limits:
    """Seconds of wall time; bytes; a count of processes. All of them hold for the whole process
    tree, except `file_bytes`, which is for one file."""

    seconds: float = 120.0
    memory: int = 4096 * MIB
    processes: int = 256
    file_bytes: int = 512 * MIB
    disk: int = 1024 * MIB
    output: int = 64 * MIB


@dataclass(frozen=True)
class Call:
    """One command to run on a workspace.

    `layers` are folders whose files lie over the workspace, last on top. `read` are further host
    paths that the command may read, by the path it sees them at. Writes go to a layer of their own
    and are thrown away afterwards; with `review` the result tells them. What is written below the
    paths of `write` stays.
    """

    argv: tuple[str, ...]
    workspace: Path
    at: Path | None = None  # the path it is seen at, if not its own
    cwd: str = "."
    env: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[Path, ...] = ()
    read: Mapping[str, Path] = field(default_factory=dict)
    write: Mapping[str, Path] = field(default_factory=dict)  # folders whose content stays
    shared: Path | None = None  # a folder seen as /geist/run: for the report socket
    review: bool = False
    network: bool = False  # all of the host's
    proxy: Path | None = None  # the socket of a proxy.Proxy: the network by leave
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Result:
    """`status` is the exit status, negative for a signal, None where the sandbox ended it; `cut`
    then says which limit did. Output keeps its first and last part when it was very long."""

    status: int | None
    stdout: str
    stderr: str
    seconds: float
    cut: Cut = ""
    peak_memory: int = 0
    written: tuple[Change, ...] = ()


class Sandbox(Protocol):
    name: str

    def run(self, call: Call) -> Result:
        """Raises GeistError where no sandbox can be had: foreign code never runs outside one."""
        ...
