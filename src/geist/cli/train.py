"""`geist train`: teach a small model with verifiable rewards, on this machine."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from geist.train.run import Run

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Teach a small model: warm start (sft), then verifiable rewards (rlvr).",
)

RecipeFile = Annotated[Path, typer.Argument(help="A TOML file; see recipes/.")]
RunName = Annotated[str, typer.Argument(help="A run's name; `geist train list` shows them.")]


@app.command("rlvr")
def rlvr(
    recipe: RecipeFile,
    control: Annotated[
        str | None, typer.Option(help="random: rewards from dice, with all else equal.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Another name for the run.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed.")] = None,
    stop_on_hacking: Annotated[
        bool, typer.Option("--stop-on-hacking", help="Stop when the reward seems gamed.")
    ] = False,
) -> None:
    """Run a recipe: its warm start, if it has one, then steps against the verifiers.

    Ctrl-C ends it after the step at hand; `geist train resume` goes on and ends with the same
    weights, byte for byte, as a run that was never stopped.
    """
    from geist.core.errors import GeistError
    from geist.train.recipe import read

    if control not in (None, "random"):
        raise GeistError(f"--control {control!r} makes no sense", mend="--control random")
    if read(recipe).rlvr is None:
        raise GeistError(f"{recipe} has no [rlvr] part", mend=f"geist train sft {recipe}")
    changes: dict[str, Any] = {"rlvr.control": control, "name": name, "seed": seed}
    if stop_on_hacking:
        changes["rlvr.stop_on_hacking"] = True
    _begin(recipe, changes, set())


@app.command("sft")
def sft(
    recipe: RecipeFile,
    name: Annotated[str | None, typer.Option(help="Another name for the run.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed.")] = None,
) -> None:
    """Run only the warm start of a recipe: learn from conversations and solutions."""
    from geist.core.errors import GeistError
    from geist.train.recipe import read

    found = read(recipe)
    if found.sft is None:
        raise GeistError(f"{recipe} has no [sft] part", mend=f"geist train rlvr {recipe}")
    _begin(recipe, {"name": name or f"{found.name}-sft", "seed": seed}, {"rlvr"})


@app.command("resume")
def resume(name: RunName) -> None:
    """Go on where the run's last checkpoint is."""
    from geist.core.home import home
    from geist.train.run import Run

    _train(Run.open(home(), name))


@app.command("list")
def list_() -> None:
    """The runs on this machine."""
    from geist.cli.screen import console, line
    from geist.core.home import home
    from geist.train.run import Run, runs

    out = console()
    names = runs(home())
    for name in names:
        run = Run.open(home(), name)
        rows = run.rows()
        scores = [r["held_out"] for r in rows if r.get("kind") == "evaluation"]
        where = f"{rows[-1]['stage']} step {rows[-1]['step']}" if rows else "not begun"
        told = f"held-out {scores[0]:.0%} → {scores[-1]:.0%}" if scores else ""
        out.print(line((f"{name:<28}", "bold"), (f"{where:<18} {told}", "")))
    if not names:
        out.print("no run yet:  geist train rlvr recipes/tiny.toml")


@app.command("answers")
def answers(
    name: RunName,
    step: Annotated[int | None, typer.Option(help="Of this step; else of the last.")] = None,
) -> None:
    """The best and worst answers of a step."""
    from geist.cli.screen import console, line
    from geist.core.errors import GeistError
    from geist.core.home import home
    from geist.train.run import Run

    rows = Run.open(home(), name).rows("answers")
    wanted = step if step is not None else (rows[-1]["step"] if rows else None)
    found = [r for r in rows if r["step"] == wanted]
    if not found:
        steps = len({r["step"] for r in rows})
        raise GeistError(f"the run {name} kept no answers" + (f" of step {step}" if step else ""),
                         why=f"it has those of {steps} steps with rewards")  # fmt: skip
    out = console()
    for r in found:
        style = "green" if r["reward"] else "red"
        out.print(line((f"step {r['step']}  {r['family']}  reward {r['reward']}", style),
                       (f"  {r['reason']}", "dim")))  # fmt: skip
        out.print(line((r["question"], "")))
        out.print(line((r["answer"], "bold")))
        out.print(line((f"right: {r['truth']}\n", "dim")))


@app.command("watch")
def watch(name: RunName) -> None:
    """Write the run's curves as a page that needs no network, and as a picture."""
    from geist.core.home import home
    from geist.train.run import Run
    from geist.train.watch import write

    run = Run.open(home(), name)
    for place in write(run, run.folder):
        print(place)


@app.command("export")
def export(
    name: RunName,
    form: Annotated[
        str, typer.Option("--as", help="gguf, safetensors, or lora (a GGUF of adapters).")
    ] = "gguf",
    kind: Annotated[str, typer.Option(help="How a GGUF keeps weights: f16, q8_0 or f32.")] = "q8_0",
    out: Annotated[Path | None, typer.Option(help="Write it there, not into geist models.")] = None,
) -> None:
    """Write the trained model for llama.cpp or transformers. A GGUF appears in `geist models`."""
    from geist.cli.screen import console
    from geist.core.errors import GeistError
    from geist.core.home import home
    from geist.train.export import export as write
    from geist.train.run import Run

    if kind not in ("f16", "q8_0", "f32"):
        raise GeistError(f"--kind {kind!r} makes no sense", mend="--kind f16")
    screen = console(stderr=True)
    made = write(Run.open(home(), name), home(), form, kind, out, lambda text: screen.print(text))
    if made.name:
        print(f"{made.name} is in geist models; try:  geist chat --model {made.name}")
    else:
        print(made.path)


