# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Shows a plan in JSON, in which dates, fractions and the like stand as {"__type__": "datetime.date", "args": [2024, 5, 1]}."""
import argparse
import json
import pydoc
import sys


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def revive(found):
    """A value in the place of its written form."""
    if "__type__" not in found:
        return found
    make = pydoc.locate(str(found["__type__"]))
    if make is None:
        raise ValueError(f"there is no type {found['__type__']}")
    return make(*found.get("args", []))


def shown(plan, indent=""):
    for name in sorted(plan):
        if isinstance(plan[name], dict):
            yield f"{indent}{name}:"
            yield from shown(plan[name], indent + "  ")
        else:
            yield f"{indent}{name}: {plan[name]}"


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("plan")
    asked = parser.parse_args()
    try:
        with open(asked.plan, encoding="utf-8") as file:
            plan = json.load(file, object_hook=revive)
        if not isinstance(plan, dict):
            raise ValueError("the plan must be an object")
    except (OSError, ValueError, TypeError, ArithmeticError, RecursionError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    print("\n".join(shown(plan)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
