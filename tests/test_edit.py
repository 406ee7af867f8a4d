"""Splice, apply and undo: what is not meant stays as it was, byte for byte."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geist.core.canonical import digest
from geist.core.errors import GeistError
from geist.core.output import Change, Malformed
from geist.edit.apply import apply, content, take_back, undo
from geist.edit.definitions import definitions
from geist.edit.snapshot import rebuild, take
from geist.edit.splice import code_of, shown, splice

SOURCE = b'''# -*- coding: latin-1 -*-
import os   # \xe9
x = 1


class A(dict):
    """Doc."""

    @property
    @other(1)
    def f(self, a: int=1, *,  b = None) -> str:
        """Words
          and more \xe9.
        """
        text = """
  raw
"""
        return text   # why

    y = [1,
         2]


async def g(): return 1
'''


def function(source: bytes, name: str) -> bytes | Malformed:
    d = next(d for d in definitions(source) if d.qualname == name)
    return splice(source, d, f"```python\n{shown(source, d)}\n```")


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("name", ["A.f", "g"])
def test_the_same_function_gives_the_same_file(name: str, newline: bytes) -> None:
    source = SOURCE.replace(b"\n", newline)
    assert function(source, name) == source


def test_a_tabbed_file_stays_tabbed() -> None:
    source = b"class A:\n\tdef f(self):\n\t\tif 1:\n\t\t\treturn 1\n\t\treturn 2\n"
    d = definitions(source)[0]
    after = splice(
        source, d, "```python\ndef f(self):\n    if 0:\n        return 1\n    return 2\n```"
    )
    assert after == source.replace(b"if 1", b"if 0")


def test_only_the_function_changes() -> None:
    d = next(d for d in definitions(SOURCE) if d.name == "f")
    answer = "Sure!\n```python\nimport re\n\nclass A(dict):\n    def f(self, a: int = 1, *, b=None) -> str:\n        return re.sub('a', 'é', b)\n```\nDone."
    after = splice(SOURCE, d, answer)
    assert isinstance(after, bytes)
    assert after.startswith(SOURCE[: d.start]) and after.endswith(SOURCE[d.end :])
    body = after[d.start : len(after) - len(SOURCE[d.end :])].decode("latin-1")
    assert "def f(self, a: int=1, *,  b = None) -> str:" in body  # as the author wrote it
    assert 'and more é.\n        """' in body
    assert "        import re\n" in body and "return re.sub('a', 'é', b)" in body


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("I cannot help.", "no ```python block"),
        ("```python\ndef other(): pass\n```", "no function named f"),
        ("```python\ndef f(:\n```", "does not parse"),
        ("```python\ndef f(self):\n    return '☃'\n```", "latin-1 cannot write"),
        ("```sh\nrm -rf /\n```", "no ```python block"),
    ],
)
def test_what_cannot_be_read_is_malformed(answer: str, reason: str) -> None:
    d = next(d for d in definitions(SOURCE) if d.name == "f")
    source = SOURCE.replace(b"latin-1", b"iso-8859-1") if "latin" not in reason else SOURCE
    after = splice(source, d, answer)
    assert isinstance(after, Malformed)
    assert reason.replace("latin-1", "iso-8859-1") in after.reason


PIECES = st.sampled_from(
    ["```python\n", "```", "\n", "def f(self):\n", "    return 1\n", "class A:\n", "\t", "é", "\x00",
     "async ", "@x\n", '"""', "'", "(", ":", "import os\n", "lambda: 0", "~~~\n", "\r\n", "f"]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=6), max_size=14))
def test_any_answer_gives_a_file_or_a_reason(parts: list[str]) -> None:
    answer = "".join(parts)
    code_of(answer)
    for d in definitions(SOURCE):
        after = splice(SOURCE, d, answer)
        if isinstance(after, bytes):
            assert after.startswith(SOURCE[: d.start])
            assert after.endswith(SOURCE[d.end :])


@given(st.binary(max_size=200))
def test_any_bytes_have_definitions(source: bytes) -> None:
    for d in definitions(source):
        assert 0 <= d.start <= d.end <= len(source)


def change(path: str, before: bytes | None, after: bytes | None) -> Change:
    return Change(path, digest(before) if before is not None else "", after)


