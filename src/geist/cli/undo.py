"""`geist undo`: take back the last accepted change."""

from pathlib import Path

import typer


def undo() -> None:
    """Take back the last accepted change to this project, exactly, and nothing else.

    What you changed elsewhere in the same files stays. Where the same lines have changed since,
    geist refuses and names the file.
    """
    from geist.agent.project import last_accepted, project
    from geist.core.home import home
    from geist.core.log import Log
    from geist.edit.apply import undo as take_back

    root, data = project(Path.cwd()), home()
    session, edits = last_accepted(data, root)
    paths = take_back(root, edits)
    Log(data, session).append("undone", root=str(root))
    for path in paths:
        typer.echo(f"taken back: {path}")
