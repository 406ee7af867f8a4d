"""The index of a repository: what is read, how it follows, what it survives, what it ranks."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geist.context import mine
from geist.context.extract import MOST_BYTES, extract
from geist.context.identity import content_id
from geist.context.index import Index
from geist.context.languages import GRAMMARS, language
from geist.context.packing import pack
from geist.context.query import read
from geist.context.rank import Ranking, rank
from geist.context.words import count, terms_of
from geist.core.errors import GeistError

SAMPLES = {
    "a.py": ("class Cart(list):\n    '''Things to buy.'''\n    @cached\n    def total(self):\n"
             "        return sum(self)\n", "Cart Cart.total"),
    "a.js": ("import x from 'y';\nexport class Cart {\n  total() { return sum(this) }\n}\n"
             "const add = (a, b) => a + b;\nfunction sub(a) {}\n", "Cart Cart.total add sub"),
    "a.ts": ("interface Shape { area(): number }\nenum Kind { A }\ntype Id = string;\n"
             "class Box<T> { get(): T { return f() } }\n", "Shape Kind Id Box Box.get"),
    "a.tsx": ("export function App(p: P) { return <b>{p.x}</b> }\n", "App"),
    "a.go": ("package m\nimport \"fmt\"\ntype Cart struct { n int }\n"
             "func (c *Cart) Total() int { return fmt.X(c.n) }\nfunc New() {}\n", "Cart Total New"),
    "a.rs": ("use std::io;\nstruct Cart { n: i32 }\nimpl Cart { fn total(&self) -> i32 { f() } }\n"
             "trait T {}\nmacro_rules! m { () => {} }\n", "Cart Cart.total T m"),
    "A.java": ("import a.B;\nclass Cart { int total() { return f(); } Cart() {} }\n"
               "interface I {}\nenum E { X }\n", "Cart Cart.total Cart.Cart I E"),
    "a.c": ("#include <a.h>\nstruct cart { int n; };\nint total(struct cart *c) { return f(c); }\n"
            "char *name(void) { return 0; }\n#define MAX(a) (a)\n", "cart total name MAX"),
    "a.cpp": ("class Cart { int total() { return 1; } };\nint Cart::add(int x) { return g(x); }\n",
              "Cart Cart.total Cart::add"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_definitions_of_every_language(name: str) -> None:
    source, wanted = SAMPLES[name]
    found = extract(source.encode(), language(name))
    assert found.state == "ok"
    got = {s.qualname for s in found.symbols}
    assert set(wanted.split()) <= got, got
    lines = source.split("\n")
    for s in found.symbols:
        assert s.name.split("::")[-1] in "\n".join(lines[s.line - 1 : s.end_line])
    if name == "a.py":
        cart, total = found.symbols
        assert (cart.kind, cart.doc, total.kind) == ("class", "Things to buy.", "method")
        assert (total.line, total.end_line, total.signature) == (3, 5, "def total(self)")
        assert found.calls == ("sum",)


SOURCES = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=400).map(str.encode),
    st.sampled_from(sorted(SAMPLES)).flatmap(
        lambda n: st.integers(0, len(SAMPLES[n][0])).map(lambda i: SAMPLES[n][0][i:].encode())
    ),
)


@given(SOURCES, st.sampled_from([*GRAMMARS, "text", "pdf"]))
@settings(max_examples=150)
def test_any_bytes_in_any_language_are_extracted(data: bytes, kind: str) -> None:
    found = extract(data, kind)
    assert len(found.bounds) == len(found.starts) + 1 == len(found.ends) + 1
    assert found.bounds[-1] == len(found.terms) == len(found.counts)
    if kind != "pdf" and found.state in ("ok", "broken", "encoding"):
        # every line that says something is in exactly one chunk
        text = data.decode("latin-1") if found.state == "encoding" else data.decode()
        held = np.zeros(found.lines + 1, int)
        for a, b in zip(found.starts, found.ends, strict=True):
            held[a : b + 1] += 1
        for number, line in enumerate(text.split("\n"), 1):
            assert held[number] == 1 or (held[number] == 0 and not line.strip())


def test_the_text_of_a_pdf_is_read() -> None:
    stream = b"BT /F1 12 Tf 72 720 Td (The reactor was built in Vienna in 1961.) Tj ET"
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    data, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % at for at in places)
    start = len(data)
    data += b"xref\n0 6\n0000000000 65535 f \n%strailer\n<< /Size 6 /Root 1 0 R >>\n" % table
    data += b"startxref\n%d\n%%%%EOF\n" % start
    found = extract(data, "pdf")
    assert found.state == "ok" and terms_of("reactor")[0] in found.terms


def test_words_meet_whatever_their_spelling() -> None:
    for a, b in (
        ("recall_scores", "recallScore"),
        ("HTTPServer", "http_server"),
        ("parsing", "parses"),
    ):
        assert set(terms_of(a)) & set(terms_of(b))
    assert not set(terms_of("recall")) & set(terms_of("score"))
    assert (
        content_id(b"what is up, doc?") == "bd9dbf5aae1a3862dd1526723246b20206e5fc37"
    )  # git's own


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with two branches, a submodule, ignored files and everything that is broken."""
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    write(root, "shop/cart.py", SAMPLES["a.py"][0])
    write(
        root,
        "shop/tax.py",
        "def rate(country):\n    '''Value added tax of a country.'''\n    return 0.2\n",
    )
    write(
        root,
        "tests/test_cart.py",
        "from shop.cart import Cart\n\ndef test_total():\n    assert Cart([1]).total() == 1\n",
    )
    write(root, "README.md", "# Shop\n\nSells things.\n")
    write(root, ".gitignore", "secret.py\nbuild/\n")
    write(root, "secret.py", "def hidden_thing(): pass\n")
    commit(root, "Add a cart that knows its total")
    write(
        root,
        "shop/tax.py",
        "def rate(country):\n    '''Value added tax of a country.'''\n    return 0.19\n",
    )
    commit(root, "Lower the value added tax")
    git(root, "checkout", "-q", "-b", "other")
    write(root, "shop/ship.py", "def weigh(parcel):\n    return parcel.kilograms\n")
    (root / "shop" / "tax.py").unlink()
    commit(root, "Ship parcels, drop tax")
    git(root, "checkout", "-q", "main")
    return root


