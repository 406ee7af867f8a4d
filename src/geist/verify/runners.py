"""Find a project's own test command."""

import configparser
import json
import os
import re
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Found:
    command: str
    because: str


def find_command(root: Path) -> Found | None:
    """The command that runs the project's tests, and where that was read; None where nothing
    says. Python projects come first, since their functions are what geist can mend."""
    for look in (_pyproject, _ini, _makefile, _python_tests, _package_json, _cargo, _go):
        if found := look(root):
            return found
    return None


def _pytest(root: Path) -> str:
    # -m puts the project itself on the import path, which a bare `pytest` does not
    there = shutil.which("pytest", path=search_path(root))
    beside = there is not None and Path(there).with_name("python").exists()
    return "python -m pytest -q" if beside else "python3 -m pytest -q"


def search_path(root: Path) -> str:
    """PATH, with the project's own virtual environment first where none is active."""
    path = os.environ.get("PATH", os.defpath)
    if os.environ.get("VIRTUAL_ENV"):
        return path
    for name in (".venv", "venv"):
        if (root / name / "pyvenv.cfg").is_file():
            return f"{root / name / 'bin'}{os.pathsep}{path}"
    return path


def _pyproject(root: Path) -> Found | None:
    try:
        data = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    tool = data.get("tool", {})
    if "pytest" in tool:
        return Found(_pytest(root), "pyproject.toml has [tool.pytest]")
    scripts = tool.get("hatch", {}).get("envs", {}).get("default", {}).get("scripts", {})
    if isinstance(scripts.get("test"), str) and "{" not in scripts["test"]:
        return Found(scripts["test"], "pyproject.toml names a hatch script `test`")
    if re.search(r"\bpytest\b", json.dumps(data)):
        return Found(_pytest(root), "pyproject.toml asks for pytest")
    return None


def _ini(root: Path) -> Found | None:
    for name, section in (
        ("pytest.ini", "pytest"),
        ("tox.ini", "pytest"),
        ("setup.cfg", "tool:pytest"),
    ):
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read(root / name, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        if parser.has_section(section):
            return Found(_pytest(root), f"{name} has [{section}]")
        commands = parser.get("testenv", "commands", fallback="")
        for line in commands.splitlines():
            plain = re.sub(r"\{posargs[^}]*\}", "", line).strip()
            if re.match(r"(python3? -m )?(pytest|unittest)\b", plain) and "{" not in plain:
                return Found(plain, f"{name} runs it in [testenv]")
    return None


def _makefile(root: Path) -> Found | None:
    try:
        text = (root / "Makefile").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    for target in ("test", "tests", "check"):
        if re.search(rf"^{target}\s*:(?!=)", text, re.M):
            return Found(f"make {target}", f"the Makefile has a target `{target}`")
    return None


def _python_tests(root: Path) -> Found | None:
    folders = [root, *(root / n for n in ("tests", "test", "testing"))]
    for folder in folders:
        for file in sorted([*folder.glob("test_*.py"), *folder.glob("*_test.py")]):
            text = file.read_text(encoding="utf-8", errors="replace")
            if "unittest" in text and "pytest" not in text:
                if not shutil.which("pytest", path=search_path(root)):
                    return Found("python3 -m unittest discover", f"{file.name} uses unittest")
            return Found(_pytest(root), f"there is {file.relative_to(root)}")
    return None


def _package_json(root: Path) -> Found | None:
    try:
        data = json.loads((root / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    script = data.get("scripts", {}).get("test") if isinstance(data, dict) else None
    return Found("npm test", "package.json has a script `test`") if script else None


def _cargo(root: Path) -> Found | None:
    here = (root / "Cargo.toml").is_file()
    return Found("cargo test", "there is a Cargo.toml") if here else None


def _go(root: Path) -> Found | None:
    return Found("go test ./...", "there is a go.mod") if (root / "go.mod").is_file() else None
