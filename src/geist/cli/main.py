"""`geist`: the commands, and what every one of them does with an error."""

import os
import sys
from typing import Annotated, NoReturn

import typer

from geist.cli import (
    apps,
    ask,
    audit,
    chat,
    contaminated,
    context,
    curve,
    demo,
    do,
    doctor,
    fix,
    index,
    leash,
    log,
    make,
    map,
    memory,
    models,
    show,
    sleep,
    think,
    train,
    undo,
)
from geist.core.errors import GeistError, Stopped, full


def resume(
    session: Annotated[
        str | None, typer.Argument(help="Its name; the last one here without.")
    ] = None,
) -> None:
    """Go on with a session: its draft, its conversation, what can be undone."""
    from geist.cli.live_open import resume as go_on

    go_on(session)


app = typer.Typer(
    name="geist",
    help="Local-first work with language models as they really are. Everything stays here.\n\n"
    "Without a command it opens a session in the current folder.",
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("fix")(fix.fix)
app.command("do")(do.do)
app.command("resume")(resume)
app.add_typer(leash.app, name="leash")
app.command("ask")(ask.ask)
app.command("show")(show.show)
app.command("views")(show.views)
app.command("keep")(show.keep)
app.command("make")(make.make)
app.add_typer(apps.app, name="apps")
app.command("context")(context.context)
app.command("index")(index.index)
app.command("remember")(memory.remember)
app.command("sleep")(sleep.sleep)
app.add_typer(memory.app, name="memory")
app.command("undo")(undo.undo)
app.command("log")(log.log)
app.command("doctor")(doctor.doctor)
app.add_typer(models.app, name="models")
app.command("demo")(demo.demo)
app.command("chat")(chat.chat)
app.command("audit")(audit.audit)
app.command("think")(think.think)
app.command("map")(map.map_)
app.command("probe")(map.probe)
app.command("curve")(curve.curve)
app.command("contaminated")(contaminated.contaminated)
app.add_typer(train.app, name="train")


def _version(asked: bool) -> None:
    if asked:
        from geist import __version__

        typer.echo(f"geist {__version__}")
        raise typer.Exit


@app.callback()
def every(
    context: typer.Context,
    model: str | None = typer.Option(None, help="The session's model, where no command is given."),
    version: bool = typer.Option(
        False, "--version", help="Print the version and end.", callback=_version, is_eager=True
    ),
) -> None:
    """Options of every command, and a session where there is none."""
    if context.invoked_subcommand is not None:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        typer.echo(context.get_help())
        return
    from geist.cli.live_open import live

    live(model)


def main() -> None:
    """Errors that a user can meet end with status 2, Ctrl-C with 130, a closed pipe quietly."""
    try:
        app()
    except GeistError as e:
        _told(e)
    except (KeyboardInterrupt, Stopped):
        print("geist: stopped; nothing was changed", file=sys.stderr)
        sys.exit(130)
    except PermissionError as e:
        print(f"geist: {e.filename or 'a file'} may not be read or written\nwhy:  {e.strerror}",
              file=sys.stderr)  # fmt: skip
        sys.exit(2)
    except BrokenPipeError:
        # the reader has gone (for example `| head`): there is nobody left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as e:
        told = full(e)
        if told is None and e.filename is None:
            raise
        _told(told or GeistError(f"{e.filename} cannot be used", why=e.strerror or str(e)))


def _told(error: GeistError) -> NoReturn:
    # a path or a model's word may be in it, with what a terminal obeys
    text = "".join(c if c.isprintable() or c in "\n\t" else "?" for c in str(error))
    print(f"geist: {text}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
