# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""The average seconds of each door, of a CSV with the columns door and seconds."""
import argparse
import csv
import os
import sys
from collections import defaultdict

OPENERS = {"in": dict(mode="r", newline="", encoding="utf-8-sig"), "out": dict(mode="x", newline="", encoding="utf-8")}


def number(text):
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None


def tidy(path):
    """The good rows of the file."""
    with open(path, **OPENERS["in"]) as file:
        reader = csv.DictReader(file)
        names = reader.fieldnames or []
        if not {"door", "seconds"} <= set(names):
            raise ValueError("the columns door and seconds are needed")
        rows = [row for row in reader if (row["door"] or "").strip() and number(row["seconds"]) is not None and None not in row]
    spare = f"{path}.{os.getpid()}.part"
    with open(spare, **OPENERS["out"]) as file:
        writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for step in (os.replace,):
        step(spare, path)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log")
    asked = parser.parse_args()
    found = defaultdict(list)
    try:
        for row in tidy(asked.log):
            found[row["door"].strip()].append(number(row["seconds"]))
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for door in sorted(found):
        print(f"{door} {sum(found[door]) / len(found[door]):.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
