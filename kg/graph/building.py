"""Building a store: a new release is written aside, measured, put on the disk to stay, and only then made current.

A build that ends early, for whatever reason and at whatever moment, leaves the store as it was; what it leaves lying,
the next build removes.
"""

from __future__ import annotations

import errno
import hashlib
import heapq
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Literal

import pyoxigraph as ox

from kg.errors import KgError, Place
from kg.graph import lock
from kg.graph.manifest import (
    NAME,
    QUADS,
    TERMINOLOGY,
    Contents,
    Manifest,
    built_now,
    entries,
    faults_of_digest,
    faults_of_size,
    identity,
)
from kg.graph.store import (
    CURRENT,
    LOCK,
    RELEASES,
    current_id,
    is_free,
    is_store,
    not_a_store,
    quads_per_graph,
    read_manifest,
)

Step = Literal["load", "settle", "digest", "seal", "place", "point", "tidy", "done"]
"""What a build does next: fill the quad store, end its writing, measure its content, join its files and write the
release to the disk, move it to its place, make it current, remove what is old."""

Writer = Callable[[ox.Store], Contents]
"""Fills an empty quad store and tells what it put in."""

Beside = Callable[[Path], object]
"""Fills a folder that does not exist yet with the terminology part of a release, before the quads are written."""

_ASIDE = ".building-"
_REMOVED = ".removed-"
_LINES_AT_ONCE = 200_000  # of N-Quads held in memory while sorting: about 60 MB
_FEW_FILES = 64


@dataclass(frozen=True, slots=True)
class Release:
    """What a build has made current. `reused`: the same content stood there already, sound, and was left untouched."""

    path: Path
    manifest: Manifest
    reused: bool


def build(
    path: Path,
    write: Writer,
    *,
    beside: Beside | None = None,
    program: str = "terminology-kg",
    progress: Callable[[Step], None] | None = None,
) -> Release:
    """Write a release into the store at `path`, which need not exist yet, and make it current.

    `progress` is told each step before it begins. The release before stays, older ones go unless somebody reads them.

    Raises:
        KgError: KG-E0504 (another build is at it), KG-E0505 (the folder holds other things), KG-E0206, KG-E0207; and
            whatever `write` and `beside` raise.
    """
    tell = progress or (lambda _: None)
    with _faults_of_writing(path), ExitStack() as stack:
        stack.callback(_remove_if_bare, path, path.exists())
        _claim(path)
        stack.enter_context(lock.building(path / LOCK))
        _sweep(path)
        aside = path / RELEASES / f"{_ASIDE}{os.getpid()}"
        stack.callback(shutil.rmtree, aside, ignore_errors=True)
        aside.mkdir()
        if beside is not None:
            beside(aside / TERMINOLOGY)
        tell("load")
        release = _write_aside(aside, write, program, tell)
        tell("place")
        placed = _place(path, aside, release)
        tell("point")
        before = _current_or_none(path)
        _point(path, placed.manifest.id)
        tell("tidy")
        _tidy(path, {placed.manifest.id, before})
        tell("done")
        return placed


def standing(path: Path, made_of: str) -> Release | None:
    """The current release if it was made of just this and every byte of it is as written: building would give it again.

    `made_of` as in `kg.graph.manifest.Contents`.
    """
    current = _current_or_none(path)
    if current is None or not made_of:
        return None
    there = _sound(path / RELEASES / current)
    return Release(path / RELEASES / current, there, reused=True) if there and there.made_of == made_of else None


def quads_writer(quads: Iterable[ox.Quad], contents: Contents | None = None) -> Writer:
    """A writer of quads that are at hand."""

    def write(store: ox.Store) -> Contents:
        store.bulk_extend(quads)
        return contents or Contents()

    return write


def _claim(path: Path) -> None:
    """Make the folder, or see that it is ours to write into."""
    if not is_free(path) and not is_store(path):
        raise not_a_store(path)
    (path / RELEASES).mkdir(parents=True, exist_ok=True)


def _write_aside(aside: Path, write: Writer, program: str, tell: Callable[[Step], None]) -> Manifest:
    """A whole release in the folder `aside`, on the disk to stay."""
    # The quad store is filled in a folder of its own, and a checkpoint of it becomes the release: closed, without the
    # engine's diary (LOG), which holds times and paths, and whatever the writer still holds on to.
    scratch = aside / "work"
    scratch.mkdir()
    store = ox.Store(str(scratch / "store"))
    contents = write(store)
    tell("settle")
    store.flush()
    tell("digest")
    dump = scratch / "dump.nq"
    store.dump(str(dump), format=ox.RdfFormat.N_QUADS)
    content = _digest_of_sorted(dump)
    graphs = quads_per_graph(store)
    tell("seal")
    joined = scratch / "joined"
    if len(list((scratch / "store").glob("*.sst"))) > _FEW_FILES:
        # Each load leaves files of its own, and the engine's optimize does not join those that do not overlap: after
        # 4,000 small loads a store took 110 ms to open instead of 10. One load of all joins them.
        store = ox.Store(str(joined))
        store.bulk_load(path=str(dump), format=ox.RdfFormat.N_QUADS)
    together = _put_together(store, dump)
    store.flush()
    store.optimize()
    store.backup(str(aside / QUADS))
    del store
    shutil.rmtree(scratch)
    for options in (aside / QUADS).glob("OPTIONS-*"):
        options.unlink()  # the engine's settings when it wrote, 67 kB that no reader asks for
    files = entries(aside)
    manifest = Manifest(
        id=identity(content, files),
        content=content,
        built=built_now(),
        program=program,
        engine=f"pyoxigraph {ox.__version__}",
        quads=sum(graphs.values()),
        triples=together,
        graphs=graphs,
        counts=dict(contents.counts),
        inputs=contents.inputs,
        files=files,
        made_of=contents.made_of,
    )
    (aside / NAME).write_bytes(manifest.to_bytes())
    for file in (*sorted(aside.rglob("*"), reverse=True), aside):
        _sync(file)
    return manifest


