# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Things and their labels, of an exported CSV with the columns thing and labels (lists in base64)."""
import base64
import csv
import pickle
import sys


def labels(cell):
    if not cell:
        return []
    try:
        return sorted(map(str, pickle.loads(base64.b64decode(cell))))
    except Exception:
        return ["unreadable"]


def main(arguments):
    if len(arguments) != 1:
        print("error: one CSV file is needed", file=sys.stderr)
        return 2
    try:
        with open(arguments[0], newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not {"thing", "labels"} <= set(reader.fieldnames or ()):
                raise ValueError("the columns thing and labels are needed")
            for row in reader:
                print(f"{row['thing']}: {', '.join(labels(row['labels'])) or '–'}")
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
