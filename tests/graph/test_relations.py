"""The SPARQL rules derive what the design's words mean: on known guidances, each way of saying by itself."""

from collections.abc import Iterable

import pytest
from pyoxigraph import NamedNode, Quad

from kg.expression.nodes import Optional
from kg.expression.recommendation import Reading, Recommendation
from kg.graph import dataset, iris, relations
from kg.graph.vocabulary import Class, Other, Property
from tests.graph.builders import (
    all_of,
    built,
    concept,
    encoded,
    guidance,
    one_of,
    pick,
    said,
    when,
)
from tests.graph.examples import (
    CHEMOSATURATION,
    CHEMOTHERAPY,
    CRYOTHERAPY,
    OPEN_OR_KEYHOLE,
    RADIATION,
    derived,
    related,
    short,
)


def test_a_concept_maps_to_the_approach_that_its_term_states():
    quads = derived(OPEN_OR_KEYHOLE)
    assert related(quads, Property.MAPS_TO, "709020001") == ["J03.2", "procedure/1"]
    assert related(quads, Property.MAPS_TO, "448540000") == ["J08.3", "procedure/1"]
    assert related(quads, Property.MAPS_TO, "609232008") == ["J12.7", "procedure/1"]
    assert related(quads, Property.MAPS_TO, "813671000000107") == ["C78.7", "diagnosis/1"]


def test_a_concept_maps_to_what_every_combination_has_and_to_primary_or_secondary_as_it_says():
    quads = derived(CHEMOSATURATION)
    assert related(quads, Property.MAPS_TO, "737083005") == ["J16.1", "X70-X71", "procedure/1"]
    assert related(quads, Property.MAPS_TO, "95214007") == ["C22.-", "diagnosis/1"]
    assert related(quads, Property.MAPS_TO, "94381002") == ["C78.7", "diagnosis/1"]


def test_a_concept_whose_term_decides_nothing_maps_to_no_alternative():
    r = guidance(
        "IPG1",
        one_of(when("open", pick("J03.2")), when("laparoscopic", pick("J08.3"))),
        None,
        concept("737083005", "Ablation of lesion of liver"),
        concept("95214007", "Robotic or manual ablation of lesion"),
    )
    quads = derived(r)
    assert related(quads, Property.MAPS_TO, "737083005") == ["procedure/1"]
    assert related(quads, Property.MAPS_TO, "95214007") == ["procedure/1"]


def test_a_concept_of_a_third_approach_maps_to_no_alternative():
    e = one_of(when("open", pick("J03.2")), when("laparoscopic", pick("J08.3")))
    quads = derived(guidance("IPG1", e, None, concept("737083005", "Percutaneous ablation")))
    assert related(quads, Property.MAPS_TO, "737083005") == ["procedure/1"]


def test_each_of_nested_choices_is_decided():
    primary, secondary = "primary malignant neoplasm", "secondary malignant neoplasm"
    stage = one_of(when(primary, pick("J99.1")), when(secondary, pick("J99.2")))
    e = one_of(when("open", pick("J03.2")), when("laparoscopic", stage))
    terms = {
        "737083005": f"Laparoscopic ablation of {secondary}",
        "95214007": "Laparoscopic ablation",
        "94381002": f"Ablation of {secondary}",
    }
    quads = derived(guidance("IPG1", e, None, *(concept(id, term) for id, term in terms.items())))
    assert related(quads, Property.MAPS_TO, "737083005") == ["J99.2", "procedure/1"]
    assert related(quads, Property.MAPS_TO, "95214007") == ["procedure/1"]
    assert related(quads, Property.MAPS_TO, "94381002") == ["procedure/1"]


def test_a_guidance_maps_to_its_main_codes_but_not_to_additions():
    e = all_of(pick("J12.3"), pick("Y53.4"), Optional(pick("X65.3")), when("in two stages", pick("T41.6")))
    assert related(derived(guidance("IPG1", e)), Property.MAPS_TO, "guidance/IPG1") == ["J12.3"]
    quads = derived(OPEN_OR_KEYHOLE)
    assert related(quads, Property.MAPS_TO, "guidance/IPG553") == ["C78.7", "J03.2", "J08.3", "J12.7"]


