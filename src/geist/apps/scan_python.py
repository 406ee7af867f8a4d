"""What a generated Python program may not hold, seen in its source: bandit, and rules of our own for
what it passes by. Names that an app is made of are looked at, not only calls: `f = eval` too."""

import ast
import io
from collections.abc import Iterator
from typing import Any

from geist.apps.finding import Finding
from geist.apps.fixed import Fixed
from geist.apps.scan_answers import Answers, called
from geist.apps.scan_secrets import told as told_key

# module → why. An app has no network but the way in to a service.
NETWORK = frozenset(
    """socket ssl urllib.request urllib3 http.client http.server httplib requests httpx
aiohttp smtplib ftplib poplib imaplib nntplib telnetlib xmlrpc xmlrpc.client websockets websocket
socketserver pycurl paramiko webbrowser multiprocessing.connection asyncore""".split()
)
RUNS = frozenset("subprocess pty ctypes cffi code codeop runpy multiprocessing commands pydoc pkgutil "
                 "pdb".split())  # fmt: skip
UNPACKS = frozenset(
    "pickle _pickle cPickle marshal shelve dill cloudpickle jsonpickle joblib".split()
)
EVALUATES = frozenset("eval exec compile __import__ execfile".split())
OS_RUNS = frozenset(
    """system popen fork forkpty kill startfile posix_spawn posix_spawnp execl execle execlp
execlpe execv execve execvp execvpe spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp
spawnvpe""".split()
)
ASYNC_NETWORK = frozenset("open_connection start_server create_connection create_server "
                          "create_subprocess_exec create_subprocess_shell".split())  # fmt: skip
FRAMES = frozenset("__globals__ __builtins__ __subclasses__ __bases__ __mro__ __code__ f_globals "
                   "f_locals __loader__ __spec__ modules meta_path".split())  # fmt: skip
SAFE_YAML = frozenset({"SafeLoader", "CSafeLoader", "BaseLoader"})
# of bandit's: B608 is ours (it takes whitelists for injections), as are imports, and assert and
# random are no faults of an app
BANDIT = """B103 B104 B105 B106 B107 B108 B109 B113 B201 B302 B303 B304 B305 B306 B307 B308 B313 B314
B318 B319 B320 B323 B324 B325 B501 B502 B503 B504 B505 B506 B507 B601 B602 B605 B606 B609 B610 B611
B612 B613 B614 B615 B701 B702 B703 B704""".split()
SURE = {"B105", "B106", "B107"}  # words such as password: only where the value looks like one


def scan(source: str, service: bool) -> Iterator[Finding]:
    """Of a file that parses. `service`: what a client sends must name no file either."""
    tree = ast.parse(source)
    rules = _Rules(tree, service)
    rules.visit(tree)
    yield from rules.found
    yield from _bandit(source, {f.what.partition(":")[0] for f in rules.found})


