"""Get a source release from the package index that this machine's pip uses."""

import hashlib
import os
import re
import shutil
import ssl
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from geist.core.errors import GeistError

if TYPE_CHECKING:
    import httpx


def source_release(package: str, version: str, sha256: str, folder: Path) -> Path:
    """The sdist as `folder`/SHA256.tar.gz. Nothing of it is run: pip itself would run its build
    script to learn its name."""
    target = folder / f"{sha256}.tar.gz"
    if target.is_file():
        return target
    import httpx

    index = index_url()
    try:
        with httpx.Client(timeout=60, follow_redirects=True, verify=_certificates()) as client:
            page = urljoin(index.rstrip("/") + "/", re.sub(r"[-_.]+", "-", package).lower() + "/")
            answer = client.get(page, headers={"Accept": "application/vnd.pypi.simple.v1+json"})
            answer.raise_for_status()
            url = _find(answer, package, version, sha256)
            data = client.get(url).raise_for_status().content
    except httpx.HTTPError as e:
        raise GeistError(
            f"{package} {version} could not be downloaded",
            why=f"{type(e).__name__}: {e}".split("\n")[0],
            mend="check the network; pip's own settings decide which index is asked",
        ) from e
    if hashlib.sha256(data).hexdigest() != sha256:
        raise GeistError(f"{package} {version} was refused: its bytes are not the release's")
    folder.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(data)
    os.replace(fresh, target)
    return target


def index_url() -> str:
    """pip's index, from its environment, its configuration, or its default."""
    if url := os.environ.get("PIP_INDEX_URL"):
        return url
    asked = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    done = subprocess.run(asked, capture_output=True, text=True)
    if done.returncode == 0 and done.stdout.strip():
        return done.stdout.strip()
    from pip._internal.models.index import PyPI

    return str(PyPI.simple_url)


def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or None)


def _find(answer: "httpx.Response", package: str, version: str, sha256: str) -> str:
    page = str(answer.url)
    if "json" in answer.headers.get("content-type", ""):
        for file in answer.json()["files"]:
            if file.get("hashes", {}).get("sha256") == sha256:
                return urljoin(page, file["url"])
    for link in re.findall(r'href="([^"]+)"', answer.text):
        name = urlsplit(link).path.rsplit("/", 1)[-1]
        wanted = re.sub(r"[-_.]+", "-", f"{package}-{version}").lower()
        if re.sub(r"[-_.]+", "-", name.removesuffix(".tar.gz")).lower() == wanted:
            return urljoin(page, link)
    raise GeistError(f"{package} {version} is not on the package index (any more)")


def unpack(archive: Path, target: Path) -> Path:
    """Unpacks an sdist afresh into `target` and returns the one folder in it."""
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    with tarfile.open(archive) as tar:
        extract(tar, target)
    folders = [p for p in target.iterdir() if p.is_dir()]
    if len(folders) != 1:
        raise GeistError(f"{archive.name} is not a source release", why="it has no single folder")
    return folders[0]


def extract(tar: tarfile.TarFile, target: Path) -> None:
    """Plain files and folders below `target`; links, devices and odd modes are left out, a name
    that leads outside is refused. (Python has a filter for that only since 3.11.4.)"""
    root = target.resolve()
    for member in tar:
        place = (root / member.name).resolve()
        if place != root and root not in place.parents:
            raise GeistError(f"the archive was refused: {member.name} leads out of it")
        if member.isdir():
            place.mkdir(parents=True, exist_ok=True)
        elif member.isfile() and (data := tar.extractfile(member)) is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data.read())
            place.chmod(0o755 if member.mode & 0o100 else 0o644)
