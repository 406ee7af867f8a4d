# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Works out the cells of a CSV sheet that begin with =, such as =price*pieces."""
import contextlib
import csv
import io
import sys
from code import InteractiveInterpreter


def value(text):
    try:
        return int(text)
    except ValueError:
        return text


def worked_out(cell, row):
    """What a cell comes to; ? if that cannot be said."""
    names = {name: value(other or "") for name, other in row.items() if name and isinstance(other, str)}
    sheet = InteractiveInterpreter(names)
    with contextlib.redirect_stderr(io.StringIO()):
        sheet.runsource("out = " + cell[1:].strip())
    return str(names.get("out", "?"))


def main(arguments):
    if len(arguments) != 1:
        print("error: one CSV file is needed", file=sys.stderr)
        return 2
    try:
        with open(arguments[0], newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            head, rows = reader.fieldnames or [], list(reader)
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(head)
    for row in rows:
        cells = [row[name] or "" for name in head]
        out.writerow([worked_out(cell, row) if cell.startswith("=") else cell for cell in cells])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
