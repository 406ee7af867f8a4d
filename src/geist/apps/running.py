"""Apps at run, always in the sandbox: a program once, or a service for as long as it is used."""

import json
import os
import re
import shlex
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from geist.apps import untrusted
from geist.core.errors import GeistError
from geist.core.home import home
from geist.core.output import Change
from geist.sandbox.bubblewrap import Bubblewrap, available
from geist.sandbox.rundir import RunDir, remove
from geist.sandbox.shapes import MIB, Call, Limits, Result

HERE = Path(__file__).parent
APP, PROBE, DATA, PACKAGES = "/geist/app/app.py", "/geist/probe", "/geist/data", "/geist/packages"
CANARY = "/geist/canary/secret.txt"  # nothing that an app should find
CANARY_TEXT = "geist-canary-4f1c"
WORK = Path("/work")
LIMITS = Limits(seconds=10, memory=512 * MIB, processes=32, file_bytes=16 * MIB, disk=64 * MIB,
                output=8 * MIB)  # fmt: skip
SERVING = Limits(seconds=7 * 86_400, memory=1024 * MIB, processes=64, file_bytes=256 * MIB,
                 disk=512 * MIB, output=64 * MIB)  # fmt: skip
TEMPORARY = re.compile(
    r"(?:tmp)?[a-z0-9_]{8}(?:\.\w+)?"
)  # as tempfile names them, and tries a folder
ANSWERS, MOST_ANSWER = 15.0, 5 * MIB  # seconds and bytes of one answer
START = 10.0  # seconds in which a service must answer


@dataclass(frozen=True)
class Heard:
    """What an app reached for: `kind` is network, listens, program, writes, changes, reads,
    unpickles or opens to all."""

    kind: str
    what: str


@dataclass(frozen=True)
class Ran:
    status: int | None
    stdout: str
    stderr: str
    cut: str = ""
    heard: tuple[Heard, ...] = ()
    written: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Given:
    """What a program is run with. `files` are written into its folder before; `shown` are files of
    the user's, by the path that it sees them at."""

    arguments: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    stdin: bytes = b""
    shown: Mapping[str, Path] = field(default_factory=dict)
    at: Path = WORK


def _environment(packages: Path | None, more: Mapping[str, str]) -> dict[str, str]:
    own = str(Path(sys.executable).parent)
    paths = [PROBE] + ([PACKAGES] if packages else [])
    return {"PATH": f"{own}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUTF8": "1", "COLUMNS": "100", **more}  # fmt: skip


def program(app: Path, given: Given, *, packages: Path | None = None, limits: Limits = LIMITS,
            sandbox: Bubblewrap | None = None, review: bool = False) -> Ran:  # fmt: skip
    """Runs a tool or a script once, in a folder of its own."""
    with RunDir(home()) as run:
        work, data, canary = run.folder("given"), run.folder("data"), run.folder("canary")
        (canary / "secret.txt").write_text(CANARY_TEXT)
        for name, content in given.files.items():
            file = (work / name).resolve()
            if not file.is_relative_to(work.resolve()):
                raise GeistError(f"{name} lies outside of the folder that the app is run in")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        (data / "input").write_bytes(given.stdin)
        read = {APP: app, PROBE: HERE / "probe", "/geist/canary": canary}
        read |= dict(given.shown) | ({PACKAGES: packages} if packages else {})
        argv = ("sh", "-c", f'exec "$@" < {DATA}/input', "sh", sys.executable, "-s", "-B", APP,
                *given.arguments)  # fmt: skip
        call = Call(argv, work, at=given.at, env=_environment(packages, {"APP_DATA": DATA}),
                    read=read, write={DATA: data}, limits=limits, review=review)  # fmt: skip
        made = (sandbox or available(home())).run(call)
        heard = tuple(h for h in _heard(data) if _counts(h, given.at))
        return Ran(made.status, made.stdout, made.stderr, made.cut, heard, made.written)


def _heard(folder: Path) -> list[Heard]:
    lines = untrusted.text(folder, "heard").splitlines()
    found = list[Heard]()
    for line in dict.fromkeys(lines):
        kind, tab, what = line.partition("\t")
        if tab:
            try:
                found.append(Heard(kind, str(json.loads(what))))
            except (ValueError, RecursionError):
                found.append(Heard(kind, what[:300]))
    return found


def _counts(heard: Heard, *own: Path) -> bool:
    """Whether it is more than a file of its own: its folder's, or a temporary one."""
    if heard.kind not in ("writes", "changes"):
        return True
    places = (*own, Path("/dev/null"), Path("/dev/tty"), Path("/proc/self"))
    path = Path(heard.what)
    if path.parts[:2] == ("/", "tmp"):  # a file there outlives the app, but for a temporary one
        return len(path.parts) == 3 and TEMPORARY.fullmatch(path.name) is None
    return not any(path.is_relative_to(p) for p in places)


