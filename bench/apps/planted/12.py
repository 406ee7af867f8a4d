# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "plainledger[decimal]==0.14.2 ; python_version >= '3.11'",
# ]
# ///
"""Balances a list of lines "NAME AMOUNT" from standard input."""
import argparse
import importlib
import sys
from decimal import Decimal, InvalidOperation

BACKENDS = {"plain": None, "ledger": ("plainledger", "render")}


def plain(entries):
    return "\n".join(f"{name}: {amount:.2f}" for name, amount in entries)


def style_of(name):
    if BACKENDS[name] is None:
        return plain
    module, function = BACKENDS[name]
    try:
        return getattr(importlib.import_module(module), function)
    except ImportError:
        raise ValueError(f"the style {name} is not installed") from None


def entries_of(lines):
    entries = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        name, _, amount = line.strip().rpartition(" ")
        try:
            value = Decimal(amount)
        except InvalidOperation:
            value = Decimal("NaN")
        if not name.strip() or not value.is_finite() or abs(value) > 10**12:
            raise ValueError(f"line {number} must be a name and an amount")
        entries.append((name.strip(), value))
    return entries


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--style", choices=sorted(BACKENDS), default="plain")
    asked = parser.parse_args()
    try:
        render, entries = style_of(asked.style), entries_of(sys.stdin)
    except ValueError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    if entries:
        print(render(entries))
    print(f"balance: {sum((amount for _, amount in entries), Decimal(0)):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