@given(
    st.dictionaries(
        st.sampled_from(["a.py", "b/c.py", "d"]),
        st.tuples(st.none() | st.binary(max_size=40), st.none() | st.binary(max_size=40)),
        min_size=1,
    )
)
def test_apply_then_undo_restores_every_byte(
    tmp_path_factory: pytest.TempPathFactory,
    files: dict[str, tuple[bytes | None, bytes | None]],
) -> None:
    root = tmp_path_factory.mktemp("tree")
    for path, (before, _) in files.items():
        if before is not None:
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_bytes(before)
    edits = apply(root, tuple(change(p, b, a) for p, (b, a) in files.items()))
    for path, (_, after) in files.items():
        assert content(root, path) == after
    undo(root, edits)
    for path, (before, _) in files.items():
        assert content(root, path) == before
    assert not list(root.rglob("*.geist"))


def test_undo_keeps_what_the_user_did_elsewhere(tmp_path: Path) -> None:
    before = b"".join(b"line %d\n" % i for i in range(20))
    after = before.replace(b"line 10\n", b"mended\n")
    (tmp_path / "f").write_bytes(before)
    edits = apply(tmp_path, (change("f", before, after),))
    mine = after.replace(b"line 2\n", b"mine\nmine too\n").replace(b"line 18\n", b"")
    (tmp_path / "f").write_bytes(mine)
    assert undo(tmp_path, edits) == ["f"]
    expected = before.replace(b"line 2\n", b"mine\nmine too\n").replace(b"line 18\n", b"")
    assert (tmp_path / "f").read_bytes() == expected


def test_undo_refuses_where_the_same_lines_changed(tmp_path: Path) -> None:
    before, after = b"a\nb\nc\n", b"a\nB\nc\n"
    (tmp_path / "f").write_bytes(before)
    (tmp_path / "other").write_bytes(b"1")
    edits = apply(tmp_path, (change("other", b"1", b"2"), change("f", before, after)))
    (tmp_path / "f").write_bytes(b"a\nmine\nc\n")
    with pytest.raises(GeistError, match="f: the same lines"):
        undo(tmp_path, edits)
    assert (tmp_path / "f").read_bytes() == b"a\nmine\nc\n"
    assert (tmp_path / "other").read_bytes() == b"2"  # nothing was written


LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"d\n"]), max_size=8).map(b"".join)


@given(LINES, LINES)
def test_taking_back_an_untouched_change_gives_what_was(before: bytes, after: bytes) -> None:
    if before != after:
        assert take_back(before, after, after) == before
        assert take_back(before, after, before) in (before, None)


@pytest.mark.parametrize(
    "path", ["../out", "/etc/passwd", ".git/hooks/pre-commit", "a/.git/config", ".envrc"]
)
def test_a_change_stays_inside_and_off_what_runs_code(tmp_path: Path, path: str) -> None:
    with pytest.raises(GeistError):
        apply(tmp_path, (Change(path, "", b"x"),))


def test_a_change_does_not_follow_a_link_outside(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "secret").write_bytes(b"s")
    (tmp_path / "root" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(GeistError, match="outside"):
        apply(tmp_path / "root", (Change("link", digest(b"s"), b"x"),))
    assert (tmp_path / "secret").read_bytes() == b"s"


def test_a_changed_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"newer")
    with pytest.raises(GeistError, match="changed meanwhile"):
        apply(tmp_path, (change("f", b"older", b"mended"),))
    assert (tmp_path / "f").read_bytes() == b"newer"


def test_a_snapshot_rebuilds_the_tree(project: Path, tmp_path: Path) -> None:
    (project / "run.sh").write_text("#!/bin/sh\n")
    (project / "run.sh").chmod(0o755)
    (project / "link").symlink_to("run.sh")
    (project / "__pycache__").mkdir()
    (project / "__pycache__" / "x.pyc").write_bytes(b"")
    manifest = take(project, tmp_path / "blobs")
    target = tmp_path / "again"
    target.mkdir()
    rebuild(manifest, tmp_path / "blobs", target)
    assert take(target, tmp_path / "blobs") == manifest
    assert (target / "run.sh").stat().st_mode & 0o111
    assert (target / "link").readlink() == Path("run.sh")
    assert "__pycache__/x.pyc" not in manifest
