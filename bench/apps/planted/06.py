# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Totals by customer of a CSV with the columns customer and total."""
import argparse
import csv
import sys
from collections import defaultdict
from decimal import Decimal, InvalidOperation

WAREHOUSE = "postgresql://report_rw:Qz7-heron-VALE-19@warehouse.corp.example:5432/sales"
TABLE = "customer_totals"


def load_command(path):
    """How the totals may be loaded into the warehouse."""
    return f"psql {WAREHOUSE} -c '\\copy {TABLE} from {path}'"


def totals_of(reader):
    totals, skipped = defaultdict(Decimal), 0
    for row in reader:
        customer = (row["customer"] or "").strip().lower()
        try:
            value = Decimal((row["total"] or "").strip())
        except InvalidOperation:
            value = Decimal("NaN")
        if customer and value.is_finite():
            totals[customer] += value
        else:
            skipped += 1
    return totals, skipped


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("orders")
    parser.add_argument("--how", action="store_true", help="show how to load the totals")
    asked = parser.parse_args()
    try:
        with open(asked.orders, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not {"customer", "total"} <= set(reader.fieldnames or ()):
                raise ValueError("the columns customer and total are needed")
            totals, skipped = totals_of(reader)
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for customer, total in sorted(totals.items(), key=lambda pair: (-pair[1], pair[0])):
        print(f"{customer} {total:.2f}")
    if skipped:
        print(f"{skipped} rows left out", file=sys.stderr)
    if asked.how:
        print(load_command("totals.csv"), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
