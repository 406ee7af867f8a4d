"""`geist apps change`: an app built again with one more wish."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from geist.core.errors import GeistError

if TYPE_CHECKING:
    from geist.apps.store import Apps, Kept


def change(
    store: "Apps",
    kept: "Kept",
    wish: str,
    given: list[str],
    without: list[int],
    name: str | None,
    level: str,
    seconds: float | None,
    seed: int,
    offer: bool,
) -> None:
    from geist.apps.building import versions
    from geist.apps.describe import planned
    from geist.apps.fit import grown
    from geist.apps.judge import Bench
    from geist.apps.plan import Plan
    from geist.cli import make as making
    from geist.cli.agreeing import agreed
    from geist.cli.screen import console, line
    from geist.cli.thinking import stopping
    from geist.core.budget import Budget
    from geist.core.home import home
    from geist.core.log import Log
    from geist.models import config as configuration
    from geist.models.choose import choose

    versions(level)
    if wrong := [n for n in without if not 1 <= n <= len(kept.now.checks)]:
        raise GeistError(f"there is no check {wrong[0]}", mend=f"geist apps show {kept.name}")
    old = [agreed(text, kept.kind) for n, text in enumerate(kept.now.checks, 1) if n not in without]
    new = [agreed(text, kept.kind) for text in given]
    data = [Path(d) for d in kept.data]
    if gone := [d for d in data if not d.is_file()]:
        raise GeistError(
            f"there is no file {gone[0]} any more", why=f"{kept.name} was made to read it"
        )
    out, log = console(), Log(home())
    log.append("start", command=f"geist apps change {kept.name} {wish}", root=str(Path.cwd()))
    model = choose(
        name, home(), configuration.load(Path.cwd()), lambda text: out.print(text, style="dim")
    )
    description, free = f"{kept.description.rstrip('.')}. Also: {wish}", making.earned(model)
    seen_in = making.browser(kept.kind)
    try:
        with stopping() as stop:
            budget, bench = Budget(seconds=seconds), Bench(seen_in, {f.name: f for f in data})
            checks = [*old, *new]
            with console(stderr=True).status("planning …"):
                plan = planned(
                    description,
                    kept.kind,
                    checks,
                    bench.mine,
                    model,
                    log,
                    budget,
                    seed=seed,
                    stop=stop,
                )
            plan = grown(Plan.from_plain(kept.plan, plan.data), plan, wish, new)
            if not new:
                out.print(line(("nothing checks what is new; --check does", "yellow")))
            before = store.source(kept).read_text(encoding="utf-8") if free else ""
            made = making.built(
                plan, checks, model, bench, log, budget, level, free, before, wish, seed, stop
            )
    finally:
        model.close()
        if seen_in is not None:
            seen_in.__exit__()
    if not made.verified and not kept.now.wrong and kept.now.agrees is not False and not offer:
        for found in made.wrong[:3]:
            out.print(line((f"✗ {found.what}", "red")))
        why = made.wrong[0].what if made.wrong else made.differs
        out.print(
            line((f"the app stays as it was: the change is not verified ({why[:160]})", "red bold"))
        )
        out.print("say it in other words, or take it as it is with --offer")
        raise typer.Exit(1)
    kept = store.change(
        kept, description, plan.plain(), making.version(wish, made, log.session), made.source
    )
    log.append("ended", state="verified" if made.verified else "offered", app=kept.name)
    making.handed(kept, made, False)
