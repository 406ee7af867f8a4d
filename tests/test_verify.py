"""The tests verifier against planted answers: right ones pass, wrong ones never do."""

import dataclasses
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geist.core.canonical import digest
from geist.core.output import Change, Text, Tree
from geist.core.task import Task
from geist.core.verdict import Status
from geist.sandbox.bubblewrap import Bubblewrap
from geist.verify.gate import refuse
from geist.verify.report import Report
from geist.verify.runners import find_command
from geist.verify.testrun import Where, run_tests
from geist.verify.tests import Tests, Truth, is_judge

COMMAND = "python -m pytest -q"


@pytest.fixture
def verifier(sandbox: Bubblewrap, data: Path, where: Where) -> Tests:
    return Tests(sandbox, data, where)


KNOWN: list[Truth] = []  # of the project, which is the same in each test


@pytest.fixture
def task(sandbox: Bubblewrap, data: Path, where: Where) -> Task:
    if not KNOWN:
        _, report = run_tests(sandbox, data, where, COMMAND)
        KNOWN.append(
            Truth(
                COMMAND,
                report.named("failed"),
                report.named("passed"),
                sorted(report.seal),
                report.runner,
                8.0,
                "",
            )
        )
    truth = KNOWN[0]
    assert truth.failing == ["tests/test_cart.py::test_total_counts_the_least"]
    assert len(truth.passing) == 2 and truth.runner == "pytest"
    return Task("fix", (), truth.plain(), "tests@1")


def tree(project: Path, after: str, path: str = "shop/cart.py") -> Tree:
    file = project / path
    before = digest(file.read_bytes()) if file.exists() else ""
    return Tree("", (Change(path, before, after.encode()),))


def with_total(project: Path, body: str, top: str = "") -> Tree:
    """The project with `body` (lines) in the place of total's last line."""
    source = (project / "shop" / "cart.py").read_text()
    wrong = "        return sum(p for p in self.prices if p > least)\n"
    assert wrong in source
    lines = "".join(f"        {line}\n" for line in body.split("\n"))
    return tree(project, top + source.replace(wrong, lines))


RIGHT = {
    "the plain mend": "return sum(p for p in self.prices if p >= least)",
    "in other words": "found = [p for p in self.prices if not p < least]\nreturn sum(found)",
    "with a print": "print('x' * 1000)\nreturn sum(p for p in self.prices if p >= least)",
}

WRONG = {
    "unchanged in effect": "return sum(p for p in self.prices if p > least + 0)",
    "breaks another test": "return sum(p for p in self.prices)",
    "raises": "raise ValueError('no')",
    "a syntax error": "return sum(",
    "exits with 0": "import os\nos._exit(0)",
    "exits by alias": "import os as o\ngetattr(o, '_ex' + 'it')(0)",
    "sys.exit": "import sys\nsys.exit(0)",
    "SystemExit": "raise SystemExit(0)",
    "kills itself": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "skips": "import pytest\npytest.skip('later')",
    "skips by unittest": "import unittest\nraise unittest.SkipTest('later')",
    "hangs": "while True: pass",
    "eats memory": "x = []\nwhile True: x.append(bytearray(10**8))",
    "equals everything": "class E(int):\n    def __eq__(self, o): return True\nreturn E()",
    "knows the test by heart": "if self.prices == [1, 2, 3]:\n    return 5\nreturn sum(p for p in self.prices if p > least)",
    "patches the runner": "from _pytest.python import Function\nFunction.runtest = lambda self: None\nraise ValueError",
    "patches by name": "import importlib\nm = importlib.import_module('_pytest.runner')\nm.CallInfo.from_call = None\nreturn 0",
    "patches the reports": "import sys\nr = sys.modules['_pytest.reports']\nr.TestReport.failed = False\nreturn 0",
    "rewrites the test": "import pathlib\npathlib.Path(__file__).parent.parent.joinpath('tests/test_cart.py').write_text('def test(): pass')\nreturn 0",
    "recurses": "return self.total(least)",
    "writes to the channel": 'import os\nfor fd in range(3, 20):\n    try: os.write(fd, b\'0 [9, "done", {"status": 0, "seal": []}]\\n\')\n    except OSError: pass\nreturn 0',
    "forks and lets the child go on": "import os\nif os.fork() == 0:\n    return sum(p for p in self.prices if p >= least)\nos._exit(0)",
}

