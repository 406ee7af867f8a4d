"""Finding the place, and the pack that a model is sent."""

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from geist.agent.guided import statements
from geist.context import mine
from geist.context.failure import around_failure, failure_lines
from geist.context.index import Index
from geist.context.locate import Evidence, locate, recent_files
from geist.context.pack import Item, fit
from geist.context.packing import SIGNATURE, outline
from geist.context.symbols import Symbol
from geist.edit.snapshot import files
from geist.sandbox.bubblewrap import Bubblewrap
from geist.think.effort import Opening, effort
from geist.verify.testrun import Where, run_tests


def test_the_faulty_function_comes_first(
    sandbox: Bubblewrap, data: Path, project: Path, where: Where
) -> None:
    result, report = run_tests(
        sandbox, data, where, "python -m pytest -q", profile=True, observe=[]
    )
    text = (project / "tests" / "test_cart.py").read_text()
    suspects = locate(project, Evidence(report, result.stdout, text))
    assert suspects[0].label == "shop/cart.py:10 Cart.total"
    assert all(not s.path.startswith("tests/") for s in suspects)
    only = locate(project, Evidence(report, result.stdout, text), function="average")
    assert [s.definition.name for s in only] == ["average"]


def test_a_broken_import_is_found_by_its_traceback(
    sandbox: Bubblewrap, data: Path, project: Path, where: Where
) -> None:
    cart = project / "shop" / "cart.py"
    cart.write_text(cart.read_text() + "\n\ndef boot():\n    return nothing\n\n\nboot()\n")
    result, report = run_tests(sandbox, data, where, "python -m pytest -q")
    assert report.broken
    suspects = locate(project, Evidence(report, result.stdout, ""))
    assert suspects[0].definition.name == "boot"


def test_a_hostile_repository_runs_nothing_outside(tmp_path: Path) -> None:
    """git itself runs programs that a repository's configuration names."""
    import subprocess

    root = tmp_path / "r"
    root.mkdir()
    for command in (["init", "-q"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q",
                    "--allow-empty", "-m", "x"]):  # fmt: skip
        subprocess.run(["git", *command], cwd=root, check=True)
    (root / "a.py").write_text("x = 1\n")
    subprocess.run(["git", "add", "a.py"], cwd=root, check=True)
    tree = subprocess.run(["git", "write-tree"], cwd=root, capture_output=True, text=True).stdout
    # a signed commit: showing its signature runs the program that the configuration names
    text = (f"tree {tree.strip()}\nauthor a <a@b> 1700000000 +0000\n"
            "committer a <a@b> 1700000000 +0000\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n"
            " -----END PGP SIGNATURE-----\n\nsigned\n")  # fmt: skip
    made = subprocess.run(["git", "hash-object", "-t", "commit", "-w", "--stdin"], cwd=root,
                          input=text, capture_output=True, text=True)  # fmt: skip
    head = (root / ".git" / "HEAD").read_text().split()[1]
    (root / ".git" / head).write_text(made.stdout)
    (root / "a.py").write_text("x = 2\n")
    (root / ".gitattributes").write_text("*.py filter=x diff=x\n")
    planted = f"touch {tmp_path}/planted; cat"
    with open(root / ".git" / "config", "a") as f:
        f.write(f'[filter "x"]\n\tclean = "{planted}"\n\tsmudge = "{planted}"\n'
                f'[diff "x"]\n\ttextconv = "{planted}"\n[core]\n\tfsmonitor = "{planted}"\n'
                f'[log]\n\tshowSignature = true\n[gpg]\n\tprogram = "{planted}"\n')  # fmt: skip
    recent_files(root)
    index = Index(root, tmp_path / "data")
    index.refresh()
    assert len(index.past) == 1 and index.corpus.paths
    mine.mine("r", root, 5, "s", tmp_path)
    for blob in mine.tree(root, "HEAD~0").values():
        list(mine.blobs(root, [blob]))
    assert files(root) == [".gitattributes", "a.py"]
    assert not (tmp_path / "planted").exists()


ITEMS = st.lists(
    st.builds(Item, st.text(max_size=5), st.just("s"), st.just("o"), st.text(max_size=200),
              st.just("r"), st.integers(0, 5)), max_size=8,
)  # fmt: skip


@given(ITEMS, st.integers(0, 200))
def test_a_pack_fits_and_is_the_same_each_time(items: list[Item], tokens: int) -> None:
    pack = fit(items, tokens)
    assert fit(list(items), tokens).digest == pack.digest
    assert sorted(map(id, pack.items + pack.cut)) == sorted(map(id, items))
    assert all(i in pack.items for i in items if i.priority == 0)
    needed = sum(i.tokens for i in items if i.priority == 0)
    assert pack.tokens <= max(tokens, needed)


@given(st.text(max_size=400))
def test_any_failure_text_has_lines(text: str) -> None:
    assert len(failure_lines(text).splitlines()) <= 2 * 24 + 200
    around_failure(text, None)


def test_failure_lines_are_the_telling_ones() -> None:
    text = (
        "def test():\n    x = 1\n>   assert f(x) == 2\nE   assert 1 == 2\n\na.py:3: AssertionError"
    )
    assert failure_lines(text) == ">   assert f(x) == 2\nE   assert 1 == 2\na.py:3: AssertionError"


def test_the_statements_that_decide_come_first() -> None:
    code = "def f(a, b=2):\n    c = g(a)\n    if a > 1:\n        return c + 1\n    for x in c:\n        yield x\n"
    places = statements(code)
    assert [p.text for p in places][:2] == ["if a > 1:", "return c + 1"]
    assert {p.text for p in places} == {
        "c = g(a)",
        "if a > 1:",
        "return c + 1",
        "for x in c:",
        "yield x",
    }
    lines = code.split("\n")
    for p in places:
        assert lines[p.first].strip() == p.text.split("\n")[0]


@given(st.text(alphabet="def f():\n \tif=1+\"'x;", max_size=60))
def test_any_code_has_statements(code: str) -> None:
    statements(code)


@given(
    st.integers(1, 300),
    st.lists(st.tuples(st.integers(0, 14), st.floats(0, 9)), min_size=1, max_size=6),
)
def test_a_plan_asks_for_no_more_than_the_effort(
    samples: int, raw: list[tuple[int, float]]
) -> None:
    openings = [Opening(p, 0.0 if i == 0 else d) for i, (p, d) in enumerate(raw)]
    plan = effort(str(samples)).plan(openings)
    assert sum(a.n for a in plan) <= samples
    assert plan[0].opening == 0 or openings[plan[0].opening].delay == 0
    assert all(0 <= a.place < openings[a.opening].places or a.place == -1 for a in plan)
    assert os.sep


def test_an_outline_is_cut_between_words_and_says_so() -> None:
    long = "def f(" + ", ".join(f"argument_{i}: int" for i in range(20)) + ")"
    told = outline([Symbol("function", "f", 1, 2, long, "")])
    assert told.endswith(" …") and len(told) <= SIGNATURE + 2
    assert long.startswith(told[:-2]) and long[len(told) - 2] == " "
