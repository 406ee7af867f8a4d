# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Median rent per district."""
import argparse
import csv
import re
import sys
from decimal import Decimal, ROUND_HALF_UP

NUMBER = re.compile(r"\d{1,12}(\.\d{1,10})?", re.ASCII)
ENOUGH = 3


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def median(values):
    values = sorted(values)
    half = len(values) // 2
    middle = values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2
    return middle.quantize(Decimal("0.01"), ROUND_HALF_UP)


def read(path):
    """Return {district: [rent, ...]}; rows with an unusable rent are left out."""
    rents = {}
    try:
        with open(path, encoding="utf-8-sig", newline="") as source:
            reader = csv.reader(source)
            header = [name.strip().lower() for name in next(reader, [])]
            if "district" not in header or "rent" not in header:
                fail(f"{path} needs the columns district and rent")
            where, what = header.index("district"), header.index("rent")
            for cells in reader:
                if len(cells) <= max(where, what):
                    continue
                district = " ".join(cells[where].split())
                rent = cells[what].strip()
                if district and NUMBER.fullmatch(rent) and Decimal(rent) > 0:
                    rents.setdefault(district, []).append(Decimal(rent))
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text")
    except csv.Error as error:
        fail(f"{path} is not a readable CSV file: {error}")
    return rents


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="CSV file with the columns district and rent")
    path = parser.parse_args().file
    rents = read(path)
    if not rents:
        fail(f"{path} holds no usable rents")
    for district in sorted(rents):
        if len(rents[district]) >= ENOUGH:
            print(f"{district}: {median(rents[district])} ({len(rents[district])} flats)")
    few = [district for district in sorted(rents) if len(rents[district]) < ENOUGH]
    print("Too few: " + (", ".join(few) or "none"))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
