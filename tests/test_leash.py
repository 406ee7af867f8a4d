"""The leash: what is never allowed, what taint takes away, and commands taken apart."""

import json
import time
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geist.agent.calls import Call, read_call
from geist.agent.commands import Program, chain, matches, only_reads
from geist.agent.guard import Answer, Approver, Guard, approvals, file_of, keep
from geist.agent.hands import plain
from geist.agent.leash import (
    GUARDED,
    NEVER,
    STOPS,
    TABLE,
    VERIFIED,
    Approval,
    Autonomy,
    Capability,
    Decision,
    Terms,
    Wish,
    capability_of,
    decide,
    pattern_for,
)
from geist.agent.scope import keeps, within
from geist.agent.secrets import Secrets
from geist.core.errors import GeistError
from geist.core.log import Log, read, verify
from geist.core.output import Malformed
from tests.conftest import Nobody
from tests.nursery import run

PATHS = ["src/a.py", "AGENTS.md", ".git/hooks/pre-commit", ".env", ".github/workflows/x.yml",
         "../up", "/etc/passwd", ".bashrc", "deep/.envrc", "geist.toml"]  # fmt: skip
COMMANDS = ["ls", "cat .env", "rm -rf /", "echo $(id)", "python -m pytest -q", "", "a\u202eb"]
HOSTS = ["pypi.org", "evil.example"]
TARGETS = [*PATHS, *COMMANDS, *HOSTS, VERIFIED, "not verified"]
FREE = tuple(Approval(c, "*", s) for c, s in product(Capability, ("session", "project")))


def every() -> list[tuple[Wish, Terms]]:
    return [
        (Wish(c, t), Terms(stop, scope, taint, given, frozenset({"pypi.org"})))
        for c, t, stop, scope, taint, given in product(
            Capability, TARGETS, STOPS, ("*", "src/*"), (frozenset[str](), frozenset({"a page"})),
            ((), FREE))
    ]  # fmt: skip


def test_the_table_is_whole_and_every_wish_is_decided() -> None:
    assert set(TABLE) == set(Capability) and all(len(row) == len(STOPS) for row in TABLE.values())
    for wish, terms in every():
        decision = decide(wish, terms)
        assert decision.verb in ("allow", "ask", "deny") and decision.rule
        assert decision == decide(wish, terms)


def test_what_a_tainted_session_may_never_do_unasked() -> None:
    for wish, terms in every():
        if terms.taint and wish.capability in GUARDED:
            decision = decide(wish, terms)
            if wish.capability is Capability.NETWORK and wish.target in terms.hosts:
                assert decision.verb == "allow"  # the user said so beforehand, of this host
                continue
            assert decision.verb != "allow"
            # no earlier approval answers it, and the source is named
            assert decision.verb == "deny" or (decision.fresh and "a page" in decision.rule)


def test_some_files_are_written_by_nobody() -> None:
    for path in (".git/config", ".git/hooks/pre-commit", "sub/.git/config", ".bashrc", ".envrc"):
        for stop, kind in product(STOPS, (Capability.EDIT, Capability.RULES)):
            assert decide(Wish(kind, path), Terms(stop, approvals=FREE)).verb == "deny"
            assert capability_of(path, write=True) in (Capability.RULES, Capability.EDIT)
    assert all(g for g in NEVER)


def test_a_higher_stop_takes_no_freedom_away_but_ask_s_own() -> None:
    order = {"deny": 0, "ask": 1, "allow": 2}
    for wish, terms in every():
        verbs = [order[decide(wish, replace(terms, autonomy=s)).verb] for s in STOPS[1:]]
        assert verbs == sorted(verbs)


def test_a_draft_is_taken_unseen_only_when_it_is_verified() -> None:
    for stop, target in product(STOPS, (VERIFIED, "not verified", "")):
        decision = decide(Wish(Capability.ACCEPT, target), Terms(stop, approvals=FREE))
        free = stop in (Autonomy.VERIFY, Autonomy.LOOP) and target == VERIFIED
        assert (decision.verb == "allow") == free
        tainted = Terms(stop, taint=frozenset({"a page"}), approvals=FREE)
        assert decide(Wish(Capability.ACCEPT, target), tainted).verb == "ask"


def test_edits_stay_in_their_scope() -> None:
    for stop in STOPS:
        out = decide(Wish(Capability.EDIT, "lib/a.py"), Terms(stop, "src/*"))
        assert out.verb == "deny" and "scope" in out.rule
        assert decide(Wish(Capability.EDIT, "src/deep/a.py"), Terms(stop, "src")).verb != "deny"


LINES = st.lists(st.sampled_from(["a", "b", "    c", ""]), max_size=4)


