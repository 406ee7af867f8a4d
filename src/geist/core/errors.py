"""Errors that a user can meet."""

import errno


class GeistError(Exception):
    """What happened, why, and the command that mends it. The CLI prints it and exits with 2."""

    def __init__(self, what: str, *, why: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what, self.why, self.mend = what, why, mend

    def __str__(self) -> str:
        lines = [self.what]
        if self.why:
            lines.append(f"why:  {self.why}")
        if self.mend:
            lines.append(f"mend: {self.mend}")
        return "\n".join(lines)


def full(error: OSError) -> GeistError | None:
    """What to tell where an error says that a disk is full."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return None
    where = f": {error.filename}" if error.filename else ""
    return GeistError("the disk is full", why=f"{error.strerror}{where}; your files are whole",
                      mend="make room, then say it again")  # fmt: skip


class Stopped(Exception):
    """The user stopped the work; nothing was changed."""


class OutOfBudget(Exception):
    """A limit was reached. `work` carries what was done so far, so that nothing is lost."""

    def __init__(self, limit: str, work: object = None) -> None:
        super().__init__(f"the budget's {limit} are used up")
        self.limit, self.work = limit, work


class ModelError(GeistError):
    """A model could not answer. `transient` errors are worth another model or another try; one that
    is `unreachable` did not even refuse."""

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        mend: str = "",
        transient: bool = False,
        unreachable: bool = False,
    ) -> None:
        super().__init__(what, why=why, mend=mend)
        self.transient, self.unreachable = transient, unreachable
