# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""The five merchants that got most of my money."""
import argparse
import json
import sys
from decimal import Decimal

SHOWN = 5


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def no_constant(name):
    raise ValueError(f"{name} is not a number")


def load(path):
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
    if not isinstance(data, list):
        fail(f"{path} does not hold a JSON list")
    return data


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="JSON list of expenses with merchant and amount")
    path = parser.parse_args().file
    spent = {}
    for number, entry in enumerate(load(path), 1):
        if not isinstance(entry, dict):
            fail(f"{path}: entry {number} is not an object")
        merchant, amount = entry.get("merchant"), entry.get("amount")
        if not isinstance(merchant, str) or not merchant.strip():
            fail(f"{path}: entry {number} has no merchant")
        if not isinstance(amount, Decimal) or abs(amount) >= Decimal(10) ** 12:
            fail(f"{path}: entry {number} has no usable amount")
        if amount > 0:
            name = " ".join(merchant.split())
            total, times = spent.get(name, (Decimal(0), 0))
            spent[name] = (total + amount, times + 1)
    if not spent:
        print("No expenses")
        return
    ranking = sorted(spent.items(), key=lambda item: (-item[1][0], item[0]))
    for place, (name, (total, times)) in enumerate(ranking[:SHOWN], 1):
        print(f"{place}. {name} {total:.2f} ({times}x)")
    rest = sum((total for _, (total, _) in ranking[SHOWN:]), Decimal(0))
    if len(ranking) > SHOWN:
        print(f"Others {rest:.2f}")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
