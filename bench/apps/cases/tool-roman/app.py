# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Turn whole numbers into roman numerals and back."""
import argparse
import re
import sys

SIGNS = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
         (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
NUMERAL = re.compile(r"M{0,3}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def to_roman(number):
    numeral = ""
    for value, sign in SIGNS:
        times, number = divmod(number, value)
        numeral += sign * times
    return numeral


def to_number(numeral):
    number = 0
    for value, sign in SIGNS:
        while numeral.startswith(sign):
            number += value
            numeral = numeral[len(sign):]
    return number


def convert(item):
    shown = item if len(item) <= 40 else item[:40] + "..."
    if re.fullmatch(r"[+-]?[0-9]+", item):
        digits = item.lstrip("+0")
        if not re.fullmatch(r"[0-9]{1,4}", digits) or not 1 <= int(digits) <= 3999:
            fail(f"{shown} is not between 1 and 3999")
        return to_roman(int(digits))
    numeral = item.upper()
    if not item or not item.isascii() or not NUMERAL.fullmatch(numeral):
        fail(f"{shown!r} is neither a whole number nor a proper roman numeral")
    return str(to_number(numeral))


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("items", nargs="*", metavar="ITEM",
                        help="numbers or roman numerals (default: those on standard input)")
    parser.add_argument("--sum", action="store_true", help="print only the sum of all, as a numeral")
    options = parser.parse_args()
    items = options.items
    if not items:
        try:
            items = sys.stdin.buffer.read().decode("utf-8-sig").split()
        except UnicodeDecodeError:
            fail("standard input is not UTF-8 text")
    if not items:
        fail("nothing to convert")
    converted = [convert(item) for item in items]
    if options.sum:
        total = sum(int(text) if text.isdigit() else to_number(text) for text in converted)
        if total > 3999:
            fail(f"the sum {total} is above 3999")
        converted = [to_roman(total)]
    print("\n".join(converted))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
