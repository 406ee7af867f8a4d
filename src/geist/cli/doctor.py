"""`geist doctor`: is everything here that geist needs, and how to mend what is not."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import typer

# state ("ok", "warn" or "bad"), what was found, the command that mends it
Finding = tuple[str, str, str]


def doctor() -> None:
    """Check sandbox, models, disk, memory and keys, and say how to mend each."""
    from geist.cli.screen import console
    from geist.core.home import home

    out, bad, data = console(), False, home()
    checks: tuple[Callable[[Path], Iterator[Finding]], ...] = (
        _sandbox, _runtime, _models, _disk, _memory, _keys,
    )  # fmt: skip
    for check in checks:
        for state, what, mend in check(data):
            bad = bad or state == "bad"
            mark = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "bad": ("✗", "red")}[state]
            out.print(mark[0], style=mark[1], end=" ")
            out.print(what)
            if mend:
                out.print(f"    mend:  {mend}", style="dim")
    raise typer.Exit(1 if bad else 0)


def _sandbox(data: Path) -> Iterator[Finding]:
    from geist.core.errors import GeistError
    from geist.sandbox.bubblewrap import available, find

    try:
        sandbox = available(data)
        mode, program = sandbox.mode(), find()[0]
    except GeistError as e:
        yield "bad", f"{e.what} ({e.why})", e.mend
        return
    told = (
        "every write lands in an overlay" if mode == "overlay" else "works on a copy (no overlay)"
    )
    yield "ok", f"sandbox: {sandbox.name}, {told} ({program})", ""


def _runtime(data: Path) -> Iterator[Finding]:
    try:
        import xllamacpp

        yield "ok", f"llama.cpp: xllamacpp {xllamacpp.__version__}", ""
    except (ImportError, OSError) as e:
        mend = "apt install libgomp1" if "libgomp" in str(e) else "pip install xllamacpp"
        yield "bad", f"llama.cpp cannot be loaded: {e}", mend


def _models(data: Path) -> Iterator[Finding]:
    from geist.cli.screen import size
    from geist.core.errors import GeistError
    from geist.models.catalog import DEFAULT, KNOWN
    from geist.models.store import Store

    store = Store(data)
    try:
        here = [h for n in store.names() if (h := store.find(n))]
    except GeistError as e:
        yield "bad", f"{e.what} ({e.why})", e.mend
        return
    for model in here:
        wrong = model.name in KNOWN and model.size != KNOWN[model.name].size
        mend = f"geist models rm {model.name} && geist models pull {model.name}"
        yield (("bad", f"model {model.name} is damaged (its size is wrong)", mend) if wrong
               else ("ok", f"model {model.name} ({size(model.size)})", ""))  # fmt: skip
    if store.find(DEFAULT) is None:
        yield "warn", f"the default model {DEFAULT} is not here", f"geist models pull {DEFAULT}"


def _disk(data: Path) -> Iterator[Finding]:
    from geist.cli.screen import size

    place = next(p for p in (data, *data.parents) if p.exists())
    free = shutil.disk_usage(place).free
    if not os.access(place, os.W_OK):
        yield "bad", f"{data} cannot be written", "export GEIST_HOME=/a/folder/of/yours"
    elif free < 3e9:
        yield "warn", f"disk: {size(free)} free in {data}", "free some, or export GEIST_HOME=…"
    else:
        yield "ok", f"disk: {size(free)} free in {data}", ""


def _memory(data: Path) -> Iterator[Finding]:
    from geist.cli.screen import size
    from geist.models.local import cores

    try:
        text = Path("/proc/meminfo").read_text()
        free = next(int(x.split()[1]) * 1024 for x in text.splitlines() if "MemAvailable" in x)
    except (OSError, StopIteration, ValueError):
        yield "warn", "memory: this system does not say how much is free", ""
        return
    state = "ok" if free > 3e9 else "warn"
    mend = "" if state == "ok" else "close something, or use --model qwen2.5-coder-0.5b"
    yield state, f"memory: {size(free)} free, {cores()} cores", mend


def _keys(data: Path) -> Iterator[Finding]:
    from geist.models.remote import KEYS

    there = [k for k in KEYS.values() if k and os.environ.get(k)]
    if there:
        yield "ok", f"keys of remote models: {', '.join(there)}", ""
    else:
        yield "ok", "no keys of remote models are set (none is needed for local ones)", ""
