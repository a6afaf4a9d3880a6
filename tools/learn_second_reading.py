"""Learn the weights of the second reading from documents with their meaning.

    python tools/learn_second_reading.py [FILE]

A line of FILE is a document: `text`, and what it means as `procedure` and `diagnosis`, in the JSON of expressions. It
is read; two codes that the reading found, and that the meaning names too, are an example: the words around them, and
what they have to do with each other by the meaning (not by the reading). The wordings of the tests are examples as
well, and documents that are rendered from drawn expressions. The weights are those of a multinomial logistic regression
by AdaGrad, from a fixed seed, so that the same documents give the same file.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from kg.errors import KgError
from kg.expression.notation import read_recommendation
from kg.expression.recommendation import Recommendation, Side
from kg.guidance.reading import read_bytes
from kg.guidance.second import compared_in
from kg.guidance.second.around import Words, around
from kg.guidance.second.model import FILE, RELATIONS, SCALE
from kg.guidance.second.relation import Relations
from kg.rendering.document import Form, render_page, write_page
from kg.rendering.wordings import Style
from tests.guidance.wordings import families, newer, older, wordings
from tests.rendering.documents import Draw

ROOT = Path(__file__).parent.parent
DOCUMENTS = ROOT / "tests" / "guidance" / "documents"

ROUNDS = 12
RATE = 0.03
DECAY = 1e-3  # of a weight, each time that its clue is met
RENDERED = 300  # drawn recommendations
FEWEST = 4  # documents that a clue stands in
LEAST = 14  # hundredths: a clue whose weights are all smaller is left out

Clue = tuple[str, str]


@dataclass(frozen=True)
class Example:
    """Two codes: the words around them, and the number of their relation. `document` tells which they are from."""

    document: int
    clues: tuple[Clue, ...]
    relation: int


def examples(read: Recommendation, text: str, meant: Recommendation, document: int) -> Iterator[Example]:
    """The examples of a document."""
    words = Words(text)
    for side in Side:
        e, meaning = read.side(side), meant.side(side)
        if e is None or meaning is None:
            continue
        relations = Relations(meaning)
        places, pairs = compared_in(e)
        for pair in pairs:
            relation = relations.of(pair.first, pair.second)
            if relation is not None:
                clues = around(words, side, places, pair.i, pair.j)
                named = dict.fromkeys((group, clue) for group, own in clues for clue in own)
                yield Example(document, tuple(named), RELATIONS.index(relation))


def of_documents(path: Path) -> Iterator[Example]:
    """The examples of a folder of documents, a file for each hand."""
    lines = (line for file in sorted(path.glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines())
    for number, line in enumerate(lines):
        row = json.loads(line)
        text = row.pop("text")
        row.pop("concepts")
        meant = read_recommendation({"title": "", **row}, row["id"], "")
        try:
            read = read_bytes(text.encode(), "document.txt")
        except KgError:  # the reader refuses it: there is nothing to compare
            continue
        yield from examples(read, text, meant, number)


def of_wordings(number: int) -> Iterator[Example]:
    """The examples of the wordings that the tests read, in both layouts; a family of them counts as one document."""
    names = dict[str, int]()
    for wording in (*families(), *wordings()):
        at = number + names.setdefault(wording.name.split(": ")[0], len(names))
        for text in (older(wording.lines), newer(wording.lines)):
            read = read_bytes(text.encode(), "document.txt")
            if not wording.asks and not read.review:
                yield from examples(read, text, read, at)


def of_rendered(number: int) -> Iterator[Example]:
    """The examples of documents that are rendered from drawn recommendations, in both layouts."""
    for seed in range(RENDERED):
        meant = Draw(Random(seed)).recommendation()  # noqa: S311 (the same documents each time)
        for style in Style:
            try:
                text = write_page(render_page(meant, style, seed=seed), Form.TEXT).decode()
            except KgError:  # that cannot be said in this layout
                continue
            yield from examples(read_bytes(text.encode(), "document.txt"), text, meant, number + seed)


def learn(found: Sequence[Example]) -> dict[Clue, list[int]]:
    """The weights of each clue, in hundredths, one for each relation."""
    seen = {(clue, x.document) for x in found for clue in x.clues}
    documents = Counter(clue for clue, _ in seen)
    known = {clue: i for i, clue in enumerate(sorted(c for c, n in documents.items() if n >= FEWEST))}
    rows = [np.array(sorted(known[c] for c in x.clues if c in known), dtype=np.int64) for x in found]
    weights = np.zeros((len(known), len(RELATIONS)))
    squares = np.full_like(weights, 1e-8)
    chance = np.random.default_rng(1)
    for _ in range(ROUNDS):
        for at in chance.permutation(len(rows)):
            row = rows[at]
            scores = weights[row].sum(axis=0)
            likely = np.exp(scores - scores.max())
            likely /= likely.sum()
            likely[found[at].relation] -= 1
            slope = likely + DECAY * weights[row]
            squares[row] += slope**2
            weights[row] -= RATE * slope / np.sqrt(squares[row])
    whole = np.rint(weights * SCALE).astype(int)
    return {clue: whole[i].tolist() for clue, i in known.items() if abs(whole[i]).max() >= LEAST}


def main() -> int:
    """Learn from the documents of a folder and the wordings of the tests, and write the weights."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS
    head = "\t".join(["group", "clue", *RELATIONS])
    (ROOT / FILE).write_text(f"{head}\n", encoding="utf-8")  # so that nothing is asked while it learns
    found = [*of_documents(path), *of_wordings(1_000_000), *of_rendered(2_000_000)]
    learnt = learn(found)
    rows = ["\t".join([*clue, *map(str, weights)]) for clue, weights in sorted(learnt.items())]
    (ROOT / FILE).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    print(f"{len(found):,} examples, {len(learnt):,} clues")
    return 0


if __name__ == "__main__":
    sys.exit(main())
