"""Which host paths a command needs to read: interpreters and tools, never homes or secrets."""

import os
from collections.abc import Mapping
from glob import glob
from pathlib import Path

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# What programs read at start and every account may know. Nothing else of /etc is visible.
ETC = (
    "alternatives",
    "ca-certificates",
    "ca-certificates.conf",
    "group",
    "hosts",
    "java-17-openjdk",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "locale.alias",
    "localtime",
    "mime.types",
    "nsswitch.conf",
    "passwd",
    "protocols",
    "python3",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
    "timezone",
)
KEEP = (
    "LANG",
    "LANGUAGE",
    "TERM",
    "TZ",
    "COLORTERM",
    "NO_COLOR",
    "CI",
    "VIRTUAL_ENV",
    "PYENV_ROOT",
)


def environment(host: Mapping[str, str], home: Path, path: str) -> dict[str, str]:
    """The allow-list: locale, terminal and search path. No key, token or session gets through."""
    kept = {k: v for k, v in host.items() if k in KEEP or k.startswith("LC_")}
    return kept | {"PATH": path, "HOME": str(home), "TMPDIR": "/tmp", "PYTHONHASHSEED": "0"}


def _inside(path: Path, folders: tuple[str, ...] | list[Path]) -> bool:
    return any(path == Path(f) or Path(f) in path.parents for f in folders)


def _interpreter_roots(venv: Path) -> list[Path]:
    """The installation that a virtual environment was made from, by its pyvenv.cfg."""
    roots = []
    try:
        lines = (venv / "pyvenv.cfg").read_text(errors="replace").splitlines()
    except OSError:
        return []
    for line in lines:
        key, _, value = line.partition("=")
        if key.strip() == "home" and value.strip():
            roots.append(Path(value.strip()).parent)
    for name in ("python", "python3"):
        link = venv / "bin" / name
        if os.path.exists(link):  # Path.exists raises where a folder may not be entered
            roots.append(link.resolve().parent.parent)
    # a project brings its own pyvenv.cfg: what it names must be an installation of Python
    return [r for r in roots if _installation(r)]


def _installation(root: Path) -> bool:
    real = os.path.realpath(root)
    # glob.glob passes over what may not be read; Path.glob raises
    programs = [p for p in glob(f"{real}/bin/python3*") if os.path.realpath(p).startswith(real)]
    return bool(programs) and bool(glob(f"{real}/lib/python3*"))


def _private(path: Path) -> bool:
    """Places that hold sockets, secrets or other users' things, whoever names them."""
    real = Path(os.path.realpath(path))
    return real == Path("/") or _inside(real, ("/etc", "/run", "/var/run", "/proc", "/sys", "/dev"))


def readable(workspace: Path, home: Path, path: str) -> dict[str, Path]:
    """Paths to bind read-only, by the path the command sees them at."""
    found: list[Path] = []
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    for text in path.split(os.pathsep):
        entry = Path(text)
        if not entry.is_absolute() or not os.path.isdir(entry) or _inside(entry, SYSTEM):
            continue
        root = entry.parent
        if os.path.isfile(root / "pyvenv.cfg"):
            found += [root, *_interpreter_roots(root)]
        elif root == home / ".local":
            share = root / "share"
            found += [
                entry,
                *map(Path, glob(f"{root}/lib/python3*")),
                share / "uv" / "python",
                share / "pipx",
            ]
        elif pyenv in (root, *root.parents):
            found.append(pyenv)
        elif root == home / ".cargo":
            found += [entry, home / ".rustup"]
        elif root != home and glob(f"{root}/lib/*") and home not in (root, root.parent):
            found.append(root)  # an installation prefix such as /opt/python
        else:
            found.append(entry)
        for tool in ("python3", "python", "node"):
            real = (entry / tool).resolve()
            if os.path.isfile(real) and not _inside(real, SYSTEM) and real.parent.name == "bin":
                found.append(real.parent.parent)
    for config in glob(f"{workspace}/*/pyvenv.cfg") + glob(f"{workspace}/.*/pyvenv.cfg"):
        found += _interpreter_roots(Path(config).parent)
    found = [p for p in found if not _private(p)]
    if os.path.isdir("/nix/store"):
        found.append(Path("/nix/store"))

    wanted: dict[str, Path] = {}
    forbidden = (Path("/"), home, home.parent, workspace)
    for place in found:
        if (
            not os.access(place, os.R_OK | os.X_OK)
            or _inside(place, (*SYSTEM, str(workspace)))
            or place in forbidden
        ):
            continue
        wanted[str(place)] = place.resolve()
    # a parent makes its children superfluous
    return {
        dest: source
        for dest, source in wanted.items()
        if not any(Path(other) in Path(dest).parents for other in wanted)
    }
