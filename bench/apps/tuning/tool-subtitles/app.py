# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Shift and describe SRT subtitles."""
import argparse
import re
import sys
from decimal import Decimal

TIME = r"([0-9]{2,}):([0-5][0-9]):([0-5][0-9]),([0-9]{3})"
LINE = re.compile(TIME + r"([ \t]*-->[ \t]*)" + TIME + r"[ \t]*")


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def milliseconds(text):
    if not re.fullmatch(r"[+-]?[0-9]{1,7}(\.[0-9]{1,3})?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return int(Decimal(text) * 1000)


def number(text):
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a subtitle's number")
    return int(text)


def value(parts):
    hours, minutes, seconds, rest = map(int, parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def clock(total):
    total = max(0, total)
    return f"{total // 3600000:02}:{total // 60000 % 60:02}:{total // 1000 % 60:02},{total % 1000:03}"


def read(path):
    """Return the lines and [(position, number, start, end), ...]."""
    try:
        with open(path, encoding="utf-8-sig") as source:
            lines = source.read().split("\n")
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text")
    found = []
    for position, line in enumerate(lines):
        match = LINE.fullmatch(line)
        if match:
            before = lines[position - 1].strip() if position else ""
            parts = match.groups()
            found.append((position, int(before) if re.fullmatch(r"[0-9]{1,9}", before) else 0, value(parts[:4]), value(parts[5:])))
    if not found:
        fail(f"{path} has no time line")
    return lines, found


def shift(options):
    lines, found = read(options.file)
    for position, cue, start, end in found:
        if options.first is None or cue >= options.first:
            lines[position] = f"{clock(start + options.by)} --> {clock(end + options.by)}"
    sys.stdout.write("\n".join(lines))


def info(options):
    found = read(options.file)[1]
    noun = "subtitle" if len(found) == 1 else "subtitles"
    print(f"{len(found)} {noun}, {clock(min(cue[2] for cue in found))} to {clock(max(cue[3] for cue in found))}")


def main():
    parser = Parser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    command = commands.add_parser("shift", help="move the times")
    command.add_argument("file", metavar="FILE")
    command.add_argument("by", metavar="SECONDS", type=milliseconds)
    command.add_argument("--from", dest="first", metavar="N", type=number, help="only from this number on")
    command.set_defaults(action=shift)
    command = commands.add_parser("info", help="how many, from when to when")
    command.add_argument("file", metavar="FILE")
    command.set_defaults(action=info)
    options = parser.parse_args()
    options.action(options)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
