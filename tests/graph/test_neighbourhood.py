"""A neighbourhood is a small networkx graph around a code, concept or guidance."""

from pathlib import Path

import networkx as nx
import pytest
from pyoxigraph import NamedNode

from kg.building import build
from kg.codes import Scheme, parse_selector
from kg.errors import KgError
from kg.graph.iris import guidance_iri, selector_iri
from kg.graph.neighbourhood import neighbourhood
from kg.graph.store import Snapshot, open_store

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "guidance").iterdir())


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    store = tmp_path_factory.mktemp("neighbourhood") / "store"
    build(EXAMPLES, store)
    return open_store(store)


def code(text: str) -> NamedNode:
    return selector_iri(parse_selector(text, Scheme.OPCS4))


def test_what_a_code_requires_and_who_says_so(examples: Snapshot) -> None:
    found = neighbourhood(examples.quads, code("J12.8"))
    said = {
        (f["relation"], found.nodes[b].get("notation"))
        for a, b, f in found.edges(data=True)
        if a == code("J12.8").value
    }
    assert ("requiresAdditional", "Y13.2") in said
    assert ("alternativeTo", "J03.2") in said
    assert (guidance_iri("IPG369").value, code("J12.8").value) in found.edges()
    graphs = {f["graph"] for _, _, f in found.edges(data=True) if f["relation"] == "requiresAdditional"}
    assert graphs == {"https://w3id.org/terminology-kg/graph/guidance/IPG369"}


def test_a_wider_radius_reaches_further_and_a_most_cuts_it(examples: Snapshot) -> None:
    near, far = (neighbourhood(examples.quads, guidance_iri("IPG369"), radius) for radius in (1, 2))
    assert set(near) < set(far)
    assert not far.graph["cut"]
    cut = neighbourhood(examples.quads, guidance_iri("IPG369"), 2, most=3)
    assert (len(cut), cut.graph["cut"]) == (3, True)
    assert nx.is_weakly_connected(far)


def test_what_the_store_does_not_know_is_refused(examples: Snapshot) -> None:
    with pytest.raises(KgError) as fault:
        neighbourhood(examples.quads, NamedNode("https://example.org/nothing"))
    assert fault.value.id == "KG-E0601"
