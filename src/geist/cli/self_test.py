"""`geist context --self-test`: recall, measured on this repository's own history."""

import tempfile
from pathlib import Path

COUNT, LEAST = 60, 12


def self_test(root: Path) -> None:
    import numpy as np

    from geist.cli.screen import console
    from geist.context import tree
    from geist.context.mine import mine
    from geist.context.recall import CUTS, METHODS, interval, rows
    from geist.context.replay import Repo
    from geist.core.errors import GeistError

    out = console()
    if not tree.head(root):
        raise GeistError("there is no history to test on", why=f"{root} has no git commits")
    with tempfile.TemporaryDirectory() as work:
        tasks = mine(root.name, root, COUNT, "self-test", Path(work))
        if len(tasks) < LEAST:
            raise GeistError(
                "there is too little history to test on",
                why=f"{len(tasks)} commits change 1 to 5 Python files with a message of 4 words "
                f"or more and 200 commits before them; {LEAST} are needed",
            )
        out.print(f"{len(tasks)} past commits: is what each one changed found from its message?")
        repo, found = Repo(root.name, root, Path(work)), []
        with out.status("…") as status:
            for row in rows(repo.states(tasks)):
                found.append(row)
                status.update(f"{len(found)} of {len(tasks)}")
        repo.store.close()
    files = sorted(r.files for r in found)[len(found) // 2]
    out.print(f"share of the changed files among the first … of about {files} Python files:")
    out.print("".join(["          ", *(f"{k:>16}" for k in CUTS)]), style="bold")
    for name in METHODS:
        values = np.array([r.recall[name] for r in found])
        low, high = interval(values)
        cells = zip(values.mean(0), low, high, strict=True)
        out.print(f"{name:<10}" + "".join(f"   {m:.2f} ({a:.2f}–{b:.2f})" for m, a, b in cells))
    worst = min(found, key=lambda r: (r.recall["geist"], -r.files))
    head = worst.task.query.split("\n")[0][:70]
    out.print(f"the hardest: {worst.task.commit[:10]} “{head}”", style="dim")
