# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Share of server errors per hour in an access log."""
import argparse
import re
import sys
from datetime import datetime


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


LINE = re.compile(
    r'\S+ \S+ \S+ \[(\d{2}/[A-Z][a-z]{2}/\d{4}):(\d{2}):\d{2}:\d{2} [+-]\d{4}\] "[^"]*" (\d{3}) (?:\d+|-)(?: .*)?',
    re.ASCII,
)
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def parse(line):
    """Return (hour as text, status), or None for a line of another form."""
    found = LINE.fullmatch(line)
    if not found:
        return None
    day, month, year = found[1].split("/")
    try:
        hour = datetime(int(year), MONTHS.index(month) + 1, int(day), int(found[2]))
    except ValueError:
        return None
    return hour.strftime("%Y-%m-%d %H:00") if hour.year >= 1000 else None, int(found[3])


def percent(part, whole):
    """The share in percent with one decimal, halves rounded up."""
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10}%"


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="access log in the common log format")
    path = parser.parse_args().file
    hours, other = {}, 0
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as source:
            for line in source:
                if not line.strip():
                    continue
                entry = parse(line.strip())
                if entry is None or entry[0] is None:
                    other += 1
                    continue
                counts = hours.setdefault(entry[0], [0, 0])
                counts[0] += 1
                counts[1] += entry[1] >= 500
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    if not hours:
        fail(f"{path} holds no line in the common log format")
    for hour, (requests, errors) in sorted(hours.items()):
        print(f"{hour} requests {requests} errors {errors} rate {percent(errors, requests)}")
    worst, (requests, errors) = min(hours.items(), key=lambda item: (-item[1][1] / item[1][0], item[0]))
    print(f"Worst: {worst} with {percent(errors, requests)}" if errors else "Worst: none")
    print(f"Other lines: {other}")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
