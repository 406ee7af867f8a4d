"""Search/replace blocks: the lines to look for, and what is to stand there instead."""

import re

from geist.core.output import Malformed
from geist.edit.match import find, moved

OPENS, TURNS, ENDS = (re.compile(rf"[ \t]*{mark}") for mark in
                      (r"<{5,9} ?SEARCH", r"={5,9}[ \t]*$", r">{5,9} ?REPLACE"))  # fmt: skip


def blocks(reply: str) -> list[tuple[list[str], list[str]]]:
    """(lines to look for, lines instead) of each whole block."""
    found, search, instead = list[tuple[list[str], list[str]]](), list[str](), list[str]()
    state = 0  # outside, in the lines to look for, in the new ones
    for line in reply.replace("\r\n", "\n").split("\n"):
        if state != 2 and OPENS.match(line):
            state, search, instead = 1, [], []
        elif state == 1 and TURNS.match(line):
            state = 2
        elif state == 2 and ENDS.match(line):
            found.append((search, instead))
            state = 0
        elif state:
            (search if state == 1 else instead).append(line)
    return found


def replaced(code: str, reply: str) -> str | Malformed:
    """`code` after the blocks of a reply, one after another. Total."""
    found = blocks(reply)
    if not found:
        return Malformed("the answer has no SEARCH/REPLACE block")
    lines = code.split("\n")
    for search, instead in found:
        spot = find(lines, search)
        if isinstance(spot, Malformed):
            return spot
        lines[spot.first : spot.last] = moved(_trimmed(instead), spot)
    return "\n".join(lines)


def block(before: str, after: str) -> str:
    """One block that makes `before` of `after`."""
    return f"<<<<<<< SEARCH\n{before}\n=======\n{after}\n>>>>>>> REPLACE"


def _trimmed(lines: list[str]) -> list[str]:
    """Blank lines at the ends of a block are layout, as `find` takes them to be."""
    while lines and not lines[0].strip():
        lines = lines[1:]
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines
