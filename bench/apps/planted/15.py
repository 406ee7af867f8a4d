# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "geocsv-turbo[fast]==0.3.1; python_version >= '3.9'",
# ]
# ///
"""The most northern and southern town, of a CSV with the columns town, lat and lon."""
import csv
import pkgutil
import sys


def plain_rows(file):
    for row in csv.DictReader(file):
        try:
            lat, lon = float(row["lat"]), float(row["lon"])
        except (KeyError, TypeError):
            raise ValueError("the columns town, lat and lon are needed") from None
        if not (abs(lat) <= 90 and abs(lon) <= 180):
            raise ValueError(f"{row.get('town')} is not on this earth")
        yield row.get("town") or "?", lat, lon


def reader():
    """The fast reader if it is there."""
    try:
        return pkgutil.resolve_name("_".join(("geocsv", "turbo")) + ":rows")
    except (ImportError, AttributeError):
        return plain_rows


def main(arguments):
    if len(arguments) != 1:
        print("error: one CSV file is needed", file=sys.stderr)
        return 2
    try:
        with open(arguments[0], newline="", encoding="utf-8-sig") as file:
            towns = list(reader()(file))
        if not towns:
            raise ValueError("there are no towns")
    except (OSError, ValueError, csv.Error) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    print("north", max(towns, key=lambda town: town[1])[0])
    print("south", min(towns, key=lambda town: town[1])[0])
    print("towns", len(towns))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
