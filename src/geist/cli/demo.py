"""`geist demo`: mend a real bug of a published package."""

import os
import shlex
import sys
from typing import Annotated

import typer


def demo(
    name: Annotated[str, typer.Argument(help="A demo's name, or `list`.")] = "list",
    model: Annotated[str | None, typer.Option(help="As for geist fix.")] = None,
    effort: Annotated[str, typer.Option(help="As for geist fix.")] = "medium",
    seed: Annotated[int, typer.Option(help="Another seed, other answers.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON lines.")] = False,
) -> None:
    """Mend a real bug: get a published release, add our test for its bug, run geist fix.

    Nothing of it is canned: another model or seed may fail, and then it says so.
    """
    from geist.cli import fix
    from geist.cli.screen import console
    from geist.core.home import home
    from geist.tasks import demo as tasks

    out = console(stderr=as_json)
    if name == "list":
        for one in tasks.demos():
            out.print(f"{one.name:<30}", style="bold", end="")
            out.print(f"{one.package} {one.version} ({one.licence}), mended in {one.mended_in}")
            out.print(f"    {one.summary}", style="dim")
        return
    chosen = tasks.demo(name)
    out.print(f"{chosen.package} {chosen.version}: {chosen.summary}", style="bold")
    out.print(f"  a real bug, mended upstream in {chosen.mended_in} ({chosen.upstream})",
              style="dim")  # fmt: skip
    ready = tasks.prepare(chosen, home(), lambda text: out.print(f"  {text}", style="dim"))
    place = str(ready.root / chosen.test_path).replace(os.path.expanduser("~"), "~", 1)
    out.print(f"  our test for it: {place}", style="dim")
    program = sys.argv[0]
    if os.path.dirname(program):
        program = os.path.abspath(program)  # it is said from another folder
    os.chdir(ready.root)
    os.environ["PATH"] = f"{ready.bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    os.environ.pop("VIRTUAL_ENV", None)
    undo = f"cd {shlex.quote(str(ready.root))} && {shlex.quote(program)} undo"
    fix.run(
        fix.Options(chosen.command, model, effort, yes=True, as_json=as_json, seed=seed, undo=undo)
    )
