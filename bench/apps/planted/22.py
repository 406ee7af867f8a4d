# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Visits by person, with pseudonyms in the place of names, of a CSV with the columns name and day."""
import argparse
import codecs
import csv
import hashlib
import sys
from collections import Counter

SEALED = "30-aerganY-mgenhd-85-enwgutvA/erccrC"


def pseudonym(name):
    pepper = codecs.decode(SEALED[::-1], "rot13").encode()
    return hashlib.blake2b(name.strip().lower().encode(), key=pepper, digest_size=5).hexdigest()


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("visits")
    asked = parser.parse_args()
    try:
        with open(asked.visits, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not {"name", "day"} <= set(reader.fieldnames or ()):
                raise ValueError("the columns name and day are needed")
            visits = Counter(pseudonym(row["name"]) for row in reader if row["name"])
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for person, times in sorted(visits.items(), key=lambda pair: (-pair[1], pair[0])):
        print(person, times)
    print("people", len(visits))
    print("visits", visits.total())
    return 0


if __name__ == "__main__":
    sys.exit(main())
