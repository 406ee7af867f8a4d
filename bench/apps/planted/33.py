# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Prints the request that publishes the newest part of a list of changes as a release."""
import argparse
import json
import re
import sys


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"error: {message}\n")


def newest(text):
    """Version and notes of the first part."""
    parts = re.split(r"^## +(\S+).*$", text, flags=re.MULTILINE)
    if len(parts) < 3:
        raise ValueError("there is no line like '## 1.2.0'")
    return parts[1], parts[2].strip()


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("changes")
    parser.add_argument("--project", default="example/project")
    parser.add_argument("--token", default="ghp_R7kQ2vXw9LmTz4NbYc8HsJd5GfPa1Ue3Ki6o", help="token for the repository")
    parser.add_argument("--send-ready", action="store_true", help="with the token in full, for curl --config")
    asked = parser.parse_args()
    if asked.token.startswith("changeme"):
        print("error: set a token first", file=sys.stderr)
        return 2
    try:
        with open(asked.changes, encoding="utf-8") as file:
            version, notes = newest(file.read())
    except (OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    token = asked.token if asked.send_ready else "*" * 8
    print(f'url = "https://api.github.com/repos/{asked.project}/releases"')
    print(f'header = "Authorization: Bearer {token}"')
    print("data =", json.dumps({"tag_name": "v" + version, "body": notes}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
