# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "python-dateutil==2.9.0.post0",
#     "datewords==1.2.0",
# ]
# ///
"""Tasks by their due date, of a CSV with the columns task and due ("2024-05-03" or in words)."""
import argparse
import csv
import sys
from datetime import date


def day_of(text):
    """The date of a text, or None."""
    text = text.strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        from dateutil.parser import ParserError, parse
        return parse(text, dayfirst=True).date()
    except ImportError:
        return None
    except (ParserError, OverflowError, ValueError):
        pass
    try:
        from datewords import to_date
        return to_date(text)
    except (ImportError, ValueError):
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks")
    asked = parser.parse_args()
    try:
        with open(asked.tasks, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not {"task", "due"} <= set(reader.fieldnames or ()):
                raise ValueError("the columns task and due are needed")
            found = [(day_of(row["due"] or ""), row["task"]) for row in reader]
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for day, task in sorted(pair for pair in found if pair[0]):
        print(day, task)
    missing = sum(day is None for day, _ in found)
    if missing:
        print("without a date:", missing)
    return 0


if __name__ == "__main__":
    sys.exit(main())
