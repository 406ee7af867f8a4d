"""Slips of small models that have one meaning only: labels as names, imports that are missing, rounding,
which to people goes up from half, and the lines of a text."""

import ast
import builtins
import re
from collections.abc import Iterable

# what is not code in JavaScript: strings and comments
_APART = r""""(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|//[^\n]*|/\*.*?\*/"""
_WORDS = frozenset(
    "async await case catch class const default delete do else export extends finally for function if "
    "import in instanceof let new of return static switch throw try typeof var void while with yield".split()
)
MODULES = frozenset(
    "base64 binascii bisect calendar collections copy csv datetime decimal fractions functools hashlib heapq html io "
    "itertools json math operator random re statistics string struct textwrap time unicodedata zlib".split()
)
NAMES = {
    "Counter": "collections",
    "defaultdict": "collections",
    "deque": "collections",
    "OrderedDict": "collections",
    "Decimal": "decimal",
    "ROUND_HALF_UP": "decimal",
    "ROUND_DOWN": "decimal",
    "ROUND_UP": "decimal",
    "Fraction": "fractions",
    "timedelta": "datetime",
    "reduce": "functools",
    "groupby": "itertools",
    "Any": "typing",
    "Dict": "typing",
    "List": "typing",
    "Optional": "typing",
    "Tuple": "typing",
}
# methods of the class datetime, which has the name of its module
_CLASS = re.compile(r"(?<![\w.])datetime(?=\.(?:strptime|now|combine|fromtimestamp|utcnow)\()")


def spelled(code: str, labels: Iterable[str]) -> str:
    """JavaScript in which a label with blanks is no name: `state.Now serving` is state.now_serving."""
    from geist.apps.plan import snake

    found = [x for x in labels if re.fullmatch(r"[A-Za-z]\w*(?: \w+)+", x)]
    found = [x for x in found if not _WORDS & set(x.split())]
    if not found:
        return code
    either = "|".join(re.escape(x) for x in sorted(found, key=len, reverse=True))
    return re.sub(rf"{_APART}|\b(?P<label>{either})\b",
                  lambda m: snake(m["label"]) if m["label"] else m[0], code, flags=re.S)  # fmt: skip


# brackets in which others may stand, and a number that a method is called of
BRACKETS = r"\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\)"
_NUMBER = rf"(?:[\w$.\[\]]+(?:{BRACKETS})?|{BRACKETS})"


def half_up(code: str, language: str) -> str:
    """Code in which numbers are rounded as people do it: `Math.round(x, 2)`, where the 2 is ignored,
    `x.toFixed(2)`, and Python's `round` and `:.2f`, of which 0.125 becomes 0.12, use our `rounded`."""
    if language == "javascript":
        code = re.sub(rf"\bMath\.round(?=({BRACKETS}))",
                      lambda m: "rounded" if commas(m[1][1:-1]) else m[0], code)  # fmt: skip
        code = re.sub(rf"\bMath\.round\(({_NUMBER}) ?\* ?1(0+)\) ?/ ?1\2(?!\d)",
                      lambda m: f"rounded({m[1]}, {len(m[2])})", code)  # fmt: skip
        return re.sub(rf"({_NUMBER})\.toFixed\((\d)\)", r"rounded(\1, \2).toFixed(\2)", code)
    code = re.sub(r"(?<![\w.])round(?=\()", "rounded", code)
    return "\n".join(
        re.sub(r"\{([^{}:!\n]+):([^{}:\n]*)\.(\d)f\}", r"{rounded(\1, \3):\2.\3f}", line)
        if re.search(r"\bf[\"']", line) else line
        for line in code.split("\n")
    )  # fmt: skip


def commas(arguments: str) -> bool:
    """Whether there is a comma that no brackets hold."""
    depth = 0
    for c in arguments:
        depth += (c in "([{") - (c in ")]}")
        if c == "," and not depth:
            return True
    return False


def lined(code: str, names: Iterable[str]) -> str:
    """Python in which the lines of a text do not end with an empty one that nobody sees."""
    either = "|".join(map(re.escape, names)) or "(?!)"
    return re.sub(rf"(?<![\w.])({either})\.split\((['\"])\\n\2\)", r"\1.splitlines()", code)


def quoted(code: str) -> str:
    """Python in which the quotes in the braces of an f-string are not those around it, which Python
    3.12 reads and 3.11 does not. As it is where that does not make it readable."""
    if readable(code):
        return code
    made = "\n".join(
        re.sub(r"\{[^{}\n]*\}", lambda m: m[0].replace('"', "'"), line) if 'f"' in line else line
        for line in code.split("\n")
    )
    return made if readable(made) else code


def readable(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def imported(code: str) -> str:
    """Python with the imports of what it uses of Python's own library and does not import. As it is
    where it cannot be read."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return code
    bound, used = set(dir(builtins)), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
    lacks = used - bound
    lines = [f"import {n}" for n in sorted(lacks & MODULES)]
    lines += [f"from {NAMES[n]} import {n}" for n in sorted(lacks & NAMES.keys())]
    if "datetime" in lacks:
        code = _CLASS.sub("datetime.datetime", code)
    return "\n".join([*lines, code]) if lines else code
