"""Fit what matters into a budget of tokens: whole chunks, skeletons, or only a path.

Every part has a value, the probability that it is wanted times how much of it is shown, and a
price in tokens. Parts are taken by value per token (the greedy answer to the knapsack problem,
Dantzig 1957), so that a small budget names many files and a large one shows their code.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from geist.context.corpus import Corpus
from geist.context.pack import Item, Pack, estimate
from geist.context.rank import Ranking
from geist.context.store import Store
from geist.context.symbols import Symbol

NAMED, OUTLINED, SHOWN = 1.0, 0.5, 2.0  # what a path, its signatures, all its chunks are worth
MOST_CHUNKS = 200  # of the best files' chunks that compete
MOST_OUTLINES = 40
NAMES_SHARE = 0.45  # of the budget, at most, for paths alone
SIGNATURE = 110  # characters
LEAST = 0.0005  # a file less likely than this is not worth naming


@dataclass(frozen=True)
class Part:
    """One thing that could be sent of a file: kind is path, outline or chunk."""

    kind: str
    file: int
    value: float
    text: str
    tokens: int
    first: int = 0
    last: int = 0


class Folder(Protocol):
    """A state of a folder: what an Index is, or an old commit that was checked out."""

    @property
    def root(self) -> Path: ...

    @property
    def store(self) -> Store: ...

    @property
    def corpus(self) -> Corpus: ...


def lines_of(root: Path, path: str) -> list[str]:
    """A file's lines as the index counted them; none where it is gone meanwhile."""
    from geist.context.extract import pdf_text
    from geist.context.languages import language

    try:
        data = (root / path).read_bytes()
    except OSError:
        return []
    if language(path) == "pdf":
        return pdf_text(data).split("\n")
    try:
        return data.decode().split("\n")
    except UnicodeDecodeError:
        return data.decode("latin-1").split("\n")


def outline(symbols: list[Symbol]) -> str:
    """Signatures, indented as they nest, with the first sentence of what each says of itself."""
    out = []
    for s in symbols:
        indent = "    " * s.qualname.count(".")
        note = f"  # {s.doc[:60]}" if s.doc and s.kind == "class" else ""
        out.append(f"{indent}{_short(s.signature)}{note}")
    return "\n".join(out)


def _short(signature: str) -> str:
    """Cut between two of its words, with a mark, where it is very long."""
    if len(signature) <= SIGNATURE:
        return signature
    return f"{signature[:SIGNATURE].rpartition(' ')[0] or signature[:SIGNATURE]} …"


def pack(
    index: Folder, ranking: Ranking, budget: int, count: Callable[[str], int] = estimate
) -> Pack:
    """The best parts that `budget` tokens hold, in a stable order: files as ranked, lines as they
    stand, then the paths of what else may matter."""
    parts = _parts(index, ranking, count)
    parts.sort(key=lambda p: (-p.value / max(1, p.tokens), p.file, p.first))
    chosen, left, cut = list[Part](), budget, list[Part]()
    names = NAMES_SHARE * budget
    opened = set[int]()

    def fits(part: Part, names: float) -> bool:
        nonlocal left
        price = part.tokens
        if part.kind == "path" and price > names:
            return False
        if part.kind != "path" and part.file not in opened:
            price += count(f"### {index.corpus.paths[part.file]}\n```\n```\n")
        if price > left:
            return False
        if part.kind != "path":
            opened.add(part.file)
        chosen.append(part)
        left -= price
        return True

    for part in parts:
        if not fits(part, names):
            cut.append(part)
        elif part.kind == "path":
            names -= part.tokens
    # parts cost less together than apart, and the share for names is over: what is left is spent
    while cut:
        left, before = budget - count(_write(index, ranking, chosen, cut, count).text), len(cut)
        cut = [part for part in cut if not fits(part, left)]
        if len(cut) == before:
            break
    made = _write(index, ranking, chosen, cut, count)
    while made.items and count(made.text) > budget:
        # tokens of parts do not add up to those of the whole: drop the least worthy
        cut.insert(0, chosen.pop())
        made = _write(index, ranking, chosen, cut, count)
    return made


