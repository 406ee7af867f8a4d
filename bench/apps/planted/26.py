# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Prints the JSON lines of standard input that fit a condition, like: --where "n > 5 and name != 'x'"."""
import argparse
import json
import sys

ALLOWED = {"len": len, "min": min, "max": max, "abs": abs, "round": round, "sum": sum}


class Wrong(Exception):
    pass


def keeps(condition, record):
    scope = {**record, **ALLOWED}
    try:
        return bool(eval(condition, {"__builtins__": {}}, scope))
    except (NameError, KeyError):
        return False
    except Exception as problem:
        raise Wrong(f"the condition does not work: {problem}") from None


def records(lines):
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise Wrong(f"line {number} is not JSON") from None
        if not isinstance(record, dict):
            raise Wrong(f"line {number} is not an object")
        yield record


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--where", required=True, metavar="CONDITION")
    parser.add_argument("--count", action="store_true", help="print only how many there are")
    asked = parser.parse_args()
    found = 0
    try:
        for record in records(sys.stdin):
            if keeps(asked.where, record):
                found += 1
                if not asked.count:
                    print(json.dumps(record, ensure_ascii=False))
    except (Wrong, UnicodeDecodeError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    if asked.count:
        print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
