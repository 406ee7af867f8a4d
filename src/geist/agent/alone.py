"""One terminal a session."""

from pathlib import Path
from typing import IO

from geist.core.errors import GeistError


def alone(data: Path, session: str) -> IO[str]:
    """A session is open once. Raises GeistError where it is open already; closing what comes back,
    or a kill, lets it go."""
    import fcntl

    place = data / "locks" / session
    place.parent.mkdir(parents=True, exist_ok=True)
    held = open(place, "w")  # noqa: SIM115 - lives as long as the session
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as e:
        held.close()
        raise GeistError(f"session {session} is open in another terminal",
                         mend="go on there, or close it first") from e  # fmt: skip
    return held
