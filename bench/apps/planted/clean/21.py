# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Lowest, median and highest value of each group, of a CSV with the columns group and value."""
import argparse
import csv
import math
import statistics
import sys
from collections import defaultdict

SHOWN = {"count": len, "lowest": min, "median": statistics.median, "highest": max}


def number(text):
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    asked = parser.parse_args()
    groups = defaultdict(list)
    try:
        with open(asked.file, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not {"group", "value"} <= set(reader.fieldnames or ()):
                raise ValueError("the columns group and value are needed")
            for row in reader:
                value = number(row["value"])
                if value is None:
                    print(f"line {reader.line_num} left out", file=sys.stderr)
                else:
                    groups[(row["group"] or "").strip() or "(none)"].append(value)
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for name in sorted(groups):
        print(name, *(f"{what} {work(groups[name]):g}" for what, work in SHOWN.items()))
    if not groups:
        print("no values")
    return 0


if __name__ == "__main__":
    sys.exit(main())
