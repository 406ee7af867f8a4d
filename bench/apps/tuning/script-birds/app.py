# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Bird sightings per species."""
import argparse
import json
import sys


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def read(path):
    try:
        with open(path, encoding="utf-8-sig") as source:
            data = json.load(source)
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text")
    except (ValueError, RecursionError):
        fail(f"{path} is not JSON")
    if not isinstance(data, list):
        fail(f"{path} is not a JSON list")
    return data


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="JSON file with a list of sightings")
    parser.add_argument("--place", help="only the sightings of this place")
    options = parser.parse_args()
    found, skipped = {}, 0
    for item in read(options.file):
        item = item if isinstance(item, dict) else {}
        if options.place is not None and item.get("place") != options.place:
            continue
        species, count, date = item.get("species"), item.get("count"), item.get("date")
        species = species.strip() if isinstance(species, str) else ""
        if not species or type(count) is not int or count <= 0:
            skipped += 1
            continue
        found.setdefault(species, []).append((count, date if isinstance(date, str) else ""))
    if not found:
        fail("there is no usable sighting")
    totals = {species: sum(count for count, _ in seen) for species, seen in found.items()}
    for species in sorted(found, key=lambda name: (-totals[name], name)):
        seen = found[species]
        first = min((date for _, date in seen if date), default="unknown")
        print(f"{species}: {totals[species]} birds in {len(seen)} sightings, first {first}")
    print(f"Skipped: {skipped}")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
