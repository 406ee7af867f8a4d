# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Kilometres per month and the fastest run."""
import argparse
import csv
import re
import sys
from datetime import date
from decimal import Decimal


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
            if missing:
                fail(f"{path} has no column {', '.join(missing)}")
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    cells += [""] * (len(header) - len(cells))
                    yield {name: cell.strip() for name, cell in zip(header, cells)}
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text")
    except csv.Error as error:
        fail(f"{path} is not a readable CSV file: {error}")


NUMBER = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,10})?")


def number(text, name):
    if not NUMBER.fullmatch(text):
        fail(f"{name} is not a number: {text[:40]!r}")
    return Decimal(text)


def day(text):
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    fail(f"not a date like 2024-05-31: {text[:40]!r}")


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="CSV file with the columns date, km and minutes")
    months, fastest = {}, None
    for row in read_rows(parser.parse_args().file, ["date", "km", "minutes"]):
        when, km = day(row["date"]), number(row["km"], "km")
        month = f"{when:%Y-%m}"
        months[month] = months.get(month, Decimal(0)) + km
        if row["minutes"] and km > 0:
            pace = number(row["minutes"], "minutes") / km
            if fastest is None or pace < fastest[0]:
                fastest = pace, when
    for month, km in sorted(months.items()):
        print(f"{month}: {km:.1f} km")
    if fastest:
        print(f"Fastest: {fastest[1]} with {fastest[0]:.2f} min/km")

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
