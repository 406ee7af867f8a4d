# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Says where a count (CSV with item and count) differs from the stock (JSON object of numbers)."""
import argparse
import csv
import json
import sys


def stock_of(path):
    with open(path, encoding="utf-8") as file:
        stock = json.load(file)
    if not isinstance(stock, dict) or not all(type(number) is int for number in stock.values()):
        raise ValueError(f"{path} must be an object of whole numbers")
    return stock


def counts_of(path):
    counts = {}
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        if not {"item", "count"} <= set(reader.fieldnames or ()):
            raise ValueError(f"{path} needs the columns item and count")
        for row in reader:
            item, count = (row["item"] or "").strip(), (row["count"] or "").strip()
            if not item or not count.isdecimal() or len(count) > 9:
                raise ValueError(f"{path}: line {reader.line_num} needs an item and a whole count")
            counts[item] = counts.get(item, 0) + int(count)
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stock")
    parser.add_argument("counts")
    asked = parser.parse_args()
    try:
        stock, counts = stock_of(asked.stock), counts_of(asked.counts)
    except (OSError, ValueError, csv.Error, RecursionError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    differing = 0
    for item in sorted(stock.keys() | counts.keys()):
        difference = counts.get(item, 0) - stock.get(item, 0)
        if difference:
            differing += 1
            print(f"{item} {difference:+d}")
    if not differing:
        print("no differences")
    return 0


if __name__ == "__main__":
    sys.exit(main())
