"""A shell command as the chain of programs that it starts, for the leash.

What is not understood is told as such: a command that is approved by looking at its parts must have
no part that cannot be looked at.
"""

import re
import shlex
import unicodedata
from dataclasses import dataclass
from functools import cache

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

MOST = 4000  # characters
# What a chain may be made of. Substitutions, loops, functions, here-documents are not in it.
PLAIN = frozenset(
    """program list pipeline command command_name word string string_content raw_string number
    concatenation redirected_statement file_redirect file_descriptor && || | |& ; ;; & > >> < >& <&
    &> " variable_assignment variable_name =""".split()
)

WORDS = frozenset("command_name word string raw_string number concatenation".split())


@dataclass(frozen=True)
class Program:
    """One program with its arguments as it will get them. `writes` are the files that its output
    is sent to, `sets` the variables that are set for it."""

    argv: tuple[str, ...]
    writes: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_bash.language()))


def chain(command: str) -> tuple[Program, ...] | None:
    """Every program that the command starts, in order; None where that cannot be told. Total."""
    if len(command) > MOST or not command.strip() or any(_odd(c) for c in command):
        return None
    root = _parser().parse(command.encode("utf-8", "replace")).root_node
    if root.has_error or not _plain(root):
        return None
    found = list[Program]()
    try:
        for child in root.named_children:
            _collect(child, found, (), ())
    except ValueError:  # quotation that shlex and bash read differently
        return None
    return tuple(found) or None


def _odd(c: str) -> bool:
    """Characters that show as nothing or as something else: joiners, marks that turn the direction
    of writing, look-alike blanks, control characters."""
    kind = unicodedata.category(c)
    return (kind in ("Cf", "Co", "Cn", "Cs", "Zl", "Zp") or (kind == "Zs" and c != " ")
            or (kind == "Cc" and c not in "\n\t"))  # fmt: skip


def _plain(node: Node) -> bool:
    return node.type in PLAIN and all(_plain(child) for child in node.children)


def _collect(node: Node, found: list[Program], writes: tuple[str, ...],
             sets: tuple[str, ...]) -> None:  # fmt: skip
    if node.type == "redirected_statement":
        # a redirect without a descriptor's number, or to one, is to a file
        out = [r for r in node.named_children if r.type == "file_redirect"]
        told = (*writes, *(t for r in out for t in _target(r)))
        for child in node.named_children:
            if child.type != "file_redirect":
                _collect(child, found, told, sets)
        return
    if node.type == "command":
        mine = [c for c in node.named_children if c.type == "variable_assignment"]
        words = [c for c in node.named_children if c.type in WORDS]
        inner = [c for c in node.named_children if c.type == "file_redirect"]
        names = tuple(_text(c).split("=")[0] for c in mine)
        extra = tuple(t for r in inner for t in _target(r))
        found.append(Program(tuple(_word(w) for w in words), (*writes, *extra), (*sets, *names)))
        return
    if node.type == "variable_assignment":
        found.append(Program((), writes, (*sets, _text(node).split("=")[0])))
        return
    for child in node.named_children:
        _collect(child, found, writes, sets)


def _target(redirect: Node) -> list[str]:
    signs = {c.type for c in redirect.children}
    words = [c for c in redirect.named_children if c.type != "file_descriptor"]
    if signs & {"<", "<&"} or (signs & {">&"} and words and words[-1].type == "number"):
        return []
    return [_word(w) for w in words]


def _word(node: Node) -> str:
    parts = shlex.split(_text(node))
    if len(parts) != 1:
        raise ValueError("not one word")
    return parts[0]


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


# Programs that only read, with the flags that make them do more. Nothing else reads only.
READS: dict[str, re.Pattern[str] | None] = {
    "ls": None, "cat": None, "head": None, "tail": None, "wc": None, "grep": None, "pwd": None,
    "echo": None, "true": None, "false": None, "stat": None, "file": None, "du": None, "cut": None,
    "diff": None, "cmp": None, "basename": None, "dirname": None, "nl": None, "cksum": None,
    "rg": re.compile(r"--pre\b|--pre=|--hostname-bin|-z$|--search-zip"),
    "find": re.compile(r"-(exec|execdir|ok|okdir|delete|fls|fprint|fprint0|fprintf)$"),
    "sort": re.compile(r"-[a-zA-Z]*o|--output|--compress-program"),
    "uniq": None, "tree": re.compile(r"-o"),
    "git": re.compile(r"-c$|-C$|-c.|-p$|--(exec-path|git-dir|work-tree|namespace|config-env|output|"
                      r"ext-diff|textconv|open-files-in-pager|upload-pack|super-prefix|paginate)|"
                      r"-O"),
}  # fmt: skip
GIT_READS = frozenset("status diff log show blame ls-files rev-parse shortlog describe".split())
HARMLESS = frozenset({"/dev/null"})


def only_reads(program: Program) -> bool:
    """Whether a program, as it is called, changes nothing and starts nothing else."""
    if program.sets or set(program.writes) - HARMLESS or not program.argv:
        return False
    name, *rest = program.argv
    if name not in READS:
        return False
    banned = READS[name]
    if banned is not None and any(banned.match(word) for word in rest):
        return False
    if name == "uniq":  # its second file is written
        return sum(not w.startswith("-") for w in rest) < 2
    if name == "git":
        return next((w for w in rest if not w.startswith("-")), "") in GIT_READS
    return True


def matches(program: Program, pattern: str) -> bool:
    """Whether a program is of an approved kind: `python -m pytest *` is that with anything after.
    One that writes elsewhere by redirects, or sets variables, is of none."""
    if program.sets or set(program.writes) - HARMLESS:
        return False
    words, wanted = list(program.argv), pattern.split()
    if wanted and wanted[-1] == "*":
        return words[: len(wanted) - 1] == wanted[:-1]
    return words == wanted
