"""The SPARQL rules derive what the design's words mean: against a computation that tries everything."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kg.codes import Scheme, Selector
from kg.expression.nodes import OneOf, picks
from kg.expression.recommendation import ConceptMention, Reading, Recommendation, Side
from kg.graph import iris, relations
from kg.graph.vocabulary import Property
from tests.graph import brute_relations
from tests.graph.builders import Words, encoded_with, facet_quads, said
from tests.laws.strategies import CHAPTERS, FACETS, SELECTORS, examples, expressions, schemes

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
