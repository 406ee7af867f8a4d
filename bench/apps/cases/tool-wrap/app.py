# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Wrap the paragraphs and list items of a text to a width."""
import argparse
import re
import sys


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def limited(least, most):
    def whole(text):
        if not re.fullmatch(r"[0-9]{1,6}", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)
    return whole


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


def blocks(text):
    """Lists of paragraphs; one list is parted from the next by blank lines."""
    block = []
    for line in text.split("\n"):
        words = line.split()
        if not words:
            if block:
                yield block
            block = []
        elif words[0] == "-" and len(words) > 1 or not block:
            block.append(words)
        else:
            block[-1] += words
    if block:
        yield block


def lines(words, width):
    """The words in groups that fit into the width, too long ones cut."""
    current, used = [], 0
    for word in words:
        if current and used + 1 + len(word) > width:
            yield current
            current, used = [], 0
        while len(word) > width:
            yield [word[:width]]
            word = word[width:]
        if word:
            used += len(word) + bool(current)
            current.append(word)
    if current:
        yield current


def spread(words, width):
    """Words with the spaces between them widened, the left ones first."""
    gaps = len(words) - 1
    if not gaps:
        return words[0]
    each, more = divmod(width - sum(map(len, words)), gaps)
    return "".join(word + " " * (each + (number < more)) for number, word in enumerate(words[:-1])) + words[-1]


def wrap(words, width, indent, justify):
    item = words[0] == "-" and len(words) > 1
    first, later = (indent + "- ", indent + "  ") if item else (indent, indent)
    room = width - len(first)
    groups = list(lines(words[1:] if item else words, room))
    for number, group in enumerate(groups, 1):
        text = spread(group, room) if justify and number < len(groups) else " ".join(group)
        yield (first if number == 1 else later) + text


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", nargs="?", metavar="FILE", help="text (default: standard input)")
    parser.add_argument("--width", type=limited(10, 500), default=72, help="10 to 500 (default: 72)")
    parser.add_argument("--indent", type=limited(0, 5), default=0, help="spaces before each line, 0 to 5")
    parser.add_argument("--justify", action="store_true", help="make all lines but a paragraph's last equally long")
    options = parser.parse_args()
    parted = []
    for block in blocks(read(options.file)):
        parted.append("\n".join(line for words in block
                                for line in wrap(words, options.width, " " * options.indent, options.justify)))
    if parted:
        print("\n\n".join(parted))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
