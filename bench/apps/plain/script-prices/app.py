# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""The cheapest shop for each product."""
import argparse
import csv
import re
import sys
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


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="CSV file with the columns product, shop and price")
    cheapest = {}
    for row in read_rows(parser.parse_args().file, ["product", "shop", "price"]):
        if row["price"] == "-":
            continue
        price, product = number(row["price"], "price"), row["product"]
        if product not in cheapest or price < cheapest[product][0]:
            cheapest[product] = price, row["shop"]
    for product, (price, shop) in sorted(cheapest.items()):
        print(f"{product}: {shop} {price:.2f}")
    print(f"Together: {sum((price for price, _ in cheapest.values()), Decimal(0)):.2f}")

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