@given(LINES, LINES, LINES, LINES)
def test_a_part_of_a_file_is_a_scope(head: list[str], old: list[str], new: list[str],
                                     tail: list[str]) -> None:  # fmt: skip
    def text(*parts: list[str]) -> bytes:
        return "".join(f"{x}\n" for part in parts for x in part).encode()

    old = [*old, "last"]
    scope = f"a.txt:{len(head) + 1}-{len(head) + len(old)}"
    assert within("a.txt", scope) and not within("b.txt", scope)
    before = text(head, old, tail)
    assert keeps(scope, "a.txt", before, text(head, new, tail))
    if head:
        assert not keeps(scope, "a.txt", before, text(["other", *head], new, tail))
    if tail:
        assert not keeps(scope, "a.txt", before, text(head, new, [*tail, "other"]))
    assert not keeps(scope, "a.txt", before, None)


def test_a_function_is_a_scope() -> None:
    before = b"import a\n\nclass B:\n    @a.b\n    def c(self):\n        return 1\n\nd = 2\n"
    for name, line in (("B.c", b"return 1"), ("B", b"class B:")):
        assert keeps(f"x.py::{name}", "x.py", before, before.replace(line, line + b"  # more"))
        for other in (b"import a", b"d = 2"):
            assert not keeps(f"x.py::{name}", "x.py", before, before.replace(other, b"e = 3"))
    end = b"        return 1\n"
    for more in (b"\nimport os\n", b'\n    x = """\n', b"    def e(self):\n        pass\n"):
        assert not keeps("x.py::B.c", "x.py", before, before.replace(end, end + more))
    assert keeps("x.py::B.c", "x.py", before, before.replace(end, b"        return 2\n\n"))
    twice = before.replace(b"d = 2", b"class B:\n    pass")
    assert not keeps("x.py::B", "x.py", twice, twice)
    assert not keeps("x.py::missing", "x.py", before, before)
    assert not keeps("x.py::B.c", "x.py", before, before.replace(b"class B", b"class C"))


@pytest.mark.parametrize("command", [
    "ls -la", "cat a.txt | grep -n x | head -3", "git status", "git log --oneline -5", "find . -name x",
    "ls && pwd", "grep -r x src 2>/dev/null", "sort a.txt", "rg foo",
])  # fmt: skip
def test_reading_needs_no_question(command: str) -> None:
    assert decide(Wish(Capability.RUN, command), Terms(Autonomy.EDIT)).verb == "allow"


@pytest.mark.parametrize("command", [
    "rm x", "ls; rm x", "ls && rm x", "ls | xargs rm", "cat x > y", "find . -exec rm {} ;",
    "find . -delete", "find . -fprint x", "git -c core.pager=sh log", "git -C / log", "git push",
    "git log --output=x", "git diff --ext-diff", "git -p log", "git commit -m x", "sort -o x y",
    "sort --output=x y", "rg --pre sh x", "echo $(rm x)", "echo `rm x`", "ls <(rm x)",
    "PATH=. ls", "LD_PRELOAD=x ls", "cat ~/.ssh/id_rsa", "cat /etc/shadow", "cat ../x", "cat .env",
    "cat sub/.env.local", "grep x .env", "if true; then rm x; fi", "for f in *; do rm $f; done",
    "(rm x)", "{ rm x; }", "f() { rm x; }; f", "ls\nrm x", "ls & rm x", "cat <<E\nx\nE", "eval ls",
    "ls \u200b", "l\u0455 x", "cat a\u202etxt", "ls \x1b[2K", "uniq a b", "tree -o x", "ls `",
    "echo 'a", "command rm x", "env rm x", "sh -c ls", "head -1 x >> y", "ls $HOME", "cat $X",
    "diff a /etc/passwd", "git show HEAD:x > y", "git grep -O x", "git grep --open-files-in-pager=sh x",
    "ls >&2 | tee x", "x" * 5000, "ls a\n\\sh -c id", "ls a\nrm b", "ls a\\\n b",
    "find . </dev/null -exec sh -c id +", "find . </dev/null -delete", "find . <&0 -delete",
    "ls; > x", "> x", "ls > /dev/null; > x", 'find . "-ex\\\nec" sh', "find . -e* sh -c id",
    "sort -S 1k --compress-prog=sh x", "sort --out=y x", "uniq - y", "uniq -- x y", "file -C -m m",
    "git --bare status", "git --attr-source log gc", "git -c a=b status", "git --git-dir=x log",
    "cat ./.git/config", "grep -r url .git", "cat .git//config", "git show HEAD:.env", "tree -ao x",
    "rg -iz x", "cat a,.env", "rg --pre=sh x", "a&&" * 600 + "a", "cat {a,.env}/../../x",
])  # fmt: skip
def test_whatever_does_more_is_asked_for(command: str) -> None:
    assert decide(Wish(Capability.RUN, command), Terms(Autonomy.EDIT)).verb == "ask"


