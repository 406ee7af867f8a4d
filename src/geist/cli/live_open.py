"""`geist`: a session in the terminal, opened anew or gone on with."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from geist.agent.alone import alone
from geist.agent.do import RETRIES, Do, Job
from geist.agent.leash import Autonomy, Terms
from geist.agent.project import project
from geist.agent.resume import Past, fold, latest
from geist.agent.servers import Servers
from geist.cli.live import Live
from geist.cli.live_talk import Talk
from geist.core.errors import GeistError
from geist.core.home import home
from geist.core.log import Log
from geist.models import config as configuration
from geist.models.choose import choose
from geist.models.profile import load
from geist.sandbox.bubblewrap import available
from geist.verify.runners import search_path


def resume(session: str | None) -> None:
    """Goes on with a session, the last one in this project without a name."""
    data = home()
    name = session or latest(data, project(Path.cwd()))
    past = fold(data, name)
    if not past.root.is_dir():
        raise GeistError(f"{past.root} is not there any more", why=f"session {name} was of it")
    os.chdir(past.root / past.cwd)
    live(past.model, past)


def live(model: str | None = None, past: Past | None = None) -> None:
    """Opens a session in the current folder."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise GeistError("a session needs a terminal", mend='geist do "TASK"    works without one')
    data, stop = home(), threading.Event()
    sandbox = available(data, stop)
    # it takes as long as what is loaded meanwhile
    tried = ThreadPoolExecutor(1).submit(sandbox.mode)
    from prompt_toolkit import PromptSession  # noqa: F401 - loaded here, used in loop
    from prompt_toolkit.patch_stdout import patch_stdout

    here = Path.cwd().resolve()
    root = project(here)
    config, screen = configuration.load(root), Talk()
    chosen = choose(model, data, config, lambda text: screen.out.print(text, style="dim"))
    tried.result()
    log = Log(data, past.session if past else None)
    held = alone(data, log.session)
    most = load(data, chosen.name, chosen.digest).most_autonomy
    wanted = Autonomy(past.autonomy) if past else Autonomy.EDIT
    job = Job(root, here.relative_to(root).as_posix(), "", past.check if past else "",
              search_path(root), Terms(min(wanted, Autonomy(most), key=tuple(Autonomy).index),
                                       past.scope if past else "*",
                                       past.taint if past else frozenset(),
                                       hosts=frozenset(config.leash.hosts)),
              RETRIES["medium"])  # fmt: skip
    with Servers(config.mcp) as servers:
        do = Do(job, sandbox, data, chosen, log, screen, screen.tell, stop, servers.actions)
        do.open(past.draft if past else None, past.turns if past else ())
        do.hands.steps = list(past.steps) if past else []
        do.hands.said = list(past.said) if past else []
        session = Live(do, screen, job.check)
        session.hello()  # through patch_stdout it would come a fifth of a second later
        with patch_stdout(raw=True):
            session.loop()
    log.append("ended", state="left" if do.hands.draft.files else "closed")
    if do.hands.draft.files:
        print(f"The draft is kept, your files are as they were:  geist resume {log.session}")
    do.model.close()
    held.close()
