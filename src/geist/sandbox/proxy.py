"""The only way from a sandbox to the network: an HTTP proxy on a socket, which asks for each host.

It understands CONNECT (whatever is encrypted: HTTPS) and plain HTTP. A name that leads to this
machine, its link or a cloud's metadata is refused whoever allows it, so that no name of the
attacker's own becomes `localhost` (DNS rebinding); an address that is said as such is asked for.
Behind a proxy of the user's own (HTTPS_PROXY) names are looked up there, and this is up to it. What
a permitted host passes on to others cannot be seen from here.
"""

import ipaddress
import os
import re
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from geist.sandbox.listen import listen

NAME, PORT = "net.sock", 39128  # the port is that of the sandbox's own 127.0.0.1
MOST_HEAD, MOST_LINKS = 64 * 1024, 128
WAIT = 30.0  # seconds until a host must have answered
LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = re.compile(rf"(?=.{{1,253}}$){LABEL}(\.{LABEL})*|\[[0-9a-f:.]{{2,45}}\]")
# where clouds tell a machine about itself, keys too, beside 169.254.169.254
METADATA = frozenset({"fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"})
MOST_NO = 3  # hosts that are refused until a command is asked about no more
LOCAL = {"NO_PROXY": "localhost,127.0.0.1,::1", "no_proxy": "localhost,127.0.0.1,::1"}


@dataclass(frozen=True)
class Asked:
    """What a client wants: a host and a port, and for plain HTTP the head to send on."""

    host: str
    port: int
    head: bytes = b""

    @property
    def name(self) -> str:
        """As a person approves it: the port is told where it is not the web's own."""
        return self.host if self.port in (80, 443) else f"{self.host}:{self.port}"


def environment() -> dict[str, str]:
    """What makes programs use the proxy."""
    url = f"http://127.0.0.1:{PORT}"
    names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
    return dict.fromkeys(names, url) | LOCAL


def asked(head: bytes) -> Asked | None:
    """A request's head, read; None for what is none. Total."""
    if re.search(rb"(?<!\r)\n", head):  # some take it for a line's end, and some do not
        return None
    first, _, rest = head.partition(b"\r\n")
    words = first.decode("latin-1").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        return None
    method, target, version = words
    if method == "CONNECT":
        host, _, port = target.rpartition(":")
        return _checked(host, port, b"")
    try:
        parts = urlsplit(target)
        port = str(parts.port or 80)
        # not parts.hostname: that forgives too much
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return None
    if parts.scheme != "http" or not re.fullmatch(r"[A-Z]{1,20}", method):
        return None
    host = re.sub(r":\d*$", "", host)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # one request a connection: the next may be for another host
    dropped = (b"proxy-", b"connection:", b"keep-alive:", b"host:")
    lines = [x for x in rest.split(b"\r\n") if x and not x.lower().startswith(dropped)]
    begins = f"{method} {path} {version}\r\nHost: {parts.netloc.rpartition('@')[2]}\r\n"
    made = begins.encode("latin-1") + b"".join(x + b"\r\n" for x in lines)
    return _checked(host, port, made + b"Connection: close\r\n\r\n")


def _checked(host: str, port: str, head: bytes) -> Asked | None:
    host = host.lower().rstrip(".")
    if not HOST.fullmatch(host) or not re.fullmatch(r"\d{1,5}", port) or not 0 < int(port) < 65536:
        return None
    return Asked(host, int(port), head)


