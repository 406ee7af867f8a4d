# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Checks ISBN-13 numbers."""
import argparse
import re
import sys


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def valid(text):
    digits = text.replace("-", "")
    if not re.fullmatch(r"[0-9]{13}", digits):
        return False
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("numbers", nargs="+", metavar="NUMBER")
    numbers = parser.parse_args().numbers
    for text in numbers:
        print(f"{text} {'valid' if valid(text) else 'invalid'}")
    if not all(map(valid, numbers)):
        raise SystemExit(1)

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
