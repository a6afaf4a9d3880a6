"""An ontology says the same in each syntax; where RDF/XML cannot hold it, it is written in one that can."""

from __future__ import annotations

import io

import pytest
from pyoxigraph import NamedNode, Quad, Store
from rdflib import Graph
from rdflib.compare import isomorphic

from kg.errors import KgError
from kg.graph.export import Format
from kg.owl.exporting import write_owl
from kg.owl.records import Ontology

SNOMED = "http://snomed.info/id/"
SAID = Quad(
    NamedNode(f"{SNOMED}709020001"),
    NamedNode(f"{SNOMED}363698007"),
    NamedNode(f"{SNOMED}10200004"),
    NamedNode("https://example.org/graph"),
)


def ontology() -> Ontology:
    """An ontology with class expressions, which are blank nodes."""
    made = Ontology("https://example.org/records")
    made.intersection_class("https://example.org/both", "both", ["https://example.org/a", "https://example.org/b"])
    return made


def written(format: Format | None, *quads: Quad) -> tuple[bytes, list[str]]:
    store, out = Store(), io.BytesIO()
    store.extend(quads)
    lacking = write_owl(store, ontology(), out, format)
    return out.getvalue(), lacking


def test_class_expressions_are_the_same_in_each_syntax() -> None:
    graphs = [Graph().parse(data=written(format)[0], format=name) for format, name in SYNTAXES.items()]
    assert len(graphs[0]) > 5
    assert all(isomorphic(graphs[0], other) for other in graphs[1:])
    assert written(None) == written(Format.RDFXML)


SYNTAXES = {Format.RDFXML: "xml", Format.TURTLE: "turtle", Format.NTRIPLES: "nt"}


def test_a_property_that_ends_in_figures_is_not_left_out() -> None:
    data, lacking = written(None, SAID)
    assert lacking == [SAID.predicate.value]
    assert data == written(Format.NTRIPLES, SAID)[0]
    assert f"{SAID.triple} .\n".encode() in data


def test_rdf_xml_that_is_asked_for_is_refused_before_anything_is_written() -> None:
    store, out = Store(), io.BytesIO()
    store.add(SAID)
    with pytest.raises(KgError) as fault:
        write_owl(store, ontology(), out, Format.RDFXML)
    assert (fault.value.id, out.getvalue()) == ("KG-E0704", b"")
    assert "363698007" in fault.value.what
    assert ".ttl" in fault.value.hint