class _Rules(ast.NodeVisitor):
    def __init__(self, tree: ast.Module, service: bool) -> None:
        self.fixed, self.service = Fixed(tree), service
        self.found: list[Finding] = []
        self.modules: dict[str, str] = {}  # what a name in the file stands for

    def tell(self, node: ast.AST, what: str, rule: str) -> None:
        self.found.append(Finding("safe", f"line {getattr(node, 'lineno', 0)}: {what}", rule))

    def _module(self, node: ast.AST, name: str) -> None:
        roots = {name, name.split(".")[0]}
        if roots & NETWORK:
            self.tell(
                node, f"it imports {name}, which reaches the network; an app has none", "network"
            )
        if roots & RUNS:
            self.tell(node, f"it imports {name}, which runs other code", "command")
        if roots & UNPACKS:
            self.tell(
                node, f"it imports {name}: reading such data can run code (use json)", "unpack"
            )

    def visit_Import(self, node: ast.Import) -> None:
        for one in node.names:
            self._module(node, one.name)
            self.modules[one.asname or one.name.split(".")[0]] = (
                one.name if one.asname else one.name.split(".")[0]
            )

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        for one in node.names:
            name = f"{module}.{one.name}"
            self._module(node, name if name in NETWORK else module)
            if module == "os" and one.name in OS_RUNS:
                self.tell(
                    node, f"it takes {one.name} from os, which runs other programs", "command"
                )
            if module == "asyncio" and one.name in ASYNC_NETWORK:
                self.tell(node, f"it takes {one.name} from asyncio, which reaches out", "network")
            if module in ("importlib", "builtins"):
                self.tell(node, f"it imports {module}: what is run must stand in the file", "eval")
            self.modules[one.asname or one.name] = name

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in EVALUATES:
            self.tell(node, f"{node.id} runs code that does not stand in the file", "eval")
        if self.modules.get(node.id) in PASSED_ON and not isinstance(
            self.fixed.parents.get(node), ast.Attribute
        ):
            self.tell(
                node, f"it passes the module {node.id} on: call what is needed by its name", "eval"
            )
        if node.id in ("globals", "__builtins__"):
            self.tell(node, f"{node.id} is a way round what can be seen", "eval")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        module = self.modules.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if module == "os" and node.attr in OS_RUNS:
            self.tell(node, f"os.{node.attr} runs other programs", "command")
        if module == "asyncio" and node.attr in ASYNC_NETWORK:
            self.tell(node, f"asyncio.{node.attr} reaches out", "network")
        if module == "importlib" or (module == "builtins"):
            self.tell(node, f"{module}.{node.attr}: what is run must stand in the file", "eval")
        if node.attr in FRAMES:
            self.tell(node, f"{node.attr} is a way round what can be seen", "eval")
        if module == "tempfile" and node.attr == "mktemp":
            self.tell(node, "tempfile.mktemp names a file that another can make first", "leak")
        if (
            self.service
            and module == "os"
            and node.attr in ("environ", "getenv", "getenvb", "environb")
        ):
            self._environment(node)
        self.generic_visit(node)

    def _environment(self, node: ast.Attribute) -> None:
        """Only APP_DATA and the port are an app's own."""
        above = self.fixed.parents.get(node)
        key: ast.expr | None = None
        if isinstance(above, ast.Subscript):
            key = above.slice
        elif isinstance(above, ast.Call) and above.args:
            key = above.args[0]
        elif isinstance(above, ast.Attribute) and above.attr in ("get", "setdefault"):
            call = self.fixed.parents.get(above)
            key = call.args[0] if isinstance(call, ast.Call) and call.args else None
        if not isinstance(key, ast.Constant):
            self.tell(node, "it reads the whole environment, where secrets stand", "leak")

    def visit_Call(self, node: ast.Call) -> None:
        name = called(node)
        if name in ("execute", "executemany", "executescript") and node.args:
            if not self.fixed.holds(node.args[0]):
                self.tell(node, "SQL is put together from values: write ? and give the values "
                          "apart", "sql")  # fmt: skip
        if name in ("getattr", "setattr", "delattr") and len(node.args) > 1:
            word = node.args[1]
            told = word.value if isinstance(word, ast.Constant) else None
            module = (
                self.modules.get(node.args[0].id) if isinstance(node.args[0], ast.Name) else None
            )
            if told is None and (module or not isinstance(node.args[0], ast.Name)):
                self.tell(node, f"{name} with a name that is made at run time", "eval")
            elif isinstance(told, str) and (
                told in EVALUATES | FRAMES or (module == "os" and told in OS_RUNS)
            ):
                self.tell(node, f"{name} takes {told} by a roundabout way", "eval")
        if any(isinstance(a, ast.Constant) and str(a.value).lower().replace("_", "") == "rot13"
               for a in node.args):  # fmt: skip
            self.tell(node, "a text that was made unreadable stands in it", "secret")
        if name == "join" and told_key(_joined(node)):
            self.tell(node, "a key or a password is put together in it", "secret")
        if name == "vars" or (name == "__dict__"):
            self.tell(node, "vars is a way round what can be seen", "eval")
        if name == "load" and self._of(node, "yaml") and not _safe_loader(node):
            self.tell(node, "yaml.load can run code (use yaml.safe_load)", "unpack")
        if name in ("unsafe_load", "full_load", "load_all", "unsafe_load_all") and self._of(
            node, "yaml"
        ):
            self.tell(node, f"yaml.{name} can run code (use yaml.safe_load)", "unpack")
        for given in node.keywords:
            on = isinstance(given.value, ast.Constant) and given.value.value is True
            if given.arg == "debug" and on:
                self.tell(node, "debug=True shows the program's inside to its clients", "leak")
            if given.arg == "shell" and on and name not in self.fixed.functions:
                self.tell(node, "shell=True runs what a text says", "command")
            if given.arg == "allow_origins" and "'*'" in ast.unparse(given.value):
                self.tell(
                    node, "any web page that its user visits may read its answers (CORS *)", "leak"
                )
            if given.arg == "host" and "0.0.0.0" in ast.unparse(given.value):
                self.tell(node, "it listens for other machines (0.0.0.0)", "leak")
            if (
                given.arg == "mode"
                and isinstance(given.value, ast.Constant)
                and given.value.value == 0o777
            ):
                self.tell(node, "a file that everybody may change (0o777)", "leak")
        if self.service:
            for what, rule in Answers(self.fixed).told(
                node, name, lambda module: self._of(node, module)
            ):
                self.tell(node, what, rule)
        self.generic_visit(node)

    def _of(self, node: ast.Call, module: str) -> bool:
        at = node.func
        if isinstance(at, ast.Attribute) and isinstance(at.value, ast.Name):
            return self.modules.get(at.value.id) == module
        return isinstance(at, ast.Name) and self.modules.get(at.id, "").startswith(f"{module}.")


