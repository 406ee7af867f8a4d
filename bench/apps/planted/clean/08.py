# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Turns a CSV file (or standard input) into JSON lines."""
import argparse
import csv
import json
import re
import sys

KINDS = [(r"-?(0|[1-9][0-9]{0,17})", int), (r"-?[0-9]{1,15}\.[0-9]{1,15}", float)]


def value_of(text):
    text = text.strip()
    for pattern, kind in KINDS:
        if re.fullmatch(pattern, text):
            return kind(text)
    return {"": None, "true": True, "false": False}.get(text.lower(), text)


def convert(stream, delimiter, as_text):
    reader = csv.reader(stream, delimiter=delimiter)
    names = [name.strip() for name in next(reader, [])]
    if not names:
        raise ValueError("there is no heading")
    if len(set(names)) < len(names):
        raise ValueError("a column is there twice")
    for row in reader:
        if not row:
            continue
        if len(row) != len(names):
            raise ValueError(f"line {reader.line_num} has {len(row)} fields, not {len(names)}")
        yield dict(zip(names, row if as_text else map(value_of, row)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", default="-")
    parser.add_argument("--delimiter", default=",", choices=[",", ";", "|", ":"])
    parser.add_argument("--as-text", action="store_true", help="keep every value as text")
    asked = parser.parse_args()
    try:
        with open(0 if asked.file == "-" else asked.file, newline="", encoding="utf-8-sig") as stream:
            for record in convert(stream, asked.delimiter, asked.as_text):
                print(json.dumps(record, ensure_ascii=False))
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
