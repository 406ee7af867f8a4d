# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Puts the texts named in a JSON manifest together, under the manifest's own folder."""
import argparse
import json
import operator
import os
import sys
from functools import reduce

pick = operator.itemgetter("section", "file")
LONGEST = 1_000_000


def sections_of(path):
    with open(path, encoding="utf-8") as file:
        manifest = json.load(file)
    sections = manifest.get("sections") if isinstance(manifest, dict) else None
    if not isinstance(sections, list):
        raise ValueError("the manifest has no list of sections")
    for section in sections:
        if not isinstance(section, dict) or not all(isinstance(section.get(name), str) for name in ("section", "file")):
            raise ValueError("each section needs the texts section and file")
        inside = os.path.normpath(section["section"])
        if inside.startswith("..") or os.path.isabs(inside):
            raise ValueError(f"the section {section['section']} is outside of the folder")
        yield pick(section)


def text_of(base, steps):
    with open(reduce(os.path.join, steps, base), encoding="utf-8", errors="replace") as file:
        return file.read(LONGEST).rstrip("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("manifest")
    parser.add_argument("--plain", action="store_true", help="without headings")
    asked = parser.parse_args()
    base = os.path.dirname(os.path.abspath(asked.manifest))
    lines = []
    try:
        for steps in sections_of(asked.manifest):
            if not asked.plain:
                lines.append(f"# {steps[0]}")
            lines.append(text_of(base, steps))
    except (OSError, ValueError, RecursionError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
