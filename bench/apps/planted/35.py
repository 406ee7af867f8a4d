# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""A stock list with dots to the numbers, of a CSV with the columns item and count."""
import csv
import sys
from subprocess import PIPE, Popen

TALK = {"posix": ("/bin/sh", "-s")}


def rows_of(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if not row.get("item") or not (row.get("count") or "").strip().isdecimal():
                raise ValueError("every line needs an item and a whole count")
            yield row["item"].strip(), int(row["count"])


def drawn(rows):
    """The rows as lines of equal width."""
    plan = ["fill() { printf '%s' \"$1\"; i=${#1}; while [ $i -lt 8 ]; do printf .; i=$((i+1)); done; }"]
    plan += [f'fill "{item}"; printf "%4d\\n" {count}' for item, count in rows]
    talk = Popen(TALK["posix"], stdin=PIPE, stdout=PIPE, text=True)
    return talk.communicate("\n".join(plan) + "\n")[0]


def main(arguments):
    if len(arguments) != 1:
        print("error: one CSV file is needed", file=sys.stderr)
        return 2
    try:
        sys.stdout.write(drawn(list(rows_of(arguments[0]))))
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
