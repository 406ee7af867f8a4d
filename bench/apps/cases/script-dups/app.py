# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Contacts that share an e-mail address."""
import argparse
import csv
import sys


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def read(path):
    """Yield (line number, e-mail) for every data row."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as source:
            reader = csv.reader(source)
            header = [name.strip().lower() for name in next(reader, [])]
            if "email" not in header:
                fail(f"{path} has no column email")
            column = header.index("email")
            start = reader.line_num + 1
            for cells in reader:
                if len(cells) > column:
                    yield start, "".join(cells[column].split()).lower()
                start = reader.line_num + 1
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text")
    except csv.Error as error:
        fail(f"{path} is not a readable CSV file: {error}")


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="CSV file with a column email")
    path = parser.parse_args().file
    lines = {}
    for number, email in read(path):
        if email:
            lines.setdefault(email, []).append(number)
    repeated = {email: numbers for email, numbers in lines.items() if len(numbers) > 1}
    if not repeated:
        print("No duplicates")
        return
    for email, numbers in repeated.items():
        print(f"{email}: lines {', '.join(map(str, numbers))}")
    extra = sum(len(numbers) - 1 for numbers in repeated.values())
    print(f"Repeated addresses: {len(repeated)}, rows to remove: {extra}")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
