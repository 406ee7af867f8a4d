# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Splits a CSV file into one file for each value of a column."""
import argparse
import csv
import os
import sys


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def parts_of(path, by):
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        if by not in (reader.fieldnames or ()):
            raise ValueError(f"there is no column {by!r}")
        parts = {}
        for row in reader:
            parts.setdefault(row[by] or "none", []).append([row[name] for name in reader.fieldnames])
        return reader.fieldnames, parts


def write_parts(folder, head, parts):
    os.makedirs(folder, exist_ok=True)
    for value, rows in parts.items():
        with open(os.path.join(folder, value + ".csv"), "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([head, *rows])


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--by", required=True)
    parser.add_argument("--to", required=True)
    asked = parser.parse_args()
    try:
        head, parts = parts_of(asked.file, asked.by)
        write_parts(asked.to, head, parts)
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for value in sorted(parts):
        print(value, len(parts[value]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
