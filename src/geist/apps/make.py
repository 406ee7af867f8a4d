"""An app from its plan and the agreed checks: built by think.solve, judged, and confirmed by versions
that were written apart."""

import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Event

from geist.apps.building import Building, effort
from geist.apps.checking import Check, Expect, Kind, Step, number
from geist.apps.finding import Finding
from geist.apps.judge import Bench, Heard, Judge, opened
from geist.apps.plan import Plan
from geist.core.budget import Budget
from geist.core.errors import GeistError, Stopped
from geist.core.log import Log
from geist.core.message import Message
from geist.core.output import Output, Text
from geist.core.task import Task
from geist.core.verdict import Status, Verdict
from geist.models.model import Model
from geist.think.effort import Effort, Wave
from geist.think.solve import Outcome, solve

DRAFTS = Effort(3, 900, (Wave(0.0, 1, 0.0), Wave(1.0, 2, 0.7)))
OTHERS = Effort(4, 900, (Wave(0.0, 2, 0.8), Wave(1.0, 2, 0.9, patient=True)))
PROBES = 12


@dataclass(frozen=True)
class Made:
    """An app as it was made. `wrong` is what it fails, empty where it passed; `agrees` says whether
    versions that were written apart do the same on other input: None where that was not asked."""

    plan: Plan
    checks: tuple[Check, ...]
    source: str
    wrong: tuple[Finding, ...]
    agrees: bool | None = None
    differs: str = ""  # where they do not
    tries: int = 0

    @property
    def verified(self) -> bool:
        return not self.wrong and self.agrees is not False


def task_of(plan: Plan, checks: Sequence[Check]) -> Task:
    truth = {"kind": plan.kind, "checks": [c.line for c in checks]}
    return Task(
        "make", (Message("user", plan.description, "user"),), truth, "app@1", {"plan": plan.plain()}
    )


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

    outcome = solve(task, brief, model, effort(level, free), budget, Judge(bench, hear), log, seed=seed,
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

    task = replace(task_of(made.plan, made.checks), family="make-apart", verifier="app-checks@1")
    solve(
        task, brief, model, OTHERS, budget, apart, log, seed=seed + 7000, stop=stop, enough=enough
    )
    if not apart.met:
        return replace(made, agrees=False, differs="no second version met the checks")
    said, count = most()
    own = seen[made.source]
    if count > 1 and own == said:
        return replace(made, agrees=True)
    other = next((v for v in apart.met if seen[v] == said), apart.met[0])
    if count > 1 and not Judge(bench).judge(other, made.plan.kind, made.checks)[0]:
        return replace(made, source=other, agrees=True)
    return replace(made, agrees=False, differs=_difference(probes, own, seen[other]))


Seen = tuple[str, ...]


def observed(source: str, plan: Plan, probes: Sequence[Check], bench: Bench) -> Seen:
    """What an app does on each of the probes, as one text each."""
    with opened(plan.kind, source, bench) as app:
        return tuple(_same(app.observe(one, plan.outputs)) for one in probes)


def _same(told: dict[str, str]) -> str:
    """Equal where a person would call it equal: how a failure is worded does not matter."""
    if "" in told or "fails" in told:
        return "fails"
    plain = {}
    for key, value in told.items():
        n = number(value)
        plain[key] = f"{n:.6g}" if n is not None else " ".join(value.split()).casefold()
    return json.dumps(plain, sort_keys=True, ensure_ascii=False)


def _difference(probes: Sequence[Check], a: Seen, b: Seen) -> str:
    for one, x, y in zip(probes, a, b):
        if x != y:
            steps = one.line.partition(" → ")[0]
            return f"{steps}: one version says {x[:100]}, another {y[:100]}"
    return "they differ"


def varied(checks: Sequence[Check], plan: Plan, count: int = PROBES) -> list[Check]:
    """Other input of the same form, made of the checks' own: the same for the same checks."""
    chance, found = random.Random(len(checks)), list[Check]()
    # what is refused, and what it then says, is not agreed
    good = [c for c in checks if not _refused(c)]
    for n in range(count * 3):
        if not good or len(found) >= count:
            break
        base = good[n % len(good)]
        steps = tuple(_other(s, plan, chance) for s in base.steps)
        one = Check(steps, base.expects)
        if steps != base.steps and one not in found:
            found.append(one)
    return found


def _refused(check: Check) -> bool:
    return any(e.verb in ("seen", "fails", "ends") or (e.name == "status" and e.value[:1] in "45")
               for e in check.expects)  # fmt: skip


def _other(step: Step, plan: Plan, chance: random.Random) -> Step:
    if step.verb == "set":
        field = next((f for f in plan.inputs if f.label.casefold() == step.name.casefold()), None)
        if field is not None and field.options:
            return replace(step, value=chance.choice(field.options))
        return replace(step, value=_value(step.value, chance))
    if step.verb in ("file", "input"):
        return replace(step, value=_lines(step.value, chance))
    if step.verb == "request" and step.value:
        return replace(step, value=json.dumps(_json(json.loads(step.value), chance)))
    if step.verb == "run":
        words = step.value.split(" ")
        return replace(
            step, value=" ".join(_value(w, chance) if number(w) is not None else w for w in words)
        )
    return step


def _value(text: str, chance: random.Random) -> str:
    n = number(text)
    if n is None:
        words = text.split()
        chance.shuffle(words)
        return (
            " ".join(words) if len(words) > 1 else text + chance.choice(("", text[:1], " " + text))
        )
    if not n:
        return text  # nothing, and less than nothing, are cases of their own
    made = chance.choice((n * 2, n + 1, max(1, n - 1), n * 1.5, n + 3))
    return str(int(made)) if "." not in text else f"{made:.2f}"


def _lines(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    body = [line for line in lines[1:] if line]
    kept = [line for line in body if chance.random() < 0.8] + [
        line for line in body if chance.random() < 0.3
    ]
    chance.shuffle(kept)
    return "\n".join([lines[0], *kept]) + ("\n" if text.endswith("\n") else "")


def _json(told: object, chance: random.Random) -> object:
    if isinstance(told, dict):
        return {k: _json(v, chance) for k, v in told.items()}
    if isinstance(told, bool) or told is None:
        return told
    if isinstance(told, int):
        return max(0, told + chance.choice((0, 0, 1, 2, -1)))
    if isinstance(told, float):
        return told + chance.choice((0.0, 0.5, 1.0))
    return told


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
        DRAFTS,
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
        if not seen:
            continue
        most, count = Counter(map(_same, seen)).most_common(1)[0]
        told = next(s for s in seen if _same(s) == most)
        if expects := _expects(plan.kind, told):
            found.append(Proposed(Check(one.steps, expects), count, len(outcomes)))
    return found


def _expects(kind: Kind, told: dict[str, str]) -> tuple[Expect, ...]:
    if "fails" in told:
        return (Expect("fails"),)
    if "prints" in told:
        return (Expect("exactly", value=told["prints"]),) if told["prints"] else ()
    if kind == "page" and "seen" in told:
        return ()
    most = 4 if kind == "page" else 3
    return tuple(
        Expect("is", name, value[:200])
        for name, value in list(told.items())[:most]
        if value.strip()
    )
