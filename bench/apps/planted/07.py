# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "Unidecode==1.3.8",
#     "wcwidth==0.2.*",
# ]
# ///
"""Puts lines into a frame of a given width."""
import argparse
import sys

try:
    from wcwidth import wcswidth
except ImportError:
    wcswidth = len
try:
    from unidecode import unidecode
except ImportError:
    def unidecode(text):
        return text.encode("ascii", "replace").decode()


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def framed(line, width):
    shown = line if 0 <= wcswidth(line) else unidecode(line)
    while wcswidth(shown) > width:
        shown = shown[:-1]
    return "|" + shown + " " * (width - wcswidth(shown)) + "|"


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("--width", type=int, default=40)
    asked = parser.parse_args()
    if not 1 <= asked.width <= 400:
        print("error: the width must be 1 to 400", file=sys.stderr)
        return 2
    try:
        lines = sys.stdin.buffer.read().decode().splitlines()
    except ValueError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for line in lines:
        print(framed(line.expandtabs(4), asked.width))
    return 0


if __name__ == "__main__":
    sys.exit(main())
