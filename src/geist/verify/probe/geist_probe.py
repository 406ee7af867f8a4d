"""Runs inside the sandbox, in the test runner's process: tells geist what the runner did.

It speaks over a Unix socket that is opened before any code of the project is imported. Every
line carries a keyed hash over a running number, so that a line which the code under test writes
into the socket is seen as forged. The runner's own functions are compared with what they were at
the start whenever a test ends: a test run by a patched runner counts for nothing. What this cannot
stop is written down in the docstring of geist.verify.tests.

Only the standard library, Python 3.8+: it runs under the project's interpreter, not geist's.
"""

import builtins
import hashlib
import json
import os
import socket
import sys
import threading

_connect = os.environ.pop("GEIST_SOCKET", None)
_mode = {}
_root = os.environ.get("GEIST_ROOT", os.getcwd())
MOST_TEXT = 6000
MOST_CALLS = 4  # observed calls that are kept per function
MOST_CALLS_IN_ALL = 2000


def _open(path):
    """Connect, read the key and what is asked, return a function that sends one signed line."""
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.connect(path)

    def take(count):
        data = b""
        while len(data) < count:
            chunk = link.recv(count - len(data))
            if not chunk:
                raise OSError("geist closed the report socket")
            data += chunk
        return data

    key = take(32)
    _mode.update(json.loads(take(int.from_bytes(take(4), "big"))))
    state = [0, os.getpid()]
    blake, dumps, lock, pid_of = hashlib.blake2b, json.dumps, threading.Lock(), os.getpid

    def send(kind, **data):
        if pid_of() != state[1]:
            return  # a forked child: its tests are not this runner's
        with lock:
            line = dumps([state[0], kind, data]).encode()
            mark = blake(line, key=key, digest_size=16).hexdigest().encode()
            state[0] += 1
            link.sendall(mark + b" " + line + b"\n")

    return send


