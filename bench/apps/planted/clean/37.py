# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Sums by month of a CSV with the columns date and amount."""
import argparse
import csv
import sys
from collections import defaultdict
from datetime import date
from decimal import Decimal, InvalidOperation


def entry(row):
    """The month and the amount of a row, or None if one of them cannot be read."""
    try:
        day, amount = date.fromisoformat((row["date"] or "").strip()), Decimal((row["amount"] or "").strip())
    except (ValueError, InvalidOperation):
        return None
    return (f"{day:%Y-%m}", amount) if amount.is_finite() and abs(amount) < 10**12 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("payments")
    asked = parser.parse_args()
    months, skipped = defaultdict(Decimal), 0
    try:
        with open(asked.payments, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not {"date", "amount"} <= set(reader.fieldnames or ()):
                raise ValueError("the columns date and amount are needed")
            for row in reader:
                found = entry(row)
                if found is None:
                    skipped += 1
                else:
                    months[found[0]] += found[1]
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for month in sorted(months):
        print(f"{month} {months[month]:.2f}")
    print("skipped", skipped)
    return 0


if __name__ == "__main__":
    sys.exit(main())
