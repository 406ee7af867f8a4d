"""Follow pytest, as a plugin of it."""

import os

from .link import cut, relative
from .profile import Profile
from .seal import Seal


class Pytest:
    def __init__(self, send, mode):
        self.send = send
        self.seal = Seal(Pytest, Profile)
        only = mode.get("only")
        self.only = None if only is None else set(only)
        self.files = None if only is None else {n.split("::")[0] for n in only}
        self.profile = Profile(mode.get("observe", [])) if mode.get("profile") else None

    def hooks(self):
        import pytest

        outer = self

        class Plugin:
            @pytest.hookimpl(tryfirst=True)
            def pytest_ignore_collect(self, collection_path, config):
                if outer.files is None or not os.path.isfile(str(collection_path)):
                    return None
                base = str(config.rootpath)
                name = os.path.relpath(str(collection_path), base).replace(os.sep, "/")
                # a conftest, an __init__ and what a nodeid may be relative to stay collectable
                known = {os.path.basename(f) for f in outer.files}
                return None if os.path.basename(name) in known else True

            @pytest.hookimpl(trylast=True)
            def pytest_collection_modifyitems(self, config, items):
                if outer.only is not None:
                    chosen = [i for i in items if i.nodeid in outer.only]
                    config.hook.pytest_deselected(items=[i for i in items if i not in chosen])
                    items[:] = chosen

            def pytest_collection_finish(self, session):
                outer.seal.hold(session.config, outer)
                outer.send("collected", tests=[i.nodeid for i in session.items])

            @pytest.hookimpl(hookwrapper=True)
            def pytest_runtest_call(self, item):
                if outer.profile is None:
                    yield
                    return
                outer.profile.start(item.nodeid)
                try:
                    yield
                finally:
                    outer.profile.stop()
                    outer.send("entered", test=item.nodeid, **outer.profile.told())

            def pytest_collectreport(self, report):
                if report.failed:
                    outer.send("broken", where=report.nodeid, text=cut(report.longrepr))

            def pytest_runtest_logreport(self, report):
                outer.report(report)

            @pytest.hookimpl(trylast=True)
            def pytest_sessionfinish(self, session, exitstatus):
                outer.send("done", status=int(exitstatus), seal=outer.seal.broken())

        return Plugin()

    def report(self, report):
        frames, message = [], ""
        if report.failed and report.longrepr is not None:
            chain = getattr(report.longrepr, "chain", None)
            tracebacks = (
                [c[0] for c in chain]
                if chain
                else [getattr(report.longrepr, "reprtraceback", None)]
            )
            for traceback in tracebacks:
                for entry in getattr(traceback, "reprentries", []):
                    place = getattr(entry, "reprfileloc", None)
                    if place is not None:
                        path = relative(place.path)
                        frames.append([path or place.path, place.lineno, str(place.message)[:200]])
            crash = getattr(report.longrepr, "reprcrash", None)
            message = getattr(crash, "message", "") or ""
        self.send(
            "result",
            test=report.nodeid,
            when=report.when,
            outcome=report.outcome,
            xfail=hasattr(report, "wasxfail"),
            text=cut(report.longreprtext) if report.failed else "",
            message=cut(message, 2000),
            frames=frames,
            seal=self.seal.broken() if report.when == "call" else [],
        )
