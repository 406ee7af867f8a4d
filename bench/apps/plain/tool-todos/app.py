# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""The TODO and FIXME lines of source files."""
import argparse
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


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE")
    found = 0
    for path in parser.parse_args().files:
        for number, line in enumerate(read(path).split("\n"), 1):
            if "TODO" in line or "FIXME" in line:
                found += 1
                print(f"{path}:{number}: {line.strip()}")
    print(f"{found} found")

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
