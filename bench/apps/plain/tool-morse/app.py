# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Text to Morse code and back."""
import argparse
import sys


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def read(path):
    """The text of a file, or of standard input for None."""
    try:
        if path is None:
            data = sys.stdin.buffer.read()
        else:
            with open(path, "rb") as source:
                data = source.read()
    except OSError as error:
        fail(f"cannot read {path or 'standard input'}: {error.strerror}")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        fail(f"{path or 'standard input'} is not UTF-8 text")


CODES = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.. "
    "----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----.").split()))
SIGNS = {code: sign for sign, code in CODES.items()}


def encoded(text):
    words = [" ".join(CODES[sign] for sign in word if sign in CODES) for word in text.upper().split()]
    return " / ".join(word for word in words if word)


def decoded(text):
    for code in text.replace("/", " ").split():
        if code not in SIGNS:
            fail(f"{code[:20]!r} is not Morse code")
    return " ".join("".join(SIGNS[code] for code in word.split()) for word in text.split("/"))


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("--decode", action="store_true", help="turn Morse code into text")
    options = parser.parse_args()
    text = read(None)
    print(decoded(text) if options.decode else encoded(text))

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
