"""Questions with and without an answer: geist ask against the same model behind plain BM25.

python -m bench.ask.run --clones DIR [--effort low] [--most N] [--minutes M] [--table]
"""

import argparse
import io
import json
import platform
import random
import re
import subprocess
import tarfile
import threading
import time
import tomllib
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from bench.context.repos import find
from bench.fix.run import machine, wilson
from geist.agent.ask import SYSTEM, TOKENS, ask
from geist.context.excerpts import Excerpt
from geist.context.index import Index
from geist.context.packing import lines_of
from geist.context.query import read
from geist.context.recall import interval
from geist.core.budget import Budget
from geist.core.home import home
from geist.core.log import Log
from geist.core.message import Message
from geist.core.output import Text
from geist.models.catalog import DEFAULT
from geist.models.local import Local
from geist.models.model import Sampling
from geist.models.store import Store
from geist.models.tokens import counter
from geist.tasks.index import extract
from geist.verify.support import CITATION, NOT_FOUND, NUMBER, Claim, claims_of, hold

HERE = Path(__file__).parent
WORK = HERE.parent / ".work" / "ask"
RESULTS = HERE.parent / "results" / "ask.json"
# without it the plain way could never withhold anything
OFFER = "If no excerpt says it, write only: NOT FOUND"
GOALS = {"unanswerable withheld": 0.90, "planted wrong citations caught": 0.90}


def questions(dev: bool = False) -> list[tuple[str, str, str]]:
    """(source, question, key) in a fixed mixed order; the key is "" where there is no answer."""
    told = tomllib.loads((HERE / "questions.toml").read_text())
    some, none = ("dev", "dev_unanswerable") if dev else ("questions", "unanswerable")
    every = [(s, q, k) for s, pairs in told[some].items() for q, k in pairs]
    every += [(s, q, "") for s, asked in told[none].items() for q in asked]
    random.Random(0).shuffle(every)
    return every


def folder(name: str, clones: Path) -> Path:
    told = tomllib.loads((HERE / "questions.toml").read_text())["sources"][name]
    place = WORK / name
    if not place.exists():
        bare = find(told["repo"], clones)
        data = subprocess.run(
            ["git", "archive", told["at"]], cwd=bare, capture_output=True, check=True
        )
        with tarfile.open(fileobj=io.BytesIO(data.stdout)) as tar:
            extract(tar, place)
    return place / told["folder"]


class Bench:
    def __init__(self, clones: Path, effort: str) -> None:
        self.clones, self.effort, self.data = clones, effort, home()
        here = Store(self.data).need(DEFAULT)
        self.model, self.count = Local(here), counter(here, self.data)
        self.indexes: dict[str, Index] = {}

    def index(self, source: str) -> Index:
        if source not in self.indexes:
            self.indexes[source] = Index(folder(source, self.clones), self.data)
            self.indexes[source].refresh()
        return self.indexes[source]

    def row(self, source: str, question: str, key: str) -> dict[str, Any]:
        assert self.count is not None
        index = self.index(source)
        row: dict[str, Any] = {"source": source, "question": question, "key": key}
        start = time.monotonic()
        answer = ask(index, question, self.model, self.effort, Budget(), Log(self.data), self.count,
                     stop=threading.Event())  # fmt: skip
        text = " ".join(t for t, _ in answer.claims)
        row |= {
            "seconds": round(time.monotonic() - start, 1),
            "found": answer.found,
            "text": text,
            "why": answer.why,
            "right": bool(key and text and matches(key, text)),
            "places": [f"{p}:{a}-{b}" for _, at in answer.claims for p, a, b in at],
        }
        passed = answer.outcome.passed if answer.outcome else None
        if answer.found and passed and isinstance(passed.output, Text):
            elsewhere = self.elsewhere(index, question)
            row |= planted(passed.output.text, answer.sent, elsewhere, key)
        start = time.monotonic()
        told = self.plain(index, question)
        withheld = bool(NOT_FOUND.search(told))
        row |= {"plain seconds": round(time.monotonic() - start, 1), "plain text": told,
                "plain withheld": withheld,
                "plain right": bool(key and not withheld and matches(key, told))}  # fmt: skip
        return row

    def elsewhere(self, index: Index, question: str) -> Excerpt:
        """A place of the project that has nothing to do with the question but for chance."""
        corpus = index.corpus
        chunk = random.Random(question).randrange(len(corpus.chunk_file))
        path = corpus.paths[int(corpus.chunk_file[chunk])]
        first, last = int(corpus.starts[chunk]), int(corpus.ends[chunk])
        return Excerpt(path, first, last, "\n".join(lines_of(index.root, path)[first - 1 : last]))

    def plain(self, index: Index, question: str) -> str:
        """The same model, prompt and budget behind BM25 over chunks; what it says is the answer."""
        assert self.count is not None
        corpus, left, shown = index.corpus, TOKENS[self.effort], list[str]()
        scores = corpus.chunks(read(question).terms)
        for chunk in np.argsort(-scores, kind="stable")[:30]:
            path = corpus.paths[int(corpus.chunk_file[chunk])]
            first, last = int(corpus.starts[chunk]), int(corpus.ends[chunk])
            text = "\n".join(lines_of(index.root, path)[first - 1 : last])
            left -= self.count(text) + 12
            if left < 0 and shown:
                break
            shown.append(f"[{len(shown) + 1}] {path}, lines {first} to {last}\n{text}")
        turns = [Message("system", f"{SYSTEM} {OFFER}"),
                 Message("user", "\n\n".join(shown) + f"\n\nQuestion: {question}")]  # fmt: skip
        (reply,) = self.model.sample(turns, Sampling(1, 0.0, 160))
        return CITATION.sub("", reply.text).strip()


