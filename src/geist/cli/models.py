"""`geist models`: what is known, here, and how big."""

import os
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Models: which are here, pull, add, rm, serve.",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def models(context: typer.Context) -> None:
    """List the models that are known, whether they are here, and how big they are."""
    if context.invoked_subcommand is not None:
        return
    from rich import box
    from rich.table import Table

    from geist.cli.screen import console, size
    from geist.core.home import home
    from geist.models import config
    from geist.models.catalog import DEFAULT, KNOWN
    from geist.models.store import Store

    store = Store(home())
    rows = list[tuple[str, ...]]()
    for name in sorted(store.names()):
        here, known = store.find(name), KNOWN.get(name)
        total = here.size if here else known.size if known else 0
        about = f"{known.about}; {known.licence}" if known else "added by you"
        about += " (the default)" if name == DEFAULT else ""
        told = (mapped(name, here.sha256), profiled(name, here.sha256)) if here else ("", "")
        rows.append((name, "yes" if here else "no", size(total), about, *told))
    for name, remote in config.load(Path.cwd()).models.items():
        about = f"{remote.provider}:{remote.model}"
        rows.append((name, "remote", "", about, mapped(name, ""), profiled(name, "")))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(("name", "here", "size", "what", "mapped", "profile")):
        if place < 4 or any(row[place] for row in rows):
            table.add_column(column, justify="right" if column == "size" else "left",
                             no_wrap=place < 3)  # fmt: skip
    for row in rows:
        table.add_row(*(x for n, x in enumerate(row) if n < 4 or any(r[n] for r in rows)))
    out = console()
    out.print(table)
    out.print("get one:  geist models pull NAME      remote ones: --model openai:…, anthropic:…,")
    out.print("google:…, ollama:…, or any OpenAI-compatible URL as http://HOST/v1#NAME")


def profiled(name: str, sha256: str) -> str:
    """What follows from its profile, in a few words."""
    from geist.core.home import home
    from geist.models.profile import load

    found = load(home(), name, sha256)
    told = f"{found.driver}, edits as {found.form}, up to {found.most_autonomy}"
    return told if found.skills else ""


def mapped(name: str, sha256: str) -> str:
    """What its map says in a few words."""
    from geist.core.home import home
    from geist.jagged.survey import kept
    from geist.models.profile import folder_of

    found = kept(folder_of(home(), name, sha256))
    words = [s["word"] for s in found["skills"].values()] if found else []
    many = [
        f"{words.count(w)} {w}" for w in ("reliable", "now and then", "unreliable") if w in words
    ]
    return f"{', '.join(many) or 'nothing resolved'} of {len(words)} skills" if words else ""


@app.command()
def tree() -> None:
    """Which run made which model, from what, with which tasks and scores."""
    from geist.cli.screen import console, line
    from geist.core.home import home
    from geist.train.export import lineage

    found, out = lineage(home()), console()
    if not found:
        out.print("no model was trained here yet:  geist train rlvr recipes/tiny.toml")
        return
    made = {run["name"] for runs in found.values() for run in runs}

    def show(base: str, depth: int) -> None:
        for run in found.get(base, []):
            scores = run["held_out"]
            told = f"held-out {scores[0]:.0%} → {scores[1]:.0%}" if scores else "no score yet"
            here = "in geist models" if run["exported"] else "not exported"
            files = [f"{Path(f).name} ({(sha256 or 'not begun')[:8]})"
                     for f, sha256 in run["files"].items()]  # fmt: skip
            how = f"{' + '.join(run['stages'])} on {', '.join(run['families'] + files)}"
            how += f", seed {run['seed']}" + (", random rewards" if run["control"] else "")
            out.print(line(("   " * depth + "└─ ", "dim"), (run["name"], "bold"),
                           (f"  {how}; {told}; {run['began']}; {here}", "")))  # fmt: skip
            show(run["name"], depth + 1)

    for base in sorted(set(found) - made):
        out.print(line((base, "bold")))
        show(base, 0)


@app.command()
def pull(name: Annotated[str, typer.Argument(help="A model's name.")]) -> None:
    """Download a model. It resumes where it was stopped, and its hash is checked."""
    from geist.cli.screen import downloading, size
    from geist.core.home import home
    from geist.models.pull import pull as get
    from geist.models.store import Store

    store = Store(home())
    if here := store.find(name):
        typer.echo(f"{name} is here ({size(here.size)})")
        return
    with downloading(name) as progress:
        here = get(store, name, progress)
    typer.echo(f"{name} is here ({size(here.size)}, sha256 {here.sha256[:12]}…)")


@app.command()
def rm(name: Annotated[str, typer.Argument(help="A model's name.")]) -> None:
    """Delete a model's file."""
    from geist.cli.screen import size
    from geist.core.home import home
    from geist.models.store import Store

    typer.echo(f"{name} is gone ({size(Store(home()).remove(name))} freed)")


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="A GGUF file.")],
    name: Annotated[str | None, typer.Option(help="Its name; the file's without one.")] = None,
) -> None:
    """Add a GGUF file of your own."""
    from geist.cli.screen import downloading, size
    from geist.core.home import home
    from geist.models.store import Store

    name = name or file.stem.lower()
    with downloading(name) as progress:
        here = Store(home()).add(file, name, progress)
    typer.echo(f"{name} is here ({size(here.size)}, sha256 {here.sha256[:12]}…)")


@app.command()
def serve(
    name: Annotated[str, typer.Argument(help="A local model's name.")],
    port: Annotated[int, typer.Option(help="0 takes any free one.")] = 8080,
    key: Annotated[str | None, typer.Option(help="The API key; a new one without it.")] = None,
    no_key: Annotated[bool, typer.Option(help="Let any program on this machine in.")] = False,
    slots: Annotated[int, typer.Option(help="Requests answered at once.")] = 1,
    window: Annotated[int, typer.Option(help="Tokens of context for each.")] = 16384,
) -> None:
    """Serve a local model to other tools: an OpenAI-compatible endpoint on loopback."""
    import secrets

    from geist.core.home import home
    from geist.models import local
    from geist.models.store import Store

    here = Store(home()).need(name)
    secret = "" if no_key else key or secrets.token_hex(16)
    server = local.serve(here, slots, window, port=port, key=secret)
    address = str(server.listening_address).removeprefix("http://")
    typer.echo(f"{name} answers at  http://{address}/v1")
    typer.echo(f"  export OPENAI_BASE_URL=http://{address}/v1")
    typer.echo(f"  export OPENAI_API_KEY={secret or 'none'}")
    typer.echo("Ctrl-C ends it.")
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    signal.signal(signal.SIGINT, lambda *_: over.set())
    while not over.wait(0.5):
        pass
    # llama.cpp can hang when a server that never answered is taken down: the process just ends
    os._exit(0)
