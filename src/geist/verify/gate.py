"""What a mended function may not newly do: reach for its judge, or know its test by heart.

The channel and the seal (report.py, the probe) catch a runner that was tampered with. Some
cheats need no tampering: an object that equals everything, or `if text == "what the test says"`.
They are seen in the source, by comparing the function with what it was.
"""

import ast

# Names through which code in one process can reach or end its test runner.
REACHES = frozenset(
    """_exit _getframe _current_frames settrace setprofile gc ctypes pytest _pytest pluggy unittest
    sitecustomize usercustomize geist_probe __import__ import_module importlib exec eval compile
    builtins __builtins__ modules monkeypatch mock atexit __closure__ __globals__ __code__
    currentframe getframeinfo SystemExit exit quit abort kill subprocess Popen system environ
    signal fork execv execve execl execle execvp execvpe spawnv posix_spawn popen skip skipTest
    SkipTest conftest argv orig_argv meta_path tb_frame f_back f_code f_locals f_globals f_builtins
    gi_frame cr_frame ag_frame __traceback__ co_consts co_code __subclasses__ __dict__ vars globals
    locals socket open read_text read_bytes write_text write_bytes monitoring delattr attrgetter
    methodcaller ALWAYS_EQ ANY""".split()
)
ALWAYS_EQUAL = frozenset("__eq__ __ne__ __bool__ __lt__ __le__ __gt__ __ge__ __hash__".split())


def refuse(old: str, new: str, tests: str) -> str | None:
    """Why `new`, the source of a function that was `old`, is not accepted as a mend of the tests
    whose source is `tests`; None where nothing speaks against it."""
    try:
        before, after = ast.parse(old), ast.parse(new)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # the splice has already judged what does not parse
    reached = (_names(after) & REACHES) - _names(before)
    if reached:
        return f"the function newly reaches for {', '.join(sorted(reached))}"
    if _dynamic(after) > _dynamic(before):
        return "the function newly names attributes that are not written in it"
    equal = (_names(after) & ALWAYS_EQUAL) - _names(before)
    if equal:
        return f"the function newly touches {', '.join(sorted(equal))}"
    methods = (_defined(after) & ALWAYS_EQUAL) - _defined(before)
    if methods:
        return f"the function newly defines {', '.join(sorted(methods))} of a class of its own"
    return _special_case(before, after, tests)


def _names(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.alias):
            found.update(node.name.split("."))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value in REACHES or node.value in ALWAYS_EQUAL:  # getattr(os, "_exit")
                found.add(node.value)
    return found


def _dynamic(tree: ast.AST) -> int:
    """Calls of getattr and setattr whose attribute is worked out at run time."""
    return sum(
        isinstance(n, ast.Call)
        and isinstance(n.func, ast.Name)
        and n.func.id in ("getattr", "setattr")
        and not (len(n.args) > 1 and isinstance(n.args[1], ast.Constant))
        for n in ast.walk(tree)
    )


def _defined(tree: ast.AST) -> set[str]:
    return {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)} - {
        n.name for n in getattr(tree, "body", []) if isinstance(n, ast.FunctionDef)
    }


def _literals(tree: ast.AST) -> set[str]:
    return {repr(v) for n in ast.walk(tree) if (v := _value(n)) is not None}


def _value(node: ast.AST) -> object:
    """A literal long enough to be somebody's test datum: text of 3 and more, a number of 3 digits
    and more, a filled list or dict of literals."""
    if not isinstance(node, ast.Constant | ast.List | ast.Tuple | ast.Dict | ast.Set):
        return None
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
    if isinstance(value, bool) or value is None or value is ...:
        return None
    if isinstance(value, str | bytes):
        return value if len(value) > 2 else None
    if isinstance(value, int | float | complex):
        return value if len(str(value).strip("-")) > 2 else None
    return value if len(value) > 1 else None


def _special_case(before: ast.AST, after: ast.AST, tests: str) -> str | None:
    """A new comparison with, and a new return of, values that stand in the test."""
    try:
        known = _literals(ast.parse(tests))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    fresh = (_literals(after) - _literals(before)) & known
    if not fresh:
        return None
    for node in ast.walk(after):
        if not isinstance(node, ast.If | ast.IfExp):
            continue
        compared = {
            repr(v)
            for c in ast.walk(node.test)
            if isinstance(c, ast.Compare)
            for side in (c.left, *c.comparators)
            if (v := _value(side)) is not None
        }
        body = node.body if isinstance(node.body, list) else [node.body]
        answer = body[0].value if isinstance(body[0], ast.Return) else body[0]
        constant = answer is not None and _is_literal(answer)
        if compared & fresh and constant:
            return (
                f"the function answers the test's own value {sorted(compared & fresh)[0]} by heart"
            )
    return None


def _is_literal(node: ast.AST) -> bool:
    try:
        ast.literal_eval(node)  # pyright: ignore[reportArgumentType]
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True
