"""The OWL export: the graph and the classes of records in one ontology in OWL 2 DL, for Protégé, owlready2 and
reasoners.
"""

from __future__ import annotations

from typing import BinaryIO

from pyoxigraph import NamedNode, Store

from kg.graph.export import Format, triples_of, write_triples
from kg.graph.iris import ONTOLOGY_GRAPH
from kg.owl.records import Ontology


def write_owl(
    store: Store, classes: Ontology, out: BinaryIO, format: Format, guidance: NamedNode | None = None
) -> None:
    """Write what the store holds (or what it holds of one guidance, and the vocabulary), with the classes.

    Class expressions are blank nodes here, numbered, so that the same store gives the same bytes. All of it is in
    memory: OWL tools need that too. It goes through no other store, which would keep the value of a count and not its
    datatype.

    Raises:
        KgError: KG-E0601 for a guidance that is not in the store; KG-E0704 for what the format cannot hold.
    """
    known = triples_of(store, guidance)
    vocabulary = [q.triple for q in store.quads_for_pattern(None, None, None, ONTOLOGY_GRAPH)]
    write_triples([*known, *vocabulary, *classes.triples], out, format)
