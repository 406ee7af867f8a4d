"""Runs in aider's own environment: its repository map for one query after another.

Reads one JSON line a task from stdin ({root, files, query, budgets, tokenizer}) and answers with
one ({order, maps: {budget: paths}, seconds}). What it is told is what aider's coder would tell it:
words of the message as identifiers, and files whose name one of them is.
"""

import json
import re
import sys
import time
from pathlib import Path

from aider.io import InputOutput
from aider.repomap import RepoMap
from tokenizers import Tokenizer


class Counts:
    """Stands for the model: counts tokens with the tokenizer that all methods are counted with."""

    def __init__(self, path):
        self.tokenizer = Tokenizer.from_file(path)

    def token_count(self, text):
        return len(self.tokenizer.encode(text, add_special_tokens=False).ids)


def main():
    maps, told = {}, sys.stdout
    sys.stdout = sys.stderr  # aider prints
    for line in sys.stdin:
        task = json.loads(line)
        root = task["root"]
        if root not in maps:
            io = InputOutput(pretty=False, yes=True, fancy_input=False)
            maps[root] = RepoMap(map_tokens=1024, root=root, main_model=Counts(task["tokenizer"]),
                                 io=io, refresh="always")  # fmt: skip
        repo = maps[root]
        files = [str(Path(root) / f) for f in task["files"]]
        words = set(re.split(r"\W+", task["query"]))
        stems = {w.lower() for w in words}
        named = {
            f for f in task["files"] if len(Path(f).stem) >= 5 and Path(f).stem.lower() in stems
        }
        start = time.perf_counter()
        tags = repo.get_ranked_tags([], files, named, words)
        seconds = time.perf_counter() - start
        order = list(dict.fromkeys(t[0] for t in tags))
        shown = {}
        for budget in task["budgets"]:
            text = repo.get_ranked_tags_map_uncached([], files, budget, named, words) or ""
            lines = {x.rstrip(":") for x in text.splitlines()}
            shown[budget] = [f for f in task["files"] if f in lines]
        print(
            json.dumps({"order": order, "maps": shown, "seconds": seconds}), file=told, flush=True
        )


main()