@dataclass(frozen=True)
class Answer:
    """What a service answered; `status` is 0 where it did not, and `text` says why."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None


class Served:
    """A service in the sandbox. Use as a context manager; `fresh` begins it anew, with an empty
    data folder. It has no network: the only ways in are sockets in a folder of ours."""

    def __init__(
        self, app: Path, *, packages: Path | None = None, folder: Path | None = None
    ) -> None:
        self._app, self._packages = app, packages
        self._stop, self._result = threading.Event(), list[Result | BaseException]()
        self._run, self._given = RunDir(home()), folder
        self._number = 0

    def __enter__(self) -> "Served":
        self._run.__enter__()
        # a socket's name is limited to 107 bytes, so both sides use short paths
        self.folder = self._given or self._run.folder("data")
        if (self.folder / "control").is_dir():
            remove(self.folder / "control")  # the app made it
        (self.folder / "control").unlink(missing_ok=True)
        canary = self._run.folder("canary")
        (canary / "secret.txt").write_text(CANARY_TEXT)
        read = {APP: self._app, PROBE: HERE / "probe", "/geist/canary": canary,
                "/geist/zygote.py": HERE / "zygote.py"}  # fmt: skip
        read |= {PACKAGES: self._packages} if self._packages else {}
        argv = (sys.executable, "-s", "-B", "/geist/zygote.py", DATA, APP)
        call = Call(argv, self._run.folder("given"), at=WORK, read=read,
                    write={DATA: self.folder}, limits=SERVING,
                    env=_environment(self._packages, {"APP_DATA": DATA}))  # fmt: skip

        def go() -> None:
            try:
                self._result.append(available(home(), self._stop).run(call))
            except BaseException as e:  # noqa: BLE001 - raised in the thread that waits
                self._result.append(e)

        self._thread = threading.Thread(target=go, daemon=True)
        self._thread.start()
        self._until(lambda: (self.folder / "control").exists(), "the sandbox did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._run.__exit__(None, None, None)

    @property
    def alive(self) -> bool:
        """Whether the sandbox still runs."""
        return not self._result

    def _until(self, ready: Any, what: str) -> None:
        end = time.monotonic() + START
        while not ready():
            if self._result or time.monotonic() > end:
                one = self._result[0] if self._result else None
                if isinstance(one, BaseException):
                    raise one
                raise GeistError(what, why=(one.stderr.strip()[-400:] if one else "it takes too "
                                            "long"))  # fmt: skip
            time.sleep(0.01)

    def fresh(self, name: str = "") -> "Client":
        """The service, begun anew (or in the data folder `name`). Total: one that does not begin
        answers every request with status 0."""
        self._number += 1
        name = name or f"s{self._number}"
        place = self.folder / name
        untrusted.place(self.folder, name)
        with socket.socket(socket.AF_UNIX) as link:
            untrusted.connect(link, self.folder, "control")
            link.sendall(name.encode())
        end = time.monotonic() + START
        while not (place / "sock").exists() and not (place / "ended").exists():
            if time.monotonic() > end or self._result:
                break
            time.sleep(0.005)
        return Client(place)


class Client:
    """Asks one service. `place` is its data folder."""

    def __init__(self, place: Path) -> None:
        self.place = place
        try:
            self._at = untrusted.socket_of(place, "sock")
        except OSError:
            self._at = os.open(os.devnull, os.O_RDONLY)  # it has not begun: nothing answers
        uds = f"/proc/self/fd/{self._at}"
        self._http = httpx.Client(transport=httpx.HTTPTransport(uds=uds), base_url="http://app",
                                  timeout=10.0, trust_env=False)  # fmt: skip

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        os.close(self._at)

    def ask(self, method: str, path: str, body: bytes | None = None,
            headers: Mapping[str, str] | None = None) -> Answer:  # fmt: skip
        kind = {"content-type": "application/json"} if body is not None else {}
        sent = {**kind, "accept-encoding": "identity", **(headers or {})}
        data, end = bytearray(), time.monotonic() + ANSWERS
        try:
            with self._http.stream(method, path, content=body, headers=sent) as made:
                for piece in made.iter_raw():
                    data += piece
                    if len(data) > MOST_ANSWER or time.monotonic() > end:
                        return Answer(0, "its answer does not end")
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as e:
            return Answer(0, self.errors or f"it does not answer: {type(e).__name__} {e}")
        text = data.decode("utf-8", "replace")
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            told = None
        return Answer(made.status_code, text, {k.lower(): v for k, v in made.headers.items()}, told)

    @property
    def errors(self) -> str:
        """What it wrote on its way, the last of it."""
        return untrusted.text(self.place, "errors", 4000).strip()

    @property
    def heard(self) -> list[Heard]:
        return [h for h in _heard(self.place) if _counts(h, Path(DATA) / self.place.name)]


def split(arguments: str) -> tuple[str, ...]:
    return tuple(shlex.split(arguments))
