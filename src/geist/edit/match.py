"""Find lines of a text that a model quoted, as loosely as is safe."""

from collections.abc import Sequence
from dataclasses import dataclass

from geist.core.output import Malformed


@dataclass(frozen=True)
class Spot:
    """Lines `first`…`last` (from 0, `last` not among them). `lead` is what the text has before
    each of these lines and the quotation has not; after a "-", what the quotation has too much."""

    first: int
    last: int
    lead: str = ""


def find(lines: Sequence[str], quoted: Sequence[str]) -> Spot | Malformed:
    """Where `quoted` stands: as it is written, else without blanks at the ends of lines, else moved
    to the right or left as a whole. Once, or it is refused."""
    wanted = list(quoted)
    while wanted and not wanted[0].strip():
        wanted.pop(0)
    while wanted and not wanted[-1].strip():
        wanted.pop()
    if not wanted:
        return Malformed("the lines to look for are empty")
    for same in (_exact, _trailing, _shifted):
        spots = [
            spot for at in range(len(lines) - len(wanted) + 1)
            if (spot := same(lines[at : at + len(wanted)], wanted, at)) is not None
        ]  # fmt: skip
        if len(spots) == 1:
            return spots[0]
        if spots:
            return Malformed(f"the lines to look for stand there {len(spots)} times: name more of "
                             f"them: {wanted[0].strip()[:80]!r}")  # fmt: skip
    return Malformed(f"the lines to look for are not there: {wanted[0].strip()[:80]!r}")


def moved(lines: Sequence[str], spot: Spot) -> list[str]:
    """New lines for `spot`, as far to the right as those that they replace."""
    if not spot.lead.startswith("-"):
        return [spot.lead + line if line.strip() else line for line in lines]
    less = spot.lead[1:]
    return [line.removeprefix(less) for line in lines]


def _exact(part: Sequence[str], wanted: Sequence[str], at: int) -> Spot | None:
    return Spot(at, at + len(wanted)) if list(part) == list(wanted) else None


def _trailing(part: Sequence[str], wanted: Sequence[str], at: int) -> Spot | None:
    same = [x.rstrip() for x in part] == [x.rstrip() for x in wanted]
    return Spot(at, at + len(wanted)) if same else None


def _shifted(part: Sequence[str], wanted: Sequence[str], at: int) -> Spot | None:
    if [x.strip() for x in part] != [x.strip() for x in wanted]:
        return None
    leads = {_lead(a, b) for a, b in zip(part, wanted) if a.strip()}
    return Spot(at, at + len(wanted), leads.pop()) if len(leads) == 1 else None


def _lead(line: str, quoted: str) -> str:
    mine, theirs = (x[: len(x) - len(x.lstrip())] for x in (line, quoted))
    if mine.endswith(theirs):
        return mine[: len(mine) - len(theirs)]
    return "-" + theirs[: len(theirs) - len(mine)]
