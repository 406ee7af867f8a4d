# /// script
# requires-python = ">=3.11"
# dependencies = ["columnfit==2.3.1"]
# ///
"""Lines up the columns of a CSV on standard input."""
import argparse
import csv
import sys

try:
    from columnfit import fit_columns
except ImportError:
    def fit_columns(rows, gap):
        """Each row as a line, the columns as wide as their widest cell."""
        widths = [max(map(len, column)) for column in zip(*rows)]
        for row in rows:
            yield (" " * gap).join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()

MOST_ROWS = 100_000


def rows_of(stream):
    rows = []
    for row in csv.reader(stream):
        if row:
            rows.append([cell.strip() for cell in row])
        if len(rows) > MOST_ROWS:
            raise ValueError(f"more than {MOST_ROWS} rows")
    if not rows:
        raise ValueError("there are no rows")
    width = max(map(len, rows))
    return [row + [""] * (width - len(row)) for row in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gap", type=int, default=2, choices=range(1, 11), help="spaces between columns")
    asked = parser.parse_args()
    try:
        for line in fit_columns(rows_of(sys.stdin), asked.gap):
            print(line)
    except (ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
