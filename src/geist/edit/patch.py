"""Unified diffs as models write them: the numbers of lines are not believed, the lines are."""

import re

from geist.core.output import Malformed
from geist.edit.match import find, moved

HEAD = re.compile(r"^(diff |index |new file|old mode|new mode|similarity )")
FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})")


def patched(code: str, reply: str) -> str | Malformed:
    """`code` after the hunks of a reply. Total."""
    hunks = _hunks(reply.replace("\r\n", "\n"))
    if not any(mark in "+-" for hunk in hunks for mark, _ in hunk):
        return Malformed("the answer has no unified diff")
    lines = code.split("\n")
    for hunk in hunks:
        old = [text for mark, text in hunk if mark in " -"]
        new = [text for mark, text in hunk if mark in " +"]
        while old and new and not old[0].strip() and not new[0].strip():
            old, new = old[1:], new[1:]
        while old and new and not old[-1].strip() and not new[-1].strip():
            old, new = old[:-1], new[:-1]
        if old == new:
            continue
        spot = find(lines, old)
        if isinstance(spot, Malformed):
            return spot
        lines[spot.first : spot.last] = moved(new, spot)
    return "\n".join(lines)


def _hunks(reply: str) -> list[list[tuple[str, str]]]:
    """Of each hunk its lines as (mark, text). A hunk begins at `@@`, or where marked lines do."""
    found, hunk = list[list[tuple[str, str]]](), list[tuple[str, str]]()
    inside, lines = False, reply.split("\n")
    for number, line in enumerate(lines):
        # a removed line may begin with "-- ": only both together are the names of files
        before, after = (lines[n] if 0 <= n < len(lines) else "" for n in (number - 1, number + 1))
        names = (line.startswith("--- ") and after.startswith("+++ ")) or (
            line.startswith("+++ ") and before.startswith("--- ")
        )
        if line.startswith("@@"):
            found.append(hunk)
            hunk, inside = [], True
        elif names or HEAD.match(line) or FENCE.match(line):
            found.append(hunk)
            hunk, inside = [], False
        elif line[:1] in ("+", "-"):
            inside = True
            hunk.append((line[0], line[1:]))
        elif inside and line.startswith("\\"):
            continue
        elif inside and (line.startswith(" ") or not line.strip()):
            hunk.append((" ", line[1:]))
        elif inside:
            found.append(hunk)
            hunk, inside = [], False
    return [h for h in [*found, hunk] if h]
