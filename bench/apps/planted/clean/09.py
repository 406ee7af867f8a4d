# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""How often each program stands in a shell history; sudo, env and the like are looked through."""
import argparse
import os
import shlex
import sys
from collections import Counter

WRAPPERS = {"sudo", "exec", "eval", "nohup", "time", "command"}
ENDS = {"|", "||", "&&", ";", "&", "(", ")"}


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def words_of(line):
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;()")
    lexer.whitespace_split = True
    try:
        return list(lexer)
    except ValueError:  # a quote that is not closed
        return line.split()


def programs(line):
    """The names of the programs that the line would start."""
    start = True
    for word in words_of(line):
        if word in ENDS:
            start = True
        elif start and word not in WRAPPERS and "=" not in word:
            start = False
            yield os.path.basename(word) or word


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("history")
    parser.add_argument("--top", type=int, default=20)
    asked = parser.parse_args()
    if asked.top < 1:
        print("error: --top must be 1 or more", file=sys.stderr)
        return 2
    system = Counter()
    try:
        with open(asked.history, encoding="utf-8") as file:
            for line in file:
                system.update(programs(line.strip()))
    except (OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for name, times in sorted(system.items(), key=lambda pair: (-pair[1], pair[0]))[:asked.top]:
        print(name, times)
    if not system:
        print("no commands")
    return 0


if __name__ == "__main__":
    sys.exit(main())
