"""What an app says it needs (PEP 723): names that there are, pinned, and nothing that it does not
say. Models invent names of packages, and somebody else registers them."""

import ast
import hashlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from geist.apps.finding import Finding
from geist.core.errors import GeistError
from geist.core.home import home

BLOCK = re.compile(r"(?m)^# /// script\s*$\n(?P<toml>(?:^#(?: .*)?$\n)+?)^# ///\s*$")
PINNED = re.compile(r"([A-Za-z0-9][\w.-]*)(\[[\w,\s-]+\])?\s*==\s*([\w.!+-]+)\s*(;.*)?")
NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
# whose names others are made to look like; an app that needs one of them says so by its own name
KNOWN = frozenset(
    """attrs beautifulsoup4 boto3 certifi cffi chardet charset-normalizer click colorama
cryptography django docutils fastapi flask httpx idna jinja2 jsonschema lxml markdown markupsafe
matplotlib mypy networkx numpy openai openpyxl orjson packaging pandas pillow platformdirs polars
psutil pyarrow pydantic pygments pyjwt pymongo pypdf pytest python-dateutil python-dotenv pytz pyyaml
redis regex requests rich ruff scikit-learn scipy selenium setuptools simplejson six sqlalchemy
starlette tabulate termcolor toml tomli tqdm typer tzdata urllib3 uvicorn werkzeug xlsxwriter
xmltodict yarl""".split()
)
SERVICE = frozenset({"starlette", "uvicorn"})  # what geist itself brings for a service
SECONDS = 90


@dataclass(frozen=True)
class Needs:
    """What the block at the top of a file says. `there` is False where there is none."""

    there: bool
    dependencies: tuple[str, ...] = ()


def needs(source: str) -> Needs:
    """Raises ValueError where the block is no TOML."""
    if source.count("# /// script") > 1:
        raise ValueError("there are two of them")
    m = BLOCK.search(source)
    if m is None:
        return Needs(False)
    text = "\n".join(line[2:] if line.startswith("# ") else "" for line in m["toml"].splitlines())
    try:
        told = tomllib.loads(text).get("dependencies", [])
    except RecursionError as e:
        raise ValueError("it is nested too deeply") from e
    if not isinstance(told, list) or not all(isinstance(d, str) for d in told):
        raise ValueError("its dependencies are no list of texts")
    return Needs(True, tuple(told))


def plain(name: str) -> str:
    """A package's name as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def scan(source: str, service: bool) -> Iterator[Finding]:
    """Asks the registry that pip is set up with, for what is not known to be there already."""
    try:
        told = needs(source)
    except ValueError as e:
        yield Finding("safe", f"its list of dependencies cannot be read: {e}", "dependency")
        return
    named = set[str]()
    for one in told.dependencies:
        m = PINNED.fullmatch(one.strip())
        start = NAME.match(one.strip())
        name = plain(m[1] if m else start[0] if start else one)
        named.add(name)
        if service and name in SERVICE:
            continue  # geist's own, whatever version is asked for
        if m is None:
            yield Finding(
                "safe",
                f"the dependency {one[:60]!r} has no fixed version: write =={{version}}",
                "unpinned",
            )
        if near := _near(name):
            yield Finding(
                "safe", f"the dependency {name} looks like {near}, and is not", "misspelt"
            )
        elif m is not None and not exists(name, m[3]):
            yield Finding("safe", f"there is no package {name} {m[3]}", "invented")
        elif m is None and not exists(name, ""):
            yield Finding("safe", f"there is no package {name}", "invented")
    for module in sorted(_imported(source)):
        if module not in _names(module, named) and not (service and module in SERVICE):
            yield Finding(
                "safe",
                f"it imports {module}, which is neither Python's own nor named as a dependency",
                "undeclared",
            )


def _near(name: str) -> str:
    """A well-known name that this one is one slip away from."""
    if name in KNOWN:
        return ""
    for one in KNOWN:
        if len(one) > 4 and _slips(name, one):
            return one
    return ""


def _slips(a: str, b: str) -> bool:
    """Whether one letter more, less, another, or two exchanged make `b` of `a`; or a hyphen or an
    affix that is often put there."""
    if a.replace("-", "") == b.replace("-", "") or a in (
        f"python-{b}",
        f"{b}-python",
        f"py{b}",
        f"{b}s",
        f"{b}2",
    ):
        return True
    if abs(len(a) - len(b)) > 1:
        return False
    n = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    rest = (a[n + 1 :], b[n + 1 :]), (a[n + 1 :], b[n:]), (a[n:], b[n + 1 :])
    swapped = a[n : n + 2] == b[n : n + 2][::-1] and a[n + 2 :] == b[n + 2 :]
    return swapped or any(x == y for x, y in rest)


@cache
def exists(name: str, version: str) -> bool:
    """Whether the registry has it. Raises GeistError where it cannot be asked."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    with suppress(PackageNotFoundError):  # then the registry is asked
        if not version or installed(name) == version:
            return True
    argv = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download",
            "--no-deps", "--only-binary=:all:", "--quiet", "--dest"]  # fmt: skip
    wanted = f"{name}=={version}" if version else name
    if not NAME.fullmatch(name) or (version and not PINNED.fullmatch(wanted)):
        return False  # pip would take it for something else than a name
    folder = home() / "packages" / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([*argv, str(folder), "--", wanted], capture_output=True, text=True, check=False,
                          timeout=SECONDS, stdin=subprocess.DEVNULL)  # fmt: skip
    if done.returncode == 0:
        return True
    if "No matching distribution" in done.stderr or "from versions:" in done.stderr:
        if re.search(r"Retrying|Connection|Temporary failure|timed out", done.stderr):
            raise GeistError(f"whether there is a package {name} cannot be found out",
                             why="the registry does not answer", mend="try again with a network")  # fmt: skip
        return False
    raise GeistError(f"whether there is a package {name} cannot be found out",
                     why=done.stderr.strip()[-300:], mend="try again with a network")  # fmt: skip


