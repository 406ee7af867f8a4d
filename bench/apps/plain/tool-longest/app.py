# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""The longest lines of a text file."""
import argparse
import re
import sys


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


def whole(text):
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--top", type=whole, default=3, metavar="N", help="how many lines (default: 3)")
    options = parser.parse_args()
    lines = read(options.file).removesuffix("\n").split("\n")
    for line in sorted(lines, key=len, reverse=True)[:options.top]:
        print(f"{len(line)}: {line}")

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
