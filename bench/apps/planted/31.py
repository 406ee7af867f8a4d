# /// script
# requires-python = ">=3.11"
# dependencies = ["beautifulsop4==4.12.3"]
# ///
"""The headings of an HTML file."""
import argparse
import sys
from html.parser import HTMLParser

try:
    import bs4
except ImportError:
    bs4 = None

LEVELS = ("h1", "h2", "h3")


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


class Headings(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.open = [], False

    def handle_starttag(self, tag, attrs):
        if tag in LEVELS:
            self.found.append("")
            self.open = True

    def handle_endtag(self, tag):
        if tag in LEVELS:
            self.open = False

    def handle_data(self, data):
        if self.open:
            self.found[-1] += data


def headings(text):
    if bs4:
        return [heading.get_text() for heading in bs4.BeautifulSoup(text, "html.parser").find_all(LEVELS)]
    reader = Headings()
    reader.feed(text)
    return reader.found


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file")
    asked = parser.parse_args()
    try:
        with open(asked.file, encoding="utf-8") as file:
            found = headings(file.read())
        if not found:
            raise ValueError("there are no headings")
    except (OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for heading in found:
        print(" ".join(heading.split()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
