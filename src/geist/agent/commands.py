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
    is sent to, `sets` the variables that are set for it. `open` says that the shell makes other
    words of some of them, by the names of files."""

    argv: tuple[str, ...]
    writes: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    open: bool = False


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_bash.language()))


def chain(command: str) -> tuple[Program, ...] | None:
    """Every program that the command starts, in order; None where that cannot be told. Total.

    A backslash or a second line is never told apart: that is where shells differ.
    """
    if len(command) > MOST or not command.strip() or any(_odd(c) for c in command):
        return None
    found = list[Program]()
    try:
        root = _parser().parse(command.encode()).root_node
        if root.has_error or not _plain(root):
            return None
        for child in root.named_children:
            _collect(child, found, (), ())
    except (ValueError, RecursionError):  # quotation that shlex and bash read differently
        return None
    return tuple(found) or None


def _odd(c: str) -> bool:
    """Characters that show as nothing or as something else: joiners, marks that turn the direction
    of writing, look-alike blanks, control characters."""
    kind = unicodedata.category(c)
    return (kind in ("Cf", "Co", "Cn", "Cs", "Zl", "Zp") or (kind == "Zs" and c != " ")
            or kind == "Cc" or c == "\\")  # fmt: skip


def _plain(node: Node) -> bool:
    return node.type in PLAIN and all(_plain(child) for child in node.children)


def _collect(node: Node, found: list[Program], writes: tuple[str, ...],
             sets: tuple[str, ...]) -> None:  # fmt: skip
    kinds = [c.type for c in node.named_children]
    if node.type == "redirected_statement":
        if kinds[0] == "file_redirect" or "file_redirect" not in kinds:
            raise ValueError("a redirect of nothing")
        out = [r for r in node.named_children if r.type == "file_redirect"]
        told = (*writes, *(t for r in out for t in _target(r)))
        for child in node.named_children:
            if child.type != "file_redirect":
                _collect(child, found, told, sets)
    elif node.type == "command":
        if "file_redirect" in kinds:
            raise ValueError("a redirect among the words")
        mine = [c for c in node.named_children if c.type == "variable_assignment"]
        words = [c for c in node.named_children if c.type in WORDS]
        names = tuple(_text(c).split("=")[0] for c in mine)
        open_ = any(_open(w) for w in words)
        found.append(Program(tuple(_word(w) for w in words), writes, (*sets, *names), open_))
    elif node.type == "variable_assignment":
        found.append(Program((), writes, (*sets, _text(node).split("=")[0])))
    elif node.type == "file_redirect":
        raise ValueError("a redirect of nothing")
    else:
        for child in node.named_children:
            _collect(child, found, writes, sets)


def _target(redirect: Node) -> list[str]:
    signs = {c.type for c in redirect.children}
    words = [c for c in redirect.named_children if c.type != "file_descriptor"]
    if len(words) != 1:  # the shell takes what follows for words of the command
        raise ValueError("a redirect with more than one word")
    if signs & {"<", "<&"} or (signs & {">&"} and words[0].type == "number"):
        return []
    return [_word(words[0])]


def _open(node: Node) -> bool:
    """Whether the shell makes other words of it: by globs, braces or a tilde."""
    if node.type in ("raw_string", "string"):
        return False
    if node.type == "concatenation":
        return any(_open(child) for child in node.named_children)
    return re.search(r"[*?\[\]{}~]", _text(node)) is not None


def _word(node: Node) -> str:
    parts = shlex.split(_text(node))
    if len(parts) != 1:
        raise ValueError("not one word")
    return parts[0]


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


# Programs that only read, whatever their flags, and those that do with these flags.
READS = frozenset("ls cat head tail wc grep pwd echo true false stat du cut diff cmp basename "
                  "dirname nl cksum".split())  # fmt: skip
FLAGS = {
    "find": r"-(i?name|i?path|type|maxdepth|mindepth|size|mtime|mmin|newer|not|o|a|print|empty)",
    "sort": r"-[nrufbdghVk0-9,.]+",
    "uniq": r"-[cdui]+",
    "rg": r"-[nilwcvFoABC0-9]+|--files|--hidden",
    "git": r"-[0-9pqswbavn]+|--(oneline|stat|shortstat|name-only|name-status|short|porcelain|"
           r"cached|staged|graph|all|patch|decorate|reverse|follow|abbrev-commit|no-color|show-toplevel)|"
           r"--(since|until|author|grep)=.*|--",
}  # fmt: skip
GIT_READS = frozenset("status diff log show blame ls-files rev-parse shortlog".split())
HARMLESS = frozenset({"/dev/null"})


def only_reads(program: Program) -> bool:
    """Whether a program, as it is called, changes nothing and starts nothing else."""
    if program.sets or set(program.writes) - HARMLESS or not program.argv:
        return False
    name, *rest = program.argv
    if name in READS:
        return True
    # a name of a file could be a flag
    if name not in FLAGS or program.open:
        return False
    if name == "git":
        rest = rest[1:] if rest[:1] == ["--no-pager"] else rest
        if rest[:1] == [] or rest[0] not in GIT_READS:
            return False
        rest = rest[1:]
    flags = [w for w in rest if w.startswith("-") and w != "-"]
    if name == "uniq" and len(rest) - len(flags) > 1:  # its second file is written
        return False
    return all(re.fullmatch(FLAGS[name], flag) for flag in flags)


def matches(program: Program, pattern: str) -> bool:
    """Whether a program is of an approved kind: `python -m pytest *` is that with anything after.
    One that writes elsewhere by redirects, or sets variables, is of none."""
    if program.sets or set(program.writes) - HARMLESS:
        return False
    words, wanted = list(program.argv), pattern.split()
    if wanted and wanted[-1] == "*":
        return words[: len(wanted) - 1] == wanted[:-1]
    return words == wanted