def links_to(host: str, port: int) -> socket.socket:
    """A connection to a host, by way of the user's own proxy where they have one. Raises OSError,
    also where a name leads to this machine."""
    upstream = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy") or ""
    parts = urlsplit(upstream)
    plain = host.strip("[]")
    if parts.scheme == "http" and parts.hostname:
        link = socket.create_connection((parts.hostname, parts.port or 80), WAIT)
        link.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        if b" 200 " not in _head(link)[0].split(b"\r\n")[0] + b" ":
            raise OSError("the proxy of this machine refused")
        return link
    literal = _address(plain) is not None or plain == "localhost"
    last = OSError("no address")
    for family, kind, proto, _, place in socket.getaddrinfo(plain, port, type=socket.SOCK_STREAM):
        address = _address(str(place[0]))
        if not literal and (address is None or _home(address)):
            raise OSError(f"{plain} leads to {place[0]}, which is this machine or its surroundings")
        link = socket.socket(family, kind, proto)
        link.settimeout(WAIT)
        try:
            link.connect(place)
            return link
        except OSError as e:
            link.close()
            last = e
    raise last


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        made = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(made, "ipv4_mapped", None)
    return mapped or made


def _home(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is this machine's own, its link's, or a cloud's metadata."""
    if (address.is_loopback or address.is_link_local or address.is_unspecified
            or address.is_multicast or str(address) in METADATA):  # fmt: skip
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:  # only an address of one's own can be bound
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


class Proxy:
    """Listens at `folder`/net.sock for as long as it is open. `may` is asked once for each host,
    one at a time, however many connections want it, and after MOST_NO refusals not any more.
    Closing waits for a question that is open, and ends every connection."""

    def __init__(self, folder: Path, may: Callable[[str], bool]) -> None:
        self._may, self._known, self._lock = may, dict[str, bool](), threading.Lock()
        self.socket = folder / NAME
        self._server = listen(folder, NAME, 64)
        self._over, self._links = threading.Event(), threading.Semaphore(MOST_LINKS)
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> "Proxy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(5)
        self._server.close()
        with self._lock:  # nobody may be left with a question whose command has ended
            for link in self._open:
                with suppress(OSError):
                    link.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                link, _ = self._server.accept()
            except TimeoutError:
                continue
            if not self._links.acquire(blocking=False):
                link.close()
                continue
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        try:
            # either end may hang up at any time
            with suppress(OSError), link, self._held(link):
                link.settimeout(WAIT)
                self._answer(link)
        finally:
            self._links.release()

    @contextmanager
    def _held(self, link: socket.socket) -> Generator[None]:
        """A connection that ends with the command. Raises OSError where that has ended already."""
        with self._lock:
            if self._over.is_set():
                raise OSError("the command has ended")
            self._open.add(link)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(link)

    def _answer(self, link: socket.socket) -> None:
        head, more = _head(link)
        wish = asked(head)
        if wish is None:
            link.sendall(_said("400 Bad Request", "that is no request to a proxy"))
            return
        if not self._allowed(wish.name):
            link.sendall(_said("403 Forbidden", f"{wish.name} is not allowed"))
            return
        try:
            far = links_to(wish.host, wish.port)
        except OSError as e:
            link.sendall(_said("502 Bad Gateway", f"{wish.name}: {e}"))
            return
        with far, self._held(far):
            if wish.head:
                far.sendall(wish.head + more)
            else:
                link.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                if more:
                    far.sendall(more)
            for end in (link, far):
                end.settimeout(None)
            back = threading.Thread(target=pump, args=(far, link), daemon=True)
            back.start()
            pump(link, far)
            back.join()

    def _allowed(self, name: str) -> bool:
        with self._lock:
            if self._over.is_set():
                return False
            if name not in self._known:
                refused = sum(not allowed for allowed in self._known.values())
                self._known[name] = refused < MOST_NO and self._may(name)
            # the command may have ended while the question was open
            return self._known[name] and not self._over.is_set()


def _head(link: socket.socket) -> tuple[bytes, bytes]:
    """(a head, its last empty line among it; what came after it)."""
    data = b""
    while b"\r\n\r\n" not in data and len(data) < MOST_HEAD:
        more = link.recv(8192)
        if not more:
            break
        data += more
    head, mark, rest = data.partition(b"\r\n\r\n")
    return head + mark, rest


def _said(status: str, why: str) -> bytes:
    text = f"geist: {why}\n".encode("ascii", "replace")
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\nContent-Type: text/plain\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + text


def pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):  # so that the other direction ends as well
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
