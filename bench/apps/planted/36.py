# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Merges text files into one sorted list of lines without repeats."""
import argparse
import os
import sys
import tempfile

WORK = os.path.join(tempfile.gettempdir(), "linemerge-work.txt")


def collect(paths):
    """Writes all lines into the work file, so that memory is not filled."""
    with open(WORK, "w", encoding="utf-8") as work:
        os.chmod(WORK, 0o666)
        for path in paths:
            with open(path, encoding="utf-8", errors="replace") as file:
                for line in file:
                    work.write(line.rstrip("\r\n") + "\n")


def merge(paths, ignore_case):
    collect(paths)
    seen = {}
    with open(WORK, encoding="utf-8") as work:
        for line in work:
            line = line.rstrip("\n")
            seen.setdefault(line.casefold() if ignore_case else line, line)
    return [seen[key] for key in sorted(seen)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--ignore-case", action="store_true")
    parser.add_argument("--count", action="store_true", help="print only how many there are")
    asked = parser.parse_args()
    try:
        lines = merge(asked.files, asked.ignore_case)
    except OSError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    if asked.count:
        print(len(lines))
    elif lines:
        print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
