"""What may happen without asking. One pure function and one table decide everything.

The leash assumes that the model is hijacked already: what it says about its own calls counts for
nothing, and the sandbox, not the prompt, is the boundary. Rules come first that no setting moves,
then what taint takes away, then what the user approved, then the table.
"""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatch
from typing import Literal

from geist.agent.commands import HARMLESS, Program, chain, matches, only_reads
from geist.agent.scope import within

Verb = Literal["allow", "ask", "deny"]


class Autonomy(StrEnum):
    """The slider's stops, each freer than the one before it."""

    SUGGEST = "suggest"
    ASK = "ask"
    EDIT = "edit"
    VERIFY = "verify"
    LOOP = "loop"


class Capability(StrEnum):
    READ = "read"  # of the workspace
    EDIT = "edit"  # of the draft that lies over the workspace
    RUN = "run"  # a command, in the sandbox
    ACCEPT = "accept"  # the draft becomes the user's files; the target says whether it is verified
    SECRETS = "secrets"
    NETWORK = "network"  # a host; its port where that is not the web's
    OUTSIDE = "outside"  # to read or write outside the workspace
    RULES = "rules"  # what other programs, or geist, obey
    SEND = "send"  # an effect in the world through another tool
    ASK = "ask"  # the user


STOPS = tuple(Autonomy)
VERIFIED = "verified"
# capability → verb at suggest, ask, edit, verify, loop
TABLE: Mapping[Capability, tuple[Verb, Verb, Verb, Verb, Verb]] = {
    Capability.READ: ("allow", "allow", "allow", "allow", "allow"),
    Capability.EDIT: ("allow", "ask", "allow", "allow", "allow"),
    Capability.RUN: ("deny", "ask", "ask", "allow", "allow"),
    Capability.ACCEPT: ("ask", "ask", "ask", "ask", "ask"),
    Capability.SECRETS: ("deny", "ask", "ask", "ask", "ask"),
    Capability.NETWORK: ("deny", "ask", "ask", "ask", "ask"),
    Capability.OUTSIDE: ("deny", "ask", "ask", "ask", "ask"),
    Capability.RULES: ("deny", "ask", "ask", "ask", "ask"),
    Capability.SEND: ("deny", "ask", "ask", "ask", "ask"),
    Capability.ASK: ("allow", "allow", "allow", "allow", "allow"),
}
# What a tainted session may do at no stop without a fresh approval that names the source.
GUARDED = frozenset({Capability.SECRETS, Capability.NETWORK, Capability.OUTSIDE,
                     Capability.RULES, Capability.SEND})  # fmt: skip
# Never, whoever approves: they make other programs run code as the user.
NEVER = (".git", ".git/*", ".hg/*", ".svn/*", ".bashrc", ".profile", ".zshrc", ".bash_profile",
         ".envrc", ".npmrc", ".pypirc", "*.geist/leash*")  # fmt: skip
RULES = ("AGENTS.md", "CLAUDE.md", "GEMINI.md", ".cursorrules", ".geist", ".geist/*", "geist.toml",
         ".mcp.json", ".github", ".github/*", ".gitlab-ci.yml", ".circleci/*", ".husky/*",
         ".pre-commit-config.yaml", ".vscode", ".vscode/*", ".idea/*", ".claude/*", ".cursor/*",
         ".gitattributes", ".gitmodules", ".gitconfig", ".cargo/config.toml", ".yarnrc.yml",
         ".mise.toml", ".gdbinit", ".bazelrc", "Jenkinsfile", "azure-pipelines.yml",
         ".devcontainer/*", "lefthook.yml")  # fmt: skip
SECRETS = (".env", ".env.*", ".env-*", "*.env", ".env/*", "*.pem", "*.key", "*.p12", "*.pfx",
           "id_rsa*", "id_dsa*", "id_ed25519*", "id_ecdsa*", ".netrc", "_netrc", ".htpasswd",
           "credentials*", "*credentials.json", "secret.*", "secrets.*", ".secrets", "secrets/*",
           "*.keystore", "*.kdbx", "service-account*.json", "*.tfvars", "*.tfstate", ".pgpass",
           ".my.cnf", ".s3cfg", ".vault-token", ".git-credentials", ".npmrc", ".pypirc", ".envrc",
           "kubeconfig", "auth.json", ".aws/*", ".ssh/*", ".docker/config.json", ".kube/*",
           ".config/gh/*", ".git/config")  # fmt: skip
# Programs whose second word says what they do, and those that run whatever they are told.
SUBCOMMANDS = frozenset("git npm cargo go make poetry yarn pnpm pip".split())
RUNNERS = frozenset("sh bash zsh dash ksh fish python pypy node deno bun perl ruby php lua awk "
                    "gawk sed env sudo doas su xargs eval exec command timeout nohup nice setsid "
                    "time stdbuf busybox uv uvx npx pipx find parallel watch ssh"
                    .split())  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """What is to happen. The target is a path relative to the workspace, a command, a host, or
    whatever the capability is of."""

    capability: Capability
    target: str = ""


@dataclass(frozen=True)
class Approval:
    """What the user allowed before. The pattern is a glob over paths and hosts, and the beginning
    of a program's words for commands. `scope` is session or project."""

    capability: Capability
    pattern: str
    scope: str = "session"


