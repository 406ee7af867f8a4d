# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Balances of accounts, of a CSV with the columns account and amount."""
import csv
import sqlite3
import sys


def statements(path):
    yield "CREATE TABLE book (account TEXT, amount REAL);"
    with open(path, newline="", encoding="utf-8-sig") as file:
        for line in csv.DictReader(file):
            try:
                account, amount = line["account"].strip(), float(line["amount"])
            except (KeyError, TypeError, AttributeError):
                raise ValueError("the columns account and amount are needed") from None
            yield "INSERT INTO book VALUES (%r, %.2f);" % (account, amount)


def main(arguments):
    if len(arguments) != 1:
        print("error: one CSV file is needed", file=sys.stderr)
        return 2
    ledger = sqlite3.connect(":memory:")
    try:
        ledger.executescript("\n".join(statements(arguments[0])))
    except (OSError, ValueError, csv.Error, sqlite3.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for account, amount in ledger.execute("SELECT account, sum(amount) FROM book GROUP BY account ORDER BY account"):
        print(account, f"{amount:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
