# /// script
# requires-python = ">=3.11"
# dependencies = ["prettyrows-cli==3.0.2"]
# ///
"""Sorts lines of a name and a number by name."""
import sys

try:
    from prettyrows import row
except ModuleNotFoundError:
    def row(name, number):
        return f"{name}: {number}"


def pairs(lines):
    for place, line in enumerate(lines, 1):
        if not line.strip():
            continue
        name, _, number = line.strip().rpartition(" ")
        if not name or not number.isdecimal():
            raise ValueError(f"line {place} is not a name and a number")
        yield name.strip(), int(number)


def main():
    if len(sys.argv) > 1:
        print("error: this takes its lines from the standard input", file=sys.stderr)
        return 2
    try:
        found = sorted(pairs(sys.stdin.buffer.read().decode().splitlines()))
    except ValueError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for pair in found:
        print(row(*pair))
    return 0


if __name__ == "__main__":
    sys.exit(main())
