"""Real files that every machine has: Python's own library. No benchmark of geist's is made of it.

Which release is installed decides the text, and so the keys of tasks that are made of it.
"""

import ast
import sysconfig
from functools import cache
from pathlib import Path

from geist.edit.definitions import Definition, definitions
from geist.edit.splice import shown, without_docstring

MODULES = """
argparse ast bdb calendar cmd code codecs configparser contextlib copy csv difflib doctest
fileinput fnmatch fractions functools gettext gzip heapq inspect ipaddress linecache mimetypes
netrc ntpath optparse pdb plistlib pprint profile pstats quopri random reprlib sched shelve
shlex shutil smtplib socketserver statistics string tabnanny tempfile textwrap timeit tokenize
trace traceback uuid zipapp
""".split()
SHORT, LONG = 5, 40  # lines of a function


@cache
def files() -> tuple[tuple[str, bytes], ...]:
    """(name, content), those that are there."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    found = [(f"{name}.py", folder / f"{name}.py") for name in MODULES]
    return tuple((name, path.read_bytes()) for name, path in found if path.is_file())


@cache
def functions() -> tuple[tuple[str, str], ...]:
    """(file, function without its docstring) of all that are of a size to be changed."""
    found = list[tuple[str, str]]()
    for name, source in files():
        for d in definitions(source):
            code = _code(source, d)
            if SHORT <= code.count("\n") + 1 <= LONG and _parses(code):
                found.append((name, code))
    return tuple(found)


def _code(source: bytes, d: Definition) -> str:
    return without_docstring(shown(source, d))[0]


def _parses(code: str) -> bool:
    try:
        return isinstance(ast.parse(code).body[0], ast.FunctionDef)
    except (SyntaxError, ValueError, IndexError):
        return False
