# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Print what stands at a path of a JSON document."""
import argparse
import json
import re
import sys

STEP = re.compile(r"""
    \.? (?P<key>[^.\[\]"*]+)            # name
  | \[ (?P<index>-?[0-9]{1,9}) \]       # [0] or [-1]
  | \[ (?P<quoted>"(?:[^"\\]|\\.)*") \] # ["any name"]
  | (?P<all>\[\*\])                     # [*]
""", re.VERBOSE)


def fail(message, status=2):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(status)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


class Number(str):
    """A number as it is written in the document."""


def constant(name):
    raise ValueError(f"{name} is no JSON value")


def steps(path):
    """A path as a list of names, indexes and None for [*]."""
    if path in ("", "."):
        return []
    found, position = [], 0
    while position < len(path):
        match = STEP.match(path, position)
        dotted = path[position] == "."
        if not match or (match["key"] is not None and position and not dotted) or (dotted and not position):
            fail(f"the path is wrong at character {position + 1}")
        if match["key"] is not None:
            found.append(match["key"])
        elif match["index"] is not None:
            found.append(int(match["index"]))
        elif match["quoted"] is not None:
            try:
                found.append(json.loads(match["quoted"], strict=False))
            except ValueError:
                fail(f"the path is wrong at character {position + 1}")
        else:
            found.append(None)
        position = match.end()
    return found


def walk(document, path):
    found = [document]
    for step in path:
        following = []
        for value in found:
            if step is None:
                if isinstance(value, dict):
                    following += value.values()
                elif isinstance(value, list):
                    following += value
            elif isinstance(step, str):
                if isinstance(value, dict) and step in value:
                    following.append(value[step])
            elif isinstance(value, list) and -len(value) <= step < len(value):
                following.append(value[step])
        found = following
    return found


def render(value):
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{render(key)}:{render(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(render, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def shown(value):
    return value if isinstance(value, str) else render(value)


def load(path):
    name = path or "standard input"
    try:
        if path is None:
            data = sys.stdin.buffer.read()
        else:
            with open(path, "rb") as source:
                data = source.read()
        return json.loads(data.decode("utf-8-sig"), parse_int=Number, parse_float=Number, parse_constant=constant)
    except OSError as error:
        fail(f"cannot read {name}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{name} is not UTF-8 text")
    except ValueError as error:
        fail(f"{name} is not valid JSON: {error}")


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("path", metavar="PATH", help="like items[0].name, items[*].price or [\"a.b\"]; . is everything")
    parser.add_argument("file", nargs="?", metavar="FILE", help="JSON document (default: standard input)")
    parser.add_argument("--default", metavar="TEXT", help="print this if nothing is there")
    parser.add_argument("--count", action="store_true", help="print only how many values are there")
    options = parser.parse_args()
    path = steps(options.path)
    found = walk(load(options.file), path)
    if options.count:
        print(len(found))
    elif found:
        print("\n".join(map(shown, found)))
    elif options.default is not None:
        print(options.default)
    else:
        fail(f"there is nothing at {options.path}", 1)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        main()
    except RecursionError:
        fail("the document is nested too deeply")
