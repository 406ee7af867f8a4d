# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Prints the lines of standard input that were not seen before; --state keeps them for the next run."""
import argparse
import os
import pickle
import sys

VERSION = 2


def load_state(path):
    """The lines seen before; a state of another version or a broken one begins anew."""
    if not path or not os.path.exists(path):
        return set()
    with open(path, "rb") as file:
        try:
            state = pickle.load(file)
        except Exception:
            print("warning: the state is broken and begins anew", file=sys.stderr)
            return set()
    if not isinstance(state, dict) or state.get("version") != VERSION:
        return set()
    return set(state["lines"])


def save_state(path, lines):
    if path:
        with open(path, "wb") as file:
            pickle.dump({"version": VERSION, "lines": sorted(lines)}, file)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", metavar="FILE", help="file that keeps the lines seen")
    asked = parser.parse_args()
    try:
        seen = load_state(asked.state)
        lines = {line.rstrip("\n") for line in sys.stdin} - {""}
        new = lines - seen
        save_state(asked.state, seen | lines)
    except (OSError, UnicodeDecodeError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for line in sorted(new):
        print(line)
    print(len(new), "new")
    return 0


if __name__ == "__main__":
    sys.exit(main())
