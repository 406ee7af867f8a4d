# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Lines that are in one of two lists only, in any order."""
import argparse
import sqlite3
import sys

TABLES = ("stale", "fresh")
ONLY = "SELECT line FROM {} EXCEPT SELECT line FROM {} ORDER BY line"


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("old")
    parser.add_argument("new")
    asked = parser.parse_args()
    db = sqlite3.connect(":memory:")
    try:
        for table, path in zip(TABLES, (asked.old, asked.new)):
            db.execute(f"CREATE TABLE {table} (line TEXT NOT NULL)")
            with open(path, encoding="utf-8") as file:
                db.executemany(f"INSERT INTO {table} VALUES (?)", ((line.rstrip("\n"),) for line in file))
            db.execute(f"DELETE FROM {table} WHERE line = ''")
    except (OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    found = [(sign, line) for sign, tables in (("-", TABLES), ("+", TABLES[::-1])) for (line,) in db.execute(ONLY.format(*tables))]
    for sign, line in found:
        print(sign, line)
    if not found:
        print("the same")
    return 0


if __name__ == "__main__":
    sys.exit(main())
