# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Says which of the named files have the same content."""
import argparse
import hashlib
import sys
from collections import defaultdict


def fingerprint(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--show-keys", action="store_true", help="show the first 12 signs of the fingerprints too")
    asked = parser.parse_args()
    groups = defaultdict(list)
    try:
        for path in asked.files:
            groups[fingerprint(path)].append(path)
    except OSError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    same = {key: paths for key, paths in groups.items() if len(paths) > 1}
    for key, paths in same.items():
        print(f"{key[:12]} " * asked.show_keys + " = ".join(paths))
    print(len(same), "groups")
    return 0


if __name__ == "__main__":
    sys.exit(main())