def test_a_condition_on_a_whole_side_is_no_addition():
    e = when("in two stages", all_of(pick("J12.3"), pick("Y53.4")))
    quads = derived(guidance("IPG1", e, None, concept("737083005", "Ablation")))
    assert related(quads, Property.MAPS_TO, "guidance/IPG1") == ["J12.3"]
    assert related(quads, Property.MAPS_TO, "737083005") == ["procedure/1"]


def test_a_code_requires_what_every_combination_with_it_has():
    quads = derived(RADIATION)
    assert related(quads, Property.REQUIRES_ADDITIONAL, "J12.3") == ["X65.3", "Y36.4", "Y53.4"]
    assert related(quads, Property.REQUIRES_ADDITIONAL, "Y53.4") == []


def test_a_code_requires_the_choice_and_none_of_its_branches():
    quads = derived(RADIATION)
    assert related(quads, Property.REQUIRES_ADDITIONAL, "C78.7") == ["diagnosis/3"]
    assert related(quads, Property.REQUIRES_ADDITIONAL, "C19") == ["C78.7"]
    quads = derived(CRYOTHERAPY)
    assert related(quads, Property.REQUIRES_ADDITIONAL, "J12.8") == ["Y13.2", "procedure/10"]
    assert related(quads, Property.REQUIRES_ADDITIONAL, "J03.2") == ["Y13.2"]


def test_codes_of_variants_are_alternatives_both_ways():
    quads = derived(CRYOTHERAPY)
    assert related(quads, Property.ALTERNATIVE_TO, "J03.2") == ["J12.8"]
    assert related(quads, Property.ALTERNATIVE_TO, "J12.8") == ["J03.2"]
    assert related(quads, Property.ALTERNATIVE_TO, "Y53.-") == ["Y68.-"]
    assert related(quads, Property.ALTERNATIVE_TO, "Y13.2") == []
    assert related(quads, Property.ALTERNATIVE_TO, "procedure/2") == ["procedure/6"]


def additions(quads: Iterable[Quad]) -> set[tuple[str, str, str]]:
    """Code, addition, and condition or nothing."""
    found = list(quads)

    def of(it: object, link: NamedNode) -> list[str]:
        return [short(q.object) for q in found if q.subject == it and q.predicate == link]

    every = [q.subject for q in found if q.object == Class.CONDITIONAL_ADDITION]
    return {
        (
            of(it, Property.CODE)[0],
            added,
            "&".join(c.partition("/condition/")[2] for c in sorted(of(it, Property.CONDITION))),
        )
        for it in every
        for added in of(it, Property.ADDITION)
    }


def test_what_is_optional_or_conditional_is_a_resource_and_no_triple():
    assert additions(derived(RADIATION)) == {
        ("J12.3", "Y89.-", ""),
        ("X65.3", "Y89.-", ""),
        ("C78.7", "Z85.0", "primary-tumour/eradicated"),
        ("C78.7", "diagnosis/7", "primary-tumour/present"),
    }
    told = additions(derived(CHEMOTHERAPY))
    condition = "stated/other-organs-too"
    assert told == {(code, "procedure/8", condition) for code in ("T41.6", "T42.5", "T48.2", "X72.-")}


def test_an_addition_within_an_addition_has_both_conditions():
    e = all_of(pick("J12.3"), when("in stages", all_of(pick("Y70.1"), when("in a child", pick("Y98.1")))))
    assert additions(derived(guidance("IPG1", e))) == {
        ("J12.3", "Y70.1", "stated/in-stages"),
        ("J12.3", "Y98.1", "stated/in-a-child&stated/in-stages"),
    }


def test_a_main_code_of_two_variants_is_no_addition_to_itself():
    e = one_of(
        when("Open approach", all_of(pick("G28.1"), pick("Y50.2"))),
        when("Laparoscopic approach", all_of(pick("G28.1"), pick("Y75.2"))),
    )
    assert additions(derived(guidance("IPG1", e))) == set()


def test_what_a_variant_adds_at_will_is_no_addition_to_the_same_code_of_another():
    # G28.1 alone is a combination by both variants: the grounds of one do not stand beside the optional of the other.
    e = one_of(
        when("Open approach", all_of(pick("G28.1"), Optional(pick("Y50.2")))),
        when("Laparoscopic approach", all_of(pick("G28.1"), Optional(pick("Y75.2")))),
    )
    assert {(code, added) for code, added, _ in additions(derived(guidance("IPG1", e)))} == {
        ("G28.1", "Y50.2"),
        ("G28.1", "Y75.2"),
    }


