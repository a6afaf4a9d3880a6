"""The whole data set with its classes of records is a consistent ontology in OWL 2 DL, and HermiT classifies records by
it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import Triple

from kg import resources
from kg.building import build
from kg.codes import Code, Scheme
from kg.expression.condition import Context
from kg.expression.nodes import picks
from kg.expression.recommendation import Side
from kg.graph.derivation import combinations_by_sparql
from kg.graph.iris import DATA, combination_iri, guidance_iri
from kg.owl.definitions import definitions
from kg.owl.hermit import Realisation, realise
from kg.owl.profile import check_profile
from kg.standards import load_national
from kg.workspace import Workspace, open_workspace
from tests.oracle.brute_force import is_met

RECORDS = {
    "alone": "J12.8",
    "percutaneous": "J12.8 Y13.2 Y53.4",
    "no-image": "J12.8 Y13.2",
    "laparoscopic": "J12.7 Y75.2 Y53.2",
    "radiation": "J12.3 X65.3 Y36.4 Y89.1 Y53.4",
    "of-the-heart": "K40.1 Z94.3",
    "none": "",
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Iterator[Workspace]:
    into: Path = tmp_path_factory.mktemp("owl") / "store"
    build(sorted(resources.path("examples/guidance").iterdir()), into, version="0")
    with open_workspace(into) as opened:
        yield opened


@pytest.fixture(scope="module")
def ontology(workspace) -> list[Triple]:
    """What an OWL export holds, the triples of all graphs and the classes of records; and some records."""
    told = definitions(
        workspace.recommendations.values(),
        lambda r, side: workspace.combinations(r.id, side=side),
        workspace.classification,
        load_national(),
    )
    named = [p.selector for r in workspace.recommendations.values() for side in Side for p in picks(r.side(side))]
    for name, text in RECORDS.items():
        codes = [Code.parse(word, Scheme.OPCS4) for word in text.split()]
        told.record(f"{DATA}record/{name}", codes)
        told.below(codes, named, workspace.classification.chapters)
    return [*dict.fromkeys([*(quad.triple for quad in workspace.snapshot.quads), *told.triples])]


@pytest.fixture(scope="module")
def realisation(ontology) -> Realisation:
    return realise(ontology, [f"{DATA}record/{name}" for name in RECORDS])


def test_the_data_set_is_in_owl_2_dl(ontology):
    assert check_profile(ontology) == []


def test_the_data_set_is_consistent_and_every_class_can_have_a_member(realisation):
    assert realisation.consistent
    assert realisation.empty == ()


def test_records_are_in_the_classes_of_the_combinations_that_they_meet(workspace, realisation):
    chapters = workspace.classification.chapters
    for name, text in RECORDS.items():
        codes = [Code.parse(word, Scheme.OPCS4) for word in text.split()]
        types = realisation.types[f"{DATA}record/{name}"]
        for r in workspace.recommendations.values():
            guidance = guidance_iri(r.id)
            met = {
                c.rank: is_met(c.selectors, codes, chapters) for c in workspace.combinations(r.id, side=Side.PROCEDURE)
            }
            for rank, expected in met.items():
                iri = f"{combination_iri(guidance, Side.PROCEDURE, rank).value}/records"
                assert (iri in types) == expected, (name, iri)
            assert (f"{guidance.value}/records/procedure" in types) == any(met.values())
            # No diagnosis is recorded, so that nothing meets a guidance that asks for one.
            assert (f"{guidance.value}/records" in types) == (any(met.values()) and r.diagnosis is None)


def test_a_variant_is_the_union_of_its_combinations(realisation):
    variant = f"{guidance_iri('IPG369').value}/records/procedure/approach/"
    types = {
        name: {
            iri.removeprefix(variant) for iri in realisation.types[f"{DATA}record/{name}"] if iri.startswith(variant)
        }
        for name in ("alone", "percutaneous")
    }
    assert types == {"alone": set(), "percutaneous": {"percutaneous"}}


@pytest.mark.parametrize("given", [{}, {"primary-tumour": "eradicated"}, {"approach": "!open"}])
def test_sparql_alone_derives_the_combinations_of_every_guidance(workspace, given):
    context = Context.of(given, workspace.facets)
    for r in workspace.recommendations.values():
        for side in Side:
            expected = [sorted(map(str, c.selectors)) for c in workspace.combinations(r.id, context, side)]
            found = combinations_by_sparql(workspace.snapshot.quads, guidance_iri(r.id), side, context)
            assert found == sorted(" + ".join(selectors) for selectors in expected)
