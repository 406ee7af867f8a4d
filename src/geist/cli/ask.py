"""`geist ask`: a question about this folder, answered with citations or not at all."""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from geist.core.errors import GeistError, Stopped

DOING = {
    "answered": "looking for what it says in the files …",
    "judged": "reading on …",
    "second look": "asking whether the lines say so …",
    "cross-check": "asking once more, in another order …",
}
MOST_RULES = 3000  # characters of AGENTS.md and its like that go along with a question


def ask(
    question: Annotated[str, typer.Argument(help="A question about this project or folder.")],
    model: Annotated[
        str | None,
        typer.Option(help="A local model, provider:name, URL#name, or several with commas."),
    ] = None,
    effort: Annotated[str, typer.Option(help="low, medium or high.")] = "medium",
    max_seconds: Annotated[float | None, typer.Option(help="Stop after so much time.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Stop after so many tokens.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The answer as JSON.")] = False,
) -> None:
    """Answer a question from the files here; every claim cites the lines that say it.

    An answer that the cited lines do not hold up is withheld. Exits with 0 when there is an
    answer, 1 when none was found, 2 on misuse.
    """
    from geist.agent.ask import SAMPLES
    from geist.agent.ask import ask as answer_to
    from geist.agent.project import project
    from geist.cli.context import counting, refresh
    from geist.cli.screen import console, line
    from geist.context import memory
    from geist.context.index import Index
    from geist.core.budget import Budget
    from geist.core.home import home
    from geist.core.log import Log
    from geist.models import config as configuration
    from geist.models.choose import choose

    if not question.strip():
        raise GeistError("no question was asked", mend='geist ask "where are cookies parsed?"')
    if effort not in SAMPLES:
        raise GeistError(f"--effort {effort!r} makes no sense", mend="--effort low, medium or high")
    root, data, out = project(Path.cwd()), home(), console()
    config = configuration.load(root)
    chosen = choose(model, data, config, lambda text: print(text, file=sys.stderr))
    index = Index(root, data)
    refresh(index)
    rules = "\n\n".join(text for _, text in memory.instructions(root, Path.cwd()))
    if len(rules) > MOST_RULES:
        print(f"geist: only the first {MOST_RULES} of {len(rules)} characters of the project's "
              "instructions were sent", file=sys.stderr)  # fmt: skip
        rules = f"{rules[:MOST_RULES]}\n[cut here]"
    stop, log = threading.Event(), Log(data)
    status = console(stderr=True).status("searching …")

    def halt(*_: object) -> None:
        # llama.cpp cannot be stopped while it reads: say that it was heard, and on the second time
        # leave it behind; the log is whole at every moment
        if stop.is_set():
            log.append("stopped")
            status.stop()
            os._exit(130)
        stop.set()
        status.update("stopping when the model has read what it was sent … (Ctrl-C again: at once)")

    def tell(kind: str, data: dict[str, Any]) -> None:
        if stop.is_set():
            return
        if kind == "asking":
            status.update(f"reading {data['tokens']} tokens …")
        elif kind in DOING:
            status.update(DOING[kind])

    previous = signal.signal(signal.SIGINT, halt)
    if not as_json:
        status.start()
    try:
        answer = answer_to(index, question, chosen, effort, Budget(max_tokens, max_seconds), log,
                           counting(None)[0], rules=rules, stop=stop, tell=tell)  # fmt: skip
    finally:
        status.stop()
        signal.signal(signal.SIGINT, previous)
    chosen.close()
    if stop.is_set():
        log.append("stopped")
        raise Stopped
    if as_json:
        claims = [
            {"text": t, "places": [f"{p}:{a}-{b}" for p, a, b in at]} for t, at in answer.claims
        ]
        print(json.dumps({"found": answer.found, "claims": claims, "why": answer.why,
                          "nearest": [f"{p}:{a}-{b}" for p, a, b in answer.nearest],
                          "usage": answer.usage.plain(), "session": log.session}))  # fmt: skip
    elif answer.found:
        for text, places in answer.claims:
            out.print(line((text + ("" if text.endswith(".") else "."), "")))
            for path, first, last in places:
                lines = f"{first}" if first == last else f"{first}-{last}"
                out.print(line((f"    {path}:{lines}", "cyan")))
    else:
        out.print("not found here", style="yellow")
        out.print(line((f"  {answer.why}", "dim")))
        for path, first, last in answer.nearest[:4]:
            out.print(line(("  nearest: ", "dim"), (f"{path}:{first}-{last}", "cyan")))
    raise typer.Exit(0 if answer.found else 1)
