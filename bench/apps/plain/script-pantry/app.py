# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""What in the pantry has to be eaten soon."""
import argparse
import re
import sys
from datetime import date


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def read(path):
    """The text of a file, or of standard input for None."""
    try:
        if path is None:
            data = sys.stdin.buffer.read()
        else:
            with open(path, "rb") as source:
                data = source.read()
    except OSError as error:
        fail(f"cannot read {path or 'standard input'}: {error.strerror}")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        fail(f"{path or 'standard input'} is not UTF-8 text")


LIMIT = date(2024, 6, 1)


def day(text):
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    fail(f"not a date like 2024-05-31: {text[:40]!r}")


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="text file with lines like milk; 2; 2024-05-20")
    due, undated = [], 0
    for line in read(parser.parse_args().file).split("\n"):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.split(";")]
        if len(parts) != 3:
            fail(f"not a line like milk; 2; 2024-05-20: {line[:60]!r}")
        name, count, best_before = parts
        if not best_before:
            undated += 1
        elif day(best_before) < LIMIT:
            due.append((best_before, name, count))
    for best_before, name, count in sorted(due, key=lambda one: one[0]):
        print(f"{best_before} {name} ({count})")
    print(f"Undated: {undated}")

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
