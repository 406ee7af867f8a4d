# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Sums a column of a CSV file by the values of another one."""
import argparse
import csv
import sqlite3
import sys

VIEW_SQL = "SELECT %s, SUM(CAST(%s AS REAL)) FROM rows %s GROUP BY 1 ORDER BY 1"


def quoted(name):
    return '"%s"' % name


def load(db, path):
    """Puts the rows of the file into the table rows; returns the columns."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        columns = next(reader, [])
        if not columns:
            raise ValueError("%s is empty" % path)
        db.execute("CREATE TABLE rows (%s)" % ", ".join(quoted(column) for column in columns))
        marks = ", ".join("?" for _ in columns)
        for row in reader:
            if row:
                db.execute("INSERT INTO rows VALUES (%s)" % marks, (row + [""] * len(columns))[:len(columns)])
    return columns


def report(db, by, amount, where):
    condition = ""
    if where:
        column, _, value = where.partition("=")
        condition = "WHERE %s = '%s'" % (quoted(column), value)
    return db.execute(VIEW_SQL % (by, amount, condition)).fetchall()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--by", required=True, help="column to group by")
    parser.add_argument("--sum", required=True, help="column to add up")
    parser.add_argument("--where", default="", help="only rows like COLUMN=VALUE")
    parser.add_argument("--save", help="also keep the rows in this database")
    asked = parser.parse_args()
    try:
        db = sqlite3.connect(asked.save or ":memory:")
        load(db, asked.file)
        for name, total in report(db, asked.by, asked.sum, asked.where):
            print(name, "%g" % (total or 0))
        db.commit()
    except (OSError, ValueError, csv.Error, sqlite3.Error, sqlite3.Warning) as problem:
        print("error: %s" % problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