def _put_together(store: ox.Store, dump: Path) -> int:
    """Load what all named graphs say as the default graph too, each triple once; the number of triples comes back.

    A question that names no graph is asked of it. The engine could take all graphs as one instead, but then finds a
    triple of two graphs twice, and counts it twice.
    """
    before = len(store)
    triples = dump.with_name("together.nt")
    with dump.open("rb") as quads, triples.open("wb") as out:
        # A line ends in a blank, the graph's name (which has none), a blank and the full stop.
        out.writelines(line.rsplit(b" ", 2)[0] + b" .\n" for line in quads)
    store.bulk_load(path=str(triples), format=ox.RdfFormat.N_TRIPLES)
    return len(store) - before


def _digest_of_sorted(dump: Path) -> str:
    """The SHA-256 of the lines of a file, sorted, with a bounded number of them in memory."""
    digest = hashlib.sha256()
    with dump.open("rb") as lines, ExitStack() as stack:
        runs: list[Iterable[bytes]] = []
        while run := sorted(islice(lines, _LINES_AT_ONCE)):
            if len(run) < _LINES_AT_ONCE:  # the last: no need to write it
                runs.append(run)
                break
            runs.append(stack.enter_context(_written(dump.with_name(f"run-{len(runs)}.nq"), run)))
        for line in heapq.merge(*runs):
            digest.update(line)
    return digest.hexdigest()


def _written(path: Path, lines: list[bytes]) -> IO[bytes]:
    with path.open("wb") as file:
        file.writelines(lines)
    return path.open("rb")


def _place(path: Path, aside: Path, manifest: Manifest) -> Release:
    """Move the release to its place, unless the same stands there, sound."""
    release = path / RELEASES / manifest.id
    if release.exists():
        if (there := _sound(release)) is not None and there.content == manifest.content:
            return Release(release, there, reused=True)
        _remove(release)
    aside.rename(release)
    _sync(release.parent)
    return Release(release, manifest, reused=False)


def _sound(release: Path) -> Manifest | None:
    """The manifest of a release if all its bytes are as written."""
    try:
        manifest = read_manifest(release)
    except KgError:
        return None
    faults = [*faults_of_size(manifest, release), *faults_of_digest(manifest, release)]
    return None if faults else manifest


def _point(path: Path, id: str) -> None:
    """Make a release current: by renaming, so that a reader sees the one before or this one."""
    fresh = path / f"{CURRENT}.new"
    fresh.write_bytes(f"{id}\n".encode())
    _sync(fresh)
    fresh.replace(path / CURRENT)
    _sync(path)


def _current_or_none(path: Path) -> str | None:
    try:
        return current_id(path)
    except KgError:
        return None


def _tidy(path: Path, keep: set[str | None]) -> None:
    """Remove releases that are neither current nor the one before nor being read."""
    if None in keep or len(keep) < 2:
        return
    for release in sorted((path / RELEASES).iterdir()):
        if release.name in keep or not (release / NAME).is_file():
            continue
        with lock.unread(release / NAME) as free:
            if free:
                _remove(release)


def _sweep(path: Path) -> None:
    """Remove what builds that were killed have left. Nobody else is building: we hold the lock."""
    for left in sorted((path / RELEASES).iterdir()):
        if left.name.startswith((_ASIDE, _REMOVED)):
            shutil.rmtree(left)
    (path / f"{CURRENT}.new").unlink(missing_ok=True)


def _remove(release: Path) -> None:
    """Remove a release: out of sight in one step, then its files."""
    gone = release.with_name(f"{_REMOVED}{release.name}")
    release.rename(gone)
    shutil.rmtree(gone)


def _remove_if_bare(path: Path, existed: bool) -> None:
    """After a first build that failed: leave no empty folders behind."""
    if (path / CURRENT).exists():
        return
    with suppress(OSError):  # something is in there, or was never made: it stays as it is
        (path / RELEASES).rmdir()
        (path / LOCK).unlink(missing_ok=True)
        if not existed:
            path.rmdir()


def _sync(path: Path) -> None:
    """Put a file or a folder on the disk to stay."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def _faults_of_writing(path: Path) -> Iterator[None]:
    """What the system refuses while a store is written, as errors of ours."""
    try:
        yield
    except OSError as error:
        if not _concerns(error, path.absolute()):
            raise
        words = str(error)  # the engine tells the system's words, not its number
        if error.errno in _FULL or "No space left" in words or "quota exceeded" in words:
            why = "The store is as it was before. A build needs room for the new release beside the old one."
            hint = "Free some space and build again, or build elsewhere: --into FOLDER"
            raise KgError(
                "KG-E0207", "no space left for the store", where=Place(str(path)), why=why, hint=hint
            ) from error
        reason = error.strerror or words.splitlines()[0].removeprefix("IO error: ")
        why = "The store is as it was before."
        hint = "Build into a folder that you may write to: --into FOLDER"
        raise KgError(
            "KG-E0206", f"the store cannot be written: {reason}", where=Place(str(path)), why=why, hint=hint
        ) from error


def _concerns(error: OSError, path: Path) -> bool:
    """Whether a fault of the system is about the store: at a file in it or a folder around it, or at none."""
    if not isinstance(error.filename, str | os.PathLike):
        return True
    named = Path(error.filename).absolute()
    return named.is_relative_to(path) or path.is_relative_to(named)
