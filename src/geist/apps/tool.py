"""Command-line programs and scripts: the agreed checks, and wrong arguments and files."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from geist.apps.checking import Check, lines, missed_output, short
from geist.apps.finding import Finding
from geist.apps.running import CANARY_TEXT, WORK, Given, Heard, Ran, program, split
from geist.sandbox.bubblewrap import Bubblewrap
from geist.sandbox.shapes import MIB, Limits

QUICK = Limits(seconds=8, memory=512 * MIB, processes=16, file_bytes=8 * MIB, disk=32 * MIB,
               output=4 * MIB)  # fmt: skip
LONG = "x" * 200_000
# what a file may hold that nobody thought of
FILES = {"nothing": b"", "bytes that are no text": bytes(range(256)) * 8,
         "one very long line": LONG.encode(), "only line ends": b"\n" * 50}  # fmt: skip
NUMBERS = ("abc", "-1", "0", "1e400", "9" * 40, "")
MOST_RUNS = 40


@dataclass(frozen=True)
class Tool:
    """A program to be tried. `mine` are the user's own files, by name; `packages` what it needs."""

    app: Path
    sandbox: Bubblewrap
    mine: Mapping[str, Path] = field(default_factory=dict)
    packages: Path | None = None

    def run(self, arguments: Sequence[str], files: Mapping[str, bytes], stdin: bytes = b"") -> Ran:
        shown = {str(WORK / n): p for n, p in self.mine.items() if n not in files}
        given = Given(tuple(arguments), files, stdin, shown)
        return program(self.app, given, packages=self.packages, limits=QUICK,
                       sandbox=self.sandbox, review=True)  # fmt: skip


def given(one: Check, mine: Mapping[str, Path]) -> tuple[tuple[str, ...], dict[str, bytes], bytes]:
    """(arguments, files, standard input) of a check's last run. `run` alone is with all files of
    the user's own."""
    files, stdin, arguments = dict[str, bytes](), b"", tuple[str, ...]()
    for step in one.steps:
        if step.verb == "file":
            files[step.name] = step.value.encode()
        elif step.verb == "input":
            stdin = step.value.encode()
        else:
            arguments = split(step.value)
    return arguments or (tuple(mine) if not files else ()), files, stdin


def check(tool: Tool, one: Check) -> str:
    """ "" where the program does as the check says; else what a person would see."""
    ran = tool.run(*given(one, tool.mine))
    may_fail = any(e.verb in ("fails", "ends") for e in one.expects)
    if ran.status != 0 and not ran.cut and not may_fail:
        last = ran.stderr.strip().splitlines()[-1:]
        return crashed(ran) or f"it failed: {last[0][:300] if last else f'status {ran.status}'}"
    if ran.cut:
        return f"it was ended: too much {ran.cut}"
    for expect in one.expects:
        if why := missed_output(expect, ran.status, ran.stdout, ran.stderr):
            return why
        if expect.verb == "fails" and (why := crashed(ran)):
            return why
    return ""


def begins(tool: Tool) -> list[Finding]:
    """Whether a script gets through the user's own files."""
    if not tool.mine:
        return []
    ran = tool.run(tuple(tool.mine), {})
    if ran.status == 0:
        return []
    said = crashed(ran) or (ran.stderr.strip().splitlines() or [f"status {ran.status}"])[-1]
    return [Finding("parses", f"with your own files it fails: {said[:300]}", "begins")]


def observe(tool: Tool, one: Check) -> dict[str, str]:
    """What a program prints, with a status that says more than that it fails, or that it does."""
    ran = tool.run(*given(one, tool.mine))
    if why := crashed(ran):
        return {"": why}
    told = lines(ran.stdout).strip()
    if ran.status and (ran.status == 2 or ran.stderr.strip()):
        return {"fails": "yes"}
    return {"prints": told, "ends": str(ran.status)} if ran.status else {"prints": told}


def crashed(ran: Ran) -> str:
    """What a person sees of a program that broke down; "" for one that said what was wrong."""
    if ran.cut:
        return f"it was ended: too much {ran.cut}"
    if "Traceback (most recent call last)" in ran.stderr:
        return f"it crashed: {ran.stderr.strip().splitlines()[-1][:200]}"
    status = ran.status or 0
    return f"it was killed by signal {-status}" if status < 0 else ""


def reached(heard: Sequence[Heard]) -> Iterator[Finding]:
    """What a program may not do, whatever it was given."""
    told = {"network": "it tries to reach {}", "listens": "it opens the port {}",
            "program": "it starts a program: {}", "writes": "it writes {}",
            "changes": "it changes {}", "reads": "it reads {}", "unpickles": "it unpickles {}",
            "opens to all": "it lets everybody change {}"}  # fmt: skip
    for one in dict.fromkeys(heard):
        yield Finding("safe" if one.kind == "network" else "attacked",
                      told.get(one.kind, "it does {}").format(one.what[:120]), one.kind)  # fmt: skip


