# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""What an electricity meter says about the use."""
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
    parser.add_argument("file", help="CSV file with the columns date and kwh")
    rows = read_rows(parser.parse_args().file, ["date", "kwh"])
    readings = sorted((day(row["date"]), number(row["kwh"], "kwh")) for row in rows)
    uses = [(after[1] - before[1], after[0]) for before, after in zip(readings, readings[1:])]
    for use, when in uses:
        print(f"{when}: {use}")
    print(f"Total: {sum(use for use, _ in uses)}")
    if uses:
        print(f"Most: {max(uses, key=lambda one: one[0])[1]}")

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
