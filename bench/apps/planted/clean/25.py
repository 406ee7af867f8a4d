# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Fills the places ${name} of a letter with the values of a JSON file."""
import argparse
import json
import sys
from pathlib import Path
from string import Template


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def evaluated(values):
    """The values as text, none of which is filled or run again."""
    if not isinstance(values, dict):
        raise ValueError("the values must be an object")
    for name, value in values.items():
        if isinstance(value, (dict, list)):
            raise ValueError(f"{name} is not a text or a number")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("letter", type=Path)
    parser.add_argument("values", type=Path)
    asked = parser.parse_args()
    try:
        values = evaluated(json.loads(asked.values.read_text(encoding="utf-8")))
        sys.stdout.buffer.write(Template(asked.letter.read_text(encoding="utf-8")).substitute(values).encode())
    except KeyError as name:
        print(f"error: there is no value for {name}", file=sys.stderr)
        return 2
    except (OSError, ValueError, RecursionError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
