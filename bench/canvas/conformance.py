"""A2UI's own published suites against geist: which pass, and why the others do not.

python -m bench.canvas.conformance --a2ui CLONE

CLONE is a checkout (or bare repository) of google/A2UI. Three parts: the test cases of the v0.9
specification (a schema, data, valid or not); the examples of the catalogs, each drawn in a real
Chromium without an error; the validator suite of the agent SDKs, of which the v0.9 cases about one
payload under the published catalog can be put to geist.
"""

import argparse
import json
import subprocess
from collections import Counter
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.fix.run import machine
from geist.canvas.a2ui import problems, shaped
from geist.canvas.browser import Browser
from geist.canvas.look import look
from geist.canvas.page import document

RESULTS = Path(__file__).parent.parent / "results" / "canvas-conformance.json"
GRAPH = ("circular", "orphan", "dangling", "missing root", "unreachable", "not reachable",
         "duplicate", "self")  # fmt: skip
SPEC = "specification/v0_9"


class Repository:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _git(self, *argv: str) -> str:
        return subprocess.run(["git", *argv], cwd=self.folder, capture_output=True, text=True,
                              check=True).stdout  # fmt: skip

    def files(self, under: str) -> list[str]:
        return self._git("ls-tree", "--name-only", "HEAD", f"{under}/").splitlines()

    def read(self, path: str) -> str:
        return self._git("show", f"HEAD:{path}")

    def head(self) -> str:
        return self._git("rev-parse", "HEAD").strip()


def cases(repository: Repository) -> tuple[int, list[str], list[str]]:
    """The specification's cases: passed, failed, and those that are not geist's to judge."""
    passed, failed, other = 0, list[str](), list[str]()
    for file in repository.files(f"{SPEC}/test/cases"):
        if not file.endswith(".json"):
            continue
        told = json.loads(repository.read(file))
        for test in told.get("tests", []):
            name = f"{Path(file).stem}: {test['description']}"
            if told.get("schema") != "server_to_client.json":
                other.append(f"{name} (messages of clients: geist has none to send)")
            elif (not problems(test["data"])) == test["valid"]:
                passed += 1
            else:
                failed.append(name)
    return passed, failed, other


def examples(repository: Repository, browser: Browser) -> tuple[int, list[str], list[str]]:
    """Each example is read, found valid, and drawn: no named error, no script error."""
    passed, failed, other = 0, list[str](), list[str]()
    for catalog in ("basic", "minimal"):
        for file in repository.files(f"{SPEC}/catalogs/{catalog}/examples"):
            name, told = f"{catalog}/{Path(file).stem}", json.loads(repository.read(file))
            found = told if isinstance(told, list) else told.get("messages", [])
            made, wrong = shaped(found)
            seen = look(browser, document(made, name))
            # geist loads nothing from the network: what an example would load is left out by design
            real = [p for p in seen.problems if p.code in ("broken", "script error", "browser")
                    or (p.code == "console error" and "Content Security Policy" not in p.message
                    and "ERR_" not in p.message)]  # fmt: skip
            if wrong or real:
                failed.append(f"{name}: {(wrong or real)[0].message[:140]}")
            else:
                passed += 1
    return passed, failed, other


def validator(repository: Repository) -> tuple[int, list[str], list[str]]:
    """The SDKs' validator suite, as far as it asks what geist does: v0.9, the graph of a payload.
    The suite brings catalogs of its own; only what is wrong with the graph can be compared."""
    import yaml

    passed, failed, other = 0, list[str](), list[str]()
    for case in yaml.safe_load(repository.read("agent_sdks/conformance/suites/validator.yaml")):
        name = case["name"]
        if str(case.get("catalog", {}).get("version")) != "0.9":
            other.append(f"{name} (A2UI v0.8)")
            continue
        steps = case.get("steps") or [case]
        for number, step in enumerate(steps, 1):
            told = str(step.get("expect_error") or "").lower()
            graph = any(w in told for w in GRAPH)
            if not told or not graph or not isinstance(step.get("payload"), list):
                other.append(f"{name} {number} (of a catalog that the suite brings)")
                continue
            wrong = shaped(_created(step["payload"]))[1]
            if any(p.code in ("graph", "circle", "orphan") for p in wrong):
                passed += 1
            else:
                failed.append(f"{name} {number}: expected {told}")
    return passed, failed, other


def _created(payload: list[Any]) -> list[Any]:
    """With the surface that the suite takes for granted."""
    return [{"version": "v0.9", "createSurface": {"surfaceId": "s", "catalogId": "x"}}, *payload]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--a2ui", type=Path, required=True, help="a clone of google/A2UI")
    repository = Repository(parser.parse_args().a2ui)
    with Browser() as browser:
        found = {"cases of the specification": cases(repository),
                 "examples drawn": examples(repository, browser),
                 "validator suite, graphs of v0.9": validator(repository)}  # fmt: skip
    figures = list[dict[str, Any]]()
    for name, (passed, failed, other) in found.items():
        print(f"{name}: {passed} of {passed + len(failed)} passed, {len(other)} not put to geist")
        for one in failed:
            print(f"   ✗ {one}")
        for why, count in Counter(o.rpartition("(")[2].rstrip(")") for o in other).items():
            print(f"   – {count}: {why}")
        figures.append({"name": name, "value": passed, "unit": f"of {passed + len(failed)}",
                        "goal": passed + len(failed), "met": not failed,
                        "spread": None})  # fmt: skip
    missed = [f for _, failed, _ in found.values() for f in failed]
    told = {"figures": figures, "settings": {"a2ui": repository.head(), "failed": missed},
            "versions": {n: version(n) for n in ("geist", "jsonschema", "playwright")},
            "machine": machine(), "date": date.today().isoformat()}  # fmt: skip
    RESULTS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
