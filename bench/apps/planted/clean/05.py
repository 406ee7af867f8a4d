# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Which tables the statements of an SQL file make, read, change and drop; nothing is run."""
import argparse
import re
import sys
from collections import Counter

TOKEN = re.compile(r"""--[^\n]*|/\*.*?(?:\*/|$)|'(?:[^']|'')*'?|"(?P<quoted>[^"]*)"|(?P<word>\w+)|(?P<end>;)|.""", re.DOTALL)
FOLLOWED = {"CREATE": "TABLE", "DROP": "TABLE", "ALTER": "TABLE", "INSERT": "INTO", "DELETE": "FROM", "SELECT": "FROM", "UPDATE": ""}
SKIPPED = {"IF", "NOT", "EXISTS", "OR", "IGNORE", "REPLACE", "TEMP", "TEMPORARY"}


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def statements(sql):
    words = []
    for match in TOKEN.finditer(sql):
        if match["end"]:
            yield words
            words = []
        elif match["word"] or match["quoted"]:
            words.append((match["word"] or match["quoted"], bool(match["quoted"])))
    yield words


def effect(words):
    """Verb and table of a statement, or None."""
    if not words or words[0][1] or words[0][0].upper() not in FOLLOWED:
        return None
    verb, wanted = words[0][0].upper(), FOLLOWED[words[0][0].upper()]
    rest = iter(words[1:])
    if wanted and not any(word.upper() == wanted and not quoted for word, quoted in rest):
        return None
    return next(((verb.lower(), word) for word, quoted in rest if quoted or word.upper() not in SKIPPED), None)


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file")
    asked = parser.parse_args()
    try:
        with open(asked.file, encoding="utf-8") as file:
            found = Counter(filter(None, map(effect, statements(file.read()))))
    except (OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for (verb, table), times in sorted(found.items()):
        print(verb, table, times)
    if not found:
        print("no statements")
    return 0


if __name__ == "__main__":
    sys.exit(main())
