"""A thousand documents of all formats built into a store: by one process, by two, and again with nothing changed.

    python benchmarks/folder.py [DOCUMENTS]

The documents are drawn and rendered here, a fifth each of text, Markdown, HTML, DOCX and PDF, in both layouts. Stages:
reading (documents to recommendations), deriving (recommendations to quads), storing (one process: the quads loaded,
digested and put on the disk). Every build is into a folder of its own, and gives the same release. Goals: two processes
read and derive in at most 0.7 of the time of one, where there are two processors that nobody else uses; a build of
what is unchanged takes at most a tenth of a build.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent))

from kg.building import BuildReport, build
from kg.errors import KgError
from kg.folder.side_by_side import cores
from kg.rendering.document import Form, render_page, write_page
from kg.rendering.wordings import Style
from tests.rendering.documents import Draw

DOCUMENTS = 1000


def documents(folder: Path, count: int) -> None:
    """Write so many documents."""
    made, seed = 0, 0
    while made < count:
        seed += 1
        r = replace(Draw(Random(seed)).recommendation(), id=f"IPG{1000 + made}")  # noqa: S311
        try:
            page = render_page(r, tuple(Style)[seed % 2], seed=seed)
        except KgError:  # what a layout cannot say
            continue
        form = tuple(Form)[made % len(Form)]
        (folder / f"{r.id}{form.suffix}").write_bytes(write_page(page, form))
        made += 1


def timed(folder: Path, store: Path, cache: Path, jobs: int) -> tuple[dict[str, float], BuildReport]:
    """The seconds of each stage of a build."""
    os.environ["KG_CACHE"] = str(cache)
    at: dict[str, float] = {"begun": time.perf_counter()}

    def step(stage: str, _done: int, _total: int) -> None:
        at[stage] = time.perf_counter()

    report = build([folder], store, jobs=jobs, progress=step)
    at["storing"] = time.perf_counter()
    stages = list(at.items())
    spent = {name: end - stages[i][1] for i, (name, end) in enumerate(stages[1:])}
    return {"all": at["storing"] - at["begun"], **spent}, report


def main() -> int:
    """Print a row for each build; 1 if a goal is missed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS
    with tempfile.TemporaryDirectory() as name:
        within = Path(name)
        (within / "in").mkdir()
        documents(within / "in", count)
        one, first = timed(within / "in", within / "s1", within / "c1", 1)
        two, second = timed(within / "in", within / "s2", within / "c2", 2)
        same, third = timed(within / "in", within / "s2", within / "c2", 2)
        changed = within / "in" / "IPG1000.txt"
        changed.write_text(changed.read_text() + "\n", encoding="utf-8")
        least, fourth = timed(within / "in", within / "s2", within / "c2", 2)
    rows = {"1 process": one, "2 processes": two, "nothing changed": same, "one changed": least}
    print(f"{count} documents, {first.quads:,} quads, {cores()} processors, load {os.getloadavg()[0]:.1f}")
    print(f"{'':18}{'all s':>8}{'reading':>9}{'deriving':>10}{'storing':>9}{'unchanged':>11}")
    for (kind, spent), report in zip(rows.items(), (first, second, third, fourth), strict=True):
        cells = "".join(f"{spent.get(s, 0.0):{w}.1f}" for s, w in (("all", 8), ("reading", 9), ("deriving", 10)))
        kept = sum(outcome.unchanged for outcome in report.read.outcomes)
        print(f"{kind:18}{cells}{spent['storing']:9.1f}{kept:11}")
    work = [spent["reading"] + spent["deriving"] for spent in (one, two)]
    met = work[1] <= 0.7 * work[0], same["all"] <= 0.1 * two["all"]
    print(f"goal reading and deriving, 2 / 1 <= 0.7: {work[1] / work[0]:.2f}, {'met' if met[0] else 'missed'}")
    print(f"goal nothing changed / all <= 0.1: {same['all'] / two['all']:.3f}, {'met' if met[1] else 'missed'}")
    print(f"one release whatever the processes: {'yes' if first.release == second.release else 'NO'}")
    return 0 if all(met) and first.release == second.release else 1


if __name__ == "__main__":
    sys.exit(main())
