# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Month by month account of a bank statement in JSON."""
import argparse
import json
import re
import sys
from datetime import date, timedelta
from decimal import Decimal


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


MONEY = re.compile(r"-?\d{1,12}(\.\d{1,2})?", re.ASCII)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def as_money(value):
    """A number or a text holding one, as Decimal; None for anything else."""
    text = str(value).strip() if isinstance(value, (str, Decimal)) else ""
    return Decimal(text) if MONEY.fullmatch(text) else None


def as_day(value):
    if not isinstance(value, str) or not DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def no_constant(name):
    raise ValueError(f"{name} is not a number")


def load(path):
    """Return the opening balance and the sums booked on each day as [(in, out)]."""
    try:
        with open(path, encoding="utf-8-sig") as source:
            data = json.load(source, parse_float=Decimal, parse_int=Decimal, parse_constant=no_constant)
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text")
    except RecursionError:
        fail(f"{path} is nested too deeply")
    except (ValueError, ArithmeticError) as error:
        fail(f"{path} is not valid JSON: {error}")
    if not isinstance(data, dict) or not isinstance(data.get("bookings"), list):
        fail(f"{path} has no list named bookings")
    opening = as_money(data.get("opening"))
    if opening is None:
        fail(f"{path} has no usable opening balance")
    days = {}
    for number, booking in enumerate(data["bookings"], 1):
        fields = booking if isinstance(booking, dict) else {}
        day, amount = as_day(fields.get("date")), as_money(fields.get("amount"))
        if day is None:
            fail(f"{path}: booking {number} has no real date")
        if amount is None:
            fail(f"{path}: booking {number} has no usable amount")
        days.setdefault(day, []).append(amount)
    return opening, days


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="JSON object with opening and bookings")
    path = parser.parse_args().file
    balance, days = load(path)
    if not days:
        fail(f"{path} holds no bookings")
    first, last = min(days), max(days)
    months, below = {}, 0
    lowest = None
    for number in range((last - first).days + 1):
        day = first + timedelta(number)
        booked = days.get(day, [])
        balance += sum(booked)
        month = months.setdefault(day.isoformat()[:7], [Decimal(0), Decimal(0), balance])
        month[0] += sum(amount for amount in booked if amount > 0)
        month[1] -= sum(amount for amount in booked if amount < 0)
        month[2] = balance
        below += balance < 0
        if lowest is None or balance < lowest[0]:
            lowest = balance, day
    for month, (into, out, end) in months.items():
        print(f"{month} in {into:.2f} out {out:.2f} balance {end:.2f}")
    print(f"Lowest: {lowest[0]:.2f} on {lowest[1]}")
    print(f"Days below zero: {below}")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
