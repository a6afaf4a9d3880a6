"""Loading and asking a release, against what is measured beside it in the same run.

Prints one line for each figure: what, seconds, ratio to the peer. Run:
`python benchmarks/releases.py [CONCEPTS] [PATH…]`, for a sample of so many concepts (100,000) or for releases as
delivered. Look-ups beside those of other programs: benchmarks/release_peers.py.
"""

from __future__ import annotations

import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from kg.terminology.building import write_terminology
from kg.terminology.release import Release
from kg.terminology.sample.writing import sample_release

Job = Callable[[], object]


def seconds(job: Job) -> float:
    """One run, in seconds."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds by the clock and of processor time: on a busy machine the second is what was worked."""

    clock: float
    processor: float

    @classmethod
    def of(cls, job: Job) -> Taken:
        """Those of one run."""
        start, processor = time.perf_counter(), time.process_time()
        job()
        return cls(time.perf_counter() - start, time.process_time() - processor)

    @classmethod
    def of_command(cls, argv: list[str]) -> Taken:
        """Those of a command."""
        start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(argv, check=True, capture_output=True)  # noqa: S603  our own
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return cls(time.perf_counter() - start, processor)

    def __str__(self) -> str:
        return f"{self.clock:.2f} s ({self.processor:.2f} s of processor time)"


def inflate(path: Path) -> None:
    """Inflate every member, and keep nothing."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            archive.read(member)


BULK = """
import sys, time, tempfile, pyoxigraph as ox
from pathlib import Path
from kg.terminology.release import Release
e = Release(Path(sys.argv[1])).snomed()
SKOS = "http://www.w3.org/2004/02/skos/core#"
ids, n = e.ids, 0
at, wanted = e.arrays["parent.start"].view, int(sys.argv[2])
parents, owners = e.arrays["parent.row"].view, e.arrays["term.owner"].view
out = Path(tempfile.mkdtemp(dir=sys.argv[3]))
with (out / "x.nt").open("w") as f:
    for c in range(len(ids)):
        s = f"<http://snomed.info/id/{ids[c]}>"
        f.write(f'{s} <{SKOS}notation> "{ids[c]}" .\\n'); n += 1
        for i in range(at[c], at[c + 1]):
            f.write(f"{s} <{SKOS}broader> <http://snomed.info/id/{ids[parents[i]]}> .\\n"); n += 1
    for row in range(len(owners)):
        t = e.term_row(row).replace('"', "'")
        f.write(f'<http://snomed.info/id/{ids[owners[row]]}> <{SKOS}altLabel> "{t}"@en .\\n'); n += 1
        if n >= wanted: break
