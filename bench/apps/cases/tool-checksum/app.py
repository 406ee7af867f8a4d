# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Print the checksums of files, or verify a list of them."""
import argparse
import hashlib
import re
import sys
import zlib

LENGTHS = {"crc32": 8, "md5": 32, "sha1": 40, "sha256": 64}


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


class Crc32:
    def __init__(self):
        self.value = 0

    def update(self, data):
        self.value = zlib.crc32(data, self.value)

    def hexdigest(self):
        return f"{self.value:08x}"


def checksum(source, algorithm):
    state = Crc32() if algorithm == "crc32" else hashlib.new(algorithm, usedforsecurity=False)
    while block := source.read(1 << 20):
        state.update(block)
    return state.hexdigest()


def checksum_of(path, algorithm):
    with open(path, "rb") as source:
        return checksum(source, algorithm)


def listed(path, algorithm):
    """The (checksum, name) pairs of a list as this program prints it."""
    try:
        with open(path, encoding="utf-8-sig") as source:
            lines = source.read().split("\n")
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text")
    pairs = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        match = re.fullmatch(r"([0-9A-Fa-f]+)  (.+)", line)
        if not match or len(match[1]) != LENGTHS[algorithm] or "\0" in line:
            fail(f"{path} line {number} is not a {algorithm} checksum, two spaces and a name")
        pairs.append((match[1].lower(), match[2]))
    if not pairs:
        fail(f"{path} holds no checksums")
    return pairs


def verify(path, algorithm):
    bad = 0
    for expected, name in listed(path, algorithm):
        try:
            state = "OK" if checksum_of(name, algorithm) == expected else "FAILED"
        except OSError:
            state = "MISSING"
        bad += state != "OK"
        print(f"{name}: {state}")
    if bad:
        sys.stdout.flush()
        print(f"app.py: {bad} not OK", file=sys.stderr)
        raise SystemExit(1)


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE", help="files (default: standard input)")
    parser.add_argument("--algorithm", choices=sorted(LENGTHS), default="sha256", help="default: sha256")
    parser.add_argument("--check", metavar="LIST", help="verify the files of this list of checksums")
    options = parser.parse_args()
    if options.check is not None:
        if options.files:
            fail("--check takes no further files")
        verify(options.check, options.algorithm)
        return
    lines = []
    for path in options.files:
        try:
            lines.append(f"{checksum_of(path, options.algorithm)}  {path}")
        except OSError as error:
            fail(f"cannot read {path}: {error.strerror}")
    if not options.files:
        lines.append(f"{checksum(sys.stdin.buffer, options.algorithm)}  -")
    print("\n".join(lines))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
