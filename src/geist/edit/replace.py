"""Search/replace blocks: the lines to look for, and what is to stand there instead."""

import re

from geist.core.output import Malformed
from geist.edit.match import find, moved

BLOCK = re.compile(
    r"^[ \t]*<{5,9} ?SEARCH[^\n]*\n(.*?)^[ \t]*={5,9}[ \t]*\n(.*?)^[ \t]*>{5,9} ?REPLACE",
    re.M | re.S,
)


def replaced(code: str, reply: str) -> str | Malformed:
    """`code` after the blocks of a reply, one after another. Total."""
    blocks = BLOCK.findall(reply.replace("\r\n", "\n") + "\n")
    if not blocks:
        return Malformed("the answer has no SEARCH/REPLACE block")
    lines = code.split("\n")
    for search, replace in blocks:
        spot = find(lines, search.split("\n")[:-1])
        if isinstance(spot, Malformed):
            return spot
        lines[spot.first : spot.last] = moved(_trimmed(replace), spot)
    return "\n".join(lines)


def block(before: str, after: str) -> str:
    """One block that makes `before` of `after`."""
    return f"<<<<<<< SEARCH\n{before}\n=======\n{after}\n>>>>>>> REPLACE"


def _trimmed(text: str) -> list[str]:
    """Blank lines at the ends of a block are layout, as `find` takes them to be."""
    lines = text.split("\n")[:-1]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines
