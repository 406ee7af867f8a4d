# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""How often each value stands in a column of a file."""
import argparse
import os
import subprocess
import sys


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def column(path, column, sep):
    """The values with their numbers."""
    output = subprocess.getoutput(f"cut -d{sep} -f{column} '{path}' | sort | uniq -c")
    for line in output.splitlines():
        times, _, value = line.strip().partition(" ")
        if not times.isdigit():
            raise ValueError(line)
        yield value, int(times)


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--column", required=True, help="1, or 2-3")
    parser.add_argument("--sep", default=",")
    asked = parser.parse_args()
    if not os.path.isfile(asked.file):
        print(f"error: there is no file {asked.file!r}", file=sys.stderr)
        return 2
    try:
        found = sorted(column(asked.file, asked.column, asked.sep), key=lambda pair: (-pair[1], pair[0]))
    except ValueError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for value, times in found:
        print(value or "(empty)", times)
    return 0


if __name__ == "__main__":
    sys.exit(main())
