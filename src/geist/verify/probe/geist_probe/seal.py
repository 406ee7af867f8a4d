"""Which functions of the runner are not what they were when the run began."""

import builtins
import sys

_RUNNER = ("_pytest.", "pluggy.", "unittest.case", "unittest.result", "unittest.runner")


def _owners(ours):
    """The runner's modules and classes, and this probe's own (`ours`): held, so that a module taken out of
    sys.modules is still compared."""
    for name, module in list(sys.modules.items()):
        if (name + ".").startswith(_RUNNER) and module is not None:
            yield name, module, False
            for attribute, thing in list(vars(module).items()):
                if isinstance(thing, type) and thing.__module__ == name:
                    yield name + "." + attribute, thing, True
    for own in ours:
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


class Seal:
    """Remembers the runner's functions; `broken` names those that were replaced, added or gone."""

    def __init__(self, *ours):
        self.was = [(n, o, c, _marks(o, c)) for n, o, c in _owners((Seal, *ours))]
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
