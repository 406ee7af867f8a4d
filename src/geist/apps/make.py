"""An app from its plan and the agreed checks: built by think.solve, and judged."""

from collections.abc import Callable, Sequence
from threading import Event

from geist.apps.apart import confirmed
from geist.apps.building import Building, effort
from geist.apps.checking import Check
from geist.apps.finding import Finding
from geist.apps.judge import Bench, Heard, Judge
from geist.apps.made import Made, task_of
from geist.apps.plan import Plan
from geist.core.budget import Budget
from geist.core.errors import GeistError, Stopped
from geist.core.log import Log
from geist.core.output import Text
from geist.core.verdict import Status
from geist.models.model import Model
from geist.think.solve import Outcome, solve


def build(plan: Plan, checks: Sequence[Check], model: Model, bench: Bench, log: Log, budget: Budget, *,
          level: str = "medium", free: bool = False, before: str = "", change: str = "", confirm: bool = True,
          seed: int = 0, stop: Event | None = None, hear: Heard = lambda stage, what, good: None,
          tell: Callable[[str], None] = lambda text: None) -> Made:  # fmt: skip
    """Raises Stopped, and GeistError where there is nothing to offer."""
    task, brief = task_of(plan, checks), Building(plan, checks, free, before, change)
    log.append("task", **task.plain())

    def told(kind: str, data: dict[str, object]) -> None:
        if kind == "asking":
            tell("writing …")
        elif kind == "answered":
            tell("checking …")

    outcome = solve(task, brief, model, effort(level, plan, free), budget, Judge(bench, hear), log, seed=seed,
                    stop=stop, tell=told)  # fmt: skip
    if stop is not None and stop.is_set() and outcome.passed is None:
        raise Stopped
    made = _made(plan, checks, outcome)
    if made.wrong or not confirm or free or before:
        return made
    tell("written apart, and compared …")
    return confirmed(made, brief, model, bench, log, budget, seed=seed, stop=stop)


def _made(plan: Plan, checks: Sequence[Check], outcome: Outcome) -> Made:
    best, tries = outcome.best(), len(outcome.attempts)
    if best is None or not isinstance(best.output, Text):
        raise GeistError("nothing was made that could be offered", why=best.verdict.reason if best else outcome.why,
                         mend="say it in other words, give a larger --model, or more --effort")  # fmt: skip
    if best.verdict.passed:
        return Made(plan, tuple(checks), best.output.text, (), tries=tries)
    if best.verdict.status is Status.UNSCORABLE:
        raise GeistError("the app could not be checked", why=best.verdict.reason)
    wrong = tuple(
        Finding(f["stage"], f["what"], f["rule"]) for f in best.verdict.evidence.get("findings", ())
    )
    wrong = wrong or (Finding("parses", best.verdict.reason),)
    return Made(plan, tuple(checks), best.output.text, wrong, tries=tries)
