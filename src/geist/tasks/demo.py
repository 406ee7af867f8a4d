"""Real bugs to mend: published releases, each with our own test for a bug that it had."""

import hashlib
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from geist.core.errors import GeistError
from geist.tasks.index import source_release, unpack


@dataclass(frozen=True)
class Demo:
    name: str
    package: str
    version: str
    mended_in: str
    sha256: str
    licence: str
    upstream: str
    summary: str
    function: str
    requires: list[str]
    command: str
    test_path: str
    test: str


def demos() -> list[Demo]:
    text = (Path(__file__).parent / "demos.toml").read_text(encoding="utf-8")
    return [Demo(**d) for d in tomllib.loads(text)["demo"]]


def demo(name: str) -> Demo:
    for one in demos():
        if one.name == name:
            return one
    raise GeistError(f"there is no demo {name!r}", mend="geist demo list")


@dataclass(frozen=True)
class Prepared:
    """`root` is the unpacked release with our test in it, `bin` the environment that runs it."""

    root: Path
    bin: Path


def prepare(demo: Demo, data: Path, tell: Callable[[str], None]) -> Prepared:
    """Downloads and unpacks the release, adds the test, and makes an environment with pytest."""
    folder = data / "demo"
    archive = source_release(demo.package, demo.version, demo.sha256, folder / "sources")
    tell(f"{demo.package} {demo.version}, {archive.stat().st_size / 1e3:.0f} kB, hash checked")
    root = unpack(archive, folder / "work" / demo.name)
    place = root / demo.test_path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(demo.test, encoding="utf-8")
    return Prepared(root, environment(["pytest>=8,<10", *demo.requires], folder, tell))


def environment(requires: list[str], folder: Path, tell: Callable[[str], None]) -> Path:
    """The bin folder of a virtual environment that holds `requires`; made once."""
    name = hashlib.sha256(json.dumps([requires, sys.version]).encode()).hexdigest()[:12]
    place = folder / "env" / name
    if (place / "ready").is_file():
        return place / "bin"
    tell(f"making an environment with {', '.join(requires)} (about 2 MB)")
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(place)],
        [str(place / "bin" / "python"), "-m", "pip", "install", "-q", "--only-binary=:all:",
         "--disable-pip-version-check", *requires],
    ):  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise GeistError(
                "the environment for the demo could not be made",
                why=" ".join(last),
                mend="check the network, or install python3-venv",
            )
    (place / "ready").touch()
    return place / "bin"
