"""`geist chat`: talk with a model of this machine, a trained run included."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def chat(
    message: Annotated[str, typer.Argument(help="Say this and end; else a conversation.")] = "",
    model: Annotated[str, typer.Option(help="A model or a run.")] = "smollm2-135m",
    system: Annotated[str, typer.Option(help="A system message.")] = "",
    tokens: Annotated[int, typer.Option(help="The most tokens of an answer.")] = 512,
    temperature: Annotated[float, typer.Option(help="0 is the likeliest answer.")] = 0.0,
) -> None:
    """Talk with a model. Ctrl-D or an empty line ends it. Example:

    geist chat --model smollm2-135m "What is a ghost?"
    """
    from geist.cli.screen import console, safe
    from geist.core.errors import GeistError
    from geist.core.home import home
    from geist.core.message import Message
    from geist.models import config as configuration
    from geist.models.choose import choose
    from geist.models.model import Sampling

    if tokens < 1 or temperature < 0:
        raise GeistError("--tokens must be at least 1 and --temperature at least 0")
    config = configuration.load(Path.cwd())
    made = choose(exported(model), home(), config, lambda text: print(text, file=sys.stderr))
    out = console()
    turns = [Message("system", system, "user")] if system else []
    try:
        while True:
            said = message or _asked(out.is_terminal)
            if not said:
                return
            turns.append(Message("user", said, "user"))
            text, hear = "", _shown if out.is_terminal else None
            for reply in made.sample(turns, Sampling(1, temperature, tokens, hear=hear)):
                text = reply.text
            print() if hear else out.print(safe(text))
            turns.append(Message("assistant", text, "model"))
            if message:
                return
    finally:
        made.close()


def _shown(piece: str) -> None:
    from geist.cli.screen import safe

    print(safe(piece), end="", flush=True)


def exported(model: str) -> str:
    """The model's name; a run is exported first, when its checkpoint is newer."""
    from geist.core.home import home
    from geist.models.store import Store

    if not (home() / "runs" / model / "recipe.toml").is_file():
        return model
    from geist.cli.screen import console
    from geist.train.export import export
    from geist.train.run import Run

    run = Run.open(home(), model)
    last = run.checkpoints()
    known = run.about.get("exported") or {}
    if known.get("checkpoint") == (last[-1].name if last else "") and Store(home()).find(model):
        return model
    screen = console(stderr=True)
    if not run.done:
        screen.print(f"{model} is not done; this is what its last checkpoint knows", style="yellow")
    export(run, home(), "gguf", "q8_0", None, lambda text: screen.print(text, style="dim"))
    return model


def _asked(terminal: bool) -> str:
    try:
        return input("> " if terminal and sys.stdin.isatty() else "").strip()
    except EOFError:
        return ""
