# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""The statuses and the slowest path of a log with lines like "GET /path 200 12" (milliseconds)."""
import argparse
import re
import sys
from collections import Counter

LINE = re.compile(r"(?P<method>[A-Z]{3,7}) (?P<path>\S{1,2000}) (?P<status>[1-5][0-9]{2}) (?P<ms>[0-9]{1,9})")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log")
    asked = parser.parse_args()
    statuses, slowest, broken = Counter(), None, 0
    try:
        with open(asked.log, encoding="utf-8", errors="replace") as file:
            for line in file:
                if not line.strip():
                    continue
                found = LINE.fullmatch(line.strip())
                if found is None:
                    broken += 1
                    continue
                statuses[found["status"]] += 1
                took = int(found["ms"])
                if slowest is None or took > slowest[0]:
                    slowest = took, found["path"]
    except OSError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for status in sorted(statuses):
        print(f"{status}: {statuses[status]}")
    if slowest:
        print(f"slowest: {slowest[1]} {slowest[0]}")
    print("broken lines:", broken)
    return 0


if __name__ == "__main__":
    sys.exit(main())