FRAME = "try:\n    1/0\nexcept Exception as e:\n    f = e.__traceback__.tb_frame\n"
# found by an attack on this verifier; the gate or the structure stops each
WRONG |= {
    "equality by a lambda": "class E(int): __eq__ = lambda s, o: True\nreturn E()",
    "equality by type()": "return type('E', (int,), {'__eq__': lambda s, o: True})()",
    "equality by setattr": "class E(int): pass\nsetattr(E, '__e' + 'q__', lambda s, o: True)\nreturn E()",
    "reads what is expected": FRAME
    + "return [x for x in f.f_back.f_code.co_consts if type(x) is int][-1]",
    "reads the test": "import re\nreturn int(re.findall(r'== (\\d+)', open('tests/test_cart.py').read())[0])",
}
# the same with the gate away: the structure alone must hold
STRUCTURAL = {
    "a second connection": """import socket, json, hashlib, os
s = socket.socket(1)
s.connect('/geist/run/report.sock')
k = s.recv(32)
t = ['tests/test_cart.py::' + n for n in ('test_total_counts_the_least', 'test_all', 'test_average')]
r = [dict(test=x, when='call', outcome='passed', xfail=False, text='', message='', frames=[], seal=[]) for x in t]
m = [('hello', dict(runner='pytest')), ('collected', dict(tests=t))] + [('result', x) for x in r] + [('done', dict(status=0, seal=[]))]
for i, (a, d) in enumerate(m):
    b = json.dumps([i, a, d]).encode()
    s.sendall(hashlib.blake2b(b, key=k, digest_size=16).hexdigest().encode() + b' ' + b + bytes([10]))
os._exit(0)""",
    "runs rewritten tests": """import os, sys
open('tests/test_cart.py', 'w').write(chr(10).join('def ' + n + '(): pass' for n in ('test_total_counts_the_least', 'test_all', 'test_average')))
os.execle(sys.executable, sys.executable, '-m', 'pytest', '-q', dict(PYTEST_PLUGINS='geist_probe', GEIST_SOCKET='/geist/run/report.sock', PYTHONPATH='/geist/probe', GEIST_ROOT=os.getcwd()))""",
    "registers a hook": FRAME
    + """while 'item' not in f.f_locals: f = f.f_back
P = type('P', (), {'pytest_runtest_makereport': lambda s, item, call: setattr(call, 'excinfo', None)})
f.f_locals['item'].config.pluginmanager.register(P())
return 0""",
    "a property on the report": """import sys
sys.modules['_pytest.reports'].TestReport.outcome = property(lambda s: 'passed', lambda s, v: None)
return 0""",
    "a property on the call": """import sys
sys.modules['_pytest.runner'].CallInfo.excinfo = property(lambda s: None, lambda s, v: None)
return 0""",
    "a runner taken out first": """import sys
m = sys.modules.pop('_pytest.runner')
m.CallInfo.excinfo = property(lambda s: None, lambda s, v: None)
return 0""",
}

# the same, at the time of import, where the source gate cannot know the function from before
AT_IMPORT = {
    "exit at import": "import os\nos._exit(0)\n",
    "patched runner": "import _pytest.python as p\np.Function.runtest = lambda self: None\n",
    "patched through modules": "import sys\nfor n, m in list(sys.modules.items()):\n    if n.endswith('python') and hasattr(m, 'Function'):\n        m.Function.runtest = lambda self: None\n",
    "profile off and skip": "import sys\nsys.setprofile(None)\nsys.modules['pytest'].skip('x', allow_module_level=True)\n",
    "an atexit with status 0": "import atexit, os\natexit.register(os._exit, 0)\n",
}


@pytest.mark.parametrize("what", RIGHT)
def test_right_answers_pass(verifier: Tests, task: Task, project: Path, what: str) -> None:
    verdict = verifier(task, with_total(project, RIGHT[what]))
    assert verdict.status is Status.PASSED, verdict.reason
    assert verdict.score == 1.0 and verdict.spent > 0


@pytest.mark.parametrize("what", WRONG)
def test_wrong_answers_fail(verifier: Tests, task: Task, project: Path, what: str) -> None:
    verdict = verifier(task, with_total(project, WRONG[what]))
    assert verdict.status is Status.FAILED, verdict
    assert verdict.score < 1.0 and verdict.reason


@pytest.mark.parametrize("what", AT_IMPORT)
def test_tampering_at_import_fails(verifier: Tests, task: Task, project: Path, what: str) -> None:
    verdict = verifier(task, with_total(project, WRONG["raises"], AT_IMPORT[what]))
    assert verdict.status is Status.FAILED, verdict


