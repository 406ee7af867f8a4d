"""`geist context`: the pack that a model would get, and why."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from geist.context.index import Index, Update
    from geist.context.pack import Pack


def context(
    query: Annotated[
        str, typer.Argument(help="What is asked, in words, names or a traceback.")
    ] = "",
    budget: Annotated[int, typer.Option(help="Tokens that the pack may take.")] = 4096,
    why: Annotated[bool, typer.Option("--why", help="Say for each item why it is in.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Pack and manifest as JSON.")] = False,
    model: Annotated[str | None, typer.Option(help="Count tokens as this model does.")] = None,
    self_test: Annotated[
        bool, typer.Option("--self-test", help="Measure recall on this repository's own history.")
    ] = False,
) -> None:
    """Choose the files, functions and types that matter for a query, within a budget.

    The index makes itself on first use and follows the folder. Exits with 1 where there is nothing
    to choose from, 2 on misuse. Example:

    geist context "where are cookies merged into the session?" --why
    """
    from geist.agent.project import project
    from geist.context.index import Index
    from geist.core.errors import GeistError
    from geist.core.home import home

    root = project(Path.cwd())
    if self_test:
        from geist.cli.self_test import self_test as test

        test(root)
        return
    if not query.strip():
        raise GeistError("no query was given", mend='geist context "what parses the config?"')
    if budget < 64:
        raise GeistError(f"--budget {budget} is too small for anything", mend="--budget 1024")
    count, how = counting(model)
    index = Index(root, home())
    refresh(index)
    from geist.context.packing import pack
    from geist.context.rank import rank

    if not _known(index, query):
        typer.echo(f"nothing in {root} has any of the query's words", err=True)
        raise typer.Exit(1)
    ranking = rank(index.corpus, index.past, query)
    made = pack(index, ranking, budget, count)
    if not made.items and not as_json:
        typer.echo(f"nothing in {root} could be chosen from", err=True)
        raise typer.Exit(1)
    if as_json:
        print(json.dumps(made.plain() | {"text": made.text, "counted": how}))
        return
    from geist.cli.screen import safe

    if not why:
        print(safe(made.text))
        return
    show_why(made, budget, how)


def _known(index: "Index", query: str) -> bool:
    """Whether any text or path here has a word of the query."""
    from geist.context.query import read

    corpus = index.corpus
    if not len(corpus):
        return True  # an empty folder is another message
    words = re.findall(r"\w{2,}", query.lower())
    in_paths = any(word in path.lower() for path in corpus.paths for word in words)
    return in_paths or corpus.chunks(read(query).terms).max(initial=0.0) > 0


def counting(model: str | None) -> tuple[Callable[[str], int], str]:
    """A way to count tokens, and its name: the model's own tokenizer where there is one."""
    from geist.context.pack import estimate
    from geist.core.home import home
    from geist.models.catalog import DEFAULT
    from geist.models.store import Store
    from geist.models.tokens import counter

    data = home()
    store = Store(data)
    here = store.need(model) if model else store.find(DEFAULT)
    made = counter(here, data) if here else None
    return (made, f"by {here.name}'s tokenizer") if made and here else (estimate, "estimated")


def refresh(index: "Index") -> "Update":
    """Brings the index up to date, with a bar where there is a terminal and much to do, and says
    where git would not read the repository."""
    from geist.cli.screen import console, line

    screen = console(stderr=True)
    update = _refresh(index, screen) if screen.is_terminal else index.refresh()
    if update.refused:
        screen.print("git does not read this repository: .gitignore and history do not count",
                     style="yellow")  # fmt: skip
        screen.print(line((update.refused, "dim")))
    return update


def _refresh(index: "Index", screen: "Console") -> "Update":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("indexing {task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        tasks = {}

        def tell(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=of)
            bar.update(tasks[what], completed=done)

        return index.refresh(tell)


def show_why(made: "Pack", budget: int, how: str) -> None:
    from geist.cli.screen import console, line

    out = console()
    out.print(f"{made.tokens} of {budget} tokens ({how}), {len(made.items)} items", style="bold")
    for item in made.items:
        out.print(line((f"{item.tokens:>6}  {item.source}", ""), (f"  {item.reason}", "dim")))
        if item.source == "index":
            for text in item.text.splitlines():
                out.print(line((f"          {text}", "dim")))
    if made.cut:
        out.print("next, had there been room:", style="bold")
    for item in made.cut[:10]:
        out.print(line((f"{item.tokens:>6}  {item.source}", "dim"), (f"  {item.reason}", "dim")))
    from geist.context.signals import SIGNALS

    told = " ".join(item.reason for item in (*made.items, *made.cut[:10]))
    out.print("what the reasons mean (how much each adds to a file's score):", style="dim")
    for name, (means, _) in SIGNALS.items():
        if f"{name} " in told:
            out.print(line((f"        {name}: {means}", "dim")))
