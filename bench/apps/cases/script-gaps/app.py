# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Days missing from a step diary."""
import argparse
import csv
import re
import sys
from datetime import date, timedelta


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def as_date(text):
    """The date written as YYYY-MM-DD, or None."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read(path):
    """Return the set of days and the number of rows without a readable date."""
    days, unreadable = set(), 0
    try:
        with open(path, encoding="utf-8-sig", newline="") as source:
            reader = csv.reader(source)
            header = [name.strip().lower() for name in next(reader, [])]
            if "date" not in header:
                fail(f"{path} has no column date")
            column = header.index("date")
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                day = as_date(cells[column].strip()) if len(cells) > column else None
                if day is None:
                    unreadable += 1
                else:
                    days.add(day)
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text")
    except csv.Error as error:
        fail(f"{path} is not a readable CSV file: {error}")
    return sorted(days), unreadable


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="CSV file with a column date (YYYY-MM-DD)")
    path = parser.parse_args().file
    days, unreadable = read(path)
    if not days:
        fail(f"{path} holds no readable date")
    one = timedelta(days=1)
    missing = 0
    for before, after in zip(days, days[1:]):
        count = (after - before).days - 1
        missing += count
        if count == 1:
            print(f"{before + one} (1 day)")
        elif count > 1:
            print(f"{before + one} to {after - one} ({count} days)")
    print(f"Missing: {missing} of {(days[-1] - days[0]).days + 1} days")
    print(f"Unreadable: {unreadable}")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
