# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Totals by customer of two CSV files: customers (id, name) and orders (customer, total)."""
import argparse
import csv
import sqlite3
import sys

TABLES = {"customers": ("id", "name"), "orders": ("customer", "total")}
QUERY = """
SELECT name, coalesce(sum(CAST(total AS REAL)), 0) FROM customers LEFT JOIN orders ON customer = id GROUP BY id, name
UNION ALL
SELECT 'unknown', sum(CAST(total AS REAL)) FROM orders WHERE customer NOT IN (SELECT id FROM customers) HAVING count(*) > 0
ORDER BY 1
"""


def load(db, table, path):
    columns = TABLES[table]
    db.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        if not set(columns) <= set(reader.fieldnames or ()):
            raise ValueError(f"{path} needs the columns {' and '.join(columns)}")
        rows = [[(row[column] or "").strip() for column in columns] for row in reader]
    db.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers")
    parser.add_argument("orders")
    asked = parser.parse_args()
    db = sqlite3.connect(":memory:")
    try:
        load(db, "customers", asked.customers)
        load(db, "orders", asked.orders)
        rows = db.execute(QUERY).fetchall()
    except (OSError, ValueError, csv.Error, sqlite3.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    finally:
        db.close()
    for name, total in rows:
        print(f"{name} {total:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
