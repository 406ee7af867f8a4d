# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Convert a value between units of length, mass, volume or temperature."""
import argparse
import re
import sys
from fractions import Fraction

# How many of the kind's basic unit (metre, gram, litre) one of each is.
KINDS = {
    "length": {"mm": "0.001", "cm": "0.01", "m": "1", "km": "1000",
               "in": "0.0254", "ft": "0.3048", "yd": "0.9144", "mi": "1609.344"},
    "mass": {"mg": "0.001", "g": "1", "kg": "1000", "t": "1000000",
             "oz": "28.349523125", "lb": "453.59237"},
    "volume": {"ml": "0.001", "cl": "0.01", "l": "1", "gal": "3.785411784"},
}
# Kelvin = (value + shift) * factor
TEMPERATURES = {"C": ("273.15", "1"), "F": ("459.67", "5/9"), "K": ("0", "1")}
KIND_OF = {unit: kind for kind, units in KINDS.items() for unit in units}
KIND_OF.update(dict.fromkeys(TEMPERATURES, "temperature"))
NAMES = {unit.lower(): unit for unit in KIND_OF}


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def number(text):
    if len(text) > 40 or not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a plain decimal number of at most 40 characters")
    return text


def digits(text):
    if not re.fullmatch(r"1?[0-9]", text) or int(text) > 12:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 12")
    return int(text)


def unit(text):
    if text.lower() not in NAMES:
        raise argparse.ArgumentTypeError(f"{text!r} is not a known unit ({', '.join(KIND_OF)})")
    return NAMES[text.lower()]


def convert(value, source, target):
    if KIND_OF[source] != KIND_OF[target]:
        fail(f"{source} is a {KIND_OF[source]} and {target} a {KIND_OF[target]}")
    if KIND_OF[source] != "temperature":
        if value < 0:
            fail(f"a {KIND_OF[source]} cannot be negative")
        units = KINDS[KIND_OF[source]]
        return value * Fraction(units[source]) / Fraction(units[target])
    shift, factor = map(Fraction, TEMPERATURES[source])
    kelvin = (value + shift) * factor
    if kelvin < 0:
        fail("this is below absolute zero")
    shift, factor = map(Fraction, TEMPERATURES[target])
    return kelvin / factor - shift


def rounded(value, places):
    """Decimal text, half away from zero, without needless zeros."""
    scaled = int(abs(value) * 10 ** places + Fraction(1, 2))
    text = str(scaled).rjust(places + 1, "0")
    if places:
        text = f"{text[:-places]}.{text[-places:]}".rstrip("0").rstrip(".")
    return "-" + text if value < 0 and scaled else text


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("value", metavar="VALUE", type=number, help="a decimal number")
    parser.add_argument("source", metavar="FROM", type=unit, help="unit of the value, like km")
    parser.add_argument("target", metavar="TO", type=unit, help="unit to convert to, like mi")
    parser.add_argument("--digits", type=digits, default=4, help="most decimals (0 to 12, default: 4)")
    options = parser.parse_args()
    result = convert(Fraction(options.value), options.source, options.target)
    print(f"{options.value} {options.source} = {rounded(result, options.digits)} {options.target}")


if __name__ == "__main__":
    main()
