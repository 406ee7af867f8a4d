"""Run a test command in the sandbox and see what its runner did."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geist.sandbox.rundir import RunDir
from geist.sandbox.shapes import Call, Limits, Result, Sandbox
from geist.verify.report import Listener, Report

PROBE = Path(__file__).parent / "probe"


@dataclass(frozen=True)
class Where:
    """A project as its commands see it. `tree` holds its files; `at` is the path they are seen
    at; `path` is PATH; `spaces` are folders of the real project (environments) that `tree` may
    lack."""

    tree: Path
    at: Path
    path: str
    cwd: str = "."
    env: dict[str, str] = field(default_factory=dict)
    spaces: tuple[Path, ...] = ()
    hidden: Mapping[str, Path] = field(default_factory=dict)  # path → what stands there instead


def run_tests(
    sandbox: Sandbox,
    data: Path,
    where: Where,
    command: str,
    *,
    layers: tuple[Path, ...] = (),
    only: list[str] | None = None,
    profile: bool = False,
    observe: list[str] | None = None,
    limits: Limits | None = None,
) -> tuple[Result, Report]:
    """`only` runs just the named tests; `profile` reports the functions each test entered, and
    for the tests in `observe` what they were called with."""
    mode: dict[str, Any] = {"only": only, "profile": profile, "observe": observe or []}
    with RunDir(data) as run:
        shared = run.folder("shared")
        # a command that sets PYTHONPATH itself must not lose the probe
        text = re.sub(r"\bPYTHONPATH=", "PYTHONPATH=/geist/probe:", command)
        given = where.env.get("PYTHONPATH", "")
        env = where.env | {
            "PATH": where.path,
            "PYTHONPATH": "/geist/probe" + (f":{given}" if given else ""),
            "PYTEST_PLUGINS": "geist_probe",
            "GEIST_SOCKET": "/geist/run/report.sock",
            "GEIST_ROOT": str(where.at),
        }
        read = {"/geist/probe": PROBE} | {str(s): s for s in where.spaces}
        read |= dict(where.hidden)
        call = Call(
            ("/bin/sh", "-c", text),
            where.tree,
            at=where.at,
            cwd=where.cwd,
            env=env,
            layers=layers,
            read=read,
            shared=shared,
            limits=limits or Limits(),
        )
        with Listener(shared, mode) as listener:
            result = sandbox.run(call)
        return result, listener.report
