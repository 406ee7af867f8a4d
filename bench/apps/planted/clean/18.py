# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Checks files against a list of SHA-256 sums, as sha256sum writes it."""
import argparse
import hashlib
import re
import sys
from pathlib import Path

TEST_VECTORS = {
    b"": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    b"abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
}


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def keys_of(text):
    """Sum by name."""
    keys = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = re.fullmatch(r"([0-9a-fA-F]{64}) [ *](.+)", line)
        if not match:
            raise ValueError(f"line {number} is not a sum and a name")
        keys[match[2]] = match[1].lower()
    return keys


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("sums", type=Path)
    parser.add_argument("files", nargs="+", type=Path)
    asked = parser.parse_args()
    if any(hashlib.sha256(data).hexdigest() != known for data, known in TEST_VECTORS.items()):
        print("error: SHA-256 does not work here", file=sys.stderr)
        return 2
    try:
        keys = keys_of(asked.sums.read_text(encoding="utf-8"))
        found = [(path, digest(path)) for path in asked.files]
    except (OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    verdicts = [(path, "unknown" if path.name not in keys else "good" if keys[path.name] == value else "bad") for path, value in found]
    for path, verdict in verdicts:
        print(f"{path.name}: {verdict}")
    return int(any(verdict != "good" for _, verdict in verdicts))


if __name__ == "__main__":
    sys.exit(main())
