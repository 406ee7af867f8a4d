# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Outliers of sensor readings, by the quartiles of each sensor."""
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


NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,10})?", re.ASCII)
ENOUGH = 4


def read(path):
    """Return {sensor: [(time, value), ...]} and the number of rows left out."""
    sensors, skipped = {}, 0
    try:
        with open(path, encoding="utf-8-sig", newline="") as source:
            reader = csv.reader(source)
            header = [name.strip().lower() for name in next(reader, [])]
            missing = [name for name in ("time", "sensor", "value") if name not in header]
            if missing:
                fail(f"{path} has no column {', '.join(missing)}")
            for cells in reader:
                cells = [" ".join(cell.split()) for cell in cells]
                if not any(cells):
                    continue
                row = dict(zip(header, cells + [""] * len(header)))
                if row["sensor"] and NUMBER.fullmatch(row["value"]):
                    sensors.setdefault(row["sensor"], []).append((row["time"], Decimal(row["value"])))
                else:
                    skipped += 1
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text")
    except csv.Error as error:
        fail(f"{path} is not a readable CSV file: {error}")
    return sensors, skipped


def median(ordered):
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def limits(values):
    """The fences 1.5 interquartile ranges outside the quartiles."""
    ordered = sorted(values)
    half = len(ordered) // 2
    low, high = median(ordered[:half]), median(ordered[-half:])
    reach = (high - low) * Decimal("1.5")
    return low - reach, high + reach


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="CSV file with the columns time, sensor, value")
    path = parser.parse_args().file
    sensors, skipped = read(path)
    if not sensors:
        fail(f"{path} holds no usable reading")
    for sensor in sorted(sensors):
        readings = sensors[sensor]
        if len(readings) < ENOUGH:
            print(f"{sensor}: too few readings")
            continue
        low, high = limits([value for _, value in readings])
        odd = [(time, value) for time, value in readings if not low <= value <= high]
        print(f"{sensor}: {len(odd)} of {len(readings)} outside {low:.2f} to {high:.2f}")
        for time, value in odd:
            print(f"  {time} {value:.2f} {'low' if value < low else 'high'}")
    print(f"Skipped rows: {skipped}")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
