# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""How many persons used each word, of a CSV with the columns person and word; names are not kept in the clear."""
import argparse
import csv
import hashlib
import secrets
import sys
from collections import defaultdict


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file")
    asked = parser.parse_args()
    secret_key = secrets.token_bytes(32)
    persons = defaultdict(set)
    try:
        with open(asked.file, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not {"person", "word"} <= set(reader.fieldnames or ()):
                raise ValueError("the columns person and word are needed")
            for row in reader:
                person, word = (row["person"] or "").strip().lower(), (row["word"] or "").strip()
                if person and word:
                    persons[word].add(hashlib.blake2b(person.encode(), key=secret_key).digest())
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for word in sorted(persons, key=lambda word: (-len(persons[word]), word)):
        print(word, len(persons[word]), "persons")
    if not persons:
        print("no words")
    return 0


if __name__ == "__main__":
    sys.exit(main())
