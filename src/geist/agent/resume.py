"""A session from its log: the draft, the steps that can be undone, and the conversation."""

from dataclasses import dataclass, field
from pathlib import Path

from geist.agent.draft import Draft
from geist.core.errors import GeistError
from geist.core.log import read, sessions
from geist.core.message import Message


@dataclass
class Past:
    """What a session had come to when its log ends. `check` is what it was last checked by."""

    session: str
    root: Path
    cwd: str
    model: str
    autonomy: str
    check: str = ""
    scope: str = "*"
    taint: frozenset[str] = frozenset()
    draft: Draft | None = None
    steps: list[Draft] = field(default_factory=list)
    said: list[int] = field(default_factory=list)  # how many steps there were at each message
    turns: list[Message] = field(default_factory=list)
    ended: bool = False


def fold(data: Path, session: str) -> Past:
    """Total over every prefix of a log that has its start. Raises GeistError without one."""
    past: Past | None = None
    for event in read(data, session):
        told = event.data
        if event.kind == "start" and "autonomy" in told:
            if past is None:
                past = Past(session, Path(told["root"]), told["cwd"], told["model"],
                            told["autonomy"])  # fmt: skip
            past.model, past.autonomy = told["model"], told["autonomy"]
            past.check = told["check"] or past.check
            past.scope = told.get("scope", past.scope)
        elif past is None:
            continue
        elif event.kind == "draft":
            draft = Draft.of(past.root, told)
            if told["what"] == "undone":
                if past.steps:
                    past.steps.pop()
                past.said = [min(n, len(past.steps)) for n in past.said]
            else:
                past.steps.append(past.draft or Draft(past.root, draft.base))
            past.draft = draft
        elif event.kind == "said":
            past.said.append(len(past.steps))
        elif event.kind == "turns":
            past.turns += [Message(m["role"], m["text"], m["origin"]) for m in told["new"]]
        elif event.kind == "step":
            past.turns.append(Message("assistant", told["reply"]["text"], "model"))
        elif event.kind == "told":
            past.turns.append(Message("user", told["text"], told["origin"]))
        elif event.kind == "accepted":
            # what was left out of it comes as a draft of its own
            past.draft, past.steps, past.said = None, [], [0] * len(past.said)
        elif event.kind == "checked":
            past.check = told["command"]
        elif event.kind == "taint":
            past.taint |= {told["source"]}
        elif event.kind == "terms":
            past.autonomy, past.scope = told["autonomy"], told["scope"]
        elif event.kind == "model":
            past.model = told["name"]
    if past is None:
        raise GeistError(f"session {session} cannot be gone on with",
                         why="its log has no beginning of a piece of work",
                         mend="geist log    lists all sessions")  # fmt: skip
    return past


def latest(data: Path, root: Path) -> str:
    """The last session of work in a project. Raises GeistError where there is none."""
    for name in reversed(sessions(data)):
        first = next(iter(read(data, name)), None)
        if first is not None and first.kind == "start" and "autonomy" in first.data:
            if first.data["root"] == str(root):
                return name
    raise GeistError(f"there is no session to go on with in {root}", mend="geist log")
