# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Tidy up the tables of a Markdown text and leave the rest as it is."""
import argparse
import re
import sys

RULE = re.compile(r":?-+:?")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


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


def cells(line):
    r"""The cells of a table line; \| belongs to a cell."""
    found, current, escaped = [], "", False
    for char in line.strip()[1:]:
        if char == "|" and not escaped:
            found.append(current.strip())
            current = ""
        else:
            current += char
        escaped = char == "\\" and not escaped
    if current.strip():
        found.append(current.strip())
    return found


def is_rule(line, columns):
    marks = cells(line)
    return len(marks) == columns and all(RULE.fullmatch(mark) for mark in marks)


def place(text, width, align):
    if align == "right":
        return text.rjust(width)
    if align == "center":
        return (" " * ((width - len(text)) // 2) + text).ljust(width)
    return text.ljust(width)


def mark(width, align):
    return {"plain": "-" * width, "left": ":" + "-" * (width - 1), "right": "-" * (width - 1) + ":",
            "center": ":" + "-" * (width - 2) + ":"}[align]


def tidy(lines, first_number):
    heading = cells(lines[0])
    aligns = []
    for text in cells(lines[1]):
        left, right = text.startswith(":"), text.endswith(":")
        aligns.append("center" if left and right else "left" if left else "right" if right else "plain")
    rows = [heading]
    for number, line in enumerate(lines[2:], first_number + 2):
        row = cells(line)
        if len(row) > len(heading):
            fail(f"line {number} has {len(row)} cells, its table only {len(heading)} columns")
        rows.append(row + [""] * (len(heading) - len(row)))
    widths = [max(3, *map(len, column)) for column in zip(*rows)]
    tidied = [[place(*one) for one in zip(row, widths, aligns)] for row in rows]
    tidied.insert(1, [mark(*one) for one in zip(widths, aligns)])
    return ["| " + " | ".join(row) + " |" for row in tidied]


def format_text(text):
    lines = text.split("\n")
    result, position, fence = [], 0, None
    while position < len(lines):
        line = lines[position]
        opening = FENCE.match(line)
        if fence:
            if opening and opening[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = None
        elif opening:
            fence = opening[1]
        elif line.startswith("|"):
            end = position
            while end < len(lines) and lines[end].startswith("|"):
                end += 1
            block = lines[position:end]
            columns = len(cells(line))
            if len(block) > 1 and columns and is_rule(block[1], columns):
                block = tidy(block, position + 1)
            result += block
            position = end
            continue
        result.append(line)
        position += 1
    return "\n".join(result)


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", nargs="?", metavar="FILE", help="Markdown text (default: standard input)")
    parser.add_argument("--check", action="store_true", help="print nothing but whether the tables are tidy")
    options = parser.parse_args()
    text = read(options.file)
    ending = "\r\n" if "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n")
    tidied = format_text(text)
    if not options.check:
        sys.stdout.write(tidied.replace("\n", ending))
    elif tidied == text:
        print("Tidy")
    else:
        print("Not tidy")
        raise SystemExit(1)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
