#!/usr/bin/env python3
"""Builds with a release that are killed at random moments, and disks that fill up: the store answers as before.

    python tools/campaign_builds.py --concepts 100000 --kills 30
    python tools/campaign_builds.py --concepts 100000 --kills 0 --disks 5

Two editions of a made-up release are built in turn into one store. A process that builds is killed (SIGKILL) at a
moment drawn from the time that a whole build takes; then every byte of the store is held against its manifest, and its
answers against those of the edition before or after. Disks are memory of a fixed size (`unshare`, `mount -t tmpfs`):
the largest just too small for the new store beside the old one. Exit status 1 if the store ever says anything else.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import kg
from kg import resources
from kg.graph.store import verify
from kg.terminology.sample.writing import sample_release

ROOT = Path(__file__).resolve().parent.parent
Answers = dict[str, object]
_CONCEPT = 404684003


def answers(path: Path) -> Answers:
    """What a store says of its edition: counts, a concept and what is below it, what a search finds, guidances."""
    with kg.open(path) as store:
        edition = store.release.snomed()
        return {
            "id": store.snapshot.id,
            "edition": edition.edition.name,
            "concepts": len(edition),
            "below": edition.count_below(_CONCEPT),
            "found": [edition.term_row(hit.term) for hit in edition.search.find("disorder of").hits],
            "guidances": list(store.recommendations),
        }


def command(release: Path, into: Path) -> list[str]:
    """The command that builds a store."""
    guidance = str(resources.path("examples") / "guidance")
    return [sys.executable, "-m", "kg", "build", guidance, "--release", str(release), "--into", str(into)]


def build(release: Path, into: Path) -> float:
    """Build to the end; the seconds that it took."""
    start = time.monotonic()
    subprocess.run(command(release, into), cwd=ROOT, check=True, capture_output=True)  # noqa: S603  our own
    return time.monotonic() - start


def killed(releases: tuple[Path, Path], place: Path, kills: int, chance: Random) -> list[str]:
    """What was wrong after builds that were killed at random moments."""
    store, wrong = place / "store", list[str]()
    build(releases[0], store)
    wanted = [answers(store)]
    whole = build(releases[1], place / "other")
    wanted.append(answers(place / "other"))
    shutil.rmtree(place / "other")
    current, ended = 0, 0
    for turn in range(kills):
        moment = chance.random() * whole
        with subprocess.Popen(  # noqa: S603  our own
            command(releases[1 - current], store), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(moment)
            process.kill()
        if faults := verify(store):
            wrong.append(f"kill {turn} after {moment:.2f} s: {faults[0]}")
        told = answers(store)
        if told not in wanted:
            wrong.append(f"kill {turn} after {moment:.2f} s: {json.dumps(told)[:300]}")
        ended += told == wanted[1 - current]
        current = wanted.index(told) if told in wanted else current
    build(releases[1 - current], store)  # the next one ends, and leaves nothing lying about
    left = [path.name for path in (store / "releases").iterdir() if path.name.startswith(".")]
    if answers(store) != wanted[1 - current] or left:
        wrong.append(f"the build after them: {left}")
    print(f"{kills} kills over {whole:.1f} s of a build, {ended} of them after its end: {len(wrong)} wrong")
    return wrong


def filled(releases: tuple[Path, Path], place: Path, disks: int) -> list[str]:
    """What was wrong after builds on disks that were full before their end."""
    store, wrong = place / "old", list[str]()
    build(releases[0], store)
    before = answers(store)
    build(releases[1], place / "new")
    sizes = [sum(f.stat().st_size for f in s.rglob("*") if f.is_file()) for s in (store, place / "new")]
    for n in range(disks):
        room = sizes[0] + int(sizes[1] * (n + 0.5) / disks)
        disk = place / "disk"
        disk.mkdir(exist_ok=True)
        inside = [sys.executable, __file__, "--inside", str(disk), str(store), str(releases[1])]
        script = 'mount -t tmpfs -o "size=$1" tmpfs "$2" && shift 2 && exec "$@"'
        argv = ["unshare", "--mount", "--map-root-user", "sh", "-c", script, "sh", str(room), str(disk), *inside]
        ran = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  our own
        told = json.loads(ran.stdout) if ran.returncode == 0 else {"error": ran.stderr}
        if told != {"code": 2, "error": "KG-E0207", "faults": [], "answers": before, "left": []}:
            wrong.append(f"a disk of {room:,} bytes: {json.dumps(told)[:500]}")
    print(f"{disks} disks that were full before the end of a build: {len(wrong)} wrong")
    return wrong


def inside(disk: Path, old: Path, release: Path) -> None:
    """On the small disk: build beside the old store, and tell what came of it."""
    store = disk / "store"
    shutil.copytree(old, store)
    ran = subprocess.run(command(release, store), cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    left = [path.name for path in (store / "releases").iterdir() if path.name.startswith(".")]
    told = {
        "code": ran.returncode,
        "error": "KG-E0207" if "KG-E0207" in ran.stderr else ran.stderr[-300:],
        "faults": [str(fault) for fault in verify(store)],
        "answers": answers(store),
        "left": left,
    }
    print(json.dumps(told))


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--concepts", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--disks", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inside", nargs=3, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        inside(*given.inside)
        return
    with tempfile.TemporaryDirectory() as name:
        place, wrong = Path(name), list[str]()
        for edition in (1, 2):
            sample_release(place / f"release-{edition}", given.concepts, given.seed, edition=edition, monolith=True)
        releases = place / "release-1", place / "release-2"
        if given.kills:
            wrong += killed(releases, place, given.kills, Random(given.seed))  # noqa: S311  no secret
        if given.disks:
            wrong += filled(releases, place, given.disks)
    print(*wrong, sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
