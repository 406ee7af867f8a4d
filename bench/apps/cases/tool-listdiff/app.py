# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Tell which items two lists do not share."""
import argparse
import os
import sys


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def items(path, ignore_case):
    """The items of a list by their key, each once, in the order of the file."""
    try:
        if path == "-":
            data = sys.stdin.buffer.read()
        else:
            with open(path, "rb") as source:
                data = source.read()
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text")
    found = {}
    for line in text.split("\n"):
        item = line.strip()
        if item:
            found.setdefault(item.casefold() if ignore_case else item, item)
    return found


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("old", metavar="OLD", help="a list, one item a line; - is standard input")
    parser.add_argument("new", metavar="NEW", help="the list to compare with; - is standard input")
    parser.add_argument("--ignore-case", action="store_true", help="take Milk and milk as the same item")
    parser.add_argument("--common", action="store_true", help="print the shared items too, after =")
    parser.add_argument("--sort", action="store_true", help="sort each group by the alphabet")
    options = parser.parse_args()
    if options.old == options.new == "-":
        fail("only one of the lists can be standard input")
    old = items(options.old, options.ignore_case)
    new = items(options.new, options.ignore_case)

    removed = [item for key, item in old.items() if key not in new]
    added = [item for key, item in new.items() if key not in old]
    common = [item for key, item in old.items() if key in new]
    groups = [("-", removed), ("+", added)]
    if options.common:
        groups.append(("=", common))
    for sign, group in groups:
        if options.sort:
            group = sorted(group, key=lambda item: (item.casefold(), item))
        for item in group:
            print(sign, item)
    print(f"{len(removed)} removed, {len(added)} added, {len(common)} common")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