@app.command("rm")
def rm(name: RunName) -> None:
    """Delete a run: its checkpoints, figures and answers."""
    from geist.core.home import home
    from geist.models.store import Store
    from geist.train.run import Run

    run = Run.open(home(), name)
    with run.alone():
        shutil.rmtree(run.folder)
    print(f"{name} is gone")
    if name in Store(home()).names():
        print(f"what it exported is still there:  geist models rm {name}")


@app.callback()
def ready() -> None:
    """Training needs libraries that the other commands do not."""
    from geist.cli.thinking import needs

    needs("train", "training")


def _begin(file: Path, changes: dict[str, Any], without: set[str]) -> None:
    """A new run: the recipe with the command line's changes is what is kept."""
    import platform
    from datetime import datetime
    from importlib.metadata import version

    from geist.core.errors import GeistError
    from geist.core.home import home
    from geist.models.local import cores
    from geist.train.machine import device, fast_bf16
    from geist.train.recipe import read, write
    from geist.train.run import Run

    recipe = read(file).changed(changes, without, file.parent)
    small = recipe.base.new is not None  # too small for bf16 to pay
    if device() != "cpu" and recipe.rlvr and recipe.rlvr.sampler == "int8":
        raise GeistError("int8 answers are drawn on a CPU only", why=f"this run is on {device()}",
                         mend=f'sampler = "bf16" in {file}')  # fmt: skip
    bf16 = recipe.precision == "bf16" or (recipe.precision == "auto" and fast_bf16() and not small)
    about = {
        "began": datetime.now().astimezone().isoformat(timespec="seconds"),
        "threads": recipe.threads or cores(), "bf16": bf16, "device": device(),
        "torch": version("torch"), "python": platform.python_version(),
    }  # fmt: skip
    _check(recipe)
    _train(Run.begin(home(), write(recipe), about))


def _check(recipe: Any) -> None:
    """What would stop the run later stops it now: a family that may not be a reward."""
    from geist.cli.audit import audited
    from geist.core.errors import GeistError
    from geist.core.home import home
    from geist.models.store import Store
    from geist.tasks.family import family, load

    if recipe.base.name == recipe.name or recipe.name in Store(home()).names():
        raise GeistError(
            f"the name {recipe.name} is a model's already",
            mend=f"--name ANOTHER    (or: geist models rm {recipe.name})",
        )
    if recipe.tasks.file:
        load(Path(recipe.tasks.file))
    levels = [family(name).levels for name in recipe.tasks.families]
    if (
        recipe.tasks.level is not None
        and levels
        and not any(low <= recipe.tasks.level <= high for low, high in levels)
    ):
        raise GeistError(f"tasks.level = {recipe.tasks.level}: none of the families has it",
                         why=", ".join(f"{n} has {a} to {b}" for n, (a, b) in
                                       zip(recipe.tasks.families, levels)))  # fmt: skip
    for name in recipe.tasks.families:
        found = audited(name, 10)
        if not found.sound:
            why = (
                found.holes[0] if found.holes else found.broken[0] if found.broken else "no plants"
            )
            raise GeistError(
                f"the family {name} may not be a reward: its verifier has a hole",
                why=f"it accepts {why[1][:80]!r} for {why[0][:80]!r}"
                if isinstance(why, tuple) else why,
                mend=f"geist audit {name}    shows all; mend the verifier first",
            )  # fmt: skip


def _train(run: "Run") -> None:
    import signal
    import threading

    from geist.cli.train_screen import Screen
    from geist.core.home import home
    from geist.core.log import Log
    from geist.train.start import digest_of
    from geist.train.training import Training

    stop = threading.Event()

    def halt(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        screen.say("stopping after this step (Ctrl-C again: at once)")

    screen = Screen(run)
    before = signal.signal(signal.SIGINT, halt)
    log = Log(home())
    try:
        with run.alone(), screen:
            log.append("start", command=f"geist train {run.name}", root=str(run.folder))
            log.append("train", run=run.name, recipe=(run.folder / "recipe.toml").read_text())
            with Training(run, home(), screen.tell, stop) as training:
                progress = training.go()
                digest = digest_of(training.model)
            log.append("trained", run=run.name, stage=progress.stage, step=progress.step,
                       weights=digest)  # fmt: skip
            log.append("ended", state="trained" if progress.stage == "done" else "stopped")
    except KeyboardInterrupt:
        print(f"stopped at once; the last checkpoint of {run.name} is whole:  "
              f"geist train resume {run.name}")  # fmt: skip
        raise typer.Exit(130) from None
    finally:
        signal.signal(signal.SIGINT, before)
    if progress.stage != "done":
        print(f"stopped at {progress.stage} step {progress.step}; go on with:  "
              f"geist train resume {run.name}")  # fmt: skip
        raise typer.Exit(130)
    print(f"done; weights {digest[:16]}")
    print(f"  geist chat --model {run.name}    geist train watch {run.name}    "
          f"geist train export {run.name}")  # fmt: skip
