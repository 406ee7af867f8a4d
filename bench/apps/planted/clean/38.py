# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Unpacks a text bundle, in which every file begins with a line "=== NAME", into a folder."""
import argparse
import sys
from pathlib import Path


def parts_of(text):
    parts = {}
    name = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("=== "):
            name = line[4:].strip()
            if not name or name in parts:
                raise ValueError(f"line {number}: the name is empty or was there before")
            parts[name] = []
        elif name is None:
            raise ValueError(f"line {number} is before the first name")
        else:
            parts[name].append(line + "\n")
    return parts


def inside(folder, name):
    """The path of a name, which must lie in the folder, with no link on the way out of it."""
    path = (folder / name).resolve()
    if "\0" in name or path == folder or not path.is_relative_to(folder):
        raise ValueError(f"{name} is outside of the folder")
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    try:
        parts = parts_of(asked.bundle.read_text(encoding="utf-8"))
        targets = {inside(folder, name): lines for name, lines in parts.items()}
        for path, lines in targets.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(lines), encoding="utf-8")
    except (OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for name in parts:
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
