"""The OWL export: the graph and the classes of records in one ontology in OWL 2 DL, for Protégé, owlready2 and
reasoners.
"""

from __future__ import annotations

from typing import BinaryIO

from pyoxigraph import NamedNode, Store

from kg.graph.export import Format, triples_of, write_triples
from kg.graph.iris import ONTOLOGY_GRAPH
from kg.graph.rdfxml import nameless
from kg.owl.records import Ontology


def write_owl(
    store: Store, classes: Ontology, out: BinaryIO, format: Format | None, guidance: NamedNode | None = None
) -> list[str]:
    """Write what the store holds (or what it holds of one guidance, and the vocabulary), with the classes.

    Without a format it is RDF/XML, which every OWL tool reads; where that has no name for a property (attributes of
    SNOMED CT end in figures), N-Triples, which Protégé and owlready2 read too. What comes back are the properties that
    caused it.

    Class expressions are blank nodes here, numbered, so that the same store gives the same bytes. All of it is in
    memory: OWL tools need that too. It goes through no other store, which would keep the value of a count and not its
    datatype.

    Raises:
        KgError: KG-E0601 for a guidance that is not in the store; KG-E0704 for what the format cannot hold.
    """
    known = triples_of(store, guidance)
    vocabulary = [q.triple for q in store.quads_for_pattern(None, None, None, ONTOLOGY_GRAPH)]
    every = [*known, *vocabulary, *classes.triples]
    lacking = nameless(every) if format is None else []
    write_triples(every, out, format or (Format.NTRIPLES if lacking else Format.RDFXML))
    return lacking
