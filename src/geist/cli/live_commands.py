"""The commands of a session: what `/NAME` does."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from geist.agent.do import RETRIES
from geist.agent.draft import Draft
from geist.agent.leash import Autonomy
from geist.agent.scope import check as check_scope
from geist.cli.screen import line
from geist.core.errors import GeistError
from geist.models import config as configuration
from geist.models.choose import choose
from geist.models.profile import load

if TYPE_CHECKING:
    from geist.cli.live import Live

Command = Callable[["Live", str], None]
COMMANDS: dict[str, tuple[str, Command]] = {}  # in the order in which /help lists them
PLAN = "Make a plan for this and call done with it. Change nothing yet: "


def command(name: str, about: str) -> Callable[[Command], Command]:
    def register(run: Command) -> Command:
        COMMANDS[name] = (about, run)
        return run

    return register


def run(live: "Live", text: str) -> None:
    """What was typed behind a /. A beginning that fits one command is enough."""
    name, _, rest = text.partition(" ")
    near = [n for n in COMMANDS if n.startswith(name)] if name not in COMMANDS else [name]
    if len(near) != 1:
        live.screen.out.print(line((f"there is no /{name}; /help lists the commands", "red")))
        return
    try:
        COMMANDS[near[0]][1](live, rest.strip())
    except GeistError as e:
        live.screen.out.print(line((f"geist: {e}", "red")))


@command("help", "this list")
def help_(live: "Live", rest: str) -> None:
    for name, (about, _) in COMMANDS.items():
        live.screen.out.print(line((f"  /{name:<9}", "bold"), (about, "")))
    live.screen.out.print("  !COMMAND   run it on the draft, in the sandbox\n"
                          "  @FILE      names a file; Tab completes\n"
                          "  Alt-Enter  a new line")  # fmt: skip


@command("check", "COMMAND: work is done when it succeeds; off takes it away")
def check(live: "Live", rest: str) -> None:
    if rest:
        live.check = "" if rest == "off" else rest
        live.do.log.append("checked", command=live.check)
    told = f"done when this succeeds: {live.check}" if live.check else "nothing checks the work"
    live.screen.out.print(line((told, "dim")))


@command("plan", "TASK: have it plan and change nothing")
def plan(live: "Live", rest: str) -> None:
    before = live.terms

    def work() -> None:
        live.do.guard.terms = replace(before, autonomy=Autonomy.SUGGEST)
        try:
            live.work(PLAN + rest, check=False)
        finally:
            live.do.guard.terms = replace(live.terms, autonomy=before.autonomy)

    live.begin(work)


@command("diff", "show the draft")
def diff(live: "Live", rest: str) -> None:
    if not live.do.hands.draft.files:
        live.screen.out.print("there is no draft", style="dim")
    live.screen.change(live.do.hands.draft)


@command("review", "take the draft hunk by hunk")
def review(live: "Live", rest: str) -> None:
    live.begin(live.review)


@command("accept", "take the draft whole")
def accept(live: "Live", rest: str) -> None:
    live.begin(live.accept)


@command("discard", "throw the draft away")
def discard(live: "Live", rest: str) -> None:
    live.must_be_idle()
    hands = live.do.hands
    hands.change("discarded", Draft(hands.root, hands.draft.base))
    live.screen.out.print("the draft is gone; /undo brings it back", style="dim")


@command("undo", "[N] or @M: take the last N changes of the draft back, or all since message M")
def undo(live: "Live", rest: str) -> None:
    live.must_be_idle()
    count, said = int(rest) if rest.isdecimal() else 1, live.do.hands.said
    if rest.startswith("@"):
        number = int(rest[1:]) if rest[1:].isdecimal() else 0
        if not 1 <= number <= len(said):
            raise GeistError(f"there is no message {rest[1:]}", why=f"there are {len(said)}")
        count = max(0, len(live.do.hands.steps) - said[number - 1])
    done = sum(live.do.hands.undo() for _ in range(count))
    left = len(live.do.hands.draft.files)
    live.screen.out.print(f"{done} changes taken back; the draft has {left} files", style="dim")


@command("leash", "[STOP] [SCOPE]: show or set what may happen unasked")
def leash(live: "Live", rest: str) -> None:
    stop, _, scope = rest.partition(" ")
    scope = scope.strip().strip("\"'")
    if stop:
        if stop not in tuple(Autonomy):
            raise GeistError(f"there is no stop {stop!r}", why=f"it is {', '.join(Autonomy)}")
        most = load(live.do.data, live.do.model.name, live.do.model.digest).most_autonomy
        order = tuple(Autonomy)
        if order.index(Autonomy(stop)) > order.index(Autonomy(most)):
            raise GeistError(f"this model has not earned {stop}",
                             why=f"what was measured of it allows {most} at most",
                             mend=f"geist map {live.do.model.name} --profile")  # fmt: skip
        if scope:
            check_scope(live.do.job.root, scope)
        live.do.guard.terms = replace(live.terms, autonomy=Autonomy(stop),
                                      scope=scope or live.terms.scope)  # fmt: skip
        live.do.log.append("terms", autonomy=stop, scope=live.terms.scope)
    terms = live.terms
    live.screen.out.print(line((f"{terms.autonomy}, scope {terms.scope}, "
                                f"{len(terms.approvals)} approvals", "")))  # fmt: skip
    if terms.taint:
        live.screen.out.print(line((f"it has read: {', '.join(sorted(terms.taint))}", "yellow")))


@command("effort", "low, medium, high: how often it may try again")
def effort(live: "Live", rest: str) -> None:
    if rest not in RETRIES:
        raise GeistError(f"--effort {rest!r} makes no sense", why="it is low, medium or high")
    live.level = rest
    live.do.job = replace(live.do.job, retries=RETRIES[rest])


@command("model", "NAME: go on with another model")
def model(live: "Live", rest: str) -> None:
    live.must_be_idle()
    root = live.do.job.root
    fresh = choose(rest or None, live.do.data, configuration.load(root),
                   lambda text: live.screen.out.print(text, style="dim"))  # fmt: skip
    live.do.model.close()
    live.do.model = live.do.free.model = fresh
    live.do.free.name, live.do.free.digest = fresh.name, fresh.digest
    live.do.free.window = fresh.window
    # what the last one had earned is not this one's
    most = Autonomy(load(live.do.data, fresh.name, fresh.digest).most_autonomy)
    leash(live, min(live.terms.autonomy, most, key=tuple(Autonomy).index))
    live.do.log.append("model", name=fresh.name, digest=fresh.digest)


@command("compact", "shorten old results now; /compact undo brings them back")
def compact(live: "Live", rest: str) -> None:
    live.must_be_idle()
    if rest == "undo":
        back = live.do.free.uncompact()
        live.screen.out.print("they are back" if back else "nothing was dropped", style="dim")
    elif not live.do.free.compact(everything=True):
        live.screen.out.print("there is nothing to drop", style="dim")


@command("cost", "tokens and money so far")
def cost(live: "Live", rest: str) -> None:
    used = live.do.budget.used
    live.screen.out.print(f"{used.prompt} tokens read, {used.cached} of them known already, "
                          f"{used.completion} written, {used.seconds:.0f} s, "
                          f"${used.money:.4f}")  # fmt: skip


@command("quit", "end; the draft is kept")
def quit_(live: "Live", rest: str) -> None:
    live.over = True
