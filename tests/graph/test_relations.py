"""The SPARQL rules derive what the design's words mean: on known guidances, and against trying everything."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad

from kg.codes import Scheme, Selector
from kg.expression.nodes import OneOf, Optional, Unnamed, picks
from kg.expression.recommendation import ConceptMention, Reading, Recommendation, Side
from kg.graph import dataset, iris, relations
from kg.graph.vocabulary import Class, Other, Property
from tests.graph import brute_relations
from tests.graph.builders import (
    Words,
    all_of,
    built,
    concept,
    dx,
    encoded,
    encoded_with,
    facet_quads,
    guidance,
    one_of,
    pick,
    said,
    when,
)
from tests.laws.strategies import CHAPTERS, FACETS, SELECTORS, examples, expressions, schemes


def derived(r: Recommendation) -> list[Quad]:
    return relations.derived(encoded(r), dataset.facets())


def short(term: object) -> str:
    """A selector by its notation, a concept by its number, a node by its side and number."""
    assert isinstance(term, NamedNode)
    value = term.value.removeprefix(iris.DATA).removeprefix("http://snomed.info/id/")
    if value.startswith(("opcs-4/", "icd-10/")):
        return value.split("/")[1]
    return value.partition("/node/")[2] or value


def related(quads: Iterable[Quad], predicate: NamedNode, subject: str) -> list[str]:
    """What a selector, concept or node is related to, sorted."""
    return sorted(short(q.object) for q in quads if q.predicate == predicate and short(q.subject) == subject)


# -- the five guidances, in the project's own words

OPEN_OR_KEYHOLE = guidance(
    "IPG553",
    all_of(
        one_of(
            all_of(pick("J03.2"), pick("Y13.7")),
            when("laparoscopic", pick("J08.3")),
            when("percutaneous", pick("J12.7")),
        ),
        when("images guide the needle", one_of(pick("Y53"), pick("Y68"))),
    ),
    dx("C78.7", "Secondary malignant neoplasm of liver"),
    concept("709020001", "Open microwave ablation of lesion of liver"),
    concept("448540000", "Laparoscopic microwave ablation of lesion of liver"),
    concept("609232008", "Percutaneous microwave ablation of lesion of liver"),
    concept("813671000000107", "Secondary malignant neoplasm of liver and bile duct", Side.DIAGNOSIS),
)

CHEMOSATURATION = guidance(
    "IP1062/2",
    all_of(pick("J16.1"), one_of(pick("Y53"), pick("Y68"), pick("Y79")), pick("Y73.2"), pick("X70-X71")),
    one_of(dx("C22.-", "Malignant neoplasm of liver"), dx("C78.7", "Secondary malignant neoplasm of liver")),
    concept("737083005", "Fluoroscopy guided percutaneous chemosaturation of hepatic artery"),
    concept("95214007", "Primary malignant neoplasm of liver", Side.DIAGNOSIS),
    concept("94381002", "Secondary malignant neoplasm of liver", Side.DIAGNOSIS),
)

RADIATION = guidance(
    "IPG672",
    all_of(pick("J12.3"), pick("X65.3"), pick("Y36.4"), Optional(pick("Y89")), pick("Y53.4")),
    all_of(
        dx("C78.7"),
        one_of(
            when("primary eradicated", dx("Z85.0")),
            when("primary still present", one_of(dx("C18.-"), dx("C19"), dx("C20"))),
        ),
    ),
)

CRYOTHERAPY = guidance(
    "IPG369",
    one_of(
        when("open", all_of(pick("J03.2"), pick("Y13.2"))),
        when("percutaneous", all_of(pick("J12.8"), pick("Y13.2"), one_of(pick("Y53"), pick("Y68")))),
    ),
    dx("C78.7"),
)

CHEMOTHERAPY = guidance(
    "IPG688",
    all_of(
        one_of(pick("T41.6"), pick("T42.5")),
        pick("T48.2"),
        pick("X72"),
        when("other organs too", Unnamed("the codes of these")),
    ),
    dx("C78.6"),
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


# -- against trying everything

FACTS = [
    None,
    None,
    ("approach", "open"),
    ("approach", "laparoscopic"),
    ("approach", "robotic"),
    ("image-control", "ct"),
    ("primary-tumour", "present"),
]


@st.composite
def sides(draw):
    """A side, titles that state facts, and the terms of two concepts."""
    scheme = draw(schemes())
    e = draw(expressions(scheme, leaves=7, most=60))
    titles = {s: fact for s in SELECTORS[scheme] if (fact := draw(st.sampled_from(FACTS)))}
    known = st.sampled_from([fact for fact in FACTS if fact])
    terms = [frozenset(draw(st.lists(known, max_size=2))) for _ in range(2)]
    return scheme, e, titles, terms


CONCEPTS = ("737083005", "95214007")


def both(scheme, e, titles, terms, most=10_000):
    """The relations by the rules, and the side by brute force."""
    side = Side.PROCEDURE if scheme is Scheme.OPCS4 else Side.DIAGNOSIS
    reading = Reading(e, None) if side is Side.PROCEDURE else Reading(None, e)
    mentions = tuple(
        ConceptMention(id, " ".join(f"{f}={v}" for f, v in sorted(term)), side)
        for id, term in zip(CONCEPTS, terms, strict=True)
    )
    r = Recommendation("IPG1", "", (reading,), concepts=mentions)
    quads = encoded_with(
        r, CHAPTERS, Words(), lambda s: "{}={}".format(*titles[s]) if s in titles else "-", FACETS, most
    )
    found = relations.derived(quads, facet_quads(FACETS))

    def states(selector: Selector) -> set[tuple[str, str]]:
        return {titles[selector]} if selector in titles else set()

    plain = brute_relations.Side(e, side is Side.PROCEDURE, CHAPTERS, FACETS, states)
    guidance_iri = iris.guidance_iri("IPG1")
    names = {at: iris.node_iri(guidance_iri, side, number).value for number, at in enumerate(plain.nodes, 1)}

    def name(term: brute_relations.Term) -> str:
        return names[term] if isinstance(term, tuple) else iris.selector_iri(term).value

    return found, plain, name


def pairs(quads, predicate):
    return {(said(q.subject), said(q.object)) for q in quads if q.predicate == predicate}


@settings(max_examples=examples(150), deadline=None)
@given(sides())
def test_the_rules_derive_what_the_words_mean(case):
    found, plain, name = both(*case)
    terms = case[3]
    assert pairs(found, Property.REQUIRES_ADDITIONAL) == {(name(a), name(b)) for a, b in plain.required()}
    assert pairs(found, Property.ALTERNATIVE_TO) == {(name(a), name(b)) for a, b in plain.alternatives()}
    expected = {(iris.guidance_iri("IPG1").value, name(a)) for a in plain.of_guidance()}
    for id, term in zip(CONCEPTS, terms, strict=True):
        it = f"http://snomed.info/id/{id}"
        expected |= {(it, name(()))} | {(it, name(a)) for a in plain.of_concept(set(term))}
    assert pairs(found, Property.MAPS_TO) == expected
    selected = {
        (f"{iris.guidance_iri('IPG1').value}/concept/{n}", name(branch))
        for n, term in enumerate(terms, 1)
        for at, node in plain.nodes.items()
        if isinstance(node, OneOf)
        for branch in plain.selected(at, set(term))
    }
    assert pairs(found, Property.SELECTS) == selected
    told = {
        (
            said(q.object),
            next(said(x.object) for x in found if x.subject == q.subject and x.predicate == Property.SAID_BY),
        )
        for q in found
        if q.predicate == Property.CODE
    }
    assert told == {(name(a), name(at)) for a, at in plain.additions()}


@settings(max_examples=examples(60), deadline=None)
@given(sides())
def test_of_a_side_that_is_not_listed_whole_nothing_wrong_is_derived(case):
    listed, plain, name = both(*case)
    unlisted, *_ = both(*case, most=0)
    possible = {s for selectors, _ in plain.sets for s in selectors}
    impossible = {name(p.selector) for p in picks(case[1]) if p.selector not in possible}
    for predicate in (Property.REQUIRES_ADDITIONAL, Property.MAPS_TO):
        more = pairs(unlisted, predicate) - pairs(listed, predicate)
        # Of a selector that no combination has, every claim about its combinations is empty.
        if predicate == Property.REQUIRES_ADDITIONAL:
            more = {(a, b) for a, b in more if a not in impossible and "/node/" not in b}
        elif not plain.sets:
            more = set()
        assert not more
    assert pairs(unlisted, Property.ALTERNATIVE_TO) == pairs(listed, Property.ALTERNATIVE_TO)


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
