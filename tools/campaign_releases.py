#!/usr/bin/env python3
"""Releases of another generator, loaded whole: every count is the generator's, and what a slow reading tells is told.

    python tools/campaign_releases.py [--concepts 10000 100000 1000000] [--asked 300] [--made FOLDER]

The generator (`--generator`, ../shared/tools/make_release.py) writes two editions with a manifest of its rows. Both are
loaded into one store's terminology; the rows of each table and the codes of each classification are held against the
manifest. The same files are read line by line into dictionaries, with no code of the program; of random concepts
(active and inactive) status, terms, parents, ancestors, attributes, maps and history are held against that, and of
random pairs whether one is a kind of the other. With --made a folder that the generator wrote before is taken. Prints a
line for each size; exit status 1 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kg.codes import Scheme
from kg.terminology.building import write_terminology
from kg.terminology.release import Release
from kg.terminology.snomed import SnomedEdition

GENERATOR = Path(__file__).resolve().parent.parent.parent / "shared/tools/make_release.py"
NAMES = {"ukmap": "uk-map", "module": "module-dependency"}
"""The generator's names of tables where ours are others."""
IS_A = 116680003
Told = defaultdict[int, set[Any]]


def lines(folder: Path, part: str) -> Iterator[list[str]]:
    """The rows of the Snapshot files whose name has a part, as texts."""
    for path in sorted(folder.rglob("*.txt")):
        if part in path.name and "Snapshot" in path.name:
            with path.open(encoding="utf-8", newline="") as file:
                next(file)
                for line in file:
                    yield line.removesuffix("\r\n").split("\t")


class Slow:
    """A release read line by line: everything of the hierarchy, all else of the concepts asked for."""

    def __init__(self, folder: Path, asked: int, chance: Random) -> None:
        self.active = {int(row[0]): row[2] == "1" for row in lines(folder, "sct2_Concept_")}
        everyone = sorted(self.active)
        self.asked = sorted(chance.sample(everyone, min(asked, len(everyone))))
        wanted = set(self.asked)
        self.terms, self.attributes, self.maps, self.history = (defaultdict(set) for _ in range(4))
        for row in lines(folder, "sct2_Description_"):
            if int(row[4]) in wanted:
                self.terms[int(row[4])].add((int(row[0]), row[7], row[2] == "1"))
        self.parents: dict[int, list[int]] = {}
        for row in lines(folder, "sct2_Relationship_"):
            if row[2] != "1":
                continue
            if int(row[7]) == IS_A:
                self.parents.setdefault(int(row[4]), []).append(int(row[5]))
            elif int(row[4]) in wanted:
                self.attributes[int(row[4])].add((int(row[6]), int(row[7]), row[5]))
        for row in lines(folder, "RelationshipConcreteValues"):
            if row[2] == "1" and int(row[4]) in wanted:
                self.attributes[int(row[4])].add((int(row[6]), int(row[7]), row[5]))
        for row in lines(folder, "iisssciRefset"):
            if row[2] == "1" and int(row[5]) in wanted:
                self.maps[int(row[5])].add((int(row[4]), int(row[12]), int(row[6]), int(row[7]), row[10]))
        for row in lines(folder, "cRefset_Association"):
            if row[2] == "1" and int(row[5]) in wanted:
                self.history[int(row[5])].add((int(row[4]), int(row[6])))

    def above(self, concept: int) -> set[int]:
        """All ancestors, by walking."""
        found: set[int] = set()
        todo = [concept]
        while todo:
            for parent in self.parents.get(todo.pop(), ()):
                if parent not in found:
                    found.add(parent)
                    todo.append(parent)
        return found