def git(root: Path, *arguments: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always"]
    done = subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)
    return done.stdout.decode()


def write(root: Path, name: str, text: str | bytes) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(text.encode() if isinstance(text, str) else text)


def commit(root: Path, message: str) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-qm", message)


def first(index: Index, query: str) -> str:
    index.refresh()
    return index.corpus.paths[rank(index.corpus, index.past, query).files[0]]


def same(a: Index, b: Index, query: str) -> None:
    x, y = (rank(i.corpus, i.past, query) for i in (a, b))
    assert [a.corpus.paths[f] for f in x.files] == [b.corpus.paths[f] for f in y.files]
    assert pack(a, x, 400).text == pack(b, y, 400).text


def test_it_follows_edits_branches_and_the_ignore_file(repo: Path, tmp_path: Path) -> None:
    index = Index(repo, tmp_path / "a")
    assert index.refresh().files == 5
    assert "secret.py" not in index.corpus.paths
    assert first(index, "what does a cart total?") == "shop/cart.py"
    assert first(index, "value added tax") == "shop/tax.py"
    assert index.refresh().gone == 0
    git(repo, "checkout", "-q", "other")
    done = index.refresh()
    assert done.gone == 1 and "shop/tax.py" not in index.corpus.paths
    assert first(index, "weigh a parcel") == "shop/ship.py"
    assert index.past.messages[0].startswith("Ship parcels")
    fresh = Index(repo, tmp_path / "b")
    fresh.refresh()
    same(index, fresh, "total of a cart with parcels")
    git(repo, "checkout", "-q", "main")
    assert first(index, "value added tax") == "shop/tax.py"
    assert len(index.past) == 2
    # an uncommitted edit, then one within the same size and second
    write(repo, "shop/cart.py", "def zebra(): pass\n")
    assert first(index, "zebra") == "shop/cart.py"
    write(repo, "shop/cart.py", "def llama(): pass\n")
    assert first(index, "llama") == "shop/cart.py"


