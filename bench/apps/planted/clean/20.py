# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Blanks out passwords, tokens and keys in a log from standard input or a file."""
import argparse
import re
import sys

NAMES = "password|passwd|secret|token|api[_-]?key|access[_-]?key"
RULES = [
    (re.compile(rf"(?i)\b({NAMES})(\"?\s*[=:]\s*\"?)[^\s\"&,;]+"), r"\1\2***"),
    (re.compile(r"(?i)\b(bearer|basic) [A-Za-z0-9._~+/=-]+"), r"\1 ***"),
    (re.compile(r"(?i)\b(postgres(?:ql)?|mysql|redis)://[^:@/\s]{0,100}:[^@/\s]{1,200}@"), r"\1://***@"),
]
MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")


def redact(line, mail):
    for pattern, instead in RULES:
        line = pattern.sub(instead, line)
    return MAIL.sub("***", line) if mail else line


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", default="-")
    parser.add_argument("--mail", action="store_true", help="blank out mail addresses too")
    asked = parser.parse_args()
    try:
        with open(0 if asked.file == "-" else asked.file, encoding="utf-8", errors="replace") as file:
            for line in file:
                print(redact(line.rstrip("\n"), asked.mail))
    except OSError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
