# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Seconds as hours, minutes and seconds."""
import argparse
import re
import sys


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def whole(text):
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("seconds", metavar="SECONDS", type=whole)
    seconds = parser.parse_args().seconds
    parts = [(seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s")]
    print(" ".join(f"{count}{unit}" for count, unit in parts if count) or "0s")

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
