# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Stars of films per decade."""
import argparse
import json
import sys
from decimal import Decimal


def fail(message):
    print("app.py: " + " ".join(str(message).split()), file=sys.stderr)
    raise SystemExit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def no_constant(name):
    raise ValueError(f"{name} is not a number")


def load(path):
    try:
        with open(path, encoding="utf-8-sig") as source:
            return json.load(source, parse_float=Decimal, parse_constant=no_constant)
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text")
    except RecursionError:
        fail(f"{path} is nested too deeply")
    except (ValueError, ArithmeticError) as error:
        fail(f"{path} is not valid JSON: {error}")


def usable(film):
    return (isinstance(film, dict) and isinstance(film.get("title"), str) and type(film.get("year")) is int
            and (film.get("stars") is None or type(film["stars"]) in (int, Decimal)))


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="JSON list of films with title, year and stars")
    path = parser.parse_args().file
    films = load(path)
    if not isinstance(films, list) or not all(map(usable, films)):
        fail(f"{path} is not a list of films with title, year and stars")
    decades, best = {}, []
    for film in films:
        if film["stars"] is None:
            continue
        decades.setdefault(film["year"] // 10 * 10, []).append(film["stars"])
        if film["stars"] == 5:
            best.append(film["title"])
    for decade, stars in sorted(decades.items()):
        print(f"{decade}s: {sum(stars) / len(stars):.1f}")
    print(f"Best: {', '.join(sorted(best))}")

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
