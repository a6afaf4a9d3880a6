"""Codes are concepts and classes; paths from a record's code reach the selectors that cover it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import QuerySolutions, Store

from kg.codes import Category, Chapter, Code, One, Range, Scheme, covers, parse_selector
from kg.graph import classifications, iris
from kg.graph.vocabulary import Class, Other, Property
from tests.graph.builders import OPEN_CODES, said
from tests.laws.strategies import examples

SELECTORS = {
    Scheme.OPCS4: ["J12.8", "Y53", "X70-X71", "J12.3-J12.7", "O11", "O28", "O10-O12", "Y50-Y53", "J00-J05", "L99.9"],
    Scheme.ICD10: ["C78.7", "C78.-", "C15-C26", "C18.5-C19", "C19", "M80.4", "M80.40", "Z85.-"],
}


def selectors(*texts: str, scheme: Scheme = Scheme.OPCS4):
    return [parse_selector(text, scheme) for text in texts]


def stored(*texts: str, scheme: Scheme = Scheme.OPCS4) -> Store:
    store = Store()
    store.extend(classifications.encode_selectors(selectors(*texts, scheme=scheme), OPEN_CODES))
    return store


def values(store: Store, text: str, predicate, scheme: Scheme = Scheme.OPCS4) -> list[str]:
    it = iris.selector_iri(parse_selector(text, scheme))
    found = [said(q.object) for q in store.quads_for_pattern(it, predicate, None, None)]
    return sorted(value.rpartition("/")[2] for value in found)


def test_a_code_stands_below_its_category_and_its_chapter():
    store = stored("J12.8")
    assert values(store, "J12.8", Other.BROADER) == ["J12.-"]
    assert values(store, "J12.-", Other.BROADER) == ["J"]
    assert values(store, "J", Other.BROADER) == []
    assert values(store, "J12.8", Other.SUB_CLASS_OF) == ["J12.-"]
    assert values(store, "J12.8", Other.NOTATION) == ["J12.8"]
    assert values(store, "J12.8", Other.PREF_LABEL) == [
        "Other specified other therapeutic percutaneous operations on liver"
    ]


def test_a_category_of_letter_o_stands_below_the_chapter_that_it_continues():
    assert values(stored("O11"), "O11", Other.BROADER) == ["Z"]
    assert values(stored("O15"), "O15", Other.BROADER) == ["L"]


def test_a_code_of_five_characters_stands_below_that_of_four():
    store = stored("M80.40", scheme=Scheme.ICD10)
    assert values(store, "M80.40", Other.BROADER, Scheme.ICD10) == ["M80.4"]
    assert values(store, "M80.4", Other.BROADER, Scheme.ICD10) == ["M80.-"]


def test_a_range_has_its_categories_whole_and_single_codes_at_a_cut():
    assert values(stored("X70-X71"), "X70-X71", Property.MEMBER) == ["X70.-", "X71.-"]
    assert values(stored("J12.2-J13.1"), "J12.2-J13.1", Property.MEMBER)[:3] == ["J12.2", "J12.3", "J12.4"]
    assert "J12.-" not in values(stored("J12.2-J13.1"), "J12.2-J13.1", Property.MEMBER)


def test_known_codes_below_are_there_and_those_beside_are_not():
    store = stored("Y53")
    assert values(store, "Y53.4", Other.BROADER) == ["Y53.-"]
    assert values(store, "Y52.1", Other.TYPE) == []
    assert len(list(store)) < 200


def test_a_title_that_is_not_known_is_the_printed_one():
    store = Store()
    printed = dict.fromkeys(selectors("C22.-", scheme=Scheme.ICD10), "Malignant neoplasm of liver")
    store.extend(classifications.encode_selectors(printed, OPEN_CODES, printed))
    assert values(store, "C22.-", Other.PREF_LABEL, Scheme.ICD10) == ["Malignant neoplasm of liver"]


def test_the_mark_of_a_pair_is_no_part_of_a_code():
    marked = One(Code(Scheme.ICD10, "H19.8", "A"))
    quads = classifications.encode_selectors([marked], OPEN_CODES)
    assert {said(q.object) for q in quads if q.predicate == Other.NOTATION} == {"H19.8", "H19.-", "H"}


def test_every_selector_is_concept_and_class_of_one_kind():
    store = stored("J12.8", "Y53", "X70-X71", "Z")
    kinds = {Class.CODE, Class.CATEGORY, Class.RANGE, Class.CHAPTER}
    for quad in store.quads_for_pattern(None, Other.NOTATION, None, None):
        types = {q.object for q in store.quads_for_pattern(quad.subject, Other.TYPE, None, None)}
        assert types >= {Other.SKOS_CONCEPT, Other.OWL_CLASS, Class.SELECTOR}
        assert len(types & kinds) == 1


_COVERING = """
PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX kg: <https://w3id.org/terminology-kg/ontology#>
SELECT DISTINCT ?selector WHERE { GRAPH ?g { ?code (skos:broader|^kg:member)* ?selector } }
"""


@settings(max_examples=examples(60), deadline=None)
@given(st.data())
@pytest.mark.parametrize("scheme", list(Scheme))
def test_paths_from_a_known_code_reach_exactly_the_selectors_that_cover_it(scheme, data):
    texts = data.draw(st.lists(st.sampled_from(SELECTORS[scheme]), min_size=1, max_size=4, unique=True))
    wanted = selectors(*texts, scheme=scheme)
    store = stored(*texts, scheme=scheme)
    codes = sorted({c for s in wanted for c in OPEN_CODES.codes_under(s)})
    if not codes:
        return
    code = data.draw(st.sampled_from(codes))
    found = store.query(_COVERING.replace("?code", str(iris.selector_iri(One(code)))))
    assert isinstance(found, QuerySolutions)
    reached = {row["selector"].value for row in found}
    named = {iris.selector_iri(s).value for s in wanted}
    assert reached & named == {iris.selector_iri(s).value for s in wanted if covers(s, code, OPEN_CODES.chapters)}


def test_above_ends_at_the_chapter():
    assert classifications.above_of(Chapter(Scheme.OPCS4, "J"), OPEN_CODES) == []
    assert classifications.above_of(Range(Scheme.OPCS4, "J01", "J12"), OPEN_CODES) == [Chapter(Scheme.OPCS4, "J")]
    assert classifications.above_of(Range(Scheme.OPCS4, "J01", "K12"), OPEN_CODES) == []
    # O10 continues W, O12 continues Z: the range lies in neither.
    assert classifications.above_of(Range(Scheme.OPCS4, "O10", "O12"), OPEN_CODES) == []
    assert classifications.above_of(Category(Scheme.OPCS4, "O99"), OPEN_CODES) == [Chapter(Scheme.OPCS4, "O")]
