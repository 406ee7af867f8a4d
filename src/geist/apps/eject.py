"""An app as a project of its own: one file, its checks as tests, what it needs with hashes, licences."""

import json
import shutil
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

from geist.apps import packages
from geist.apps.judge import ENDINGS
from geist.apps.reach import reach
from geist.apps.store import Kept
from geist.core.errors import GeistError

HERE = Path(__file__).parent
SECONDS = 180
TESTS = {"page": "playwright", "service": "httpx", "tool": "", "script": ""}


def eject(kept: Kept, source: str, folder: Path) -> list[Path]:
    """Writes the project into a folder that is new or empty, and gives its files. Raises GeistError
    and leaves nothing behind."""
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise GeistError(f"{folder} is there already", why="an app goes into a folder of its own",
                         mend=f"geist apps eject {kept.name} ANOTHER")  # fmt: skip
    needs = _needs(kept, source)
    lock, licences = _locked(needs), _licences(needs)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".geist-", dir=folder.parent) as place:
        fresh = Path(place) / "app"
        _write(kept, source, needs, lock, licences, fresh)
        if folder.exists():
            folder.rmdir()
        fresh.rename(folder)
    return sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())


def _write(
    kept: Kept, source: str, needs: tuple[str, ...], lock: str, licences: str, fresh: Path
) -> None:
    tests = fresh / "tests"
    tests.mkdir(parents=True)
    file = f"app{ENDINGS[kept.kind]}"
    (fresh / file).write_text(source, encoding="utf-8")
    (fresh / "checks.txt").write_text("".join(f"{c}\n" for c in kept.now.checks), encoding="utf-8")
    shutil.copytree(
        HERE / "checking", tests / "checking", ignore=shutil.ignore_patterns("__pycache__")
    )
    test = {"script": "tool"}.get(kept.kind, kept.kind)
    shutil.copyfile(HERE / "ejected" / f"{test}.py", tests / "test_app.py")
    if kept.kind == "page":
        shutil.copyfile(HERE / "driver.js", tests / "driver.js")
    if kept.data:
        (fresh / "data").mkdir()
        for one in kept.data:
            shutil.copyfile(one, fresh / "data" / Path(one).name)
    (fresh / "README.md").write_text(_readme(kept, file, needs), encoding="utf-8")
    (fresh / "pyproject.toml").write_text(_project(kept, needs), encoding="utf-8")
    (fresh / "requirements.lock").write_text(lock, encoding="utf-8")
    (fresh / "LICENCES.md").write_text(licences, encoding="utf-8")


def _needs(kept: Kept, source: str) -> tuple[str, ...]:
    return packages.needs(source).dependencies if kept.kind != "page" else ()


@cache
def _resolved(needs: tuple[str, ...]) -> list[dict]:
    """What pip would install, each with its hash."""
    argv = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
        "install",
        "--dry-run",
        "--ignore-installed",
        "--only-binary=:all:",
        "--quiet",
        "--report",
        "-",
        "--",
        *packages.pinned(needs),
    ]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=SECONDS,
                          stdin=subprocess.DEVNULL)  # fmt: skip
    if done.returncode:
        raise GeistError("what it needs cannot be locked", why=done.stderr.strip()[-300:],
                         mend="try again with a network")  # fmt: skip
    return json.loads(done.stdout)["install"]


def _locked(needs: tuple[str, ...]) -> str:
    if not needs:
        return "# it needs nothing but Python's own library\n"
    lines = ["# pip install --require-hashes -r requirements.lock"]
    for one in sorted(_resolved(needs), key=lambda i: i["metadata"]["name"].lower()):
        told = one["metadata"]
        hash_ = one["download_info"]["archive_info"]["hashes"]["sha256"]
        lines.append(f"{told['name']}=={told['version']} --hash=sha256:{hash_}")
    return "\n".join(lines) + "\n"


def _licences(needs: tuple[str, ...]) -> str:
    told = ["# Licences", "", "The app itself was generated for you by geist; it is yours.", ""]
    if not needs:
        return "\n".join([*told, "It uses nothing but the browser or Python's own library.", ""])
    told.append("It uses:")
    for one in sorted(_resolved(needs), key=lambda i: i["metadata"]["name"].lower()):
        data = one["metadata"]
        told.append(f"- {data['name']} {data['version']}: {_licence(data)}")
    return "\n".join([*told, ""])


def _licence(data: dict) -> str:
    """As the package says it; pip's report leaves out the newer field, so what is here is asked too."""
    try:
        here = metadata.metadata(data["name"])
        more = here["License-Expression"] or here["License"]
    except (metadata.PackageNotFoundError, KeyError):
        more = None
    named = [c.rpartition(" :: ")[2] for c in data.get("classifier", []) if c.startswith("License")]
    words = data.get("license_expression") or more or data.get("license") or ", ".join(named)
    return (words or "see its page").splitlines()[0][:80]


def _project(kept: Kept, needs: tuple[str, ...]) -> str:
    test = ["pytest>=8", *([TESTS[kept.kind]] if TESTS[kept.kind] else [])]
    return f"""[project]
name = {json.dumps(kept.name)}
version = "0.1.0"
description = {json.dumps(kept.description[:200], ensure_ascii=False)}
requires-python = ">=3.11"
dependencies = {json.dumps(list(needs))}

[project.optional-dependencies]
test = {json.dumps(test)}

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["tests"]
"""


def _readme(kept: Kept, file: str, needs: tuple[str, ...]) -> str:
    data = " ".join(f"data/{Path(d).name}" for d in kept.data)
    use = {
        "page": f"Open `{file}` in a browser.",
        "service": f"    APP_DATA=. python {file}\n\nIt listens on port 8000, and keeps its data in `data.db` there; `/openapi.json` describes it.",
        "tool": f"    python {file} --help",
        "script": f"    python {file} {data}",
    }[kept.kind]
    install = "    pip install --require-hashes -r requirements.lock\n\n" if needs else ""
    checks = "\n".join(f"- {c}" for c in kept.now.checks)
    wrong = "\n".join(f"- {w}" for w in kept.now.wrong)
    browser = "\n    playwright install chromium" if kept.kind == "page" else ""
    state = (
        f"It was NOT verified; it failed:\n\n{wrong}\n"
        if wrong
        else (
            "It met these checks, and was tried with wrong, empty and very long input and attacked, by geist"
            f" {metadata.version('geist')}.\n"
        )
    )
    return f"""# {kept.title}

{kept.description}

{install}{use}

It was made to reach: {reach(kept.kind, kept.data)}. Outside of geist nothing holds it to that.

## Checks

{checks or "None were agreed."}

{state}
    pip install pytest {TESTS[kept.kind]}{browser}
    python -m pytest
"""
