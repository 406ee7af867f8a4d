# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "colorama==0.4.6",
#   "humanize>=4,<5",
# ]
# ///
"""Folders by size, of a CSV with the columns folder and bytes."""
import argparse
import csv
import sys
from collections import Counter

STYLES = {"bytes": str}


def human(size):
    try:
        from humanize import naturalsize
    except ImportError:
        raise ValueError("--human needs the package humanize") from None
    return naturalsize(size)


def bright(text):
    try:
        from colorama import Style, just_fix_windows_console
    except ImportError:
        return text
    just_fix_windows_console()
    return f"{Style.BRIGHT}{text}{Style.RESET_ALL}"


def sizes_of(path):
    sizes, skipped = Counter(), 0
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        if not {"folder", "bytes"} <= set(reader.fieldnames or ()):
            raise ValueError("the columns folder and bytes are needed")
        for row in reader:
            size = (row["bytes"] or "").strip()
            if size.isascii() and size.isdigit() and len(size) < 18:
                sizes[(row["folder"] or "").strip() or "(none)"] += int(size)
            else:
                skipped += 1
    return sizes, skipped


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("disk")
    parser.add_argument("--human", action="store_true", help="sizes like 1.5 MB")
    asked = parser.parse_args()
    show = human if asked.human else STYLES["bytes"]
    try:
        sizes, skipped = sizes_of(asked.disk)
        lines = [f"{folder} {show(size)}" for folder, size in sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))]
        lines.append(f"total {show(sum(sizes.values()))}")
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for line in lines:
        print(bright(line) if sys.stdout.isatty() else line)
    if skipped:
        print("skipped", skipped)
    return 0


if __name__ == "__main__":
    sys.exit(main())
