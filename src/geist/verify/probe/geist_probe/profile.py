"""What ran: the functions that each test entered, and calls with their values."""

import sys
import threading

from .link import relative

MOST_CALLS = 4  # observed calls that are kept per function
MOST_CALLS_IN_ALL = 2000


class Profile:
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
            path = self.paths[code.co_filename] = relative(code.co_filename)
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
