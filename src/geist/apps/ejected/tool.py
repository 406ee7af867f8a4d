"""The checks of checks.txt, each on the program itself."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from checking import missed_output, parse

HERE = Path(__file__).parent.parent
LINES = [
    line for line in (HERE / "checks.txt").read_text(encoding="utf-8").splitlines() if line.strip()
]


@pytest.mark.parametrize("line", LINES)
def test_check(line: str, tmp_path: Path) -> None:
    check = parse(line, "tool")
    data = sorted((HERE / "data").glob("*"))
    arguments, stdin = [], ""
    for step in check.steps:
        if step.verb == "file":
            (tmp_path / step.name).write_text(step.value, encoding="utf-8", newline="")
        elif step.verb == "input":
            stdin = step.value
        else:
            arguments = shlex.split(step.value)
    if not arguments and not any(s.verb == "file" for s in check.steps):
        arguments = [str(d) for d in data]
    arguments = [
        str(HERE / "data" / a)
        if (HERE / "data" / a).is_file() and not (tmp_path / a).exists()
        else a
        for a in arguments
    ]
    done = subprocess.run(
        [sys.executable, str(HERE / "app.py"), *arguments],
        input=stdin.encode(),
        capture_output=True,
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    out, err = (b.decode("utf-8", "replace") for b in (done.stdout, done.stderr))
    assert "Traceback" not in err
    for expect in check.expects:
        assert missed_output(expect, done.returncode, out, err) == ""
