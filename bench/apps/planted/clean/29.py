# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Works out the sums on standard input, one a line; --list reads lists of numbers instead and adds them."""
import argparse
import ast
import operator
import sys

SIGNS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
LARGEST = 10**15


class Wrong(Exception):
    pass


def value_of(node):
    if isinstance(node, ast.Expression):
        return value_of(node.body)
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        value = node.value
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = -value_of(node.operand)
    elif isinstance(node, ast.BinOp) and type(node.op) in SIGNS:
        value = SIGNS[type(node.op)](value_of(node.left), value_of(node.right))
    else:
        raise Wrong("only numbers, + - * / and brackets")
    if not -LARGEST <= value <= LARGEST:
        raise Wrong("the number is too large")
    return value


def work_out(line, as_list):
    if len(line) > 500:
        raise Wrong("the line is too long")
    try:
        if not as_list:
            return value_of(ast.parse(line, mode="eval"))
        found = ast.literal_eval(line)
        if not isinstance(found, (list, tuple)) or not all(type(item) in (int, float) and abs(item) <= LARGEST for item in found):
            raise Wrong("not a list of numbers")
        return sum(found)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Wrong("cannot be read") from None
    except ZeroDivisionError:
        raise Wrong("division by zero") from None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", dest="as_list")
    asked = parser.parse_args()
    try:
        for number, line in enumerate(sys.stdin, 1):
            if line.strip():
                print(f"{work_out(line.strip(), asked.as_list):.12g}")
    except Wrong as problem:
        print(f"error: line {number}: {problem}", file=sys.stderr)
        return 2
    except UnicodeDecodeError:
        print("error: the input is not UTF-8 text", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
