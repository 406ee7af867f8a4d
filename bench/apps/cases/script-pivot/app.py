# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Pivot of bookings: a row per month, a column per category."""
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


AMOUNT = re.compile(r"[+-]?(\d{1,12}|\d{1,3}(\.\d{3}){1,3})(,\d{1,2})?", re.ASCII)
DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)


def as_month(text):
    """The month YYYY-MM of a date written D.M.YYYY, or None."""
    found = DAY.fullmatch(text)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])).isoformat()[:7]
    except (TypeError, ValueError):
        return None


def as_amount(text):
    """The number written as 1.234,50, or None."""
    return Decimal(text.replace(".", "").replace(",", ".")) if AMOUNT.fullmatch(text) else None


def written(amount):
    return f"{amount:.2f}".replace(".", ",")


def read(path):
    """Yield (line number, row) for every row that is not empty."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as source:
            reader = csv.reader(source, delimiter=";")
            header = [name.strip().lower() for name in next(reader, [])]
            missing = [name for name in ("date", "category", "amount") if name not in header]
            if missing:
                fail(f"{path} has no column {', '.join(missing)}")
            for cells in reader:
                cells = [" ".join(cell.split()) for cell in cells]
                if any(cells):
                    cells += [""] * (len(header) - len(cells))
                    yield reader.line_num, dict(zip(header, cells))
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text")
    except csv.Error as error:
        fail(f"{path} is not a readable CSV file: {error}")


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="CSV file with the columns date;category;amount")
    path = parser.parse_args().file
    cells = {}
    for line, row in read(path):
        month, amount = as_month(row["date"]), as_amount(row["amount"])
        if month is None:
            fail(f"{path} line {line}: {row['date']!r} is not a date like 31.12.2024")
        if amount is None:
            fail(f"{path} line {line}: {row['amount']!r} is not an amount like 1.234,50")
        key = month, row["category"] or "other"
        cells[key] = cells.get(key, Decimal(0)) + amount
    months = sorted({month for month, _ in cells})
    categories = sorted({category for _, category in cells})
    output = csv.writer(sys.stdout, delimiter=";", lineterminator="\n")
    output.writerow(["month", *categories, "total"])
    for month in months:
        values = [cells.get((month, category)) for category in categories]
        shown = ["-" if value is None else written(value) for value in values]
        output.writerow([month, *shown, written(sum(value for value in values if value is not None))])
    sums = [sum(cells.get((month, category), Decimal(0)) for month in months) for category in categories]
    output.writerow(["total", *map(written, sums), written(sum(sums, Decimal(0)))])


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