def _imported(source: str) -> set[str]:
    found = set[str]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {a.name.split(".")[0] for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0] if not node.level else "")
    return {name for name in found if name and name not in sys.stdlib_module_names}


ALIASES = {
    "dateutil": "python-dateutil",
    "yaml": "pyyaml",
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "sklearn": "scikit-learn",
    "dotenv": "python-dotenv",
    "jwt": "pyjwt",
}


def _names(module: str, named: set[str]) -> set[str]:
    """The module, where a dependency that is named brings it."""
    brings = {plain(d) for d in packages_distributions().get(module, ())}
    brings |= {plain(module), plain(ALIASES.get(module, module))}
    return {module} if brings & named else set()


def pinned(dependencies: tuple[str, ...], service: bool = False) -> list[str]:
    """Those that pip is asked for: names with a version, and nothing else that pip would obey (an
    address, a path, an option). Raises GeistError."""
    wanted = [d.strip() for d in dependencies]
    if service:
        wanted = [d for d in wanted if plain((NAME.match(d) or [d])[0]) not in SERVICE]
    for one in wanted:
        if not PINNED.fullmatch(one) or ";" in one:
            raise GeistError(f"the dependency {one[:80]!r} is no name with a fixed version")
    return sorted(wanted)


def of_app(source: str, service: bool) -> Path | None:
    """`installed` for what an app's file says that it needs. Raises GeistError."""
    try:
        told = needs(source)
    except ValueError as e:
        raise GeistError("the app's list of dependencies cannot be read", why=str(e)) from e
    return installed(told.dependencies, service)


def installed(dependencies: tuple[str, ...], service: bool) -> Path | None:
    """A folder with what an app needs, from wheels alone: nothing of a package runs while it is
    installed. None where it needs nothing. Raises GeistError."""
    wanted = pinned(dependencies, service)
    if not wanted:
        return None
    name = hashlib.sha256(f"{sys.version_info[:2]} {wanted}".encode()).hexdigest()[:16]
    folder = home() / "packages" / name
    if (folder / ".ready").is_file():
        return folder
    argv = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install",
            "--only-binary=:all:", "--quiet", "--target", str(folder), "--upgrade", "--", *wanted]  # fmt: skip
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=600,
                          stdin=subprocess.DEVNULL)  # fmt: skip
    if done.returncode:
        raise GeistError(f"{', '.join(wanted)} cannot be installed", why=done.stderr.strip()[-400:],
                         mend="a network may be missing")  # fmt: skip
    for link in folder.glob("*.pth"):
        link.unlink()  # they run at every start
    (folder / ".ready").touch()
    return folder