@given(st.text(max_size=80), st.sampled_from(["ls", "rm -rf x", "cat a | sort"]))
def test_commands_are_taken_apart_whatever_they_are(text: str, more: str) -> None:
    for command in (text, f"{text} && {more}", f"{more}; {text}", f"{more} {text}"):
        found = chain(command)
        assert found is None or all(p.argv or p.sets for p in found)
    # a part that is not allowed alone is not allowed in company
    assert decide(Wish(Capability.RUN, f"{text}\nrm x"), Terms(Autonomy.EDIT)).verb == "ask"


def test_an_approval_covers_its_kind_and_nothing_beside_it() -> None:
    wish = Wish(Capability.RUN, "python -m pytest -q tests")
    pattern = pattern_for(wish)
    assert pattern == "python -m pytest *"
    terms = Terms(Autonomy.EDIT, approvals=(Approval(Capability.RUN, pattern),))
    assert decide(wish, terms).verb == "allow"
    for other in ("python -m pytest; rm x", "python -m pip install x", "python -m pytest > y",
                  "X=1 python -m pytest", "python x.py", "python -m pytest $(id)"):  # fmt: skip
        assert decide(Wish(Capability.RUN, other), terms).verb == "ask", other
    assert decide(Wish(Capability.RUN, "ls && python -m pytest -x"), terms).verb == "allow"
    assert pattern_for(Wish(Capability.RUN, "sh -c 'rm x'")) is None
    assert pattern_for(Wish(Capability.RUN, "a && b")) is None
    assert pattern_for(Wish(Capability.RUN, "git push origin")) == "git push *"
    for runner in ("timeout 5 sh", ".venv/bin/python", "python3.11", "/usr/bin/python3", "nohup x"):
        made = pattern_for(Wish(Capability.RUN, f"{runner} -c x"))
        assert made is None or "*" not in made, runner
    assert pattern_for(Wish(Capability.RUN, "python *")) is None
    given = (Approval(Capability.OUTSIDE, "/opt/data/*"), Approval(Capability.SECRETS, "cat *.txt"))
    for wish in (Wish(Capability.OUTSIDE, "/opt/data/../../root/x"),
                 Wish(Capability.SECRETS, "cat ; curl evil .txt")):  # fmt: skip
        assert decide(wish, Terms(Autonomy.LOOP, approvals=given)).verb == "ask"


def test_programs_and_patterns() -> None:
    program = Program(("git", "log", "--oneline"))
    assert (
        chain("git log --oneline") == (program,)
        and only_reads(program)
        and matches(program, "git log *")
    )
    assert not matches(program, "git push *") and matches(program, "git log --oneline")


TOOLS = {"run": {"command": "string", "seconds": "integer?"}, "done": {"message": "string"}}


@pytest.mark.parametrize("text", [
    '{"name": "run", "arguments": {"command": "ls"}}',
    'I look.\n```json\n{"name": "run", "arguments": {"command": "ls"}}\n```',
    '<tool_call>\n{"name": "run", "arguments": {"command": "ls"}}\n</tool_call>',
    '{"function": {"name": "run", "arguments": "{\\"command\\": \\"ls\\"}"}}',
    'In {braces} it is {"a": 1} and then {"name": "run", "parameters": {"command": "ls"}}',
])  # fmt: skip
def test_a_call_is_read_in_the_forms_that_models_use(text: str) -> None:
    call = read_call(text, TOOLS)
    assert isinstance(call, Call) and call.name == "run" and call.arguments == {"command": "ls"}


@pytest.mark.parametrize("text", [
    "", "{", "{" * 5000, '{"name": "rm", "arguments": {}}', '{"name": "run", "arguments": {}}',
    '{"name": "run", "arguments": {"command": 3}}', '{"name": "run", "arguments": [1]}', "[]",
    '{"name": "run", "arguments": {"command": "x", "sudo": true}}', '{"name": ["run"]}',
    '{"name": "run", "arguments": {"command": "x", "seconds": true}}', '{"name": "run", "argu',
])  # fmt: skip
def test_what_is_no_call_is_said_to_be_none(text: str) -> None:
    assert isinstance(read_call(text, TOOLS), Malformed)


@given(st.text(), st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
       lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5), x, max_size=3)))  # fmt: skip
def test_any_reply_is_read(text: str, made: object) -> None:
    for reply in (text, f"{text}{json.dumps(made)}{text}",
                  f'{{"name": "run", "arguments": {json.dumps(made)}}}'):  # fmt: skip
        assert isinstance(read_call(reply, TOOLS), Call | Malformed)


@given(st.text())
def test_nothing_of_a_program_reaches_the_terminal_but_text(text: str) -> None:
    made = plain(f"\x1b]0;title\x07{text}\x1b[2J\x1b]8;;http://x\x1b\\\r\n")
    assert all(c.isprintable() or c in "\n\t" or ord(c) > 159 for c in made)


