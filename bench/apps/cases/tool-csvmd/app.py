# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Turn CSV into an aligned Markdown table."""
import argparse
import csv
import io
import re
import sys

NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def separator(text):
    text = {"tab": "\t", "\\t": "\t"}.get(text, text)
    if len(text) != 1 or text in '"\r\n ' or not (text.isprintable() or text == "\t"):
        raise argparse.ArgumentTypeError("the delimiter must be one character, or the word tab")
    return text


def read(path):
    try:
        if path is None:
            data = sys.stdin.buffer.read()
        else:
            with open(path, "rb") as source:
                data = source.read()
    except OSError as error:
        fail(f"cannot read {path or 'standard input'}: {error.strerror}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        fail(f"{path or 'standard input'} is not UTF-8 text")


def cell(text):
    text = "<br>".join(re.split(r"\r\n|\r|\n", text.strip()))
    return text.replace("|", "\\|")


def table(text, delimiter):
    """All rows as lists of cells, filled up to the width of the heading."""
    csv.field_size_limit(1 << 30)
    rows = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if not any(field.strip() for field in row):
                continue
            row = [cell(field) for field in row]
            if rows and len(row) > len(rows[0]):
                fail(f"line {reader.line_num} has {len(row)} fields, the heading only {len(rows[0])}")
            rows.append(row + [""] * (len(rows[0]) - len(row)) if rows else row)
    except csv.Error as error:
        fail(f"line {reader.line_num} is not valid CSV: {error}")
    if not rows:
        fail("there is no heading line")
    return rows


def select(rows, names):
    places = []
    for name in names.split(","):
        name = cell(name)
        if name not in rows[0]:
            fail(f"there is no column {name!r}")
        places.append(rows[0].index(name))
    return [[row[place] for place in places] for row in rows]


def render(rows):
    columns = list(zip(*rows))
    widths = [max(3, *map(len, column)) for column in columns]
    numeric = []
    for column in columns:
        filled = [text for text in column[1:] if text]
        numeric.append(bool(filled) and all(NUMBER.fullmatch(text) for text in filled))
    rule = ["-" * (width - 1) + ":" if right else "-" * width for width, right in zip(widths, numeric)]
    for row in [rows[0], rule, *rows[1:]]:
        cells = (text.rjust(width) if right else text.ljust(width)
                 for text, width, right in zip(row, widths, numeric))
        yield "| " + " | ".join(cells) + " |"


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", nargs="?", metavar="FILE", help="CSV file (default: standard input)")
    parser.add_argument("--delimiter", type=separator, default=",", help="one character or the word tab")
    parser.add_argument("--columns", metavar="A,B", help="print only these columns, in this order")
    options = parser.parse_args()
    rows = table(read(options.file), options.delimiter)
    if options.columns is not None:
        rows = select(rows, options.columns)
    print("\n".join(render(rows)))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
