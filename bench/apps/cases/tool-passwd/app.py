# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Rate the strength of passwords, one a line on standard input, without showing them."""
import argparse
import re
import sys

LEVELS = ("weak", "fair", "strong")
TESTS = (
    ("8 characters", lambda text: len(text) >= 8),
    ("12 characters", lambda text: len(text) >= 12),
    ("small letter", lambda text: any(char.islower() for char in text)),
    ("capital letter", lambda text: any(char.isupper() for char in text)),
    ("digit", lambda text: any(char.isdigit() for char in text)),
    ("symbol", lambda text: any(not char.isalpha() and not char.isdigit() for char in text)),
)


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def lines(data, name):
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        fail(f"{name} is not UTF-8 text")
    return [line.removesuffix("\r") for line in text.split("\n")]


def common_words(path):
    if path is None:
        return set()
    try:
        with open(path, "rb") as source:
            data = source.read()
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    return {line.strip().casefold() for line in lines(data, path)} - {""}


def rate(password, common):
    """The points of a password and what it lacks."""
    if password.casefold() in common:
        return 0, ["uncommon"]
    missing = [name for name, test in TESTS if not test(password)]
    points = len(TESTS) - len(missing)
    if re.search(r"(.)\1\1", password):
        points -= 1
        missing.append("no repeats")
    return max(points, 0), missing


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("--common", metavar="FILE", help="well-known passwords, one a line")
    parser.add_argument("--min", choices=LEVELS, default="weak", dest="least",
                        help="end with status 1 if a password is below this")
    options = parser.parse_args()
    common = common_words(options.common)
    passwords = [line for line in lines(sys.stdin.buffer.read(), "standard input") if line]
    if not passwords:
        fail("there is no password on standard input")
    below = 0
    for number, password in enumerate(passwords, 1):
        points, missing = rate(password, common)
        level = min(points - 1, 5) // 2 if points else 0
        below += level < LEVELS.index(options.least)
        line = f"{number}: {LEVELS[level]} ({points}/6)"
        print(f"{line}, missing: {', '.join(missing)}" if missing else line)
    if below:
        sys.stdout.flush()
        print(f"app.py: {below} below {options.least}", file=sys.stderr)
        raise SystemExit(1)


if __name__ == "__main__":
    main()
