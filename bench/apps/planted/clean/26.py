# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Jars of each pickle and how many loads of six they make, of a CSV with the columns pickle and jars."""
import argparse
import csv
import sys
from collections import Counter

LOAD = 6


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def pickle_loads(jars):
    """How many loads the jars need."""
    return -(-jars // LOAD)


def load(path):
    pickles = Counter()
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        if not {"pickle", "jars"} <= set(reader.fieldnames or ()):
            raise ValueError("the columns pickle and jars are needed")
        for row in reader:
            name, jars = (row["pickle"] or "").strip(), (row["jars"] or "").strip()
            if not name or not (jars.isascii() and jars.isdecimal() and len(jars) < 10):
                raise ValueError(f"line {reader.line_num} is not a pickle and a number of jars")
            pickles[name] += int(jars)
    return pickles


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file")
    asked = parser.parse_args()
    try:
        pickles = load(asked.file)
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for name in sorted(pickles):
        print(name, pickles[name], "jars,", pickle_loads(pickles[name]), "loads")
    if not pickles:
        print("no pickles")
    return 0


if __name__ == "__main__":
    sys.exit(main())
