"""Runs inside the sandbox, in the test runner's process: tells geist what the runner did.

It speaks over a Unix socket that is opened before any code of the project is imported. Every
line carries a keyed hash over a running number, so that a line which the code under test writes
into the socket is seen as forged. The runner's own functions are compared with what they were at
the start whenever a test ends: a test run by a patched runner counts for nothing. What this cannot
stop is written down in the docstring of geist.verify.tests.

Only the standard library, Python 3.8+: it runs under the project's interpreter, not geist's.
"""

import os
import sys

from . import link

_connect = os.environ.pop("GEIST_SOCKET", None)


def _start(runner):
    """The sender and the mode, once; afterwards nothing, also for a runner inside the run."""
    global _connect
    path, _connect = _connect, None
    os.environ.pop("PYTEST_PLUGINS", None)
    if path is None:
        return None
    send, mode = link.connect(path)
    send("hello", runner=runner, pid=os.getpid(), python=sys.version.split()[0])
    return send, mode


def pytest_configure(config):
    """pytest finds this through PYTEST_PLUGINS, before it reads any conftest of the project."""
    if config.pluginmanager.has_plugin("geist-report") or hasattr(config, "workerinput"):
        return
    started = _start("pytest")
    if started is not None:
        from .pytest_runner import Pytest

        config.pluginmanager.register(Pytest(*started).hooks(), "geist-report")


def start_unittest():
    """Called by sitecustomize where the command runs unittest."""
    started = _start("unittest")
    if started is not None:
        from .unittest_runner import follow

        follow(*started)