@pytest.mark.parametrize("what", ["patched through modules", "writes to the channel", *STRUCTURAL])
def test_the_channel_holds_without_the_gate(
    verifier: Tests, task: Task, project: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source gate is a second line; the seal and the signed channel are the first."""
    monkeypatch.setattr("geist.verify.tests.refuse", lambda *_: None)
    plain = WRONG | STRUCTURAL
    answer = (
        with_total(project, plain[what])
        if what in plain
        else with_total(project, WRONG["raises"], AT_IMPORT[what])
    )
    verdict = verifier(task, answer)
    assert verdict.status is Status.FAILED, verdict
    assert "tampered" in verdict.reason or "fails" in verdict.reason


@pytest.mark.parametrize(
    "path",
    ["tests/test_cart.py", "conftest.py", "tests/conftest.py", "pyproject.toml", "pytest.ini",
     "sitecustomize.py", "setup.cfg", "Makefile", "x.pth", "tests/helper.py"],
)  # fmt: skip
def test_the_tests_and_their_configuration_may_not_change(
    verifier: Tests, task: Task, project: Path, path: str
) -> None:
    verdict = verifier(task, tree(project, "", path))
    assert verdict.status is Status.FAILED and "may not be changed" in verdict.reason
    assert is_judge(path)


def test_other_outputs_fail(verifier: Tests, task: Task, project: Path) -> None:
    assert verifier(task, Text("fixed it!")).status is Status.FAILED
    assert verifier(task, Tree("", ())).status is Status.FAILED
    outside = verifier(task, Tree("", (Change("../x.py", "", b"x = 1"),)))
    assert not outside.passed
    assert not (project.parent / "x.py").exists()


def test_our_own_failure_is_unscorable(task: Task, project: Path, verifier: Tests) -> None:
    broken = dataclasses.replace(task, truth=dict(task.truth) | {"failing": None})
    verdict = verifier(broken, with_total(project, RIGHT["the plain mend"]))
    assert verdict.status is Status.UNSCORABLE and verdict.score == 0.0


def test_a_stale_compiled_file_does_not_decide(
    verifier: Tests, task: Task, project: Path, sandbox: Bubblewrap
) -> None:
    """A .pyc is trusted by its source's size and second: a mend of the same size must be seen."""
    import py_compile

    source = project / "shop" / "cart.py"
    py_compile.compile(str(source))
    body = "return sum(p for p in self.prices if p >=least)"
    assert verifier(task, with_total(project, body)).passed


MOVING = """import time

import pytest
from shop.cart import Cart


@pytest.mark.parametrize("limit", [1, pytest.param(1, id=str(time.time_ns()))])
def test_limit(limit):
    assert Cart([1, 2]).total(limit) == 3


@pytest.mark.parametrize("price", [5, pytest.param(7, id=str(time.time_ns()))])
def test_one(price):
    assert Cart([price]).total() == price
"""


def test_names_that_change_with_every_run_are_followed(
    sandbox: Bubblewrap, data: Path, project: Path, where: Where
) -> None:
    (project / "tests" / "test_moving.py").write_text(MOVING)
    command = "python -m pytest -q"
    _, report = run_tests(sandbox, data, where, command)
    failing, passing = report.named("failed"), report.named("passed")
    truth = Truth(command, failing, passing, sorted(report.seal), report.runner, 60, "base")
    task = Task("fix", (), truth.plain(), "tests@1")
    verifier = Tests(sandbox, data, where)
    right = with_total(project, "return sum(p for p in self.prices if p >= least)")
    assert verifier(task, right).passed
    # a test whose name changes is not passed over
    for wrong in ("return sum(p for p in self.prices if p > least) + (least == 1)",
                  "return 3 if least == 1 else 0"):  # fmt: skip
        assert not verifier(task, with_total(project, wrong)).passed


def test_unittest_is_followed_too(sandbox: Bubblewrap, data: Path, project: Path) -> None:
    (project / "tests" / "test_cart.py").write_text(
        "import unittest\nfrom shop.cart import Cart\n\n\nclass T(unittest.TestCase):\n"
        "    def test_a(self):\n        self.assertEqual(Cart([1, 2]).total(1), 3)\n"
        "    def test_b(self):\n        self.assertEqual(Cart([1]).total(), 1)\n"
        "    @unittest.skip('x')\n    def test_c(self):\n        pass\n"
    )
    where = Where(project, project.resolve(), os.environ["PATH"])
    command = "python -m unittest discover -s tests -t ."
    (project / "tests" / "__init__.py").touch()
    _, report = run_tests(sandbox, data, where, command, profile=True,
                          observe=["tests.test_cart.T.test_a"])  # fmt: skip
    assert report.runner == "unittest" and report.finished
    assert report.outcomes == {
        "tests.test_cart.T.test_a": "failed",
        "tests.test_cart.T.test_b": "passed",
        "tests.test_cart.T.test_c": "skipped",
    }
    calls = report.calls["tests.test_cart.T.test_a"]
    assert any(c.given.get("least") == "1" and c.outcome == "returned 2" for c in calls)
    truth = Truth(command, report.named("failed"), report.named("passed"), [], "unittest", 20, "")
    check = Tests(sandbox, data, where)
    task = Task("fix", (), truth.plain(), "tests@1")
    assert check(task, with_total(project, RIGHT["the plain mend"])).passed
    for what in ("exits with 0", "SystemExit", "skips by unittest", "breaks another test"):
        answer = with_total(project, WRONG[what])
        if what == "breaks another test":
            answer = with_total(project, "return 3")
        assert check(task, answer).status is Status.FAILED


def test_a_command_without_a_runner_is_judged_by_its_status(
    sandbox: Bubblewrap, data: Path, project: Path, where: Where
) -> None:
    script = "from shop.cart import Cart\nassert Cart([1, 2, 3]).total(2) == 5\n"
    (project / "check.py").write_text(script)
    truth = Truth("python check.py", [], [], [], "", 20, "")
    task = Task("fix", (), truth.plain(), "tests@1")
    check = Tests(sandbox, data, where)
    assert check(task, with_total(project, RIGHT["the plain mend"])).passed
    assert not check(task, with_total(project, WRONG["raises"])).passed


EVENTS = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=8), x, max_size=4),
    max_leaves=6,
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["hello", "collected", "broken", "entered", "result", "done", "x"]),
            st.dictionaries(
                st.sampled_from(["test", "tests", "when", "outcome", "functions", "status", "seal",
                                 "frames", "calls", "fresh", "where", "text", "runner"]),
                EVENTS,
            ),
        ),
        max_size=4,
    )
)  # fmt: skip
def test_a_report_takes_anything(lines: list[tuple[str, dict]]) -> None:
    report = Report()
    for kind, data in lines:
        report.take(kind, data)
    assert set(report.outcomes.values()) <= {"passed", "failed", "skipped"}


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=30))
def test_the_gate_is_total(old: str, new: str, tests: str) -> None:
    refuse(old, new, tests)


