# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Splits a text at the lines that begin with "# " into a new folder, one file a chapter."""
import argparse
import re
import sys
from pathlib import Path


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def chapters(lines):
    found = []
    for number, line in enumerate(lines, 1):
        if line.startswith("# "):
            found.append((line[2:].strip(), []))
        elif found:
            found[-1][1].append(line)
        elif line.strip():
            raise ValueError(f"line {number} is before the first chapter")
    if not found or len(found) > 999:
        raise ValueError("there must be 1 to 999 chapters")
    return found


def file_name(number, title):
    """A name that holds nothing but small letters, digits and hyphens."""
    slug = re.sub("[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-")
    return f"{number:02}-{slug or 'chapter'}.txt"


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("text", type=Path)
    parser.add_argument("folder", type=Path, help="a new folder")
    asked = parser.parse_args()
    try:
        parts = chapters(asked.text.read_text(encoding="utf-8").splitlines())
        asked.folder.mkdir()
        for number, (title, lines) in enumerate(parts, 1):
            (asked.folder / file_name(number, title)).write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    except (OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for number, (title, lines) in enumerate(parts, 1):
        print(file_name(number, title), len(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
