"""`geist log`: past sessions, one of them again, and whether its verdicts still hold."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from geist.core.log import Event


def log(
    session: Annotated[str | None, typer.Argument(help="Replay this session.")] = None,
    reverify: Annotated[
        bool, typer.Option(help="Rebuild the session's tree from the log and judge it again.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The events as JSON lines.")] = False,
    chain: Annotated[
        bool, typer.Option("--verify", help="Was anything in the session's log changed?")
    ] = False,
    head: Annotated[
        str | None, typer.Option(help="With --verify: a hash that it printed before.")
    ] = None,
    most: Annotated[int, typer.Option("--most", "-n", help="How many sessions to list.")] = 20,
) -> None:
    """List sessions, or replay one."""
    from geist.core.errors import GeistError
    from geist.core.home import home
    from geist.core.log import read, sessions, verify

    data = home()
    if session is None:
        if reverify or chain:
            raise GeistError("a session must be named", mend="geist log    lists them")
        _list(data, most)
        return
    matching = [s for s in sessions(data) if s.startswith(session)]
    session = matching[0] if len(matching) == 1 else session
    if chain:
        lines, last = verify(data, session, head)
        typer.echo(f"{lines} events, none changed before the head\n{last}")
        return
    if reverify:
        _reverify(data, session)
        return
    for event in read(data, session):
        _print(event, as_json)


def _list(data: Path, most: int) -> None:
    from geist.cli.screen import console
    from geist.core.log import read, sessions

    out = console()
    names = sessions(data)[-most:]
    if not names:
        out.print("no sessions yet; the first:  geist fix")
    for name in names:
        state, command, root = "unfinished", "", ""
        for event in read(data, name):
            if event.kind == "start":
                command, root = event.data.get("command", ""), event.data.get("root", "")
            elif event.kind == "outcome":
                state = "mended" if event.data.get("why") == "passed" else "not mended"
            elif event.kind == "ended" and event.data["state"] != "mended":
                told = {"nothing": "nothing to mend", "unmended": "not mended"}
                state = told.get(event.data["state"], event.data["state"])  # answered, not found
            elif event.kind in ("accepted", "declined", "undone", "stopped"):
                state = {"accepted": "applied", "declined": "mended, not applied"}.get(
                    event.kind, event.kind
                )
        out.print(f"{name}  {state:<20} {command}  ", end="")
        out.print(root, style="dim")


def _print(event: "Event", as_json: bool) -> None:
    import json

    from geist.cli.screen import console, diff, safe

    if as_json:
        typer.echo(json.dumps({"id": event.id, "at": event.at, "kind": event.kind,
                               "data": event.data}))  # fmt: skip
        return
    out, at = console(), time.strftime("%H:%M:%S", time.localtime(event.at))
    out.print(f"{at}  ", style="dim", end="")
    out.print(f"{event.kind:<10} ", style="bold", end="")
    out.print(safe(_line(event.kind, dict(event.data))))
    if event.kind == "ask":
        for message in event.data["messages"]:
            out.print(_indented(f"[{message['role']}]\n{message['text']}"), style="cyan")
    elif event.kind == "attempt":
        out.print(_indented(event.data["reply"]["text"]), style="magenta")
    elif event.kind == "accepting":
        from geist.core.output import Tree
        from geist.edit.diff import unified

        for change in Tree.from_plain(event.data["tree"]).changes:
            before = event.data["before"].get(change.path, "").encode("latin-1")
            out.print(diff(unified(change, before)))


def _indented(text: str) -> str:
    from geist.cli.screen import safe

    return "\n".join("    " + line for line in safe(text).splitlines())


def _line(kind: str, data: dict[str, Any]) -> str:
    if kind == "start":
        model = f"   with {data['model']}" if "model" in data else ""
        return f"{data['command']}   in {data['root']}{model}"
    if kind == "snapshot":
        return f"{len(data['manifest'])} files, {data['base'][:12]}"
    if kind == "baseline":
        failing = ", ".join(data["failing"][:3]) or "no test"
        return f"status {data['status']}, {data['passed']} passed, failing: {failing}"
    if kind == "suspects":
        return ", ".join(label for label, _, _ in data["ranked"][:5])
    if kind == "ask":
        sampling = data["sampling"]
        return f"{sampling['n']} answers at temperature {sampling['temperature']}"
    if kind == "attempt":
        verdict = data["verdict"]
        return f"{verdict['status']}: {verdict['reason']}"
    if kind == "outcome":
        usage = data["usage"]
        tokens = f"{usage['prompt']}+{usage['completion']} tokens"
        return f"{data['why']}, {data['attempts']} answers, {tokens}"
    if kind == "step":
        return _first(data["reply"]["text"])
    if kind == "action":
        given = " ".join(str(v) for v in data["arguments"].values())
        return _first(f"{data['name']} {given}")
    if kind in ("result", "told", "said"):
        return _first(data["text"])
    if kind == "leash":
        answer = f", answered {data['answer']}" if data["answer"] else ""
        wish = f"{data['capability']} {_first(data['target'])}"
        return f"{data['verb']}: {wish} ({data['rule']}{answer})"
    known = ("why", "what", "source", "command", "state", "question", "name")
    return next((_first(str(data[k])) for k in known if data.get(k)), "")


def _first(text: str) -> str:
    """The first line with words, cut."""
    return next((x.strip()[:140] for x in text.splitlines() if x.strip()), "")


def _reverify(data: Path, session: str) -> None:
    from geist.agent.reverify import reverify
    from geist.cli.screen import console

    out, differ, count = console(), 0, 0
    for number, then, now in reverify(data, session):
        count += 1
        same = then.status == now.status
        differ += not same
        text = f"{'same' if same else 'DIFFERS'}  attempt {number}: {then.status}, now {now.status}"
        out.print(text, style="" if same else "bold red")
        if not same:
            out.print(f"  then: {then.reason}\n  now:  {now.reason}")
    out.print(f"{count} verdicts judged again, {differ} differ")
    raise typer.Exit(1 if differ else 0)
