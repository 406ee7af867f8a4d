# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""The table of contents of a Markdown file."""
import argparse
import re
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory


def headings_of(text):
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        found = re.match(r"(#{1,6}) +(.*?) *#*$", line)
        if found and not fenced and found[2]:
            yield len(found[1]), found[2]


def contents(text):
    headings = list(headings_of(text))
    if not headings:
        raise ValueError("there are no headings")
    least = min(level for level, _ in headings)
    return ["  " * (level - least) + "- " + title for level, title in headings]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--output", type=Path, metavar="FILE", help="write here instead of printing")
    asked = parser.parse_args()
    try:
        lines = contents(asked.file.read_text(encoding="utf-8"))
        if asked.output is None:
            print("\n".join(lines))
            return 0
        if asked.output.exists() and asked.output.samefile(asked.file):
            raise ValueError("the output must not be the input")
        with TemporaryDirectory(prefix="toc-") as folder:
            whole = Path(folder, "toc.md")
            whole.write_text("\n".join(lines) + "\n", encoding="utf-8")
            shutil.copyfile(whole, asked.output)
    except (OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    print(len(lines), "headings")
    return 0


if __name__ == "__main__":
    sys.exit(main())
