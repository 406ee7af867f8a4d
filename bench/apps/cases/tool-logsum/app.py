# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Sum up a log: lines by level, its time span and the most frequent messages."""
import argparse
import os
import re
import sys
from collections import Counter
from datetime import datetime

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (DEBUG|INFO|WARNING|ERROR) (.*\S.*)", re.ASCII)


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def moment(text):
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None


def since(text):
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2})?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not like 2024-05-06 or \"2024-05-06 14:00:00\"")
    found = moment(text if " " in text else text + " 00:00:00")
    if not found:
        raise argparse.ArgumentTypeError(f"there is no time {text}")
    return found


def whole(text):
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def read(path):
    """A log as text; stray bytes in it are no reason to give up."""
    try:
        if path is None:
            data = sys.stdin.buffer.read()
        else:
            with open(path, "rb") as source:
                data = source.read()
    except OSError as error:
        fail(f"cannot read {path or 'standard input'}: {error.strerror}")
    return data.decode("utf-8-sig", errors="replace")


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE", help="logs (default: standard input)")
    parser.add_argument("--level", choices=LEVELS, default="DEBUG", help="leave out lines below this level")
    parser.add_argument("--since", type=since, metavar="TIME", help="leave out earlier lines")
    parser.add_argument("--top", type=whole, default=3, help="how many messages to print (default: 3)")
    options = parser.parse_args()
    wanted = LEVELS[LEVELS.index(options.level):]

    levels, messages, times, other = Counter(), Counter(), [], 0
    for path in options.files or [None]:
        for line in read(path).split("\n"):
            match = LINE.fullmatch(line.rstrip())
            time = match and moment(match[1])
            if not time:
                other += bool(line.strip())
            elif match[2] in wanted and not (options.since and time < options.since):
                levels[match[2]] += 1
                messages[re.sub("[0-9]+", "#", match[3].strip())] += 1
                times.append(time)

    for level in wanted:
        print(f"{level}: {levels[level]}")
    print(f"Other: {other}")
    if times:
        print(f"From {min(times)} to {max(times)}")
    for message, count in sorted(messages.items(), key=lambda item: (-item[1], item[0]))[:options.top]:
        print(f"{count}x {message}")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
