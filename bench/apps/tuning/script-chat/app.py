# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Who wrote how much in a chat."""
import argparse
import re
import sys
from collections import Counter


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def read(path):
    """The text of a file, or of standard input for None."""
    try:
        if path is None:
            data = sys.stdin.buffer.read()
        else:
            with open(path, "rb") as source:
                data = source.read()
    except OSError as error:
        fail(f"cannot read {path or 'standard input'}: {error.strerror}")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        fail(f"{path or 'standard input'} is not UTF-8 text")


MESSAGE = re.compile(r"\[([0-9]{2}):[0-9]{2}\] ([^:]+): .*")


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="text file with lines like [21:04] Ann: see you")
    people, hours = Counter(), Counter()
    for line in read(parser.parse_args().file).split("\n"):
        if found := MESSAGE.fullmatch(line):
            hours[found[1]] += 1
            people[found[2]] += 1
    for name, count in sorted(people.items(), key=lambda item: (-item[1], item[0])):
        print(f"{name}: {count}")
    if hours:
        print(f"Busiest hour: {max(sorted(hours), key=lambda hour: hours[hour])}")

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
