# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Failed logins by address, of a log of sshd."""
import argparse
import ipaddress
import re
import sys
from collections import Counter

FAILED_PASSWORD = re.compile(r"Failed password for (?:invalid user )?\S+ from ([0-9A-Fa-f.:]{2,45}) port [0-9]+")


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def addresses(lines):
    for line in lines:
        match = FAILED_PASSWORD.search(line)
        if match:
            try:
                yield ipaddress.ip_address(match[1])
            except ValueError:
                continue


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("log")
    asked = parser.parse_args()
    try:
        with open(asked.log, encoding="utf-8", errors="replace") as file:
            attempts = Counter(addresses(file))
    except (OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for host, times in sorted(attempts.items(), key=lambda pair: (-pair[1], str(pair[0]))):
        print(host, times, "inner" if host.is_private else "outer")
    print("failed", attempts.total())
    return 0


if __name__ == "__main__":
    sys.exit(main())
