# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Count the most frequent words of a text."""
import argparse
import os
import re
import sys
from collections import Counter

# Letters, with apostrophes allowed inside: don't, l'eau.
WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def whole(text):
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


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


def words(text):
    return [word.lower().replace("\u2019", "'") for word in WORD.findall(text)]


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE", help="text files (default: standard input)")
    parser.add_argument("--top", type=whole, default=10, help="how many words to print (default: 10)")
    parser.add_argument("--min-length", type=whole, default=1, help="leave out shorter words")
    parser.add_argument("--skip", metavar="FILE", help="leave out the words of this file")
    options = parser.parse_args()

    skipped = set(words(read(options.skip))) if options.skip is not None else set()
    counts = Counter()
    for path in options.files or [None]:
        counts.update(word for word in words(read(path))
                      if len(word) >= options.min_length and word not in skipped)
    for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:options.top]:
        print(f"{word}: {count}")
    print(f"Total: {counts.total()} words, {len(counts)} different")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
