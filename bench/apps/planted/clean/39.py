# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Makes passphrases of short words."""
import argparse
import secrets
import sys

WORDS = """acorn amber anvil apple arrow badge baker basil beach birch bison bloom brick brush cabin camel
candle canoe cedar chalk cherry cider cloud clover cobra coral crane daisy delta drum eagle ember
fable falcon fern field flint forest frost garnet ginger glove grape gravel harbor hazel heron honey
island ivory jacket kettle ladder lemon lilac magnet maple meadow nutmeg olive orbit otter pebble""".split()


def passphrase(words, digits):
    parts = [secrets.choice(WORDS) for _ in range(words)]
    if digits:
        parts.append(f"{secrets.randbelow(10**digits):0{digits}d}")
    return "-".join(parts)


def number(least, most):
    def read(text):
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be {least} to {most}")
        return value
    read.__name__ = "number"
    return read


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=number(3, 12), default=6)
    parser.add_argument("--digits", type=number(0, 9), default=0)
    parser.add_argument("--count", type=number(1, 100), default=1)
    parser.add_argument("--show-strength", action="store_true")
    asked = parser.parse_args()
    for _ in range(asked.count):
        print(passphrase(asked.words, asked.digits))
    if asked.show_strength:
        bits = asked.words * (len(WORDS).bit_length() - 1) + int(asked.digits * 3.3219)
        print(f"strength: {bits} bits")
    return 0


if __name__ == "__main__":
    sys.exit(main())
