# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Colour bands of resistors."""
import argparse
import re
import sys
from decimal import Decimal

COLOURS = ("black", "brown", "red", "orange", "yellow", "green", "blue", "violet", "grey", "white")
POWERS = {**{colour: power for power, colour in enumerate(COLOURS)}, "gold": -1, "silver": -2}
TOLERANCES = {"brown": 1, "red": 2, "gold": 5, "silver": 10}


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def look(table, colour, what):
    if colour not in table:
        fail(f"{colour!r} is not a colour for the {what} band")
    return table[colour]


def read(options):
    bands = [band.lower() for band in options.bands]
    if len(bands) not in (3, 4):
        fail("give three or four bands")
    digits = {colour: digit for digit, colour in enumerate(COLOURS)}
    first, second = look(digits, bands[0], "first"), look(digits, bands[1], "second")
    if not first:
        fail("the first band cannot be black")
    value = Decimal(first * 10 + second).scaleb(look(POWERS, bands[2], "third"))
    tolerance = look(TOLERANCES, bands[3], "fourth") if len(bands) == 4 else 20
    unit = "ohm"
    for limit, name in ((10**6, "Mohm"), (10**3, "kohm")):
        if value >= limit:
            value, unit = value / limit, name
            break
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    print(f"{text} {unit} {tolerance}%")


def bands(options):
    text = options.ohms
    if not re.fullmatch(r"[0-9]{1,20}", text) or not 10 <= int(text) <= 99 * 10**9:
        fail(f"{text!r} is not a whole number from 10 to 99000000000")
    text = str(int(text))
    if text[2:].strip("0"):
        fail(f"{text} needs more than two digits before its zeros")
    print(COLOURS[int(text[0])], COLOURS[int(text[1])], COLOURS[len(text) - 2])


def main():
    parser = Parser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    command = commands.add_parser("read", help="the value of three or four bands")
    command.add_argument("bands", metavar="BAND", nargs="+")
    command.set_defaults(action=read)
    command = commands.add_parser("bands", help="the three bands of a value")
    command.add_argument("ohms", metavar="OHMS")
    command.set_defaults(action=bands)
    options = parser.parse_args()
    options.action(options)


if __name__ == "__main__":
    main()
