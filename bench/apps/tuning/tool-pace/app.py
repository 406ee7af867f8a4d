# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Running times."""
import argparse
import re
import sys
from fractions import Fraction
from math import floor


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def kilometres(text):
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,9})?", text) or not 0 < Fraction(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a distance above 0 and up to 1000")
    return text


def seconds(text):
    match = re.fullmatch(r"(?:([0-9]{1,6}):([0-5][0-9])|([0-9]{1,6})):([0-5][0-9])", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time like 5:00 or 1:05:00")
    hours, minutes, alone, rest = match.groups()
    total = (int(alone) if alone else int(hours) * 60 + int(minutes)) * 60 + int(rest)
    if not total:
        raise argparse.ArgumentTypeError("the time must be above zero")
    return total


def rounded(value):
    return floor(value + Fraction(1, 2))


def clock(value):
    value = rounded(value)
    return f"{value // 3600}:{value // 60 % 60:02}:{value % 60:02}"


def pace(options):
    value = rounded(options.time / Fraction(options.km))
    print(f"{value // 60}:{value % 60:02} min/km")


def finish(options):
    print(clock(Fraction(options.km) * options.time))


def splits(options):
    distance = Fraction(options.km)
    for whole in range(1, floor(distance) + 1):
        print(f"{whole} km {clock(whole * options.time)}")
    if distance.denominator != 1:
        print(f"{options.km.rstrip('0')} km {clock(distance * options.time)}")


def main():
    parser = Parser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    for action, name in ((pace, "TIME"), (finish, "PACE"), (splits, "PACE")):
        command = commands.add_parser(action.__name__)
        command.add_argument("km", metavar="KM", type=kilometres)
        command.add_argument("time", metavar=name, type=seconds)
        command.set_defaults(action=action)
    options = parser.parse_args()
    options.action(options)


if __name__ == "__main__":
    main()