def _cut(text, most=MOST_TEXT):
    text = str(text)
    return text if len(text) <= most else text[: most // 2] + "\n[…]\n" + text[-most // 2 :]


def _relative(path):
    path = os.path.abspath(path)
    return os.path.relpath(path, _root) if path.startswith(_root + os.sep) else None


# --- which functions of the runner are not what they were ---------------------------------------

_RUNNER = ("_pytest.", "pluggy.", "unittest.case", "unittest.result", "unittest.runner")


def _owners():
    """The runner's modules and classes, and this probe's: held, so that a module taken out of
    sys.modules is still compared."""
    for name, module in list(sys.modules.items()):
        if (name + ".").startswith(_RUNNER) and module is not None:
            yield name, module, False
            for attribute, thing in list(vars(module).items()):
                if isinstance(thing, type) and thing.__module__ == name:
                    yield name + "." + attribute, thing, True
    for own in (_Pytest, _Profile, _Seal):
        yield "geist_probe." + own.__name__, own, True


def _marks(owner, is_class):
    """What of an owner must stay: functions, classes, descriptors, by identity. Of a class every
    name counts, so that one that is added is seen; plain data may change."""
    marks = {}
    for name, value in list(vars(owner).items()):
        value = getattr(value, "__func__", value)
        code = getattr(value, "__code__", None)
        if code is not None or isinstance(value, (type, property)):
            marks[name] = (id(value), id(code))
        elif is_class and name not in _DATA:
            marks[name] = None
    return marks


# bookkeeping that the interpreter itself adds to classes
_DATA = {"__dict__", "__weakref__", "__doc__", "__annotations__", "__abstractmethods__",
         "_abc_impl", "__parameters__", "__static_attributes__", "__firstlineno__",
         "__annotate_func__", "__annotations_cache__"}  # fmt: skip
_BUILTINS = ("all", "any", "len", "isinstance", "repr", "AssertionError", "getattr", "type", "id")


class _Seal:
    """Remembers the runner's functions; `broken` names those that were replaced, added or gone."""

    def __init__(self):
        self.was = [(n, o, c, _marks(o, c)) for n, o, c in _owners()]
        self.builtins = {n: id(getattr(builtins, n)) for n in _BUILTINS}
        self.hooks = None
        self.plugin = None

    def hold(self, config, plugin):
        """From now on the lists of hooks, and the reporting plugin itself, must stay too."""
        self.config, self.plugin = config, (plugin, dict(vars(plugin)))
        self.hooks = self._hooks()

    def _hooks(self):
        found = {}
        for name, caller in vars(self.config.hook).items():
            for hook in getattr(caller, "get_hookimpls", list)():
                # one that a test module's own fixtures and conftests bring is there before the run
                found[name, id(hook), id(hook.function)] = hook.plugin_name
        return found

    def broken(self):
        names = [n for n, i in self.builtins.items() if id(getattr(builtins, n, None)) != i]
        for name, owner, is_class, was in self.was:
            now = _marks(owner, is_class)
            if now != was:
                for key in set(was) | set(now):
                    if was.get(key, 0) != now.get(key, 0) and (is_class or key in was):
                        names.append(name + "." + key)
        if self.hooks is not None:
            now = self._hooks()
            names += ["hook " + k[0] for k in set(now) ^ set(self.hooks)]
            plugin, was = self.plugin
            if vars(plugin) != was:
                names.append("geist_probe.plugin")
        return sorted(set(names))[:20]


# --- what ran: functions per test, and calls with their values ----------------------------------


class _Profile:
    """Names the project's functions that each test enters and, where asked, what they were given
    and gave back."""

    def __init__(self, tests):
        self.tests = set(tests)  # in which calls are kept with their values
        self.watch = False
        self.counts = {}
        self.entered = set()
        self.calls = []
        self.open = {}
        self.paths = {}
        self.table = {}  # function → its number: each is spelled out once, then only numbered

    def start(self, test):
        self.entered, self.calls, self.open, self.counts = set(), [], {}, {}
        self.watch = test in self.tests
        sys.setprofile(self._event)
        threading.setprofile(self._event)

    def stop(self):
        sys.setprofile(None)
        threading.setprofile(None)

    def told(self):
        """What the last test entered: numbers, and the functions that get theirs now."""
        fresh = [f for f in sorted(self.entered) if f not in self.table]
        for function in fresh:
            self.table[function] = len(self.table)
        numbers = [self.table[f] for f in self.entered]
        return {"fresh": fresh, "functions": numbers, "calls": self.calls}

    def _event(self, frame, event, arg):
        if event != "call" and event != "return":
            return
        code = frame.f_code
        path = self.paths.get(code.co_filename, 0)
        if path == 0:
            path = self.paths[code.co_filename] = _relative(code.co_filename)
        if path is None:
            return
        if event == "call":
            self.entered.add((path, code.co_firstlineno))
        if not self.watch:
            return
        if event == "call":
            key = (path, code.co_firstlineno)
            count = self.counts[key] = self.counts.get(key, 0) + 1
            if count <= MOST_CALLS and len(self.calls) < MOST_CALLS_IN_ALL:
                count = code.co_argcount + code.co_kwonlyargcount
                given = {n: _show(frame.f_locals.get(n)) for n in code.co_varnames[:count]}
                call = [path, code.co_firstlineno, given, "raised an exception"]
                self.calls.append(call)
                self.open[id(frame)] = call
        else:
            call = self.open.pop(id(frame), None)
            # `return` with None also ends a frame that raised; the error is in the test's report
            if call is not None and arg is not None:
                call[3] = "returned " + _show(arg)
            elif call is not None:
                call[3] = "returned None or raised"


def _show(value, depth=0):
    """A short text of plain data; other objects by the name of their type only, because their
    own repr is the project's code."""
    kind = type(value)
    if value is None or kind in (bool, int, float, complex, str, bytes):
        text = repr(value)
        return text if len(text) <= 120 else text[:80] + "…" + text[-30:]
    if depth < 3 and kind in (list, tuple, set, frozenset):
        inner = ", ".join(_show(v, depth + 1) for v in list(value)[:12])
        more = ", …" if len(value) > 12 else ""
        pair = {list: "[]", tuple: "()", set: "{}", frozenset: "{}"}[kind]
        return pair[0] + inner + more + pair[1]
    if depth < 3 and kind is dict:
        items = list(value.items())[:12]
        inner = ", ".join(_show(k, depth + 1) + ": " + _show(v, depth + 1) for k, v in items)
        return "{" + inner + (", …" if len(value) > 12 else "") + "}"
    return "<" + kind.__name__ + ">"


# --- pytest ---------------------------------------------------------------------------------------


class _Pytest:
    def __init__(self, send):
        self.send = send
        self.seal = _Seal()
        only = _mode.get("only")
        self.only = None if only is None else set(only)
        self.files = None if only is None else {n.split("::")[0] for n in only}
        self.profile = _Profile(_mode.get("observe", [])) if _mode.get("profile") else None

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
                    outer.send("broken", where=report.nodeid, text=_cut(report.longrepr))

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
                        path = _relative(place.path)
                        frames.append([path or place.path, place.lineno, str(place.message)[:200]])
            crash = getattr(report.longrepr, "reprcrash", None)
            message = getattr(crash, "message", "") or ""
        self.send(
            "result",
            test=report.nodeid,
            when=report.when,
            outcome=report.outcome,
            xfail=hasattr(report, "wasxfail"),
            text=_cut(report.longreprtext) if report.failed else "",
            message=_cut(message, 2000),
            frames=frames,
            seal=self.seal.broken() if report.when == "call" else [],
        )


# --- unittest -------------------------------------------------------------------------------------


def _unittest(send):
    """Follow unittest.TextTestResult, which `python -m unittest` and setup.py test runners use."""
    import traceback
    import unittest

    seal = [None]
    only = _mode.get("only")
    profile = _Profile(_mode.get("observe", [])) if _mode.get("profile") else None
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
        seal[0] = _Seal()
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
                frames.append([_relative(f.filename) or f.filename, f.lineno, ""])
            text = "".join(traceback.format_exception(*error))
            message = "".join(traceback.format_exception_only(*error[:2]))
        send(
            "result",
            test=test.id(),
            when="call",
            outcome=outcome,
            xfail=False,
            text=_cut(text),
            message=_cut(message, 2000),
            frames=frames,
            seal=seal[0].broken() if seal[0] else [],
        )

    def follow(name, outcome):
        inner = getattr(result, name)
        add[name] = inner

        def method(self, test, *rest):
            if hasattr(test, "id") and type(test).__name__ != "_ErrorHolder":
                tell(test, outcome, rest[0] if rest else None)
            else:
                send("broken", where=str(test), text=_cut(rest[0] if rest else ""))
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
        follow(name, outcome)
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


# --- start ----------------------------------------------------------------------------------------

_send = None


def _start(runner):
    global _send
    if _connect is None:
        return None
    if _send is None:
        _send = _open(_connect)
        _send("hello", runner=runner, pid=os.getpid(), python=sys.version.split()[0])
    return _send


def pytest_configure(config):
    """pytest finds this through PYTEST_PLUGINS, before it reads any conftest of the project."""
    if config.pluginmanager.has_plugin("geist-report") or hasattr(config, "workerinput"):
        return
    send = _start("pytest")
    if send is not None:
        config.pluginmanager.register(_Pytest(send).hooks(), "geist-report")
        _forget()


def start_unittest():
    """Called by sitecustomize where the command runs unittest."""
    send = _start("unittest")
    if send is not None:
        _unittest(send)
        _forget()


def _forget():
    """Leave no name through which the project's code could come by the channel."""
    global _send
    _send = None
    os.environ.pop("PYTEST_PLUGINS", None)