PASSED_ON = frozenset({"os", "sys", "importlib", "builtins", "asyncio"})


def _joined(node: ast.Call) -> str:
    """What "-".join(("a", "b")) gives, where all of it is written there."""
    try:
        parts = ast.literal_eval(node.args[0])
        at = ast.literal_eval(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        return str(at).join(map(str, parts))
    except (ValueError, TypeError, IndexError, SyntaxError, MemoryError, RecursionError):
        return ""


def _safe_loader(node: ast.Call) -> bool:
    given = [*node.args[1:], *(k.value for k in node.keywords if k.arg == "Loader")]
    return any(ast.unparse(g).rpartition(".")[2] in SAFE_YAML for g in given)


def _bandit(source: str, known: set[str]) -> Iterator[Finding]:
    """bandit's findings on lines where ours found nothing."""
    import logging

    from bandit.core import config, manager
    from bandit.core import constants as levels

    logging.getLogger("bandit").setLevel(logging.CRITICAL)
    made = manager.BanditManager(
        config.BanditConfig(),
        "file",
        profile={"include": BANDIT, "exclude": []},
        ignore_nosec=True,
    )
    made._parse_file("<stdin>", io.BytesIO(source.encode("utf-8", "replace")), [])
    for issue in made.get_issue_list(levels.LOW, levels.LOW):
        if issue.test_id in SURE and not _secret_like(issue, source):
            continue
        if f"line {issue.lineno}" not in known:
            yield Finding(
                "safe", f"line {issue.lineno}: {issue.text.split('. ')[0][:160]}", issue.test_id
            )


def _secret_like(issue: Any, source: str) -> bool:
    """A word such as "password" beside a value with letters and digits, not a label."""
    lines = source.splitlines()
    line = lines[issue.lineno - 1] if 0 < issue.lineno <= len(lines) else ""
    import re

    return any(len(v) >= 6 and not v.isalpha() and " " not in v
               for v in re.findall(r"""["']([^"'\n]+)["']""", line.partition("=")[2]))  # fmt: skip
