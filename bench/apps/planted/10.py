# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Unpacks a text bundle: every file begins with a line "=== NAME"."""
import argparse
import os
import sys


def safe_name(name):
    """The name without steps out of the folder."""
    return name.strip().replace("\\", "/").replace("../", "")


def parts_of(text):
    """The (name, lines) of a bundle."""
    parts = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("=== "):
            parts.append((safe_name(line[4:]), []))
        elif not parts:
            raise ValueError(f"line {number} is before the first name")
        else:
            parts[-1][1].append(line)
    if any(not name for name, _ in parts):
        raise ValueError("a name is empty")
    return parts


def unpack(parts, folder):
    for name, lines in parts:
        target = os.path.join(folder, name)
        os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
        with open(target, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        print(name, len(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle")
    parser.add_argument("--into", default=".", metavar="FOLDER")
    asked = parser.parse_args()
    try:
        with open(asked.bundle, encoding="utf-8") as file:
            parts = parts_of(file.read())
        if len(parts) > 1000:
            raise ValueError("more than 1000 files")
        unpack(parts, asked.into)
    except (OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    print(len(parts), "files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
