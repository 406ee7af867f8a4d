# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Checks a file of settings (NAME=value); the values are never shown."""
import argparse
import re
import sys

SECRET_NAMES = re.compile(r"PASSWORD|SECRET|TOKEN|API_?KEY", re.IGNORECASE)
PLACEHOLDERS = {"changeme", "secret", "password", "xxx", "todo"}


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def problems(lines, names):
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        value = value.strip().strip("\"'")
        if not equals or not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name):
            yield f"line {number}: this is not NAME=value"
            continue
        if name in names:
            yield f"line {number}: {name} stands twice"
        names.add(name)
        if SECRET_NAMES.search(name) and not value:
            yield f"line {number}: {name} is empty"
        elif SECRET_NAMES.search(name) and value.lower() in PLACEHOLDERS:
            yield f"line {number}: {name} is only a placeholder"


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("settings")
    asked = parser.parse_args()
    names = set()
    try:
        with open(asked.settings, encoding="utf-8") as file:
            found = list(problems(file.read().splitlines(), names))
    except (OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for problem in found:
        print(problem)
    if not found:
        print(len(names), "settings, all good")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