def tried(tool: Tool, checks: Sequence[Check]) -> Iterator[Finding]:
    """The arguments and files of the checks, made wrong one at a time."""
    runs, said = 0, set[str]()
    for how, (arguments, files, stdin) in (*_wrong(checks, tool.mine), *_led_astray(tool, checks)):
        if runs >= MOST_RUNS:
            return
        ran, runs = tool.run(arguments, files, stdin), runs + 1
        if (why := crashed(ran)) and why not in said:
            said.add(why)
            yield Finding("tried", f"{how}: {why}", "crash")
        if ran.cut:
            return  # the next would take as long
        if ran.status and not ran.stderr.strip() and not ran.stdout.strip() and "mute" not in said:
            said.add("mute")
            yield Finding("tried", f"{how}: it fails without a word", "mute")
        if CANARY_TEXT in ran.stdout:
            yield Finding("attacked", f"{how}: it shows a file that it was not given", "traversal")
        words = {PurePosixPath(a.partition("=")[2] or a).name for a in arguments}
        said_in = b"\n".join((*files.values(), stdin)).decode("utf-8", "replace")
        own = set(files) | words
        folders = [
            f for a in arguments if (f := (a.partition("=")[2] or a).strip("/")) not in ("", ".")
        ]
        for change in ran.written:
            if change.path in tool.mine:
                continue  # where the user's own file was shown
            name = PurePosixPath(change.path).name
            inside = any(PurePosixPath(change.path).is_relative_to(f) for f in folders)
            if not inside and change.path not in files and name not in own and name not in said_in:
                yield Finding("attacked", f"it writes {change.path}, which nobody named", "writes")
            elif change.path in files and change.after != files[change.path] and len(said) < 50:
                if change.path not in said and not _meant(arguments):
                    said.add(change.path)
                    yield Finding("attacked", f"it changes {change.path}, which it was only to "
                                  "read", "changes")  # fmt: skip
        told = [os.path.normpath(WORK / (a.partition("=")[2] or a)) for a in arguments]
        for found in reached([h for h in ran.heard if not _named(h, told)]):
            if found.what not in said:
                said.add(found.what)
                yield found


def _named(heard: Heard, told: Sequence[str]) -> bool:
    """Whether it is a path that the user gave, what is in it, or what leads there."""
    if heard.kind not in ("writes", "changes", "reads"):
        return False
    path = PurePosixPath(heard.what)
    return any(
        path.is_relative_to(t) or PurePosixPath(t).is_relative_to(path)
        for t in told
        if t != "/work"
    )


def _meant(arguments: Sequence[str]) -> bool:
    """Whether the user asks for a file to be changed."""
    return any(
        a in ("-i", "-w") or a.startswith(("--in-place", "--write", "--output", "-o", "--out"))
        for a in arguments
    )


def _led_astray(tool: Tool, checks: Sequence[Check]) -> "Iterator[Case]":
    """A program that makes files whose names stand in what it reads is given names that lead out
    of its folder."""
    for one in checks[:3]:
        arguments, files, stdin = given(one, tool.mine)
        for change in tool.run(arguments, files, stdin).written:
            if change.path in files or change.path in tool.mine:
                continue
            made = PurePosixPath(change.path)
            held = b"".join((*files.values(), stdin))
            # the name stands there whole, or without the ending that it is given
            name = next((n for w in (made.name, made.stem) if len(w) > 1
                         and (n := w.encode()) in held), b"")  # fmt: skip
            for out in (b"../../geist/data/out", b"/geist/data/out") if name else ():
                led = {k: v.replace(name, out) for k, v in files.items()}
                yield (
                    "with names that lead out of its folder",
                    (arguments, led, stdin.replace(name, out)),
                )


Case = tuple[str, tuple[tuple[str, ...], dict[str, bytes], bytes]]


def _wrong(checks: Sequence[Check], mine: Mapping[str, Path]) -> Iterator[Case]:
    known = [given(c, mine) for c in checks]
    for one in known[:3]:
        yield "as in a check", one
    arguments, files, stdin = max(
        known, key=lambda k: (len(k[0]), len(k[1])), default=((), {}, b"")
    )
    yield "without arguments", ((), files, b"")
    yield "with --help", (("--help",), files, b"")
    yield "with an unknown option", ((*arguments, "--no-such-option"), files, stdin)
    yield "with one argument too many", ((*arguments, "one-too-many"), files, stdin)
    named = [n for n in (*files, *mine) if n in arguments]
    for name in named:
        gone = {k: v for k, v in files.items() if k != name}
        away = tuple("no-such-file" if a == name else a for a in arguments)
        yield f"with a file {name} that is not there", (away, gone, stdin)
        folder = tuple("/work" if a == name else a for a in arguments)
        yield f"with a folder in place of {name}", (folder, gone, stdin)
        for what, content in FILES.items():
            yield f"with {what} in {name}", (arguments, files | {name: content}, stdin)
        first = (files.get(name) or (mine[name].read_bytes() if name in mine else b"")).split(
            b"\n"
        )[0]
        yield (
            f"with only the first line in {name}",
            (arguments, files | {name: first + b"\n"}, stdin),
        )
        broken = first + b'\nx\n\n,,\n"\n'
        yield f"with broken lines in {name}", (arguments, files | {name: broken}, stdin)
    if stdin or not named:
        for what, content in FILES.items():
            yield f"with {what} on standard input", (arguments, files, content)
    for at, argument in enumerate(arguments):
        if argument in named or (argument.startswith("-") and len(argument) > 1):
            continue
        number = argument.replace(".", "", 1).isdigit()
        for wrong in (
            NUMBERS if number else ("", "x" * 3000, "-1", "٣🙂", "../../geist/canary/secret.txt")
        ):
            made = (*arguments[:at], wrong, *arguments[at + 1 :])
            yield f"with {short(wrong[:40])} for {argument}", (made, files, stdin)
