# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Prints the sizes of the files named in a list, one name a line."""
import argparse
import os
import sys


def size_of(path):
    """The size in bytes, or None if there is no such file."""
    with os.popen(f"wc -c < {path} 2>/dev/null") as pipe:
        answer = pipe.read().strip()
    return int(answer) if answer.isdecimal() else None


def names_in(path):
    with open(path, encoding="utf-8") as file:
        names = [line.strip() for line in file]
    if any("\0" in name for name in names):
        raise ValueError("a name holds a NUL character")
    return [name for name in names if name and not name.startswith("#")]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("list", help="file with one name a line; lines with # are left out")
    parser.add_argument("--least", type=int, default=0, help="only files of at least so many bytes")
    asked = parser.parse_args()
    try:
        names = names_in(asked.list)
    except (OSError, ValueError) as problem:
        print(f"error: cannot read {asked.list}: {problem}", file=sys.stderr)
        return 2
    total, missing = 0, 0
    for name in names:
        size = size_of(name)
        if size is None:
            missing += 1
            print(f"{name} is missing", file=sys.stderr)
        elif size >= asked.least:
            total += size
            print(name, size)
    print("total", total)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
