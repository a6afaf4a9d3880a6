"""The five seed documents, read and encoded as a build does it, have the relations that an expert derives from them."""

from pathlib import Path

import pytest
from pyoxigraph import Quad

from kg.expression.recommendation import Recommendation, Side
from kg.graph import dataset, iris, relations, shapes
from kg.graph.decode import decode_recommendation
from kg.graph.vocabulary import Property
from kg.guidance.reading import read_file
from tests.graph.builders import built, encoded
from tests.graph.examples import related

MAPS = {
    ("IPG553", "709020001"): {"J03.2", "procedure/1"},
    ("IPG553", "448540000"): {"J08.3", "procedure/1"},
    ("IPG553", "609232008"): {"J12.7", "procedure/1"},
    ("IPG553", "813671000000107"): {"C78.7", "diagnosis/1"},
    ("IP1062/2", "737083005"): {"J16.1", "X70-X71", "procedure/1"},
    ("IP1062/2", "95214007"): {"C22.-", "diagnosis/1"},
    ("IP1062/2", "94381002"): {"C78.7", "diagnosis/1"},
}


@pytest.fixture(scope="module")
def seeds(shared: Path) -> dict[str, Recommendation]:
    return {r.id: r for r in (read_file(path) for path in sorted((shared / "seeds").glob("*.txt")))}


@pytest.fixture(scope="module")
def found(seeds: dict[str, Recommendation]) -> dict[str, list[Quad]]:
    return {id: relations.derived(encoded(r), dataset.facets()) for id, r in seeds.items()}


@pytest.mark.parametrize(("guidance", "concept"), MAPS)
def test_concepts_map_to_what_their_term_decides(found, guidance, concept):
    assert set(related(found[guidance], Property.MAPS_TO, concept)) == MAPS[guidance, concept]


def test_sirt_requires_its_three_codes_and_the_diagnosis_a_choice(found):
    quads = found["IPG672"]
    assert related(quads, Property.REQUIRES_ADDITIONAL, "J12.3") == ["X65.3", "Y36.4", "Y53.4"]
    (choice,) = related(quads, Property.REQUIRES_ADDITIONAL, "C78.7")
    assert choice.startswith("diagnosis/")


def test_percutaneous_cryotherapy_requires_image_control_by_choice(found):
    quads = found["IPG369"]
    code, choice = related(quads, Property.REQUIRES_ADDITIONAL, "J12.8")
    assert code == "Y13.2" and choice.startswith("procedure/")
    assert related(quads, Property.ALTERNATIVE_TO, "J03.2") == ["J12.8"]
    assert related(quads, Property.ALTERNATIVE_TO, "J12.8") == ["J03.2"]


def test_every_seed_comes_back_whole_and_satisfies_the_shapes(seeds):
    for r in seeds.values():
        assert decode_recommendation(encoded(r), iris.guidance_iri(r.id)) == r
    assert shapes.check_store(built(*seeds.values())) == []


def test_every_side_of_a_seed_is_listed_whole(seeds):
    for r in seeds.values():
        for side in Side:
            told = [q.object for q in encoded(r) if q.predicate == Property.COMBINATIONS_LISTED]
            assert len(told) == sum(r.side(s) is not None for s in Side), (r.id, side)