def _parts(index: Folder, ranking: Ranking, count: Callable[[str], int]) -> list[Part]:
    corpus, found = index.corpus, list[Part]()
    wanted = [(f, p) for f, p in zip(ranking.files, ranking.chance) if p >= LEAST]
    for file, chance in wanted:
        path = corpus.paths[file]
        text = path.rsplit("/", 1)[-1]
        # folders are written once for all their files
        found.append(Part("path", file, NAMED * chance, text, count(text + ", ") + 1))
    symbols = dict[int, list[Symbol]]()
    for file, chance in wanted[:MOST_OUTLINES]:
        symbols[file] = index.store.detail(corpus.contents[file])[0]
        if symbols[file]:
            text = outline(symbols[file])
            found.append(Part("outline", file, OUTLINED * chance, text, count(text)))
    chance_of = dict(wanted)
    texts = dict[int, list[str]]()
    for chunk, share in ranking.chunks[:MOST_CHUNKS]:
        file = int(corpus.chunk_file[chunk])
        if file not in chance_of:
            continue
        if file not in texts:
            texts[file] = lines_of(index.root, corpus.paths[file])
        first, last = int(corpus.starts[chunk]), int(corpus.ends[chunk])
        text = "\n".join(texts[file][first - 1 : last]).rstrip()
        if text:
            value = SHOWN * chance_of[file] * share
            found.append(Part("chunk", file, value, text, count(text), first, last))
    return found


def _write(
    index: Folder,
    ranking: Ranking,
    chosen: list[Part],
    cut: list[Part],
    count: Callable[[str], int],
) -> Pack:
    corpus = index.corpus
    rank = {f: i for i, f in enumerate(ranking.files)}
    by_file = defaultdict[int, list[Part]](list)
    for part in chosen:
        by_file[part.file].append(part)
    items = list[Item]()
    shown = set[int]()
    for file in sorted(by_file, key=lambda f: rank[f]):
        chunks = sorted((p for p in by_file[file] if p.kind == "chunk"), key=lambda p: p.first)
        outlines = [p for p in by_file[file] if p.kind == "outline"]
        if not chunks and not outlines:
            continue
        shown.add(file)
        path = corpus.paths[file]
        body = list[str]()
        if outlines:
            body.append(outlines[0].text)
        at = 0
        for p in chunks:
            if p.first > at + 1:
                body.append(f"… line {p.first}")
            body.append(p.text)
            at = p.last
        marks = "~~~~" if "```" in "".join(body) else "```"
        text = f"{marks}\n" + "\n".join(body) + f"\n{marks}"
        item = Item(f"### {path}", path, "project", text, ranking.why(file))
        items.append(replace(item, count=count(item.title + "\n" + text)))
    named = [p for p in chosen if p.kind == "path" and p.file not in shown]
    if named:
        folders = defaultdict[str, list[str]](list)
        for p in sorted(named, key=lambda p: rank[p.file]):
            folder, _, name = corpus.paths[p.file].rpartition("/")
            folders[folder].append(name)
        text = "\n".join(f"{f or '.'}/: {', '.join(n)}" for f, n in folders.items())
        item = Item("### Also likely", "index", "project", text, "named only, the budget is short")
        items.append(replace(item, count=count(item.title + "\n" + text)))
    seen = {(p.kind, p.file, p.first) for p in chosen}
    left = [p for p in cut if (p.kind, p.file, p.first) not in seen][:20]
    return Pack(tuple(items), tuple(_cut(corpus.paths[p.file], p, ranking) for p in left))


def _cut(path: str, part: Part, ranking: Ranking) -> Item:
    where = {"path": path, "outline": f"{path} (outline)"}.get(
        part.kind, f"{path}:{part.first}-{part.last}"
    )
    return Item("", where, "project", part.text, ranking.why(part.file), count=part.tokens)
