# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Delays of trains per line."""
import argparse
import csv
import re
import sys
from decimal import Decimal, ROUND_HALF_UP

COLUMNS = ("line", "planned", "actual")


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def minutes(text):
    match = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", text)
    return int(match[1]) * 60 + int(match[2]) if match else None


def delay(planned, actual):
    if planned - actual > 12 * 60:
        actual += 24 * 60
    return max(0, actual - planned)


def read(path):
    """Return [(line, planned, delay or None), ...] of the usable rows."""
    trains = []
    try:
        with open(path, encoding="utf-8-sig", newline="") as source:
            reader = csv.reader(source)
            header = [name.strip().lower() for name in next(reader, [])]
            if any(name not in header for name in COLUMNS):
                fail(f"{path} needs the columns line, planned and actual")
            places = [header.index(name) for name in COLUMNS]
            for cells in reader:
                if len(cells) <= max(places):
                    continue
                line, planned, actual = (cells[place].strip() for place in places)
                start, end = minutes(planned), minutes(actual)
                if line and start is not None and (end is not None or not actual):
                    trains.append((line, planned, None if end is None else delay(start, end)))
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text")
    except csv.Error as error:
        fail(f"{path} is not a readable CSV file: {error}")
    return trains


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="CSV file with the columns line, planned and actual")
    path = parser.parse_args().file
    trains = read(path)
    if not trains:
        fail(f"{path} holds no usable rows")
    for line in sorted({train[0] for train in trains}):
        late = [train[2] for train in trains if train[0] == line]
        ran = [value for value in late if value is not None]
        cancelled = len(late) - len(ran)
        if ran:
            average = (Decimal(sum(ran)) / len(ran)).quantize(Decimal("0.1"), ROUND_HALF_UP)
            print(f"{line}: {len(ran)} trains, average delay {average} min, {cancelled} cancelled")
        else:
            print(f"{line}: no trains, {cancelled} cancelled")
    worst = max((train for train in trains if train[2]), key=lambda train: train[2], default=None)
    print(f"Worst: {worst[0]} {worst[1]} ({worst[2]} min)" if worst else "Worst: none")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
