# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Add up a time sheet by project or by day."""
import argparse
import re
import sys
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

ENTRY = re.compile(r"(\d{4}-\d\d-\d\d)\s+(\d\d):(\d\d)-(\d\d):(\d\d)(?:\s+(.*))?", re.ASCII)
DAY = 24 * 60


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def minutes(text):
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 1 <= int(text) <= 60:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 60")
    return int(text)


def money(text):
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,2})?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount like 80 or 62.50")
    return Decimal(text)


def read(path):
    try:
        if path is None:
            data = sys.stdin.buffer.read()
        else:
            with open(path, "rb") as source:
                data = source.read()
    except OSError as error:
        fail(f"cannot read {path or 'standard input'}: {error.strerror}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        fail(f"{path or 'standard input'} is not UTF-8 text")


def entries(text):
    """Day, start and length in minutes and project of every entry, sorted by start."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        match = ENTRY.fullmatch(line)
        if not match:
            fail(f"line {number} is not like 2024-05-06 09:00-12:30 Project")
        try:
            day = date.fromisoformat(match[1])
        except ValueError:
            fail(f"line {number}: there is no day {match[1]}")
        hour, minute, last_hour, last_minute = (int(match[place]) for place in range(2, 6))
        if max(hour, last_hour) > 23 or max(minute, last_minute) > 59:
            fail(f"line {number}: times go from 00:00 to 23:59")
        length = (last_hour * 60 + last_minute - hour * 60 - minute) % DAY
        if not length:
            fail(f"line {number} starts and ends at the same time")
        start = day.toordinal() * DAY + hour * 60 + minute
        project = " ".join((match[6] or "").split()) or "(none)"
        found.append((start, length, number, match[1], project))
    found.sort()
    for (start, length, number, *_), (following, _, other, *_) in zip(found, found[1:]):
        if following < start + length:
            fail(f"lines {min(number, other)} and {max(number, other)} overlap")
    return found


def clock(total):
    return f"{total // 60}:{total % 60:02}"


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", nargs="?", metavar="FILE", help="time sheet (default: standard input)")
    parser.add_argument("--by", choices=("project", "day"), default="project")
    parser.add_argument("--round", type=minutes, default=1, dest="step", metavar="MINUTES",
                        help="round each entry up to a multiple of this, 1 to 60")
    parser.add_argument("--rate", type=money, help="amount for an hour; adds the amounts")
    options = parser.parse_args()
    sums = {}
    for _, length, _, day, project in entries(read(options.file)):
        key = day if options.by == "day" else project
        sums[key] = sums.get(key, 0) + -(-length // options.step) * options.step
    if not sums:
        print("No entries")
        return
    ordered = sorted(sums.items())
    if options.by == "project":
        ordered.sort(key=lambda item: -item[1])
    total_amount = Decimal(0)
    for name, total in ordered:
        line = f"{name} {clock(total)}"
        if options.rate is not None:
            amount = (options.rate * total / 60).quantize(Decimal("0.01"), ROUND_HALF_UP)
            total_amount += amount
            line += f" {amount}"
        print(line)
    line = f"Total {clock(sum(sums.values()))}"
    print(line if options.rate is None else f"{line} {total_amount:.2f}")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