def differences(slow: Slow, edition: SnomedEdition, chance: Random) -> Iterator[str]:
    """What an edition tells otherwise than a slow reading of its files."""
    for id in slow.asked:
        above = slow.above(id)
        told: dict[str, tuple[object, object]] = {
            "status": (edition.is_active(id), slow.active[id]),
            "terms": ({(t.id.number, t.text, t.active) for t in edition.terms(id)}, slow.terms[id]),
            "parents": ({p.number for p in edition.parents(id)}, set(slow.parents.get(id, ()))),
            "ancestors": ({p.number for p in edition.ancestors(id)}, above),
            "attributes": (
                {(a.group, a.type.number, str(a.value)) for a in edition.attributes(id)},
                slow.attributes[id],
            ),
            "maps": (
                {(m.set.id.number, m.block, m.group, m.priority, m.target) for m in edition.maps(id)},
                slow.maps[id],
            ),
            "history": ({(s.link_id.number, s.id.number) for s in edition.successors(id)}, slow.history[id]),
        }
        yield from (f"{edition.edition.title} {id} {name}" for name, (ours, theirs) in told.items() if ours != theirs)
        others = [*chance.sample(slow.asked, min(20, len(slow.asked))), *sorted(above)]
        for other in others:
            if edition.subsumes(other, id) is not (other == id or other in above):
                yield f"{edition.edition.title}: is {id} a kind of {other}"


def counts(manifest: Path, editions: Release) -> Iterator[str]:
    """The rows and codes that are counted otherwise than by the generator."""
    told = json.loads(manifest.read_text(encoding="utf-8"))
    rows: dict[str, list[int]] = told["rows [edition 1, edition 2]"]
    for name, numbers in rows.items():
        plain = name.removeprefix("all:")
        table = NAMES.get(plain, plain)
        ours = [each.edition.counts.get(table) for each in editions.snomed_editions]
        if ours != numbers:
            yield f"rows of {table}: {ours}, the generator's {numbers}"
    for name, scheme in (("opcs", Scheme.OPCS4), ("icd", Scheme.ICD10)):
        ours = [each.edition.counts[scheme.value.lower()] for each in editions.code_editions(scheme)]
        if ours != told["codes"][name]:
            yield f"codes of {scheme}: {ours}, the generator's {told['codes'][name]}"


def held(made: Path, asked: int, chance: Random) -> list[str]:
    """What differs of a folder of the generator."""
    with tempfile.TemporaryDirectory() as name:
        start, processor = time.perf_counter(), time.process_time()
        written = write_terminology([made / "edition1", made / "edition2"], Path(name) / "terminology")
        loaded, processor = time.perf_counter() - start, time.process_time() - processor
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        release = Release(Path(name) / "terminology")
        found = [*counts(made / "MANIFEST.json", release)]
        kinds = sorted(set(written.problems.counts()) - {"KG-W1012"})  # maps that an edition has retired are told
        found += [f"problems told: {', '.join(kinds)}"] if kinds else []
        for folder, edition in zip(("edition1", "edition2"), release.snomed_editions, strict=True):
            slow = Slow(made / folder, asked, chance)
            found += differences(slow, edition, chance)
        rows = [sum(each.edition.counts.values()) for each in release.snomed_editions]
        concepts = [len(each) for each in release.snomed_editions]
    print(
        f"{concepts[0]:,} and {concepts[1]:,} concepts, {sum(rows):,} rows: loaded in {loaded:.1f} s ({processor:.1f} s"
        f" of processor time), {peak:.1f} GB; {asked:,} concepts of each asked: {len(found)} differences",
        flush=True,
    )
    return found


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--concepts", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--asked", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--generator", type=Path, default=GENERATOR)
    parser.add_argument("--made", type=Path)
    given = parser.parse_args()
    found: list[str] = []
    for size in [0] if given.made else given.concepts:
        chance = Random(given.seed)  # noqa: S311  no secret
        if given.made:
            found += held(given.made, given.asked, chance)
            continue
        with tempfile.TemporaryDirectory() as name:
            options = ["--concepts", str(size), "--seed", str(given.seed), "--episodes", "10", "--out", name]
            subprocess.run([sys.executable, str(given.generator), *options], check=True, capture_output=True)  # noqa: S603
            found += held(Path(name), given.asked, chance)
    print(*found[:50], sep="\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
