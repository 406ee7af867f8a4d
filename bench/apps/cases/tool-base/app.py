# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Convert whole numbers between the bases 2 to 36."""
import argparse
import re
import sys

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
PREFIXES = {"0x": 16, "0o": 8, "0b": 2}
LONGEST = 1000


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def base(text):
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 2 <= int(text) <= 36:
        raise argparse.ArgumentTypeError(f"{text!r} is not a base from 2 to 36")
    return int(text)


def width(text):
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {LONGEST}")
    return int(text)


def parse(text, source):
    """The value of a number; source None means ten, or what a prefix says."""
    if len(text) > LONGEST:
        fail(f"a number has more than {LONGEST} digits")
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    digits = digits.lower()
    if source is None:
        source = PREFIXES.get(digits[:2], 10)
        if digits[:2] in PREFIXES:
            digits = digits[2:]
    if not digits:
        fail(f"{text!r} is not a number")
    value = 0
    for digit in digits:
        place = DIGITS.find(digit)
        if not 0 <= place < source:
            fail(f"{text!r} is not a number in base {source}")
        value = value * source + place
    return sign * value


def render(value, target, pad):
    rest, digits = abs(value), ""
    while rest:
        rest, place = divmod(rest, target)
        digits = DIGITS[place] + digits
    return ("-" if value < 0 else "") + (digits or "0").rjust(pad, "0")


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("numbers", nargs="+", metavar="NUMBER", help="whole numbers, negative ones too")
    parser.add_argument("--from", dest="source", type=base, help="base of the numbers (default: 10, or by prefix)")
    parser.add_argument("--to", type=base, default=10, help="base to convert to (default: 10)")
    parser.add_argument("--pad", type=width, default=1, help="fill up with zeros to this many digits")
    options = parser.parse_args()
    values = [parse(text, options.source) for text in options.numbers]
    for value in values:
        print(render(value, options.to, options.pad))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
