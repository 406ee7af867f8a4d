# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""What each customer ordered: joins an orders file with a customers file."""
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


PRICE = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)
COUNT = re.compile(r"\d{1,9}", re.ASCII)


def read(path, needed):
    """Yield (line number, row) of a CSV file that must have the needed columns."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as source:
            reader = csv.reader(source)
            header = [name.strip().lower() for name in next(reader, [])]
            missing = [name for name in needed if name not in header]
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
    parser.add_argument("orders", help="CSV: order_id, customer_id, quantity, unit_price, status")
    parser.add_argument("customers", help="CSV: id, name, country")
    arguments = parser.parse_args()
    customers = {}
    for line, row in read(arguments.customers, ["id", "name", "country"]):
        key = row["id"].upper()
        if key in customers:
            fail(f"{arguments.customers} line {line}: customer {key} is there twice")
        customers[key] = row
    sums, unknown = {}, {}
    for line, row in read(arguments.orders, ["customer_id", "quantity", "unit_price", "status"]):
        if row["status"].lower() == "cancelled":
            continue
        if not COUNT.fullmatch(row["quantity"]) or not PRICE.fullmatch(row["unit_price"]):
            fail(f"{arguments.orders} line {line}: quantity or unit_price is not a number")
        key = row["customer_id"].upper()
        into = sums if key in customers else unknown
        orders, money = into.get(key, (0, Decimal(0)))
        into[key] = (orders + 1, money + int(row["quantity"]) * Decimal(row["unit_price"]))
    ranking = sorted(sums.items(), key=lambda item: (-item[1][1], customers[item[0]]["name"]))
    for key, (orders, money) in ranking:
        print(f"{customers[key]['name']} ({customers[key]['country']}): {orders} orders, {money:.2f}")
    without = sorted(row["name"] for key, row in customers.items() if key not in sums)
    print("Without orders: " + (", ".join(without) or "none"))
    print("Unknown customers: " + (", ".join(sorted(unknown)) or "none"))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
