"""The checks of checks.txt, each on a service of its own."""

import re
import runpy
from pathlib import Path

import pytest
from checking import NOTHING, at, missed_answer, parse
from starlette.testclient import TestClient

HERE = Path(__file__).parent.parent
LINES = [
    line for line in (HERE / "checks.txt").read_text(encoding="utf-8").splitlines() if line.strip()
]


@pytest.mark.parametrize("line", LINES)
def test_check(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_DATA", str(tmp_path))
    check = parse(line, "service")
    with TestClient(
        runpy.run_path(str(HERE / "app.py"), run_name="app")["app"], follow_redirects=False
    ) as client:
        told, answer = None, None
        for step in check.steps:
            method, _, path = step.name.partition(" ")
            for name in re.findall(r"\{(\w+)\}", path):
                found = at(told, name)
                assert found is not NOTHING, f"the answer before has no {name}"
                path = path.replace(f"{{{name}}}", str(found))
            headers = {"content-type": "application/json"} if step.value else {}
            answer = client.request(
                method, path, content=step.value.encode() or None, headers=headers
            )
            try:
                told = answer.json()
            except ValueError:
                told = None
        assert answer is not None
        headers = {k.lower(): v for k, v in answer.headers.items()}
        for expect in check.expects:
            assert missed_answer(expect, answer.status_code, answer.text, headers, told) == ""
