"""The verifier of small programs: the answer's function is run on hidden inputs in the sandbox.

Only inputs go in and only values come out; what is right is never inside, and is compared outside.
So there is nothing there to forge: to pass, a program must give the right values.
"""

import ast
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from geist.core.canonical import canonical
from geist.core.errors import GeistError
from geist.core.home import home
from geist.core.output import Output, Text
from geist.core.task import Task
from geist.core.verdict import Status, Verdict, failed, unscorable
from geist.sandbox.bubblewrap import available
from geist.sandbox.shapes import MIB, Call, Limits, Sandbox
from geist.verify.strict import Unreadable, strict_json
from geist.verify.verifier import total

BLOCK = re.compile(r"^```(?:python|py)?[ \t]*\n(.*?)^```[ \t]*$", re.M | re.S)
MOST = 20_000  # characters
CPU_SECONDS = 1  # decides; the limit on wall time is only there for what sleeps
LIMITS = Limits(seconds=30, memory=512 * MIB, processes=8, file_bytes=MIB, disk=4 * MIB,
                output=MIB)  # fmt: skip
# runs inside: reads program and inputs, says that the sandbox stands, and writes the values as JSON
RUNNER = """
import json, os, sys
out = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
told = json.load(open("inputs.json"))
space = {"__name__": "answer"}
os.write(out, b"ready\\n")
exec(compile(open("answer.py").read(), "answer.py", "exec"), space)
made = []
for given in told["inputs"]:
    made.append(space[told["name"]](*given))
os.write(out, json.dumps(made, allow_nan=False).encode())
"""


def code_of(text: str, name: str) -> str | None:
    """The one fenced block, if it is Python that defines `name` at its top; else None."""
    found = BLOCK.findall(text)
    if len(text) > MOST or len(found) != 1 or text.count("```") != 2:
        return None
    try:
        tree = ast.parse(found[0])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    defined = {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
    return found[0] if name in defined else None


class Program:
    """`truth` has `name`, `cases` (a list of [arguments, value]) and `answer`, a program that is
    right. Values are JSON and are compared with their types: 1, 1.0 and True differ."""

    name, version = "program", 1

    def __init__(self) -> None:
        self._sandbox: Sandbox | None = None

    def __call__(self, task: Task, output: Output) -> Verdict:
        return total(self._check, task, output)

    def _check(self, task: Task, output: Output) -> Verdict:
        if not isinstance(output, Text):
            return failed("an answer is a text")
        truth = task.truth
        code = code_of(output.text, truth["name"])
        if code is None:
            return failed(f"it is not one fenced block of Python that defines {truth['name']}",
                          parts={"strict": 0.0, "lenient": 0.0, "format": 0.0})  # fmt: skip
        right, reason = self._run(code, truth)
        if right is None:
            return unscorable(reason)
        share = right / len(truth["cases"])
        passed = right == len(truth["cases"])
        parts = {"strict": float(passed), "lenient": float(passed), "format": 1.0, "cases": share}
        if passed:
            return Verdict(Status.PASSED, 1.0, f"right on {right} hidden inputs", parts)
        return failed(reason or f"right on {right} of {len(truth['cases'])} hidden inputs",
                      parts=parts)  # fmt: skip

    def _run(self, code: str, truth: Mapping[str, Any]) -> tuple[int | None, str]:
        """How many cases are right (None where geist itself could not tell), and why not all."""
        if self._sandbox is None:
            self._sandbox = available(home())
        with TemporaryDirectory(prefix="geist-program-") as name:
            folder = Path(name)
            (folder / "answer.py").write_text(code)
            inputs = {"name": truth["name"], "inputs": [given for given, _ in truth["cases"]]}
            (folder / "inputs.json").write_text(json.dumps(inputs))
            python = (sys.executable, "-I", "-S", "-c", RUNNER)
            argv = ("prlimit", f"--cpu={CPU_SECONDS}", "--", *python)
            try:
                result = self._sandbox.run(Call(argv, folder, at=Path("/answer"), limits=LIMITS))
            except GeistError as e:
                return None, f"{e}"
        ready, _, values = result.stdout.partition("\n")
        if ready != "ready":  # the answer had not begun: it is not to blame
            return None, f"the sandbox did not start: {result.stderr.strip()[-200:] or result.cut}"
        if result.cut:
            return 0, f"it was ended: too much {result.cut}"
        if result.status != 0:
            last = result.stderr.strip().splitlines()[-1:] or [f"status {result.status}"]
            return 0, f"it fails: {last[0][:200]}"
        try:
            made = strict_json(values)
        except Unreadable as e:
            return 0, f"what it returned is not JSON: {e}"
        wanted = [value for _, value in truth["cases"]]
        if not isinstance(made, list) or len(made) != len(wanted):
            return 0, "it did not return one value for each input"
        return sum(canonical(a) == canonical(b) for a, b in zip(made, wanted)), ""

    def rights(self, truth: Mapping[str, Any]) -> list[str]:
        answer, name = truth["answer"].rstrip(), truth["name"]
        inner = answer.replace(f"def {name}(", "def inner(", 1)
        return [
            f"```python\n{answer}\n```",
            f"First I read the question.\n```\n{answer}\n```\nThat is all.",
            f"```python\nimport math\n{inner}\n\ndef {name}(*given):\n"
            f"    print('working')\n    return inner(*given)\n```\n",
        ]

    def wrongs(self, truth: Mapping[str, Any]) -> list[str]:
        name, value, answer = truth["name"], truth["cases"][0][1], truth["answer"].rstrip()
        inner = answer.replace(f"def {name}(", "def inner(", 1)

        def made(body: str, before: str = "") -> str:
            return f"```python\n{before}\ndef {name}(*given):\n    {body}\n```"

        # those that use up their time are planted in every fourth task
        costly = [made("while True: pass"), made("return [0] * 10**9")]
        return [
            *(costly if len(answer) % 4 == 0 else []),
            answer, f"```python\n{answer}\n", f"```python\n{answer}\n```\n```python\n{answer}\n```",
            f"```python\n{inner}\n```", made(f"return {value!r}"), made("return None"),
            made("return given"), made("return given[0]"), made("raise ValueError"), made("pass"),
            made("import os; os._exit(0)"), made("import sys; sys.exit(0)"),
            made("return float('nan')"), made("return {1, 2}"),
            made("import os\n    while True: os.fork()"), made("return inner(*given) + 1", inner),
            made("return str(inner(*given))", inner), made("print(inner(*given))", inner),
            made("return float(inner(*given))" if type(value) is int else "return 0.0", inner),
            made("return [inner(*given)]", inner), made("return AnyEqual()",
                 "class AnyEqual:\n    __eq__ = lambda s, o: True\n    __hash__ = None"),
            made("return 0", "import os\nos.write(3, b'[0,0,0,0,0,0,0,0]')\nos._exit(0)"),
            made("return 0", "import json\njson.dumps = lambda *a, **k: '[true]'"),
            made("return 0", "import sys\nprint('passed')\nsys.exit(0)"),
            made("return eval(open('/answer/truth.json').read())"),
            made(f"return {name}(*given)"),
        ]  # fmt: skip
