"""Asks the leash, then the user where the leash says so, and keeps a record of both."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Literal, Protocol

from geist.agent.leash import Approval, Capability, Decision, Terms, Wish, decide, pattern_for
from geist.core.canonical import digest
from geist.core.log import Log

Answer = Literal["no", "once", "session", "project"]


class Approver(Protocol):
    def may(self, wish: Wish, decision: Decision, shown: str, pattern: str | None) -> Answer:
        """What the user says. `shown` is what would happen, `pattern` what an answer for more than
        once would cover (None: it may only be allowed once)."""
        ...

    def answer(self, question: str) -> str | None:
        """The user's answer to the model's question; None where nobody can be asked."""
        ...


class Guard:
    """One session's leash. `terms` may be changed at any moment."""

    def __init__(self, terms: Terms, approver: Approver, log: Log, file: Path,
                 tell: Callable[[Wish, Decision, bool], None]) -> None:  # fmt: skip
        self.terms = replace(terms, approvals=(*terms.approvals, *approvals(file)))
        self.approver, self.log, self.file, self.tell = approver, log, file, tell
        self.asked = 0

    def may(self, wish: Wish, shown: str = "") -> bool:
        """Whether it may happen. Every decision is an event of the log, before any effect."""
        decision = decide(wish, self.terms)
        allowed, answer = decision.verb == "allow", ""
        if decision.verb == "ask":
            self.asked += 1
            pattern = None if decision.fresh else pattern_for(wish)
            answer = self.approver.may(wish, decision, shown, pattern)
            allowed = answer != "no"
            if answer in ("session", "project") and pattern is not None:
                given = Approval(wish.capability, pattern, answer)
                self.terms = replace(self.terms, approvals=(*self.terms.approvals, given))
                if answer == "project":
                    keep(self.file, [*approvals(self.file), given])
        self.log.append("leash", capability=wish.capability, target=wish.target[:4000],
                        verb=decision.verb, rule=decision.rule, answer=answer,
                        taint=sorted(self.terms.taint))  # fmt: skip
        self.tell(wish, decision, allowed)
        return allowed

    def taint(self, source: str) -> None:
        # it is shown with a question, and must not look like one
        source = " ".join(source.split())[:200]
        if source not in self.terms.taint:
            self.terms = replace(self.terms, taint=self.terms.taint | {source})
            self.log.append("taint", source=source)


def file_of(data: Path, root: Path) -> Path:
    """Where a project's approvals are kept: out of its reach."""
    return data / "leash" / f"{digest(str(root.resolve()))[:20]}.json"


def approvals(file: Path) -> list[Approval]:
    """What was approved for a project; nothing of a file that does not read."""
    try:
        return [Approval(Capability(a["capability"]), str(a["pattern"]), "project")
                for a in json.loads(file.read_text())]  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        return []


def keep(file: Path, given: list[Approval]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps([asdict(a) for a in dict.fromkeys(given)], indent=1) + "\n")
    os.replace(fresh, file)
