"""What is served: a release of a store, or plain RDF files as they are."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from kg.errors import KgError, Place
from kg.graph.sparql import PREFIXES
from kg.graph.store import current_id, open_store, quads_per_graph
from kg.terminology.editions import FOLDER, read_editions

_DATASETS = {".nq": ox.RdfFormat.N_QUADS, ".trig": ox.RdfFormat.TRIG}
_GRAPHS = {
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".ttl": ox.RdfFormat.TURTLE,
    ".n3": ox.RdfFormat.N3,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".xml": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
}


@dataclass(frozen=True, slots=True)
class Data:
    """A data set that never changes: its id, where its quads lie, and its graphs with their numbers of triples.

    With `union`, the default graph has what all graphs have together: one of a store. `close` lets go of it. `store` is
    the folder of the store whose release `id` it is; None for plain RDF.
    """

    id: str
    quads: Path
    graphs: Mapping[str, int]
    union: bool
    prefixes: Mapping[str, str]
    close: Callable[[], None]
    store: Path | None = None


def of_store(path: Path) -> Data:
    """The current release of a store; it stays while it is served, however often the store is built anew.

    Raises:
        KgError: those of `open_store` and of `read_editions`: what no worker could open is told now.
    """
    snapshot = open_store(path)
    try:
        read_editions(snapshot.release / FOLDER)
    except KgError:
        snapshot.close()
        raise
    snapshot.close_quads()
    graphs = {"": snapshot.manifest.triples, **snapshot.manifest.graphs}
    return Data(snapshot.id, snapshot.release / "quads", graphs, True, PREFIXES, snapshot.close, path.absolute())


def current(path: Path) -> str:
    """The id of the release that a store has now."""
    return current_id(path)


def of_files(paths: Sequence[Path]) -> Data:
    """RDF files as one data set: named graphs of TriG and N-Quads (and JSON-LD) stay, all else is the default graph.

    Raises:
        KgError: KG-E0201, KG-E0206 (no folder for temporary files), KG-E0208 (no kind of RDF file), KG-E0213 (not what
        it says it is).
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="kg-serve-"))
    except OSError as error:
        raise KgError(
            "KG-E0206",
            "there is no folder for temporary files",
            why="Plain RDF files are loaded into a store of their own before they are served.",
            hint="Name one that can be written to: TMPDIR=FOLDER kg serve …",
        ) from error
    digest = hashlib.blake2b(digest_size=8)
    try:
        store = ox.Store(str(folder))
        for path in paths:
            _load(store, path)
            digest.update(path.read_bytes())
        store.flush()
        graphs = quads_per_graph(store)
        del store
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Data(digest.hexdigest(), folder, graphs, False, {}, lambda: shutil.rmtree(folder, ignore_errors=True))


def _load(store: ox.Store, path: Path) -> None:
    if not path.is_file():
        raise KgError("KG-E0201", "no such file", where=Place(str(path)), hint="Name files of RDF.")
    form = (_DATASETS | _GRAPHS).get(path.suffix.lower())
    if form is None:
        known = ", ".join(sorted(_DATASETS | _GRAPHS))
        raise KgError("KG-E0208", "not a kind of RDF file", where=Place(str(path)), hint=f"There are: {known}")
    if form == ox.RdfFormat.RDF_XML and b"<!ENTITY" in path.read_bytes():
        # The engine expands entities without a bound.
        raise KgError(
            "KG-E0213", "the file declares entities", where=Place(str(path)), why="They can expand without end."
        )
    try:
        store.bulk_load(path=str(path), format=form, base_iri=path.resolve().as_uri())
    except (SyntaxError, ValueError) as error:
        raise KgError("KG-E0213", f"not {form.name}: {error}", where=Place(str(path))) from error
