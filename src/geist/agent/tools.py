"""The free driver's tools. Each asks the leash for what its target takes, and tells the model what
came of it in words that it can act on."""

import ast
import re

from geist.agent.actions import action
from geist.agent.calls import Call
from geist.agent.hands import Hands, Refused, foreign, normal, plain
from geist.agent.leash import Capability, Wish
from geist.core.output import Malformed
from geist.edit.replace import replaced

LINES = 250  # of a file that are shown at once
HITS = 60
SECONDS, MOST_SECONDS = 120, 600
FENCE = re.compile(r"\A\s*(`{3,}|~{3,})[^\n]*\n(.*?)\n?[ \t]{0,8}\1[ \t]*(?:\n.*)?\Z", re.S)


@action("read", Capability.READ, path="string", first="integer?", last="integer?")
def read(hands: Hands, call: Call) -> str:
    """Shows a file, or its lines first to last."""
    path = normal(call.arguments["path"])
    data = hands.read(path)
    if data is None:
        return f"there is no file {path}{_like(hands, path)}"
    if b"\0" in data[:8000]:
        return f"{path} is not a text ({len(data)} bytes)"
    # secrets are looked for in the whole file: a part of one is none that can be seen
    lines = hands.secrets.hide(plain(data.decode("utf-8", "replace"))).splitlines()
    first = max(1, call.arguments.get("first", 1))
    last = min(len(lines), call.arguments.get("last", first + LINES - 1), first + LINES - 1)
    shown = "\n".join(f"{n:>5} {lines[n - 1]}" for n in range(first, last + 1))
    more = f"\n({len(lines)} lines in all)" if last < len(lines) or first > 1 else ""
    return hands.say(f"{path}:\n{shown}{more}")


@action("list", Capability.READ, folder="string?")
def list_(hands: Hands, call: Call) -> str:
    """Lists the project's files, or those of a folder."""
    folder = call.arguments.get("folder", "").strip("./")
    if not hands.guard.may(Wish(Capability.READ, folder or "."), f"list {folder or '.'}"):
        raise Refused("the user does not allow that")
    found = [p for p in hands.files() if not folder or p.startswith(f"{folder}/")]
    return hands.say("\n".join(found) or f"there are no files in {folder or 'this project'}")


@action("search", Capability.READ, text="string", folder="string?")
def search(hands: Hands, call: Call) -> str:
    """Finds the lines that contain a text, in all of the project's files or in a folder."""
    wanted, folder = call.arguments["text"], call.arguments.get("folder", "").strip("./")
    if not wanted:
        return "the text to search for is empty"
    hits, files = list[str](), 0
    for path in hands.files():
        if folder and path != folder and not path.startswith(f"{folder}/"):
            continue
        data = hands.draft.read(path)
        if data is None or len(data) > 2_000_000 or b"\0" in data[:8000]:
            continue
        if any(w.capability is not Capability.READ for w in hands.kinds(path, write=False)):
            continue
        files += 1
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            if wanted in line:
                if foreign(path):
                    hands.guard.taint(f"file {path}")
                hits.append(f"{path}:{number}: {line.strip()[:200]}")
        if len(hits) > HITS:
            hits = [*hits[:HITS], "… and more: search for something rarer"]
            break
    return hands.say("\n".join(hits) or f"no line of {files} files contains that")


@action("run", Capability.RUN, command="string", seconds="integer?")
def run(hands: Hands, call: Call) -> str:
    """Runs a shell command on the project. What it writes is kept. Each host is asked for."""
    seconds = max(1, min(MOST_SECONDS, call.arguments.get("seconds", SECONDS)))
    result, refused = hands.run(call.arguments["command"], seconds)
    ended = f"ended with status {result.status}" if not result.cut else (
        "was stopped by the user" if result.cut == "stopped" else
        f"was ended: it passed its limit of {result.cut}")  # fmt: skip
    told = [f"the command {ended} after {result.seconds:.1f} s"]
    told += [x for x in (plain(result.stdout).rstrip(), plain(result.stderr).rstrip()) if x]
    told += [f"what it wrote to {path} is not kept" for path in refused[:10]]
    return hands.say("\n".join(told))


@action("edit", Capability.EDIT, path="string",
        body="one or more blocks of <<<<<<< SEARCH, the lines as they stand, =======, the new "
             "lines, >>>>>>> REPLACE")  # fmt: skip
def edit(hands: Hands, call: Call) -> str:
    """Changes lines of a file."""
    path = normal(call.arguments["path"])
    data = hands.read(path)
    if data is None:
        return f"there is no file {path}{_like(hands, path)}; write makes a new one"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return f"{path} is not UTF-8 text: it cannot be edited"
    ends = "\r\n" if text.count("\r\n") > text.count("\n") / 2 else "\n"
    made = replaced(text.replace("\r\n", "\n"), call.body)
    if isinstance(made, Malformed):
        return f"nothing was changed: {made.reason}"
    if made == text.replace("\r\n", "\n"):
        return "nothing was changed: the new lines are the old ones"
    if why := _breaks(path, text, made):
        return f"nothing was changed: {why}"
    hands.write(path, made.replace("\n", ends).encode(), f"edit {path}", data)
    return f"{path} is changed"


@action("write", Capability.EDIT, path="string",
        body="the file's whole content in one fenced block")  # fmt: skip
def write(hands: Hands, call: Call) -> str:
    """Writes a new file, or all of an old one."""
    path, found = normal(call.arguments["path"]), FENCE.match(call.body)
    content = found[2] if found else call.body
    if not found and "```" in call.body:
        return "nothing was written: the content must stand in one fenced block"
    if content and not content.endswith("\n"):
        content += "\n"
    old = hands.draft.read(path) if not path.startswith("/") else None
    if why := _breaks(path, old.decode("utf-8", "replace") if old else "", content):
        return f"nothing was written: {why}"
    hands.write(path, content.encode("utf-8", "replace"), f"write {path}")
    return f"{path} is written ({len(content.splitlines())} lines)"


@action("delete", Capability.EDIT, path="string")
def delete(hands: Hands, call: Call) -> str:
    """Deletes a file."""
    path = normal(call.arguments["path"])
    if hands.draft.read(path) is None:
        return f"there is no file {path}"
    hands.write(path, None, f"delete {path}")
    return f"{path} is deleted"


@action("ask", Capability.ASK, question="string")
def ask(hands: Hands, call: Call) -> str:
    """Asks the user a question, where you cannot go on without an answer."""
    question = hands.say(call.arguments["question"])
    answer = hands.guard.approver.answer(question)
    hands.log.append("question", question=question, answer=answer)
    return "nobody is there to answer: decide yourself" if answer is None else hands.say(answer)


@action("done", Capability.ASK, message="string")
def done(hands: Hands, call: Call) -> str:
    """Ends the work, with a message to the user on what was done and what was not."""
    hands.finished = hands.say(call.arguments["message"])
    return ""


def _breaks(path: str, before: str, after: str) -> str:
    """Why the new text of a Python file is refused: it does not parse, and the old one did."""
    if not path.endswith(".py"):
        return ""
    try:
        ast.parse(after)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
        try:
            ast.parse(before)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ""
        return f"{path} would not parse any more: {e}"
    return ""


def _like(hands: Hands, path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    found = [p for p in hands.files() if p.rsplit("/", 1)[-1] == name][:3]
    return f"; there is {', '.join(found)}" if found else ""
