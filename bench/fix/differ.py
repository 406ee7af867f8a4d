"""Runs in the sandbox: does a mended function agree with the original on inputs that no test has?

usage: differ.py ENTRY (in a folder with original.py, mended.py and check.py). The inputs are those
of HumanEval's own check, changed at random; one on which the original raises says nothing.
Prints {"compared": N, "differ": [inputs]}.
"""

import copy
import importlib
import json
import random
import signal
import sys

ROUNDS, SECONDS = 40, 1


class _Slow(Exception):
    pass


def changed(value, random):
    """A neighbour of `value`, of the same type."""
    if isinstance(value, bool):
        return random.random() < 0.5
    if isinstance(value, int):
        return random.choice([value, value + 1, value - 1, random.randint(0, abs(value) + 10)])
    if isinstance(value, float):
        return random.choice([value, value + 1.0, -value, round(random.uniform(-20, 20), 2)])
    if isinstance(value, str):
        letters = list(value)
        for _ in range(random.randint(1, 3)):
            pick = random.choice(letters) if letters else "a"
            at = random.randint(0, len(letters))
            if letters and random.random() < 0.5:
                del letters[min(at, len(letters) - 1)]
            else:
                letters.insert(at, random.choice([pick, pick.swapcase(), " "]))
        return "".join(letters)
    if isinstance(value, (list, tuple)):
        items = [changed(v, random) if random.random() < 0.4 else v for v in value]
        if items and random.random() < 0.4:
            del items[random.randrange(len(items))]
        if items and random.random() < 0.4:
            items.insert(random.randint(0, len(items)), copy.deepcopy(random.choice(items)))
        return type(value)(items)
    if isinstance(value, dict):
        return {k: changed(v, random) for k, v in value.items() if random.random() < 0.9}
    return value


def answer(function, given):
    """What it returns, or the type of what it raises; inputs are copied, for some change them."""
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        return "returned", function(*copy.deepcopy(given))
    except Exception as e:  # noqa: BLE001 - what is raised is the answer
        return "raised", type(e).__name__
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def alarm(*_):
    raise _Slow


def main(entry):
    signal.signal(signal.SIGALRM, alarm)
    original = getattr(importlib.import_module("original"), entry)
    mended = getattr(importlib.import_module("mended"), entry)
    seen = []

    def listen(*given):
        seen.append(copy.deepcopy(given))
        return original(*given)

    importlib.import_module("check").check(listen)
    dice, compared, differ = random.Random(0), 0, []
    for given in seen:
        for _ in range(max(1, ROUNDS * 10 // len(seen))):
            fresh = tuple(changed(v, dice) for v in given)
            kind, right = answer(original, fresh)
            if kind == "returned":
                compared += 1
                if answer(mended, fresh) != (kind, right):
                    differ.append(repr(fresh)[:200])
    print(json.dumps({"compared": compared, "differ": differ[:5]}))


if __name__ == "__main__":
    main(sys.argv[1])