def test_long_lines_take_no_time_and_secrets_of_files_are_known() -> None:
    secrets = Secrets("s", {})
    start = time.monotonic()
    secrets.hide("a.token" * 3000)
    assert time.monotonic() - start < 5  # it took minutes once
    secrets.learn("# ours\nDATABASE_URL=postgres://app:horse@db/x\nPIN: 12\n")
    assert "horse" not in secrets.hide("it is postgres://app:horse@db/x")
    assert "hunter2" not in secrets.hide("https://bob:hunter2hunter2@example.org")


def test_secrets_have_one_name_and_come_back() -> None:
    secrets = Secrets("session", {"DEPLOY_TOKEN": "s3cr3t-value-9", "EDITOR": "a-long-value-1"})
    text = ("password = 'hunter2-hunter2'\nkey: AKIAIOSFODNN7EXAMPLE\nghp_" + "a1" * 18
            + "\nuse s3cr3t-value-9 and a-long-value-1\n-----BEGIN RSA PRIVATE KEY-----\nMII\n"
            "-----END RSA PRIVATE KEY-----\n")  # fmt: skip
    hidden = secrets.hide(text)
    for gone in ("hunter2-hunter2", "AKIAIOSFODNN7EXAMPLE", "a1a1a1", "s3cr3t-value-9", "MII"):
        assert gone not in hidden
    assert "a-long-value-1" in hidden and secrets.hide(hidden) == hidden
    assert secrets.resolve(hidden) == text and secrets.named(hidden)
    code = "tokens = pack.tokens\npassword: str = None\nsecret = os.environ['X']\ntoken = get(x)"
    assert secrets.hide(code) == code


class Says:
    def __init__(self, answer: Answer) -> None:
        self.said: Answer = answer
        self.seen = list[Decision]()

    def may(self, wish: Wish, decision: Decision, shown: str, pattern: str | None) -> Answer:
        self.seen.append(decision)
        return self.said

    def answer(self, question: str) -> str | None:
        return None


def guard(data: Path, terms: Terms, approver: Approver) -> Guard:
    return Guard(terms, approver, Log(data), file_of(data, data), lambda *_: None)


def test_an_answer_holds_as_long_as_it_said(data: Path) -> None:
    wish = Wish(Capability.RUN, "make test")
    says = Says("session")
    one = guard(data, Terms(Autonomy.EDIT), says)
    assert one.may(wish) and one.may(Wish(Capability.RUN, "make test -j2")) and len(says.seen) == 1
    assert not guard(data, Terms(Autonomy.EDIT), Nobody()).may(wish)
    says.said = "project"
    assert guard(data, Terms(Autonomy.EDIT), says).may(wish)
    later = guard(data, Terms(Autonomy.EDIT), Nobody())
    assert later.may(wish) and approvals(later.file)[0].pattern == "make test *"


def test_taint_sets_aside_what_was_approved(data: Path) -> None:
    says = Says("project")
    one = guard(data, Terms(Autonomy.LOOP), says)
    host = Wish(Capability.NETWORK, "example.org")
    assert one.may(host) and one.may(host) and len(says.seen) == 1
    one.taint("web page")
    assert one.may(host) and one.may(host) and len(says.seen) == 3
    assert "web page" in says.seen[-1].rule
    events = list(read(data, one.log.session))
    assert [e.data["verb"] for e in events if e.kind == "leash"] == ["ask", "allow", "ask", "ask"]


def test_every_event_is_chained_to_the_one_before(data: Path) -> None:
    log = Log(data)
    for number in range(5):
        log.append("leash", number=number)
    head = log.head
    log.close()
    assert verify(data, log.session) == (5, head) and verify(data, log.session, head) == (5, head)
    again = Log(data, log.session)
    again.append("leash", number=5)
    assert verify(data, log.session, head)[0] == 6
    path = again.path
    lines = path.read_bytes().splitlines(keepends=True)
    for tampered in (lines[:2] + lines[3:], [lines[0], *lines[2:3], *lines[1:2], *lines[3:]],
                     [lines[0].replace(b'"number": 0', b'"number": 9'), *lines[1:]], lines[:3]):  # fmt: skip
        path.write_bytes(b"".join(tampered))
        with pytest.raises(GeistError, match="was changed"):
            verify(data, log.session, head)


def test_the_command_shows_and_withdraws(tmp_path: Path, data: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    keep(file_of(data, folder), [Approval(Capability.RUN, "make *", "project")])
    assert "make *" in run(folder, "leash").stdout
    assert "suggest" in run(folder, "leash", "explain").stdout
    assert run(folder, "leash", "withdraw", "2").returncode == 2
    assert run(folder, "leash", "withdraw", "1").returncode == 0
    assert "nothing is approved" in run(folder, "leash").stdout
