"""The store: a folder of finished releases, of which one is current. Opened to read only, never changed in place.

    STORE/current               the id of the release in use, one line; replaced by renaming
    STORE/releases/<id>/        manifest.json and quads/ (pyoxigraph), written once by `kg.graph.building`
    STORE/.lock                 held while building

A reader opens the release that is current and keeps it however often the store is built anew meanwhile. docs/store.md
tells why so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import pyoxigraph as ox

from kg.errors import KgError, Place
from kg.graph import lock
from kg.graph.manifest import BUILD_AGAIN, NAME, QUADS, Manifest, damaged, faults_of_digest, faults_of_size

CURRENT = "current"
RELEASES = "releases"
LOCK = ".lock"
_POINTER = re.compile(rb"([0-9a-f]{16})\n")


@dataclass(slots=True, eq=False)
class Snapshot:
    """One release of a store, open for reading; what it answers never changes.

    A context manager; `close` lets go of it. While it is open, builders leave its release in place.
    """

    path: Path
    """The folder of the store."""
    release: Path
    """The folder of the release."""
    manifest: Manifest
    _quads: ox.Store | None
    _descriptor: int = field(repr=False)

    @property
    def id(self) -> str:
        """The id of the release: equal content has one id."""
        return self.manifest.id

    @property
    def quads(self) -> ox.Store:
        """The quad store, read-only."""
        if self._quads is None:
            raise ValueError("the snapshot is closed")
        return self._quads

    def close_quads(self) -> None:
        """Let go of the quads, which take memory; the release stays in place for other processes that open them."""
        self._quads = None

    def close(self) -> None:
        """Let go of the release. Twice does no harm."""
        self.close_quads()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def verify(self) -> tuple[KgError, ...]:
        """What is wrong with the release, each a KG-E0502 at its file; nothing if all is as written."""
        return tuple(_faults(self.manifest, self.release))


def open_store(path: Path) -> Snapshot:
    """The current release of a store, after a check of its manifest and of the sizes of its files.

    Raises:
        KgError: KG-E0501 (none there), KG-E0502 (damaged), KG-E0503 (of another format), KG-E0505 (another kind of
        folder).
    """
    while True:
        id = current_id(path)
        release = path / RELEASES / id
        try:
            return _open(path, release)
        except FileNotFoundError as error:
            # A release that is gone although it is current is damage; one that is no longer current was replaced
            # under our hands.
            if current_id(path) == id:
                read_manifest(release)
                raise damaged(Place(str(release)), "the current release is incomplete") from error


def open_release(path: Path, id: str) -> Snapshot:
    """One release of a store, whether or not it is the current one.

    Raises:
        KgError: KG-E0501, if it is no longer there; those of `open_store`.
    """
    try:
        return _open(path, path / RELEASES / id)
    except FileNotFoundError as error:
        raise KgError("KG-E0501", f"the release {id} is gone", where=Place(str(path))) from error


def verify(path: Path) -> tuple[KgError, ...]:
    """What is wrong with a store, also with one that does not open; nothing if all is sound. Reads every byte."""
    try:
        release = path / RELEASES / current_id(path)
        return tuple(_faults(read_manifest(release), release))
    except KgError as error:
        return (error,)


def current_id(path: Path) -> str:
    """The id of the release in use.

    Raises:
        KgError: KG-E0501, KG-E0502, KG-E0505.
    """
    try:
        told = (path / CURRENT).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _not_there(path) from error
    except OSError as error:
        raise KgError(
            "KG-E0205", f"the store cannot be read: {error.strerror}", where=Place(str(path / CURRENT))
        ) from error
    if (found := _POINTER.fullmatch(told)) is None:
        raise damaged(Place(str(path / CURRENT)), "the pointer to the current release cannot be read")
    return found[1].decode()


def read_manifest(release: Path) -> Manifest:
    """The manifest of a release.

    Raises:
        KgError: KG-E0502, KG-E0503.
    """
    place = Place(str(release / NAME))
    try:
        manifest = Manifest.from_bytes((release / NAME).read_bytes(), place)
    except (FileNotFoundError, NotADirectoryError) as error:
        if not release.is_dir():
            pointer = Place(str(release.parent.parent / CURRENT))
            raise damaged(pointer, f"the release that is said to be current is not there: {release.name}") from error
        raise damaged(place, "the manifest of the release is missing") from error
    if manifest.id != release.name:
        raise damaged(place, f"the manifest is that of release {manifest.id}")
    return manifest


def is_store(path: Path) -> bool:
    """Whether a folder holds a store or the beginnings of one, and nothing else that can be seen."""
    names = {entry.name for entry in path.iterdir()} if path.is_dir() else set()
    seen = {name for name in names if not name.startswith(".")}
    return RELEASES in names and (LOCK in names or CURRENT in names) and seen <= {CURRENT, RELEASES, f"{CURRENT}.new"}


def is_free(path: Path) -> bool:
    """Whether nothing is there, or an empty folder."""
    return not path.exists() or (path.is_dir() and not any(path.iterdir()))


def not_a_store(path: Path) -> KgError:
    """KG-E0505 for a file, or a folder with files of others."""
    if not path.is_dir():
        what = "this is a file; a store is a folder"
    elif (path / "IDENTITY").exists() and (path / "CURRENT").exists():
        what = "this is a bare quad store, without releases and manifest"
    else:
        what = "this folder holds other files, it is not a store"
    return KgError(
        "KG-E0505", what, where=Place(str(path)), hint="Name a store that kg build has written, or a new folder."
    )


def _not_there(path: Path) -> KgError:
    if not is_free(path) and not is_store(path):
        return not_a_store(path)
    if any(path.glob(f"{RELEASES}/[0-9a-f]*/{NAME}")):
        return damaged(Place(str(path / CURRENT)), "the pointer to the current release is missing")
    why = "" if is_free(path) else "A first build of it did not end."
    hint = f"Build one: kg build SOURCES… --into {path}  Or see a small one: kg demo"
    return KgError("KG-E0501", f"no store at {path}", why=why, hint=hint)


def _open(path: Path, release: Path) -> Snapshot:
    """Open a release.

    Raises:
        FileNotFoundError: if it is not there, or was removed meanwhile.
    """
    descriptor = lock.reading(release / NAME)
    try:
        manifest = read_manifest(release)
        for fault in faults_of_size(manifest, release):
            if not (release / NAME).exists():
                raise FileNotFoundError(release)
            raise fault
        quads = ox.Store.read_only(str(release / QUADS))
    except FileNotFoundError:
        os.close(descriptor)
        raise
    except OSError as error:
        os.close(descriptor)
        raise _unreadable(release, error) from error
    except BaseException:
        os.close(descriptor)
        raise
    return Snapshot(path, release, manifest, quads, descriptor)


def _unreadable(release: Path, error: OSError) -> KgError:
    reason = str(error).splitlines()[0]
    return KgError(
        "KG-E0502", "the quads cannot be opened", where=Place(str(release / QUADS)), why=reason, hint=BUILD_AGAIN
    )


def _faults(manifest: Manifest, release: Path) -> Iterator[KgError]:
    """All that is wrong with a release: sizes and digests of its files; if those are sound, its counts of quads."""
    found = [*faults_of_size(manifest, release), *faults_of_digest(manifest, release)]
    yield from found
    if found:
        return
    try:
        graphs = quads_per_graph(ox.Store.read_only(str(release / QUADS)))
    except OSError as error:
        yield _unreadable(release, error)
        return
    told = {**manifest.graphs, "": manifest.triples}
    for graph in sorted(graphs.keys() | told.keys()):
        has, should = graphs.get(graph, 0), told.get(graph, 0)
        if has != should:
            name = f"graph <{graph}>" if graph else "the default graph"
            yield damaged(Place(str(release / QUADS)), f"{name} has {has:,} quads, not {should:,}")


def quads_per_graph(store: ox.Store) -> dict[str, int]:
    """The number of quads of each named graph, and of the default graph (as "") if it has any."""
    counts = {}
    found = store.query("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    for graph, number in found:  # type: ignore[reportGeneralTypeIssues]  a SELECT gives solutions
        if graph is not None:
            counts[graph.value] = int(number.value)
    rest = len(store) - sum(counts.values())
    return dict(sorted(counts.items())) | ({"": rest} if rest else {})
