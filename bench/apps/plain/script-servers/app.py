# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Which servers are down, and the memory per region."""
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


def usable(server):
    return (isinstance(server, dict) and isinstance(server.get("status"), str)
            and type(server.get("memory_gb")) in (int, Decimal)
            and (server.get("region") is None or isinstance(server["region"], str)))


def main():
    parser = Parser(description=__doc__)
    parser.add_argument("file", help="JSON object of servers with status, memory_gb and region")
    path = parser.parse_args().file
    servers = load(path)
    if not isinstance(servers, dict) or not all(map(usable, servers.values())):
        fail(f"{path} does not map names to objects with status, memory_gb and region")
    memory = {}
    for name, server in sorted(servers.items()):
        if server["status"] == "down":
            print(f"down: {name}")
        region = server.get("region") or "none"
        memory[region] = memory.get(region, 0) + server["memory_gb"]
    for region, total in sorted(memory.items()):
        print(f"{region}: {total} GB")

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    main()