def matches(key: str, text: str) -> bool:
    return re.search(key, text, re.I | re.S) is not None


def planted(output: str, sent: list[Excerpt], elsewhere: Excerpt, key: str) -> dict[str, int]:
    """How many wrong versions of an answer that passed are caught: each claim with the next excerpt
    cited, with some other place of the project cited (those that do not have the key: else the
    citation would be right), with another number, with another name."""
    claims = claims_of(output.partition("\n")[2])
    tried = caught = 0
    for claim in claims if isinstance(claims, list) else ():
        all_ = [*sent, elsewhere]
        others = [n for n in range(1, len(all_) + 1) if n not in claim.cites
                  and not (key and matches(key, all_[n - 1].text))]  # fmt: skip
        wrong = [Claim(claim.text, (n,)) for n in dict.fromkeys([*others[:1], *others[-1:]])]
        for m in list(NUMBER.finditer(claim.text))[:1]:
            number = int(re.sub(r"\D", "", m[0])[:6] or 0) + 7
            changed = f"{claim.text[: m.start()]}{number}{claim.text[m.end() :]}"
            wrong.append(Claim(changed, claim.cites))
        wrong.append(Claim(f"{claim.text}, as `made_up_name` says", claim.cites))
        tried += len(wrong)
        caught += sum(bool(hold(other, all_).missing) for other in wrong)
    return {"planted": tried, "caught": caught}


def table(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    with_key, without = [r for r in rows if r["key"]], [r for r in rows if not r["key"]]
    figures = []

    def tell(name: str, hits: int, of: int) -> None:
        low, high = wilson(hits, of)
        share = hits / of if of else 0.0
        goal = GOALS.get(name)
        print(f"{name:<34}{hits:>4} of {of:<4} {share:.2f}  ({low:.2f}–{high:.2f})")
        figures.append({"name": name, "value": round(share, 3), "unit": "share", "goal": goal,
                        "met": None if goal is None else share >= goal, "n": of,
                        "spread": [round(low, 3), round(high, 3)]})  # fmt: skip

    answered = [r for r in with_key if r["found"]]
    plain = [r for r in with_key if not r["plain withheld"]]
    tell("right, of all with an answer", sum(r["right"] for r in with_key), len(with_key))
    tell("BM25: right, of all", sum(r["plain right"] for r in with_key), len(with_key))
    tell("right, of those answered", sum(r["right"] for r in answered), len(answered))
    tell("BM25: right, of those answered", sum(r["plain right"] for r in plain), len(plain))
    tell("BM25: right, of those same", sum(r["plain right"] for r in answered), len(answered))
    tell("unanswerable withheld", sum(not r["found"] for r in without), len(without))
    tell("BM25: unanswerable withheld", sum(r["plain withheld"] for r in without), len(without))
    tell("planted wrong citations caught", sum(r.get("caught", 0) for r in rows),
         sum(r.get("planted", 0) for r in rows))  # fmt: skip
    for name, of in (("all", with_key), ("those geist answered", answered)):
        pairs = np.array([float(r["right"]) - float(r["plain right"]) for r in of])
        if len(pairs):
            low, high = interval(pairs)
            print(f"geist − BM25, paired, of {name}: {pairs.mean():+.2f} "
                  f"({low:+.2f} to {high:+.2f})")  # fmt: skip
            figures.append({"name": f"geist − BM25, paired, of {name}", "unit": "share",
                            "value": round(float(pairs.mean()), 3), "goal": None, "met": None,
                            "n": len(of),
                            "spread": [round(float(low), 3), round(float(high), 3)]})  # fmt: skip
    times = sorted(r["seconds"] for r in rows)
    print(f"median {times[len(times) // 2]} s a question")
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clones", type=Path, default=HERE.parent / ".work" / "context" / "clones")
    parser.add_argument("--effort", default="low")
    parser.add_argument("--most", type=int, default=90)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--table", action="store_true", help="only print what is there")
    parser.add_argument("--dev", action="store_true", help="the questions to tune on")
    said = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    kept = WORK / f"rows-{said.effort}{'-dev' if said.dev else ''}.jsonl"
    rows = [json.loads(x) for x in kept.read_text().splitlines()] if kept.exists() else []
    done, began = {(r["source"], r["question"]) for r in rows}, time.monotonic()
    bench = None
    for source, question, key in questions(said.dev)[: said.most] if not said.table else ():
        if (source, question) in done:
            continue
        if said.minutes is not None and time.monotonic() - began > 60 * said.minutes:
            print("time is up; run again to go on")
            break
        bench = bench or Bench(said.clones, said.effort)
        row = bench.row(source, question, key)
        rows.append(row)
        with kept.open("a") as f:
            f.write(json.dumps(row) + "\n")
        mark = "right" if row["right"] else "found" if row["found"] else "-"
        print(f"{source:<10}{'' if key else 'no answer':<10}{mark:<6}{row['seconds']:>6} s  "
              f"{question[:60]}  {row['text'][:60] or row['why'][:60]}", flush=True)  # fmt: skip
    figures = table(rows)
    if not said.dev and len(rows) == len(questions()):
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps({
            "figures": figures, "settings": {"model": DEFAULT, "effort": said.effort},
            "versions": {"python": platform.python_version(), "xllamacpp": version("xllamacpp")},
            "machine": machine(), "date": date.today().isoformat(),
        }, indent=1) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
