# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "python-slugify==8.0.4",
#     "tidyslugger==1.1.0",
# ]
# ///
"""Short names for web addresses, one for each title of a file."""
import argparse
import re
import sys


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def plain(title):
    return re.sub("[^a-z0-9]+", "-", title.lower()).strip("-")


def slugger(strict):
    """The best way that there is to shorten a title."""
    try:
        if strict:
            import tidyslugger
            return tidyslugger.slug
        from slugify import slugify
        return slugify
    except ImportError:
        return plain


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("titles")
    parser.add_argument("--strict", action="store_true", help="ASCII letters and digits only")
    asked = parser.parse_args()
    try:
        with open(asked.titles, encoding="utf-8") as file:
            titles = [line.strip() for line in file if line.strip()]
    except (OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    slug = slugger(asked.strict)
    for title in titles:
        print(slug(title))
    return 0


if __name__ == "__main__":
    sys.exit(main())
