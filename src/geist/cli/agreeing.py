"""What a user agrees to before an app is built: its kind, and the checks that it must meet."""

from typing import TYPE_CHECKING, Any

from geist.core.errors import GeistError, Stopped

if TYPE_CHECKING:
    from geist.apps.checking import Check, Kind


def agreed(text: str, kind: "Kind") -> "Check":
    """A check of the user's. Raises GeistError."""
    from geist.apps.checking import NotUnderstood, parse

    try:
        return parse(text, kind)
    except NotUnderstood as e:
        raise GeistError(f"a check cannot be understood: {e.line}", why=e.why, mend=e.mend) from e


def asked_kind(choices: Any) -> "Kind":
    from geist.cli.screen import console, line

    names = list(choices)[:3]
    for n, one in enumerate(names, 1):
        console().print(line((f"  {n}  {one}: {choices[one]}", "")))
    reply = typed("Which? (1) ")
    return names[int(reply) - 1] if reply.isdigit() and 1 <= int(reply) <= len(names) else "page"


def typed(ask: str, text: str = "") -> str:
    """What the user types; Ctrl-C and the end of the input stop the work."""
    from prompt_toolkit import prompt

    try:
        # a browser is open, whose library has an event loop of its own in this thread
        return prompt(ask, default=text, in_thread=True).strip()
    except (EOFError, KeyboardInterrupt) as e:
        raise Stopped from e


def planned_with(
    description: str,
    kind: "Kind",
    bench: Any,
    checks: "list[Check]",
    model: Any,
    log: Any,
    budget: Any,
    accept: bool,
    free: bool,
    seed: int,
    stop: Any,
) -> Any:
    """(the plan, the checks that were agreed)."""
    from geist.apps.describe import planned
    from geist.apps.drafts import propose
    from geist.apps.fit import fitted
    from geist.apps.uses import examples
    from geist.cli.screen import console, line

    out = console()
    with console(stderr=True).status("planning …") as status:
        plan = planned(
            description, kind, checks, bench.mine, model, log, budget, seed=seed, stop=stop
        )
        proposed = []
        if not checks:
            status.update("working out checks …")
            uses = examples(plan, model, log, budget, seed=seed, stop=stop)
            proposed = propose(plan, uses, model, bench, log, budget, seed=seed, stop=stop)
    out.print(line((f"{plan.title}: ", "bold"), (f"a {kind}", "")))
    if not checks:
        if not proposed:
            out.print(
                line(
                    (
                        "no check could be proposed: nothing is known of what it should do, "
                        "but that it does not break; give some with --check",
                        "yellow",
                    )
                )
            )
        checks = _reviewed(
            [p.check for p in proposed], [(p.sure, p.of) for p in proposed], kind, accept
        )
        plan = fitted(plan, checks)
    else:
        for one in checks:
            out.print(line(("  · ", "dim"), (one.line, "")))
    log.append("agreed", checks=[c.line for c in checks], proposed=[p.check.line for p in proposed],
               by="given" if not proposed else "accepted" if accept else "reviewed")  # fmt: skip
    return plan, checks


def _reviewed(
    checks: "list[Check]", sure: list[tuple[int, int]], kind: "Kind", accept: bool
) -> "list[Check]":
    """Shows the proposals; the user accepts, edits, adds or takes away."""
    from geist.cli.screen import console, line

    out, marks = console(), dict(zip(checks, sure))
    first = True
    while True:
        out.print("It should do this:" if first else "")
        for n, one in enumerate(checks, 1):
            mark = marks.get(one)
            unsure = f"   ({mark[0]} of {mark[1]} drafts)" if mark and mark[0] < mark[1] else ""
            out.print(line((f"  {n}  ", "dim"), (one.line, ""), (unsure, "yellow")))
        if accept:
            return checks
        first = False
        reply = typed("Enter: so be it · a number: edit it · -number: away · +: another  ")
        if not reply:
            return checks
        try:
            if reply.startswith("+"):
                if text := reply[1:].strip() or typed("  check: "):
                    checks = [*checks, agreed(text, kind)]
            elif reply.lstrip("-").isdigit() and 1 <= abs(int(reply)) <= len(checks):
                n = abs(int(reply)) - 1
                away = reply.startswith("-")
                text = "" if away else typed("  check: ", checks[n].line) or checks[n].line
                checks = [*checks[:n], *([] if away else [agreed(text, kind)]), *checks[n + 1 :]]
            else:
                raise GeistError(f"there is no check {reply}")
        except GeistError as e:
            out.print(line((f"geist: {e}", "red")))
