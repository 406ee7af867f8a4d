"""Follow unittest.TextTestResult, which `python -m unittest` and setup.py test runners use."""

import traceback
import unittest

from .link import cut, relative
from .profile import Profile
from .seal import Seal


def follow(send, mode):
    seal = [None]
    only = mode.get("only")
    profile = Profile(mode.get("observe", [])) if mode.get("profile") else None
    result, runner = unittest.TextTestResult, unittest.TextTestRunner
    run, add = runner.run, {}

    def each(suite):
        for test in suite:
            if hasattr(test, "__iter__"):
                yield from each(test)
            else:
                yield test

    def watched_run(self, test):
        tests = list(each(test)) if hasattr(test, "__iter__") else [test]
        if only is not None:
            tests = [t for t in tests if t.id() in only]
            test = unittest.TestSuite(tests)
        seal[0] = Seal(Profile)
        send("collected", tests=[t.id() for t in tests])
        done = run(self, test)
        send("done", status=0 if done.wasSuccessful() else 1, seal=seal[0].broken())
        return done

    def tell(test, outcome, error=None):
        if profile is not None:
            profile.stop()
            send("entered", test=test.id(), **profile.told())
        frames, text, message = [], "", ""
        if error is not None and isinstance(error, tuple):
            for f in traceback.extract_tb(error[2]):
                frames.append([relative(f.filename) or f.filename, f.lineno, ""])
            text = "".join(traceback.format_exception(*error))
            message = "".join(traceback.format_exception_only(*error[:2]))
        send(
            "result",
            test=test.id(),
            when="call",
            outcome=outcome,
            xfail=False,
            text=cut(text),
            message=cut(message, 2000),
            frames=frames,
            seal=seal[0].broken() if seal[0] else [],
        )

    def hear(name, outcome):
        inner = getattr(result, name)
        add[name] = inner

        def method(self, test, *rest):
            if hasattr(test, "id") and type(test).__name__ != "_ErrorHolder":
                tell(test, outcome, rest[0] if rest else None)
            else:
                send("broken", where=str(test), text=cut(rest[0] if rest else ""))
            return inner(self, test, *rest)

        setattr(result, name, method)

    for name, outcome in (
        ("addSuccess", "passed"),
        ("addFailure", "failed"),
        ("addError", "failed"),
        ("addSkip", "skipped"),
        ("addExpectedFailure", "skipped"),
        ("addUnexpectedSuccess", "failed"),
    ):
        hear(name, outcome)
    start = result.startTest

    def start_test(self, test):
        start(self, test)
        if profile is not None:
            profile.start(test.id())

    result.startTest = start_test
    subtest = result.addSubTest

    def sub(self, test, inner, error):
        if error is not None:
            tell(test, "failed", error)
        return subtest(self, test, inner, error)

    result.addSubTest = sub
    runner.run = watched_run