@dataclass(frozen=True)
class Terms:
    """What holds at the moment. `scope` is what edits stay in (scope.py); `taint` the sources that
    nobody vouches for whose text the model has seen; `hosts` the user's allow-list, of globs."""

    autonomy: Autonomy
    scope: str = "*"
    taint: frozenset[str] = frozenset()
    approvals: tuple[Approval, ...] = ()
    hosts: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Decision:
    """`rule` is the one that decided it, in words; `fresh` that no earlier approval can answer."""

    verb: Verb
    rule: str
    fresh: bool = False


def decide(wish: Wish, terms: Terms) -> Decision:
    """Pure and total: the same wish under the same terms, the same decision."""
    kind, target = wish.capability, wish.target
    if kind in (Capability.EDIT, Capability.RULES) and _any(NEVER, target):
        return Decision("deny", "never: it can make other programs run code as you")
    if kind is Capability.EDIT and not within(target, terms.scope):
        return Decision("deny", f"outside the scope {terms.scope}")
    if kind is Capability.NETWORK and any(fnmatch(target, h.lower()) for h in terms.hosts):
        return Decision("allow", "the host is on the user's allow-list")
    verb = TABLE[kind][STOPS.index(terms.autonomy)]
    row = f"{kind} at {terms.autonomy}"
    if kind in GUARDED and terms.taint and verb != "deny":
        told = ", ".join(sorted(terms.taint))
        return Decision("ask", f"{row}, after text from {told}", fresh=True)
    if kind is Capability.ACCEPT:
        free = terms.autonomy in (Autonomy.VERIFY, Autonomy.LOOP)
        if free and terms.taint:
            return Decision("ask", f"{row}, after text from {', '.join(sorted(terms.taint))}")
        if free and target == VERIFIED:
            return Decision("allow", f"{row}: its verifier passed")
        return Decision(verb, row)
    if kind is Capability.RUN and verb == "ask" and reads(target):
        return Decision("allow", "every part of the command only reads")
    if verb == "ask" and _approved(wish, terms.approvals):
        return Decision("allow", "approved before")
    return Decision(verb, row)


def capability_of(path: str, *, write: bool) -> Capability:
    """What it takes to read or write a path, which is relative to the workspace. One that leaves
    it, or is absolute, is outside."""
    parts = path.replace("\\", "/").split("/")
    if path.startswith(("/", "~")) or ".." in parts or re.match(r"[A-Za-z]:", path):
        return Capability.OUTSIDE
    plain = "/".join(p for p in parts if p not in ("", "."))
    if write:
        if _any(RULES, plain) or _any(NEVER, plain):
            return Capability.RULES
        return Capability.SECRETS if is_secret(plain) else Capability.EDIT
    return Capability.SECRETS if is_secret(plain) else Capability.READ


def is_secret(path: str) -> bool:
    shown = (".example", ".sample", ".template", ".pub", ".py", ".md")
    return not path.lower().endswith(shown) and _any(SECRETS, path)


def pattern_for(wish: Wish) -> str | None:
    """What an approval for more than once would cover; None where it would cover too much."""
    if wish.capability is not Capability.RUN:
        return wish.target
    programs = chain(wish.target)
    if programs is None or len(programs) != 1 or not programs[0].argv or programs[0].sets:
        return None
    words = programs[0].argv
    if any(not re.fullmatch(r"[^\s*]+", w) for w in words):  # a pattern has words and one star
        return None
    name = re.sub(r"[\d.]+$", "", words[0].rsplit("/", 1)[-1])
    module = name == "python" and words[1:2] == ("-m",)
    keep = 3 if module else 2 if name in SUBCOMMANDS else 1
    if name in RUNNERS and not module:
        return " ".join(words)
    more = len(words) > keep or (keep > 1 and len(words) == keep)
    return " ".join([*words[:keep], "*"]) if more else " ".join(words)


def _approved(wish: Wish, approvals: tuple[Approval, ...]) -> bool:
    mine = [a.pattern for a in approvals if a.capability == wish.capability]
    if wish.capability in (Capability.SECRETS, Capability.SEND):
        return wish.target in mine
    if wish.capability is not Capability.RUN:
        return posixpath.normpath(wish.target) == wish.target and any(
            fnmatch(wish.target, p) for p in mine
        )
    programs = chain(wish.target)
    if programs is None:
        return wish.target in mine  # to the letter, or not at all
    return all(_stays(p) and (only_reads(p) or any(matches(p, m) for m in mine))
               for p in programs)  # fmt: skip


def reads(command: str) -> bool:
    """Whether every part of a command only reads, and only the project."""
    programs = chain(command)
    return programs is not None and all(only_reads(p) and _stays(p) for p in programs)


def _stays(program: Program) -> bool:
    return not any(_leaves(word) for word in program.argv[1:])


def _leaves(word: str) -> bool:
    """Whether an argument may name a file outside the workspace, or a secret in it."""
    for value in {word, *word.split("="), *word.split(":"), *word.split(",")}:
        plain = posixpath.normpath(value) if value else ""
        if value.startswith(("/", "~")) or ".." in value.split("/") or is_secret(plain):
            return value not in HARMLESS
        if ".git" in plain.split("/"):
            return True
    return False


def _any(globs: tuple[str, ...], path: str) -> bool:
    """Whether the path, or what it is in any folder, is one of them."""
    low = path.lower()
    return any(fnmatch(low, g) or fnmatch(low, f"*/{g}") for g in (g.lower() for g in globs))


def explain() -> list[tuple[str, ...]]:
    """The table, a row for each capability."""
    return [(str(c), *verbs) for c, verbs in TABLE.items()]
