"""What the commands that ask a model many questions share."""

import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from geist.models.model import Model

LIBRARIES = {
    "train": ("torch", "safetensors", "tomli_w", "tensorboardX"),
    "make": ("bandit", "schemathesis", "playwright", "starlette", "uvicorn", "ruff", "ty"),
    "map": ("scipy", "num2words", "vl_convert"),
}


def needs(extra: str, what: str) -> None:
    """Raises GeistError where geist was installed without an extra that `what` needs."""
    from importlib.util import find_spec

    from geist.core.errors import GeistError

    missing = [name for name in LIBRARIES[extra] if not find_spec(name)]
    if missing:
        raise GeistError(
            f"{what} needs {', '.join(missing)}",
            why=f"geist was installed without its {extra} extra",
            mend=f"make setup-{extra}    (or: pip install 'geist[{extra}]')",
        )


def opened(name: str | None, slots: int, window: int) -> Model:
    """A model that writes `slots` answers side by side; a run of geist train is exported first."""
    from geist.cli.chat import exported
    from geist.core.home import home
    from geist.models import config as configuration
    from geist.models.choose import choose

    config, name = configuration.load(Path.cwd()), exported(name) if name else None
    tell = partial(print, file=sys.stderr)
    return choose(name, home(), config, tell, slots=slots, window=window)


@contextmanager
def stopping() -> Generator[threading.Event]:
    """An event that Ctrl-C sets; a second Ctrl-C ends at once."""
    stop = threading.Event()

    def halt(*_: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        print("geist: stopping after the answers at hand (Ctrl-C again: at once)", file=sys.stderr)

    previous = signal.signal(signal.SIGINT, halt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, previous)
