"""What is wrong with a view, in words that a person and a model can act on."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """`path` says where: a line, or a component's id with its field. `code` is for programs."""

    code: str
    path: str
    message: str

    def plain(self) -> dict[str, str]:
        return {"code": self.code, "path": self.path, "message": self.message}


class Wrong(Exception):
    """Raised while one part is read; the parts beside it are still looked at."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message

    def at(self, path: str) -> Problem:
        return Problem(self.code, path, self.message)


def like(name: str, known: Iterable[str]) -> str:
    """A hint at the names that were probably meant, and otherwise at those that there are."""
    names = list(known)
    near = difflib.get_close_matches(name, names, 1, 0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"there are {', '.join(names[:12])}" if names else "there are none"
