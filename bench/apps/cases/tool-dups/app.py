# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Print the lines that occur more than once, most frequent first."""
import argparse
import os
import sys


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def read(path):
    """The text of one file, or of standard input for None."""
    try:
        if path is None:
            data = sys.stdin.buffer.read()
        else:
            with open(path, "rb") as source:
                data = source.read()
    except OSError as error:
        fail(f"cannot read {path or 'standard input'}: {error.strerror}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        fail(f"{path or 'standard input'} is not UTF-8 text")


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE", help="text files (default: standard input)")
    parser.add_argument("--ignore-case", action="store_true", help="take Apple and apple as the same line")
    parser.add_argument("--total", action="store_true", help="end with the number of surplus lines")
    options = parser.parse_args()

    spelling, counts = {}, {}
    for path in options.files or [None]:
        for line in read(path).split("\n"):
            line = line.rstrip()
            if not line:
                continue
            key = line.casefold() if options.ignore_case else line
            spelling.setdefault(key, line)
            counts[key] = counts.get(key, 0) + 1

    repeated = [key for key, count in counts.items() if count > 1]
    repeated.sort(key=lambda key: -counts[key])
    for key in repeated:
        print(f"{counts[key]} {spelling[key]}")
    if not repeated:
        print("No duplicates")
    if options.total:
        print(f"Surplus: {sum(counts[key] - 1 for key in repeated)}")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
