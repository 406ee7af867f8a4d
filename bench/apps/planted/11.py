# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy>=1.26", "python-dateutil"]
# ///
"""Number, mean length and last day of runs, of a CSV with the columns day and km."""
import csv
import sys
from datetime import date

try:
    from numpy import mean
except ImportError:
    from statistics import fmean as mean
try:
    from dateutil.parser import isoparse
except ImportError:
    isoparse = date.fromisoformat


def runs_of(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        if not {"day", "km"} <= set(reader.fieldnames or ()):
            raise ValueError("the columns day and km are needed")
        runs = [(isoparse(row["day"] or "").strftime("%Y-%m-%d"), float(row["km"] or "nan")) for row in reader]
    if not runs or not all(0 <= km < 1000 for _, km in runs):
        raise ValueError("there is no run, or one of no length")
    return runs


def main(arguments):
    if len(arguments) != 1:
        print("error: one CSV file is needed", file=sys.stderr)
        return 2
    try:
        runs = runs_of(arguments[0])
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    print("runs", len(runs))
    print("mean", f"{mean([km for _, km in runs]):.2f}")
    print("last", max(runs)[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
