"""`geist think`: buy accuracy with time."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geist.core.errors import GeistError

if TYPE_CHECKING:
    from geist.think.solve import Outcome
    from geist.think.vote import Votes

SAMPLES = {"low": 1, "medium": 8, "high": 32}
MOST = 200
SLOTS, WINDOW = 8, 4096
FORM = 'Think step by step. Write the answer alone in the last line, after "Answer:".'


def think(
    question: Annotated[str, typer.Argument(help="A question with a short answer.")],
    model: Annotated[str | None, typer.Option(help="Local, remote, or a run.")] = None,
    effort: Annotated[
        str, typer.Option(help="low (one answer), medium (8), high (32), or how many at most.")
    ] = "medium",
    check: Annotated[
        str | None, typer.Option(help="A command that reads an answer and ends with 0 if right.")
    ] = None,
    tokens: Annotated[int, typer.Option(help="The most tokens of thinking in an answer.")] = 512,
    max_seconds: Annotated[float | None, typer.Option(help="Stop after so much time.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Stop after so many tokens.")] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Also every answer as it was given.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The answer as JSON.")] = False,
) -> None:
    """Answer a question with as much thinking as you pay for.

    Without --check, several answers vote, until the lead is safe. With it, answers are tried until
    one passes: the command runs in the sandbox, in this folder, with the answer on its standard
    input. What is cut at --tokens is made to answer. Exits with 0 for an answer, 1 when the votes
    are split or nothing passed. Example:

    geist think "What is 17 * 23?" --effort high
    """
    from geist.cli.screen import console, line
    from geist.cli.thinking import opened, stopping
    from geist.core.budget import Budget
    from geist.core.errors import Stopped
    from geist.core.home import home
    from geist.core.log import Log
    from geist.core.message import Message
    from geist.core.task import Task
    from geist.models.local import Local
    from geist.think.checked import Checked, checked
    from geist.think.forcing import Forced
    from geist.think.vote import ballot, vote, votes

    if not question.strip():
        raise GeistError("no question was asked", mend='geist think "What is 17 * 23?"')
    if tokens < 1:
        raise GeistError(f"--tokens {tokens} makes no sense", mend="--tokens 512")
    most = _most(effort)
    prompt = (Message("user", f"{question}\n{FORM}", "user"),)
    verifier = Checked(shlex.split(check), Path.cwd()) if check else None
    truth = {"check": shlex.split(check), "folder": str(Path.cwd())} if check else {}
    task = Task("think", prompt, truth, "checked@1" if check else "votes@1")
    chosen = opened(model, min(SLOTS, most), WINDOW)
    thinker = Forced(chosen) if isinstance(chosen, Local) else chosen
    log, budget = Log(home()), Budget(max_tokens, max_seconds)
    log.append("start", command=f"geist think {shlex.quote(question)}", root=str(Path.cwd()))
    status = console(stderr=True).status("thinking …")
    texts = list[str]()

    def tell(kind: str, data: dict[str, Any]) -> None:
        if kind == "judged":
            texts.append(data["attempt"].reply.text)
            lead = votes(texts).counts[:1]
            told = "".join(f", {n} of them say {said}" for said, n in lead)
            status.update(f"thinking … {len(texts)} of at most {most} answers{told}")

    try:
        with stopping() as stop, status:
            if verifier is not None:
                outcome = checked(task, thinker, verifier, most, budget, log, tokens=tokens,
                                  stop=stop, tell=tell)  # fmt: skip
            else:
                outcome = vote(task, thinker, most, budget, log, tokens=tokens, stop=stop,
                               temperature=0.0 if most == 1 else 0.7, tell=tell)  # fmt: skip
    finally:
        chosen.close()
    said = votes([a.reply.text for a in outcome.attempts])
    found = outcome.passed is not None if check else said.leader is not None and (
        not said.split or most == 1)  # fmt: skip
    log.append("ended", state="answered" if found else "not found")
    log.close()
    if stop.is_set() and not outcome.attempts:
        raise Stopped
    if as_json:
        print(json.dumps(_plain(outcome, said, found, log.session)))
    else:
        if show:
            for number, a in enumerate(outcome.attempts, 1):
                why = (
                    a.verdict.reason if check else f"votes for {ballot(a.reply.text) or 'nothing'}"
                )
                console().print(line((f"[{number}] {why}", "bold")))
                console().print(line((a.reply.text.strip(), "dim")))
        for text, style in _told(outcome, said, check, most):
            console().print(line((text, style)))
    raise typer.Exit(0 if found else 1)


def _most(effort: str) -> int:
    if effort in SAMPLES:
        return SAMPLES[effort]
    if effort.isdecimal() and 1 <= int(effort) <= MOST:
        return int(effort)
    raise GeistError(
        f"--effort {effort!r} makes no sense",
        why=f"it is {', '.join(SAMPLES)}, or a number of answers up to {MOST}",
        mend="--effort medium",
    )


def _told(outcome: "Outcome", said: "Votes", check: str | None,
          most: int) -> Sequence[tuple[str, str]]:  # fmt: skip
    """Lines with their styles."""
    from geist.think.vote import ballot

    spent = outcome.usage
    cost = f"{len(outcome.attempts)} answers, {spent.tokens} tokens, {spent.seconds:.0f} s of model"
    if check:
        if outcome.passed is None:
            why = outcome.attempts[-1].verdict.reason if outcome.attempts else outcome.why
            return [("no answer passed the check", "yellow"), (f"the last: {why}", "dim"),
                    (cost, "dim")]  # fmt: skip
        text = outcome.passed.reply.text
        return [(ballot(text) or text.strip(), "bold"), (f"it passed the check; {cost}", "dim")]
    if said.leader is None:
        return [("no answer named one; --show shows what was said", "yellow"), (cost, "dim")]
    split = ", ".join(f"{n} × {text}" for text, n in said.counts[:6])
    silent = f", {said.silent} named none" if said.silent else ""
    if most == 1:
        return [(said.leader, "bold"), (f"one answer, nothing to compare it with; {cost}", "dim")]
    if said.split and len(said.counts) == 1:
        return [(f"too few answers named one: {split}{silent}", "yellow"), (cost, "dim")]
    if said.split:
        return [(f"the votes were split: {split}{silent}", "yellow"), (cost, "dim")]
    return [(said.leader, "bold"),
            (f"votes: {split}{silent}; this model would stay with it, {said.sure:.0%} sure, which "
             f"is not to say that it is right; {cost}", "dim")]  # fmt: skip


def _plain(outcome: "Outcome", said: "Votes", found: bool, session: str) -> dict[str, Any]:
    passed = outcome.passed
    from geist.think.vote import ballot

    answer = (ballot(passed.reply.text) or passed.reply.text) if passed else said.leader
    return {"answer": answer if found else None, "votes": dict(said.counts), "silent": said.silent,
            "sure": None if passed else round(said.sure, 4), "passed": passed is not None,
            "why": outcome.why, "answers": len(outcome.attempts), "usage": outcome.usage.plain(),
            "session": session}  # fmt: skip
