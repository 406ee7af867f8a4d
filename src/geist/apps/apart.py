"""An app compared with versions that were written apart: programs that are wrong seldom agree."""

from collections import Counter
from dataclasses import replace
from threading import Event

from geist.apps.building import Building, apiece
from geist.apps.judge import Bench, Judge
from geist.apps.made import Made, task_of
from geist.apps.same import Seen, difference, observed, varied
from geist.core.budget import Budget
from geist.core.log import Log
from geist.core.output import Output, Text
from geist.core.task import Task
from geist.core.verdict import Status, Verdict
from geist.models.model import Model
from geist.think.effort import Wave
from geist.think.solve import Outcome, solve

VERSIONS, MENDED = 3, 2  # where functions are written one by one; how often what is wrong is mended
OTHERS = (Wave(0.0, 2, 0.8), Wave(1.0, 2, 0.9, patient=True))


class Meets:
    """Passes a version that is safe and meets the checks; it is not tried further. `met` are those."""

    name, version = "app-checks", 1

    def __init__(self, bench: Bench) -> None:
        self.judge, self.met = Judge(bench, stop_at="checks"), list[str]()

    def __call__(self, task: Task, output: Output) -> Verdict:
        verdict = self.judge(task, output)
        if verdict.passed and isinstance(output, Text):
            self.met.append(output.text)
        # none ends the search: how many there are is asked
        return replace(verdict, status=Status.FAILED, score=0.99) if verdict.passed else verdict


def confirmed(made: Made, brief: Building, model: Model, bench: Bench, log: Log, budget: Budget, *,
              seed: int = 0, stop: Event | None = None) -> Made:  # fmt: skip
    """Other versions are written apart; what they do on other input is compared. The app is one of
    those that most do alike: another of them is taken where it stands alone, and judged."""
    apart, probes = Meets(bench), varied(made.checks, made.plan)
    if not probes:
        return replace(made, agrees=False, differs="there is no other input to compare with")
    seen = {made.source: observed(made.source, made.plan, probes, bench)}

    def enough(_: Outcome) -> bool:
        for version in apart.met:
            if version not in seen:
                seen[version] = observed(version, made.plan, probes, bench)
        return most()[1] > 1

    def most() -> tuple[Seen, int]:
        # one that came out the same to the letter was written apart too
        return Counter(seen[v] for v in (made.source, *apart.met)).most_common(1)[0]

    brief.again()
    task = replace(task_of(made.plan, made.checks), family="make-apart", verifier="app-checks@1")
    effort = apiece(made.plan, VERSIONS, MENDED, OTHERS)
    solve(task, brief, model, effort, budget, apart, log, seed=seed + 7000, stop=stop, enough=enough)  # fmt: skip
    if not apart.met:
        return replace(made, agrees=False, differs="no second version met the checks")
    said, count = most()
    own = seen[made.source]
    if count > 1 and own == said:
        return replace(made, agrees=True)
    other = next((v for v in apart.met if seen[v] == said), apart.met[0])
    if (
        count > 1
        and not Judge(bench).judge(other, made.plan.kind, made.checks, made.plan.description)[0]
    ):
        return replace(made, source=other, agrees=True)
    return replace(made, agrees=False, differs=difference(probes, own, seen[other]))
