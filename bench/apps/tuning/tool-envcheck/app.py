# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""What an .env file lacks."""
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


def keys(path):
    """The keys of a file, in its order."""
    lines = [line.strip() for line in read(path).split("\n")]
    return [line.partition("=")[0].strip() for line in lines if "=" in line and not line.startswith("#")]


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("example", metavar="EXAMPLE")
    parser.add_argument("env", metavar="ENV")
    options = parser.parse_args()
    wanted, there = keys(options.example), set(keys(options.env))
    missing = [key for key in dict.fromkeys(wanted) if key not in there]
    print("\n".join(missing) or "ok")
    if missing:
        raise SystemExit(1)

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
