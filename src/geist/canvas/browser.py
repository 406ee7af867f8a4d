"""A page in a real Chromium: what it looks like, and whether it tried to reach anything."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from geist.core.errors import GeistError

SECONDS = 60
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MEND = "apt install chromium    (or any Chrome or Chromium on the PATH)"


def chromium() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def picture(file: Path, png: Path, width: int = 1100, height: int = 1400) -> None:
    """Draws a page to a PNG. Raises GeistError where there is no browser, or it cannot."""
    program = chromium()
    if program is None:
        raise GeistError("there is no Chromium to draw with", mend=MEND)
    with tempfile.TemporaryDirectory(prefix="geist-") as folder:
        argv = [program, "--headless=new", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
        argv += ["--disable-extensions", "--disable-background-networking"]
        argv += ["--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder}"]
        argv += [f"--window-size={width},{height}", f"--screenshot={png.resolve()}"]
        if os.geteuid() == 0:
            argv.append("--no-sandbox")  # Chromium's own refuses root; the page has no script
        try:
            done = subprocess.run([*argv, file.resolve().as_uri()], capture_output=True, text=True,
                                  timeout=SECONDS)  # fmt: skip
        except subprocess.TimeoutExpired as e:
            raise GeistError("Chromium did not draw the page in time") from e
    if done.returncode or not png.is_file():
        raise GeistError("Chromium could not draw the page", why=done.stderr.strip()[-300:])
