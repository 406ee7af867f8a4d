# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""How savings grow with interest."""
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


def number(text):
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0")
    return Decimal(text)


def whole(text):
    if not re.fullmatch(r"[0-9]{1,3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 999")
    return int(text)


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("amount", metavar="AMOUNT", type=number)
    parser.add_argument("rate", metavar="RATE", type=number, help="percent per year")
    parser.add_argument("years", metavar="YEARS", type=whole)
    options = parser.parse_args()
    if options.rate > 1000:
        fail("the rate is above 1000 percent")
    savings = options.amount
    for year in range(1, options.years + 1):
        savings += savings * options.rate / 100
        print(f"{year}: {savings:.2f}")
    print(f"Interest: {savings - options.amount:.2f}")

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
