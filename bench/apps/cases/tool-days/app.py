# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Calculate with dates."""
import argparse
import calendar
import re
import sys
from datetime import date, timedelta

UNITS = ("days", "weeks", "months", "years")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def day(text):
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2024-02-29")


def whole(text):
    if not re.fullmatch(r"[+-]?[0-9]{1,7}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at most 7 digits")
    return int(text)


def workdays(first, last):
    """Mondays to Fridays from first up to, not including, last."""
    weeks, rest = divmod((last - first).days, 7)
    return weeks * 5 + sum((first.weekday() + offset) % 7 < 5 for offset in range(rest))


def between(options):
    first, last = options.first, options.last
    if options.workdays:
        count = workdays(first, last) if first <= last else -workdays(last, first)
        noun = "workday"
    else:
        count, noun = (last - first).days, "day"
    print(f"{count} {noun}" if abs(count) == 1 else f"{count} {noun}s")


def shifted(start, count, unit):
    if unit == "days":
        return start + timedelta(days=count)
    if unit == "weeks":
        return start + timedelta(weeks=count)
    months = start.year * 12 + start.month - 1 + count * (12 if unit == "years" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def add(options):
    try:
        result = shifted(options.start, options.count, options.unit)
    except OverflowError:
        fail("the result is outside of the years 1 to 9999")
    print(f"{result.isoformat()} {WEEKDAYS[result.weekday()]}")


def main():
    parser = Parser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    command = commands.add_parser("between", help="count the days between two dates")
    command.add_argument("first", metavar="FROM", type=day)
    command.add_argument("last", metavar="TO", type=day)
    command.add_argument("--workdays", action="store_true", help="count Mondays to Fridays only")
    command.set_defaults(action=between)
    command = commands.add_parser("add", help="add days, weeks, months or years to a date")
    command.add_argument("start", metavar="DATE", type=day)
    command.add_argument("count", metavar="N", type=whole, help="may be negative")
    command.add_argument("--unit", choices=UNITS, default="days")
    command.set_defaults(action=add)
    options = parser.parse_args()
    options.action(options)


if __name__ == "__main__":
    main()
