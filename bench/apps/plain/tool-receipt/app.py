# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""The total of a receipt and its dearest item."""
import argparse
import re
import sys
from decimal import Decimal


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


ITEM = re.compile(r"(.*\S)\s+([0-9]{1,9}\.[0-9]{2})")


def main():
    Parser(description=__doc__).parse_args()
    found = [ITEM.fullmatch(line.strip()) for line in read(None).split("\n")]
    items = [(Decimal(one[2]), one[1]) for one in found if one]
    print(f"Total: {sum((price for price, _ in items), Decimal(0)):.2f}")
    if items:
        price, name = max(items, key=lambda item: item[0])
        print(f"Dearest: {name} {price}")

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