def test_nothing_that_is_broken_stops_it(repo: Path, tmp_path: Path) -> None:
    write(repo, "huge.py", b"x = 1\n" * (MOST_BYTES // 5))
    write(repo, "pic.bin", bytes(range(256)) * 9)
    write(repo, "latin.py", "# caf\xe9\ndef brew(): pass\n".encode("latin-1"))
    write(
        repo,
        "half.py",
        "class Half:\n    def done(self):\n        return (\n\ndef whole():\n    pass\n",
    )
    write(repo, "fake.pdf", b"%PDF-1.4 not really")
    (repo / "loop").symlink_to(repo)
    (repo / "self").symlink_to("self")
    os.mkfifo(repo / "pipe")
    (repo / "a\nb.py").write_text("def odd(): pass\n")
    (repo / "b\udcff.py").write_text("def odd(): pass\n")
    inner = tmp_path / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    write(inner, "x.py", "x = 1\n")
    commit(inner, "inner")
    git(repo, "submodule", "-q", "add", str(inner), "sub")
    closed = repo / "closed.py"
    closed.write_text("def shut(): pass\n")
    closed.chmod(0)
    index = Index(repo, tmp_path / "data")
    index.refresh()
    states = index.store.states()
    for state in ("huge", "binary", "encoding", "broken", "link", "submodule", "name"):
        assert states.get(state), (state, states)
    assert os.geteuid() == 0 or states.get("unreadable") == 1
    assert first(index, "brew") == "latin.py"
    assert first(index, "whole") == "half.py"
    assert first(index, "odd") == "a\nb.py"
    text = pack(index, rank(index.corpus, index.past, "brew"), 600).text
    assert "def brew" in text


def test_folders_without_git_commits_or_depth(repo: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    write(plain, "a/b.py", "def weigh(): pass\n")
    write(plain, "node_modules/x.js", "function weigh() {}\n")
    index = Index(plain, tmp_path / "d1")
    assert first(index, "weigh") == "a/b.py" and len(index.corpus) == 1 and not len(index.past)
    git(plain, "init", "-q")
    assert first(index, "weigh") == "a/b.py"
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", str(shallow))
    index = Index(shallow, tmp_path / "d2")
    assert first(index, "value added tax") == "shop/tax.py"
    assert len(index.past) == 1 and index.shallow
    empty = tmp_path / "empty"
    empty.mkdir()
    index = Index(empty, tmp_path / "d3")
    index.refresh()
    assert rank(index.corpus, index.past, "anything").files == []
    assert pack(index, rank(index.corpus, index.past, "anything"), 100).text == ""


def test_a_query_without_a_known_word_chooses_nothing(repo: Path, data: Path) -> None:
    argv = [sys.executable, "-m", "geist.cli.main", "context"]
    done = subprocess.run([*argv, "zxqv wibble"], cwd=repo, capture_output=True, text=True)
    assert done.returncode == 1 and not done.stdout and "query's words" in done.stderr
    assert subprocess.run([*argv, "value added tax"], cwd=repo, capture_output=True).returncode == 0


def test_a_repository_that_git_does_not_read_is_named(repo: Path, tmp_path: Path) -> None:
    assert not Index(repo, tmp_path / "d1").refresh().refused
    moved = tmp_path / "moved"
    write(moved, "a.py", "def weigh(): pass\n")
    assert not Index(moved, tmp_path / "d2").refresh().refused  # no repository, nothing to say
    (moved / ".git").write_text("gitdir: /nowhere/at/all\n")  # a work tree whose repository went
    index = Index(moved, tmp_path / "d3")
    assert "/nowhere/at/all" in index.refresh().refused
    assert first(index, "weigh") == "a.py"


def test_a_killed_run_goes_on(repo: Path, tmp_path: Path) -> None:
    dice = random.Random(4)
    for number in range(900):
        write(repo, f"pkg/m{number}.py", f"def f{number}(x):\n    return x + {number}\n" * 12)
    argv = [sys.executable, "-c", "import sys; from pathlib import Path\n"
            "from geist.context.index import Index\n"
            "Index(Path(sys.argv[1]), Path(sys.argv[2])).refresh()", str(repo), str(tmp_path / "k")]  # fmt: skip
    for _ in range(3):
        process = subprocess.Popen(argv, env=os.environ | {"MARK": str(tmp_path)})
        time.sleep(0.4 + dice.random() * 0.5)
        process.send_signal(signal.SIGKILL)
        process.wait()
    deadline = time.monotonic() + 5
    while left := helpers(tmp_path):
        assert time.monotonic() < deadline, f"outlived their parent: {left}"
        time.sleep(0.05)
    index, fresh = Index(repo, tmp_path / "k"), Index(repo, tmp_path / "f")
    index.refresh()
    fresh.refresh()
    same(index, fresh, "f17 and the total of a cart")


def helpers(data: Path) -> list[str]:
    """Processes that still have this index open, or were started by one that had."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            environ, line = (place / "environ").read_bytes(), (place / "cmdline").read_bytes()
        except OSError:
            continue
        if str(data).encode() in environ and b"spawn_main" in line:
            found.append(place.name)
    return found


def test_a_damaged_index_is_made_again(repo: Path, tmp_path: Path) -> None:
    index = Index(repo, tmp_path)
    index.refresh()
    path = index.store.path
    index.close()
    for file in path.parent.glob("*"):
        file.write_bytes(b"this is no database" * 500)
    assert first(Index(repo, tmp_path), "value added tax") == "shop/tax.py"


def test_an_index_that_cannot_be_opened_is_kept(repo: Path, tmp_path: Path) -> None:
    index = Index(repo, tmp_path)
    index.refresh()
    path = index.store.path
    index.close()
    with sqlite3.connect(path) as other:
        tables = other.execute("select count(*) from contents").fetchone()
    path.rename(path.with_suffix(".kept"))
    path.mkdir()  # as unusable as a locked or a foreign one
    with pytest.raises(GeistError, match="cannot be opened"):
        Index(repo, tmp_path)
    path.rmdir()
    path.with_suffix(".kept").rename(path)
    assert len(Index(repo, tmp_path).store.files()) and tables[0] > 0


def test_a_pack_keeps_to_its_budget(repo: Path, tmp_path: Path) -> None:
    index = Index(repo, tmp_path)
    index.refresh()
    ranking = rank(index.corpus, index.past, "cart total")

    def words(text: str) -> int:
        return len(text.split())

    sizes = []
    for budget in (8, 20, 40, 80, 400):
        made = pack(index, ranking, budget, words)
        assert words(made.text) <= budget
        sizes.append(words(made.text))
    assert sizes == sorted(sizes) and "def total(self)" in made.text
    assert made.items[0].source == "shop/cart.py" and made.items[0].reason


def test_what_a_pack_has_left_is_spent_on_names(tmp_path: Path) -> None:
    root = tmp_path / "many"
    for number in range(80):
        write(root, f"cart_{number}.json", "{}\n")  # nothing in them to show but their names
    index = Index(root, tmp_path)
    index.refresh()
    made = pack(index, rank(index.corpus, index.past, "cart"), 60, lambda t: len(t.split()))
    assert 54 <= len(made.text.split()) <= 60


def test_the_same_state_gives_the_same_bytes(repo: Path, tmp_path: Path) -> None:
    told = set()
    for seed in ("0", "1", "77"):
        env = os.environ | {"PYTHONHASHSEED": seed, "GEIST_HOME": str(tmp_path / seed)}
        argv = [sys.executable, "-m", "geist.cli.main", "context", "tax of a cart", "--json"]
        done = subprocess.run(argv, cwd=repo, env=env, capture_output=True, text=True, check=True)
        told.add(done.stdout)
    assert len(told) == 1
    manifest = json.loads(told.pop())
    assert manifest["tokens"] <= 4096 and manifest["items"][0]["reason"]


def test_what_a_query_spells_out_wins(repo: Path, tmp_path: Path) -> None:
    index = Index(repo, tmp_path)
    for query in (
        "see shop/tax.py for the cart total",
        'Traceback:\n  File "/somewhere/shop/tax.py", line 2, in rate\ncart total',
    ):
        assert first(index, query) == "shop/tax.py"
    assert first(index, "the test of the cart total") == "tests/test_cart.py"


@given(st.text(max_size=300))
@settings(max_examples=100)
def test_any_query_is_read(text: str) -> None:
    assert set(read(text).terms) <= set(count(text))
    query = mine.query_of(text + " see https://x.org/a and src/a/b.py, 0123456789abcdef, (#12)")
    assert not any(x in query for x in ("https", "src/a", "b.py", "0123456789abcdef", "#12"))


def test_history_tasks_see_only_what_came_before(tmp_path: Path) -> None:
    root = tmp_path / "r"
    root.mkdir()
    git(root, "init", "-q")
    feed = "".join(  # 260 commits at once: git commit would take seconds
        f"commit refs/heads/main\ncommitter a <a@b> {1_700_000_000 + n} +0000\n"
        f"data 40\n{'adjust sorting of heavy parcels':<40}\n"
        f"M 100644 inline pkg/mod{n % 20}.py\ndata {len(body := f'def f{n}(): pass')}\n{body}\n"
        for n in range(260)
    )
    subprocess.run(
        ["git", "fast-import", "--quiet", "--force"], cwd=root, input=feed.encode(), check=True
    )
    git(root, "checkout", "-q", "-f", "main")
    tasks = mine.mine("r", root, 10, "s", tmp_path)
    assert tasks and all(len(t.truth) == 1 for t in tasks)
    for task in tasks:
        changed = git(root, "show", "--format=", "--name-status", task.commit).split()
        assert changed == ["M", task.truth[0]]
        assert task.truth[0] in mine.tree(root, task.parent)


def test_the_self_test_measures_this_repository(tmp_path: Path) -> None:
    root = Path(__file__).parents[1]
    env = os.environ | {"GEIST_HOME": str(tmp_path)}
    argv = [sys.executable, "-m", "geist.cli.main", "context", "--self-test"]
    done = subprocess.run(argv, cwd=root, env=env, capture_output=True, text=True)
    # this repository itself may be too young, or a shallow clone
    assert (done.returncode == 0 and "BM25" in done.stdout) or "too little history" in done.stderr


def test_a_definition_is_found_by_its_name(repo: Path, tmp_path: Path) -> None:
    index = Index(repo, tmp_path)
    index.refresh()
    ((path, symbol),) = index.defined("rate")
    assert (path, symbol.signature) == ("shop/tax.py", "def rate(country)")
    assert symbol.doc == "Value added tax of a country."
    assert index.defined("nothing_like_it") == []


def test_a_ranking_explains_itself(repo: Path, tmp_path: Path) -> None:
    index = Index(repo, tmp_path)
    index.refresh()
    ranking: Ranking = rank(index.corpus, index.past, "tax.py value added")
    assert abs(sum(ranking.chance) - 1) < 1e-9
    assert ranking.chance == sorted(ranking.chance, reverse=True)
    assert "spelt out" in ranking.why(ranking.files[0])
