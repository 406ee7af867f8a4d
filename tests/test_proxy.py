"""The way from the sandbox to the network: asked for host by host, logged, tainting."""

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geist.agent.guard import Answer, Guard, file_of
from geist.agent.hands import Hands
from geist.agent.leash import Autonomy, Decision, Terms, Wish
from geist.core.log import read
from geist.sandbox.bubblewrap import Bubblewrap
from geist.sandbox.proxy import asked, links_to
from tests.conftest import Nobody
from tests.test_do import made

GET = ("python3 -c \"import http.client as h; c = h.HTTPConnection('127.0.0.1', 39128); "
       "c.request('GET', 'http://WHERE/page'); r = c.getresponse(); "
       "print(r.status, r.read().decode())\"")  # fmt: skip


class Says(Nobody):
    """A user who gives one answer to everything, and keeps what they were asked."""

    def __init__(self, answer: Answer) -> None:
        self.said, self.asked = answer, list[Wish]()

    def may(self, wish: Wish, decision: Decision, shown: str, pattern: str | None) -> Answer:
        self.asked.append(wish)
        return self.said


@pytest.fixture
def server() -> Iterator[tuple[int, list[str]]]:
    heard = list[str]()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(f"{self.path} {self.headers['Host']} {self.headers['Connection']}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"words from outside")

        def log_message(self, format: str, *args: object) -> None:
            pass

    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made.server_port, heard
    made.shutdown()
    made.server_close()


def at(project: Path, data: Path, sandbox: Bubblewrap, user: Says, *hosts: str) -> Hands:
    hands = made(project, data, sandbox, Terms(Autonomy.LOOP, hosts=frozenset(hosts)))
    hands.guard = Guard(hands.guard.terms, user, hands.log, file_of(data, project), lambda *_: None)
    return hands


def test_each_host_is_asked_for_once_logged_and_taints(
    project: Path, data: Path, sandbox: Bubblewrap, server: tuple[int, list[str]]
) -> None:
    port, heard = server
    where, user = f"127.0.0.1:{port}", Says("once")
    hands = at(project, data, sandbox, user)
    twice = f"{GET} && {GET}".replace("WHERE", where)
    result, _ = hands.run(twice, 30)
    assert result.stdout.count("words from outside") == 2, result.stderr
    assert heard == [f"/page {where} close"] * 2
    assert [w.target for w in user.asked] == [where]
    assert f"network {where}" in hands.guard.terms.taint
    kinds = [(e.kind, e.data.get("target")) for e in read(data, hands.log.session)]
    assert ("leash", where) in kinds


def test_what_is_not_allowed_is_not_reached(
    project: Path, data: Path, sandbox: Bubblewrap, server: tuple[int, list[str]]
) -> None:
    port, heard = server
    hands = at(project, data, sandbox, Says("no"))
    result, _ = hands.run(GET.replace("WHERE", f"127.0.0.1:{port}"), 30)
    assert "403" in result.stdout and not heard
    assert not hands.guard.terms.taint
    # and there is no way beside the proxy
    direct = f"python3 -c \"import socket; socket.create_connection(('127.0.0.1', {port}), 2)\""
    result, _ = hands.run(direct, 30)
    assert "refused" in result.stderr and not heard


def test_the_allow_list_needs_no_question_also_after_taint(
    project: Path, data: Path, sandbox: Bubblewrap, server: tuple[int, list[str]]
) -> None:
    port, _ = server
    user = Says("no")
    hands = at(project, data, sandbox, user, "127.0.0.1:*")
    hands.guard.taint("file vendor/x")
    result, _ = hands.run(GET.replace("WHERE", f"127.0.0.1:{port}"), 30)
    assert "words from outside" in result.stdout and not user.asked


def test_programs_find_the_proxy_and_a_local_server_of_their_own(
    project: Path, data: Path, sandbox: Bubblewrap
) -> None:
    user = Says("no")
    hands = at(project, data, sandbox, user)
    result, _ = hands.run(
        "python3 -c \"import urllib.request as u; u.urlopen('http://a.test')\"", 30
    )
    assert "403" in result.stderr and [w.target for w in user.asked] == ["a.test"]
    (project / "own.py").write_text(
        "import http.server, threading, urllib.request as u\n"
        "s = http.server.HTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)\n"
        "threading.Thread(target=s.serve_forever, daemon=True).start()\n"
        "print(u.urlopen(f'http://127.0.0.1:{s.server_port}/').status)\n"
    )
    result, _ = hands.run("python3 own.py", 30)
    assert result.stdout.strip() == "200" and len(user.asked) == 1


def test_a_command_that_nags_is_asked_about_no_more(
    project: Path, data: Path, sandbox: Bubblewrap
) -> None:
    user = Says("no")
    hands = at(project, data, sandbox, user)
    one = "python3 -c \"import urllib.request as u; u.urlopen('http://hN.test')\""
    hands.run("; ".join(one.replace("N", str(n)) for n in range(6)), 60)
    assert len(user.asked) == 3


def test_connections_end_with_their_command(project: Path, data: Path, sandbox: Bubblewrap) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port, before = listener.getsockname()[1], threading.active_count()
        hands = at(project, data, sandbox, Says("once"))
        hands.run(f"python3 -c \"import socket, time; s = socket.create_connection(('127.0.0.1', "
                  f"39128)); s.sendall(b'CONNECT 127.0.0.1:{port} HTTP/1.1\\r\\n\\r\\n'); "
                  "s.recv(99)\"", 30)  # fmt: skip
        link, _ = listener.accept()
        link.settimeout(10)
        assert link.recv(1) == b""  # closed, though this end never did
        link.close()
        while threading.active_count() > before:  # its threads end, too
            threading.Event().wait(0.05)


def test_a_name_that_leads_home_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    monkeypatch.delenv("https_proxy", raising=False)
    for home in ("127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "0.0.0.0",
                 "fd00:ec2::254", "100.100.100.200"):  # fmt: skip
        family = socket.AF_INET6 if ":" in home else socket.AF_INET
        found = [(family, socket.SOCK_STREAM, 6, "", (home, 80))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *a, f=found, **k: f)
        with pytest.raises(OSError, match="this machine"):
            links_to("evil.example", 80)


@given(st.binary(max_size=300) | st.from_regex(
    rb"(CONNECT|GET|POST) [ -~]{0,60} HTTP/1\.1\r\n([ -~]{0,30}\r\n){0,3}\r\n", fullmatch=True))  # fmt: skip
def test_any_head_is_read(head: bytes) -> None:
    wish = asked(head)
    if wish is not None:
        assert 0 < wish.port < 65536 and wish.name == wish.name.lower()
        assert not set(wish.host) - set("abcdefghijklmnopqrstuvwxyz0123456789.-[]:")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("CONNECT pypi.org:443", "pypi.org"),
        ("CONNECT PyPI.org.:443", "pypi.org"),
        ("CONNECT pypi.org:22", "pypi.org:22"),
        ("CONNECT [::1]:443", "[::1]"),
        ("GET http://pypi.org/simple?x=1", "pypi.org"),
        ("GET http://pypi.org:8080/", "pypi.org:8080"),
        ("GET http://pypi.org@evil.test/", "evil.test"),
        ("GET http://pypi.org%40evil.test/", None),
        ("GET /path", None),
        ("CONNECT pуpi.org:443", None),  # a Cyrillic letter
        ("CONNECT pypi.org:0", None),
        ("CONNECT a..pypi.org:443", None),
        ("GET http://ok.test/ HTTP/1.1\nHost: evil.test\nX:", None),
    ],
)
def test_who_is_asked_for_is_who_is_reached(line: str, name: str | None) -> None:
    wish = asked(f"{line} HTTP/1.1\r\nProxy-Authorization: x\r\nA: b\r\n\r\n".encode())
    assert (wish and wish.name) == name
    if wish and wish.head:
        assert b"Proxy-" not in wish.head and b"A: b" in wish.head