start = time.perf_counter()
ox.Store(str(out / "store")).bulk_load(path=str(out / "x.nt"), format=ox.RdfFormat.N_TRIPLES)
loaded = time.perf_counter() - start
import rdflib
slice = (out / "x.nt").read_text().splitlines(keepends=True)[:50000]
start = time.perf_counter()
rdflib.Graph().parse(data="".join(slice), format="nt")
print(n, loaded, len(slice), time.perf_counter() - start)
"""


def main() -> None:
    """Print the figures."""
    concepts = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    place = Path(tempfile.mkdtemp())
    try:
        _measure(concepts, [Path(each) for each in sys.argv[2:]], place)
    finally:
        shutil.rmtree(place)


def _measure(concepts: int, paths: list[Path], place: Path) -> None:
    zips = [place / f"release-{edition}.zip" for edition in (1, 2)]
    if paths:
        zips = zips[:1]
        _zip(paths, zips[0])
    else:
        start = time.perf_counter()
        for edition, zipped in zip((1, 2), zips, strict=True):
            folder = place / f"release-{edition}"
            sample_release(folder, concepts, 1, edition=edition, monolith=True)
            _zip([folder], zipped)
            shutil.rmtree(folder)
        print(f"write and pack two editions of {concepts:,} concepts: {time.perf_counter() - start:.1f} s")
    inflating = Taken.of(lambda: inflate(zips[0]))
    print(f"inflate the zip of {zips[0].stat().st_size / 1e6:.0f} MB: {inflating}")
    marks: list[tuple[str, float, float]] = []
    start, processor = time.perf_counter(), time.process_time()

    def tell(step: str, *_: int) -> None:
        marks.append((step, time.perf_counter() - start, time.process_time() - processor))

    write_terminology(zips[:1], place / "terminology", progress=tell)
    tell("done")
    done = Taken(*marks[-1][1:])
    ready = next(Taken(*at) for step, *at in marks if step.endswith("search") and "SNOMED" in step)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"zip to titles, hierarchy, maps: {ready}, {ready.clock / inflating.clock:.2f} x inflating (goal 2)")
    print(f"zip to search as well: {done}; peak memory {peak:.2f} GB (goal 3 at 1 M)")
    argv = [sys.executable, "-c", BULK, str(place / "terminology"), "1000000", str(place)]
    told = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()  # noqa: S603  our own
    triples = 13.3 * concepts
    whole = float(told[1]) / int(told[0]) * triples
    print(f"pyoxigraph bulk load of {int(told[0]):,} of these triples: {float(told[1]):.1f} s (this is a slice)")
    print(f"  extrapolated to {triples:,.0f}: {whole:.0f} s; ready after {ready.clock / whole:.2f} of it (goal 0.2), "
          f"search after {done.clock / whole:.2f} (goal 0.33)")  # fmt: skip
    parsed = float(told[3]) / int(told[2]) * triples
    print(f"rdflib parsing {int(told[2]):,} of them: {float(told[3]):.1f} s (a slice); extrapolated {parsed:.0f} s,"
          f" {parsed / done.clock:.0f} x the whole load with search (goal 8)")  # fmt: skip
    built = Taken.of_command([sys.executable, "-m", "kg", "build", "examples/guidance", "--release", str(zips[0]),
                              "--into", str(place / "store"), "-o", str(place / "built.txt")])  # fmt: skip
    print(f"kg build with the zip: {built}, {built.clock / whole:.2f} of that bulk load (goal 1.3)")
    if len(zips) > 1:
        again = Taken.of_command([sys.executable, "-m", "kg", "build", "examples/guidance", "--release", str(zips[0]),
                                  "--release", str(zips[1]), "--into", str(place / "store"),
                                  "-o", str(place / "built.txt")])  # fmt: skip
        print(f"kg build with a second edition: {again}, {again.clock / built.clock:.2f} x the first (goal 1), "
              f"{again.processor / built.processor:.2f} x of processor time")  # fmt: skip
    _ask(Release(place / "terminology"))


def _zip(paths: list[Path], zipped: Path) -> None:
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in paths:
            for file in sorted(path.rglob("*.txt")):
                archive.write(file, file.relative_to(path))


def _ask(release: Release) -> None:
    opening = seconds(lambda: release.snomed().concept(138875005))
    print(f"open and show the first concept: {opening * 1e3:.1f} ms (goal 50)")
    edition = release.snomed()
    pick = random.Random(1)  # noqa: S311  a sample
    ids = [edition.ids[pick.randrange(len(edition))] for _ in range(20_001)]
    for name, goal, job in (
        ("concept by its identifier", 5, lambda a, _: edition.find(a)),
        ("preferred term", 5, lambda a, _: edition.term(a)),
        ("whole concept", 5, lambda a, _: edition.concept(a)),
        ("is A a kind of B", 3, lambda a, b: edition.subsumes(a, b)),
    ):
        for a in ids[:2000]:
            job(a, a)
        start = time.perf_counter()
        for a, b in pairwise(ids):
            job(a, b)
        print(f"{name}: {(time.perf_counter() - start) / 20_000 * 1e6:.2f} µs (goal {goal})")
    tops = [int(each.number) for each in edition.children(138875005)]
    start = time.perf_counter()
    rows = sum(len(edition.descendants(top)) for top in tops for _ in range(20))
    print(f"descendants: {rows / (time.perf_counter() - start) / 1e6:.0f} M rows/s (goal 20)")
    questions: list[str] = []
    while len(questions) < 600:
        words = edition.term(ids[pick.randrange(20_000)]).split()
        if len(words) > 2:
            some = pick.sample(words, 2)
            questions.append(" ".join(word[: pick.randrange(3, 9)] for word in some))
    taken = sorted(seconds(lambda q=q: edition.search.find(q)) for q in questions)
    print(f"search: median {taken[300] * 1e3:.2f} ms, p95 {taken[570] * 1e3:.2f} ms (goal 5)")


if __name__ == "__main__":
    main()
