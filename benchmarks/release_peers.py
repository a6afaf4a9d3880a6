"""Look-ups in a loaded release against peers that hold the same release, in one run.

Prints one line for each figure with its ratio to ours. Run: `python benchmarks/release_peers.py [CONCEPTS] [FOLDER]`,
for a sample of so many concepts (100,000) or the folder `releases/<id>/terminology` of a store. Peers: SQLite (FTS5; a
recursive query), pyoxigraph (a `broader+` path), owlready2 (ancestors of a class; a slice of 50,000 concepts).
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import owlready2
import pyoxigraph as ox

from kg.terminology.building import write_terminology
from kg.terminology.hierarchy import Below
from kg.terminology.release import Release
from kg.terminology.sample.writing import sample_release
from kg.terminology.search import words_of
from kg.terminology.snomed import SnomedEdition

BROADER = "http://www.w3.org/2004/02/skos/core#broader"
MOST = 50_000  # classes that owlready2 is given
ABOVE = """WITH RECURSIVE up(c) AS (VALUES(?) UNION SELECT parent FROM is_a JOIN up ON child = c)
SELECT 1 FROM up WHERE c = ? LIMIT 1"""
Pair = tuple[int, int]


def each(questions: Sequence[Any], ask: Callable[[Any], object]) -> list[float]:
    """The seconds of processor time of each question, in order of length."""
    for question in questions[: len(questions) // 10]:
        ask(question)
    taken: list[float] = []
    for question in questions:
        start = time.process_time()
        ask(question)
        taken.append(time.process_time() - start)
    return sorted(taken)


def mean(questions: Sequence[Any], ask: Callable[[Any], object]) -> float:
    """The seconds of processor time of a question."""
    for question in questions[: len(questions) // 10]:
        ask(question)
    start = time.process_time()
    for question in questions:
        ask(question)
    return (time.process_time() - start) / len(questions)


def p95(taken: Sequence[float]) -> float:
    """All but the longest twentieth take at most this."""
    return taken[int(len(taken) * 0.95)]


def main() -> None:
    """Print the figures."""
    concepts = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        if len(sys.argv) > 2:
            folder = Path(sys.argv[2])
        else:
            folder = place / "terminology"
            sample_release(place / "release", concepts, 1, monolith=True)
            write_terminology([place / "release"], folder)
        edition = Release(folder).snomed()
        print(f"{len(edition):,} concepts, {len(edition.arrays['term.id']):,} terms")
        _kinds(edition, place)
        _words(edition, place)


def _kinds(edition: SnomedEdition, place: Path) -> None:
    """*Is A a kind of B*, for pairs of which half are."""
    pick, ids = random.Random(1), edition.ids  # noqa: S311  a sample
    pairs: list[Pair] = []
    while len(pairs) < 2000:
        a = ids[pick.randrange(len(edition))]
        if above := edition.ancestors(a):
            pairs += [(a, pick.choice(above).number), (a, ids[pick.randrange(len(edition))])]
    ours = mean(pairs, lambda p: edition.subsumes(p[1], p[0]))
    print(f"is A a kind of B: {ours * 1e6:.2f} µs (goal 3)")
    start, rows = edition.arrays["parent.start"].view, edition.arrays["parent.row"].view
    links = [(ids[c], ids[rows[i]]) for c in range(len(edition)) for i in range(start[c], start[c + 1])]

    db = sqlite3.connect(place / "is_a.sqlite")
    db.execute("CREATE TABLE is_a (child INTEGER, parent INTEGER, PRIMARY KEY (child, parent)) WITHOUT ROWID")
    db.executemany("INSERT INTO is_a VALUES (?, ?)", sorted(links))
    db.commit()
    _agree(pairs, edition, lambda p: db.execute(ABOVE, p).fetchone() is not None)
    _told("SQLite, recursive query", mean(pairs, lambda p: db.execute(ABOVE, p).fetchone()), ours, 15)

    with (place / "is_a.nt").open("w") as out:
        out.writelines(f"<urn:c:{c}> <{BROADER}> <urn:c:{p}> .\n" for c, p in links)
    store = ox.Store(str(place / "quads"))
    store.bulk_load(path=str(place / "is_a.nt"), format=ox.RdfFormat.N_TRIPLES)

    def path(p: Pair) -> bool:
        return p[0] == p[1] or bool(store.query(f"ASK {{ <urn:c:{p[0]}> <{BROADER}>+ <urn:c:{p[1]}> }}"))

    _agree(pairs, edition, path)
    _told("pyoxigraph, broader+", mean(pairs, path), ours, 100)
    _classes(edition, place)


def _classes(edition: SnomedEdition, place: Path) -> None:
    """Against owlready2, on the concepts from the top down to a number that it can hold."""
    chosen, todo = {edition.ordinal(138875005)}, [edition.ordinal(138875005)]
    start, rows = edition.arrays["child.start"].view, edition.arrays["child.row"].view
    while todo and len(chosen) < MOST:
        at = todo.pop(0)
        fresh = [row for row in rows[start[at] : start[at + 1]].tolist() if row not in chosen]
        chosen.update(fresh)
        todo += fresh
    up, over = edition.arrays["parent.start"].view, edition.arrays["parent.row"].view
    kind, sub = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "http://www.w3.org/2000/01/rdf-schema#subClassOf"
    with (place / "classes.nt").open("w") as out:
        for c in chosen:
            out.write(f"<http://k/x#c{edition.ids[c]}> <{kind}> <http://www.w3.org/2002/07/owl#Class> .\n")
            for p in over[up[c] : up[c + 1]].tolist():
                if p in chosen:
                    out.write(f"<http://k/x#c{edition.ids[c]}> <{sub}> <http://k/x#c{edition.ids[p]}> .\n")
    world = owlready2.World(filename=str(place / "owl.sqlite"))
    with (place / "classes.nt").open("rb") as file:
        world.get_ontology("http://k/x").load(fileobj=file)
    pick, listed = random.Random(2), sorted(chosen)  # noqa: S311  a sample
    pairs = [(edition.ids[pick.choice(listed)], edition.ids[pick.choice(listed)]) for _ in range(1000)]
    found = {id: world[f"http://k/x#c{id}"] for pair in pairs for id in pair}
    ours = mean(pairs, lambda p: edition.subsumes(p[1], p[0]))
    theirs = mean(pairs, lambda p: found[p[1]] in found[p[0]].ancestors())
    _told(f"owlready2, ancestors() of {len(chosen):,} classes", theirs, ours, 15)


def _agree(pairs: Sequence[Pair], edition: SnomedEdition, ask: Callable[[Pair], bool]) -> None:
    below: Below = edition.below
    wrong = [p for p in pairs if ask(p) is not below.is_below(edition.ordinal(p[0]), edition.ordinal(p[1]))]
    if wrong:
        raise SystemExit(f"the peer says otherwise of {wrong[:3]}")


def _told(name: str, theirs: float, ours: float, goal: float) -> None:
    print(f"  {name}: {theirs * 1e6:.1f} µs, {theirs / ours:.0f} x ours (goal {goal:g})")


def _words(edition: SnomedEdition, place: Path) -> None:
    """Search by beginnings of two words, against FTS5 with the best 20 by its own rank and by length."""
    texts, live = edition.arrays.texts("term"), edition.arrays["term.active"].view
    start = time.perf_counter()
    db = sqlite3.connect(place / "words.sqlite")
    db.execute("CREATE VIRTUAL TABLE t USING fts5(term, prefix='2 3')")
    db.executemany("INSERT INTO t(rowid, term) VALUES (?, ?)", ((i, texts[i]) for i in range(len(texts)) if live[i]))
    db.commit()
    print(f"SQLite FTS5 filled with all terms in use: {time.perf_counter() - start:.1f} s")
    pick = random.Random(1)  # noqa: S311  a sample
    for name, least, most in (("beginnings of 3 to 8 letters", 3, 9), ("beginnings of 1 or 2 letters", 1, 3)):
        questions: list[str] = []
        while len(questions) < 400:
            words = words_of(edition.term(edition.ids[pick.randrange(len(edition))]))
            if len(words) > 2:
                questions.append(" ".join(word[: pick.randrange(least, most)] for word in pick.sample(words, 2)))
        ours = each(questions, edition.search.find)
        print(f"search, two {name}: median {ours[200] * 1e3:.2f} ms, p95 {p95(ours) * 1e3:.2f} ms (goal 5)")
        for by in ("rank", "length(term)", "none"):
            order = "" if by == "none" else f"ORDER BY {by} "
            query = f"SELECT rowid, term FROM t WHERE t MATCH ? {order}LIMIT 20"  # noqa: S608  our own words
            asked = questions if by == "none" else questions[:100]
            theirs = each(
                asked, lambda q, query=query: db.execute(query, (" ".join(f"{w}*" for w in q.split()),)).fetchall()
            )
            middle = theirs[len(theirs) // 2]
            print(f"  FTS5, order {by}: median {middle * 1e3:.2f} ms, p95 {p95(theirs) * 1e3:.2f} ms, "
                  f"{p95(theirs) / p95(ours):.1f} x ours (goal 1)")  # fmt: skip


if __name__ == "__main__":
    main()
