"""Checks that are put to the user: what most of several drafts do with examples of use."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Event

from geist.apps.building import Building, apiece
from geist.apps.checking import Check, Expect, Kind
from geist.apps.judge import Bench, Judge, opened
from geist.apps.made import task_of
from geist.apps.plan import Plan
from geist.apps.same import same
from geist.core.budget import Budget
from geist.core.errors import Stopped
from geist.core.log import Log
from geist.core.output import Output, Text
from geist.core.task import Task
from geist.core.verdict import Status, Verdict
from geist.models.model import Model
from geist.think.effort import Wave
from geist.think.solve import solve

DRAFTS = (Wave(0.0, 1, 0.0), Wave(1.0, 2, 0.7))


class Drafting:
    """Passes nothing: drafts are wanted, as they come. `made` are those that begin and are safe."""

    name, version = "app-draft", 1

    def __init__(self, bench: Bench) -> None:
        self.judge, self.made = Judge(bench, stop_at="parses"), list[str]()

    def __call__(self, task: Task, output: Output) -> Verdict:
        verdict = self.judge(task, output)
        if verdict.passed and isinstance(output, Text):
            self.made.append(output.text)
            return replace(verdict, status=Status.FAILED, score=0.99)
        return verdict


@dataclass(frozen=True)
class Proposed:
    """A check that is put to the user: `sure` of `of` drafts that were written apart do so."""

    check: Check
    sure: int
    of: int


def propose(plan: Plan, examples: Sequence[Check], model: Model, bench: Bench, log: Log, budget: Budget, *,
            seed: int = 0, stop: Event | None = None) -> list[Proposed]:  # fmt: skip
    """What most of several drafts do with each of the examples, as checks: a small model cannot say
    what comes out, but programs of its own can be asked."""
    drafts = Drafting(bench)
    task = replace(task_of(plan, ()), family="make-draft", verifier="app-draft@1")
    log.append("task", **task.plain())
    solve(
        task,
        Building(plan, (), False),
        model,
        apiece(plan, 3, 0, DRAFTS),
        budget,
        drafts,
        log,
        seed=seed + 3000,
        stop=stop,
    )
    if stop is not None and stop.is_set():
        raise Stopped
    if not drafts.made:
        return []
    outcomes = list[list[dict[str, str]]]()
    for source in drafts.made:
        with opened(plan.kind, source, bench) as app:
            outcomes.append([app.observe(one, plan.outputs) for one in examples])
    found = list[Proposed]()
    for n, one in enumerate(examples):
        seen = [o[n] for o in outcomes if "" not in o[n]]
        if plan.kind == "script":
            seen = [s for s in seen if "fails" not in s]  # nobody wants that of their own data
        if plan.kind == "service":
            # what a draft refuses may be right, and says nothing of what it is for
            seen = [s for s in seen if s.get("status", "").startswith("2")] or seen
        if not seen:
            continue
        most, count = Counter(map(same, seen)).most_common(1)[0]
        told = next(s for s in seen if same(s) == most)
        if expects := _expects(plan.kind, told):
            found.append(Proposed(Check(one.steps, expects), count, len(outcomes)))
    return found


def _expects(kind: Kind, told: dict[str, str]) -> tuple[Expect, ...]:
    if "fails" in told:
        return (Expect("fails"),)
    if "prints" in told:
        ends = (Expect("ends", value=told["ends"]),) if "ends" in told else ()
        return (*((Expect("exactly", value=told["prints"]),) if told["prints"] else ()), *ends)
    if kind == "page" and "seen" in told:
        return ()
    most = 4 if kind == "page" else 3
    return tuple(
        Expect("is", name, value[:200])
        for name, value in list(told.items())[:most]
        if value.strip()
    )