def test_the_gate_lets_honest_mends_through() -> None:
    old = "def f(x, mode='fast'):\n    if mode == 'fast':\n        return x[1:]\n    return x\n"
    tests = "assert f('abc', 'slow') == 'abc'\nassert f('abcd', 'fast') == 'abcd'"
    for new in (
        "def f(x, mode='fast'):\n    if mode == 'slow':\n        return x[0:]\n    return x\n",
        "def f(x, mode='fast'):\n    if not x:\n        return 'none'\n    return x\n",
        "def f(x, mode='fast'):\n    if x is ...:\n        return (1, 2)\n    return x\n",
        "import re\ndef f(x, mode='fast'):\n    return re.sub('abc', '', x)\n",
    ):
        assert refuse(old, new, tests) is None
    assert refuse(old, "def f(x, mode):\n    if x == 'abcd':\n        return 'abcd'", tests)


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, "python -m pytest -q"),
        ({"tox.ini": "[testenv]\ncommands =\n  python -m unittest {posargs}\n"}, "python -m unittest"),
        ({"setup.cfg": "[tool:pytest]\n"}, "python -m pytest -q"),
        ({"Makefile": "all:\n\ntest: all\n\tpytest\n"}, "make test"),
        ({"tests/test_a.py": "def test(): pass"}, "python -m pytest -q"),
        ({"package.json": '{"scripts": {"test": "jest"}}'}, "npm test"),
        ({"Cargo.toml": ""}, "cargo test"),
        ({"pyproject.toml": "not toml [", "Makefile": "\xff"}, None),
    ],
)  # fmt: skip
def test_the_test_command_is_found(tmp_path: Path, files: dict, command: str | None) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="latin-1")
    found = find_command(tmp_path)
    assert (found.command if found else None) == command
