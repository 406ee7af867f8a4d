# /// script
# requires-python = ">=3.11"
# dependencies = ["tabulat==0.9.0"]
# ///
"""The ranking of a CSV with the columns player and points."""
import argparse
import csv
import sys
from collections import Counter

try:
    from tabulate import tabulate
except ImportError:
    tabulate = None


def points_of(row, number):
    try:
        points = int(row["points"] or "")
    except ValueError:
        raise ValueError(f"row {number} has no whole number of points") from None
    if abs(points) > 10**9:
        raise ValueError(f"row {number} has too many points")
    return points


def ranking_of(path):
    totals = Counter()
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        if not {"player", "points"} <= set(reader.fieldnames or ()):
            raise ValueError("the columns player and points are needed")
        for number, row in enumerate(reader, 1):
            if (row["player"] or "").strip():
                totals[row["player"].strip()] += points_of(row, number)
    return sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scores")
    parser.add_argument("--grid", action="store_true", help="draw a grid")
    asked = parser.parse_args()
    try:
        ranking = ranking_of(asked.scores)
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    if asked.grid and tabulate:
        print(tabulate(ranking, headers=["Player", "Points"], tablefmt="grid"))
    else:
        for place, (player, points) in enumerate(ranking, 1):
            print(f"{place}. {player} {points}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
