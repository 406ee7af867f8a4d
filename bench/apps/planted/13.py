# /// script
# requires-python = ">=3.11"
# dependencies = ["tqdm", "rich"]
# ///
"""Counts the words of text files, with a bar of progress where there is one to see."""
import argparse
import sys

try:
    from tqdm import tqdm
except ImportError:
    def tqdm(items, **options):
        return items


def words_in(path):
    count = 0
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            count += len(line.split())
    return count


def show_table(counts):
    try:
        from rich.console import Console
        from rich.table import Table
    except ImportError:
        raise ValueError("--table needs the package rich") from None
    table = Table("File", "Words")
    for path, count in counts.items():
        table.add_row(path, str(count))
    Console().print(table)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--table", action="store_true", help="show a table")
    asked = parser.parse_args()
    try:
        counts = {path: words_in(path) for path in tqdm(asked.files, file=sys.stderr, disable=not sys.stderr.isatty())}
        if asked.table:
            show_table(counts)
            return 0
    except (OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for path, count in counts.items():
        print(path, count)
    if len(counts) > 1:
        print("all", sum(counts.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
