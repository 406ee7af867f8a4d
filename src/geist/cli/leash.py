"""`geist leash`: what may happen without asking."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="What may happen without asking: approvals, and the table behind them.",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def leash(context: typer.Context) -> None:
    """List what was approved for this project."""
    if context.invoked_subcommand is not None:
        return
    from geist.agent.guard import approvals, file_of
    from geist.agent.project import project
    from geist.cli.screen import console, line
    from geist.core.home import home
    from geist.models.config import load

    out, root = console(), project(Path.cwd())
    if hosts := load(root).leash.hosts:
        out.print(line((f"hosts without a question: {', '.join(hosts)}", "")))
    found = approvals(file_of(home(), root))
    if not found:
        out.print(line((f"nothing is approved beforehand for {root}", "")))
        return
    for number, approval in enumerate(found, 1):
        out.print(line((f"{number:>3}  {approval.capability:<9} {approval.pattern}", "")))
    out.print("take one back:  geist leash withdraw NUMBER", style="dim")


@app.command()
def withdraw(number: Annotated[int, typer.Argument(help="Its number in the list.")]) -> None:
    """Take an approval back."""
    from geist.agent.guard import approvals, file_of, keep
    from geist.agent.project import project
    from geist.core.errors import GeistError
    from geist.core.home import home

    file = file_of(home(), project(Path.cwd()))
    found = approvals(file)
    if not 1 <= number <= len(found):
        raise GeistError(f"there is no approval {number}", mend="geist leash    lists them")
    gone = found.pop(number - 1)
    keep(file, found)
    typer.echo(f"no longer approved: {gone.capability} {gone.pattern}")


@app.command()
def explain() -> None:
    """Print the table that decides, and what comes before it."""
    from rich import box
    from rich.table import Table

    from geist.agent.leash import GUARDED, NEVER, RULES, SECRETS, Autonomy
    from geist.agent.leash import explain as rows
    from geist.cli.screen import console

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("", *Autonomy):
        table.add_column(head)
    for row in rows():
        table.add_row(*row)
    out = console()
    out.print(table)
    guarded = ", ".join(sorted(GUARDED))
    out.print(f"""Before the table, in this order:
1. Never, whoever approves, is written: {", ".join(NEVER)}
2. An edit outside the scope is denied; a host on the allow-list ([leash] hosts in your own
   geist.toml) is allowed.
3. After text from a source that nobody vouches for, {guarded} need a fresh
   approval that names the source, at every stop.
4. At verify and loop a draft is accepted without asking only if its check passed, it deletes no
   file, and nothing of 3. was read.
5. A command of which every part only reads runs without asking, where commands ask.
6. What was approved for the session or the project is allowed.
Rules are {", ".join(RULES)}
Secrets are {", ".join(SECRETS)}""")
