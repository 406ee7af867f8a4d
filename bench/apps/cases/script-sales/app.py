# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Totals of a sales file per region."""
import argparse
import csv
import re
import sys
from decimal import Decimal

NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,10})?|\.\d{1,10})", re.ASCII)


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def read_rows(path, needed):
    """Yield each row as a dict with lower-case column names."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as source:
            reader = csv.reader(source)
            header = [name.strip().lower() for name in next(reader, [])]
            missing = [name for name in needed if name not in header]
            if not header:
                fail(f"{path} is empty")
            if missing:
                fail(f"{path} has no column {', '.join(missing)}")
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    cells += [""] * (len(header) - len(cells))
                    yield dict(zip(header, cells))
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text")
    except csv.Error as error:
        fail(f"{path} is not a readable CSV file: {error}")


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="CSV file with the columns region and amount")
    path = parser.parse_args().file
    totals, skipped = {}, 0
    for row in read_rows(path, ["region", "amount"]):
        text = row["amount"].strip()
        if not NUMBER.fullmatch(text):
            skipped += 1
            continue
        region = " ".join(row["region"].split()).capitalize() or "Unknown"
        totals[region] = totals.get(region, Decimal(0)) + Decimal(text)
    for region, total in sorted(totals.items(), key=lambda item: (-item[1], item[0])):
        print(f"{region}: {total:.2f}")
    print(f"Total: {sum(totals.values(), Decimal(0)):.2f}")
    print(f"Skipped: {skipped}")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