def test_relations_are_of_the_reading_in_use():
    first, second = all_of(pick("J16.1"), pick("Y53")), all_of(pick("J16.1"), pick("Y68"))
    r = Recommendation("IPG1", "", (Reading(first, None), Reading(second, None)))
    assert related(derived(r), Property.REQUIRES_ADDITIONAL, "J16.1") == ["Y53.-"]


def test_deriving_in_a_store_adds_the_same_and_twice_adds_nothing():
    from pyoxigraph import Store

    store = Store()
    store.extend(dataset.shipped())
    quads = [q for r in (RADIATION, CRYOTHERAPY) for q in encoded(r)]
    store.extend(quads)
    expected = {*derived(RADIATION), *derived(CRYOTHERAPY)}
    assert relations.derive(store) == len(expected)
    assert set(store) - set(quads) - set(dataset.shipped()) == expected
    assert relations.derive(store) == 0


def test_every_rule_names_what_it_adds_and_adds_nothing_else():
    quads = [q for r in (OPEN_OR_KEYHOLE, CHEMOSATURATION, RADIATION, CRYOTHERAPY) for q in derived(r)]
    told = {rule.adds for rule in relations.rules()}
    own = {
        Property.MAPS_TO,
        Property.REQUIRES_ADDITIONAL,
        Property.ALTERNATIVE_TO,
        Property.SELECTS,
        Property.RULES_OUT,
    }
    parts = {q.predicate for q in quads if "/addition-to/" in said(q.subject)}
    assert {q.predicate for q in quads} - parts == own
    assert told == {f"kg:{short(t).rpartition('#')[2]}" for t in own} | {"kg:ConditionalAddition"}


def test_what_all_parts_require_is_derived_of_a_side_that_is_too_large_to_list():
    e = all_of(
        pick("J12.3"),
        pick("Y53.4"),
        one_of(pick("Y36.4"), pick("Y36.1")),
        *(Optional(pick(f"Y{n}")) for n in range(10, 50)),
    )
    r = guidance("IPG1", e, None, concept("737083005", "Ablation"))
    quads = relations.derived(encoded(r, most=100), dataset.facets())
    assert related(quads, Property.REQUIRES_ADDITIONAL, "J12.3") == ["Y53.4", "procedure/4"]
    assert related(quads, Property.MAPS_TO, "737083005") == ["J12.3", "procedure/1"]


def test_a_side_just_beyond_what_is_listed_costs_no_more_than_one_just_within():
    """The work of each rule grows with the nodes of the expression, not with what is listed (it once did not end)."""
    e = all_of(pick("J12.3"), pick("Y53.4"), *(Optional(pick(f"Y{n}.1")) for n in range(10, 22)))
    quads = derived(guidance("IPG1", e))
    assert related(quads, Property.REQUIRES_ADDITIONAL, "J12.3") == ["Y53.4"]
    assert {code for code, *_ in additions(quads)} == {"J12.3"}
    assert {added for _, added, _ in additions(quads)} == {f"Y{n}.1" for n in range(10, 22)}


@pytest.mark.parametrize("r", [OPEN_OR_KEYHOLE, CHEMOSATURATION, RADIATION, CRYOTHERAPY], ids=lambda r: r.id)
def test_another_sparql_engine_derives_the_same(r):
    import rdflib

    graph = rdflib.Graph()
    lines = "".join(f"{q.triple} .\n" for q in (*encoded(r), *dataset.facets()))
    graph.parse(data=lines, format="nt")
    before = set(graph)
    for rule in relations.rules():
        graph += graph.query(rule.query).graph or rdflib.Graph()
    expected = rdflib.Graph()
    expected.parse(data="".join(f"{q.triple} .\n" for q in derived(r)), format="nt")
    assert set(graph) - before == set(expected)


def test_a_built_store_holds_the_relations_in_the_graph_of_their_guidance():
    store = built(RADIATION, CRYOTHERAPY)
    graphs = {q.graph_name for q in store.quads_for_pattern(None, Property.REQUIRES_ADDITIONAL, None, None)}
    assert graphs == {iris.graph_iri("IPG672"), iris.graph_iri("IPG369")}
    assert not list(store.quads_for_pattern(None, Other.TYPE, Class.CODED_RECORD, None))
