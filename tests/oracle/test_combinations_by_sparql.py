"""SPARQL rules over the encoded nodes derive the combinations of the evaluator and of brute force."""

from types import MappingProxyType

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store
from rdflib.query import ResultRow

from kg import resources
from kg.codes import Scheme, parse_selector
from kg.errors import KgError
from kg.expression.combination import combinations
from kg.expression.condition import Context, Facets
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, When, picks
from kg.expression.recommendation import Reading, Recommendation, Side
from kg.graph import iris
from kg.graph.derivation import combinations_by_sparql
from kg.graph.encode import ROOTS, encode_recommendation
from kg.graph.vocabulary import Other
from tests.laws.strategies import (
    CHAPTERS,
    CONDITIONS,
    FACETS,
    NOTHING,
    awkward,
    contexts,
    examples,
    expressions,
    schemes,
)
from tests.oracle.brute_force import valid

STEP = "https://w3id.org/terminology-kg/derivation#"


class NoWords:
    """A lexicon that recognises nothing: what titles state takes no part here."""

    def stated_in(self, text: str) -> tuple[tuple[str, str], ...]:
        return ()

    def stated_by(self, selector: object) -> tuple[tuple[str, str], ...]:
        return ()


def facet_quads(facets: Facets) -> list[Quad]:
    """The facets as SKOS, as `ontology/facets.ttl` has its own."""
    graph, found = iris.FACETS_GRAPH, list[Quad]()
    for facet, values in facets.values.items():
        scheme = iris.facet_iri(facet)
        found.append(Quad(scheme, Other.TYPE, Other.SKOS_SCHEME, graph))
        for value, wider in values.items():
            it = iris.facet_value_iri(facet, value)
            found.append(Quad(it, Other.IN_SCHEME, scheme, graph))
            if wider:
                found.append(Quad(it, Other.BROADER, iris.facet_value_iri(facet, wider), graph))
    return found


def stored(e: Expression, scheme: Scheme) -> tuple[Store, NamedNode, Side]:
    """A store with one recommendation, encoded as a build does it, its selectors and the facets."""
    side = Side.PROCEDURE if scheme is Scheme.OPCS4 else Side.DIAGNOSIS
    reading = Reading(e, None) if side is Side.PROCEDURE else Reading(None, e)
    recommendation = Recommendation("IPG1", "An example", (reading,))
    store = Store()
    store.extend(encode_recommendation(recommendation, {}, CHAPTERS, NoWords(), lambda selector: None))
    graph = iris.CLASSIFICATIONS_GRAPH
    store.extend(
        Quad(iris.selector_iri(s), Other.NOTATION, Literal(iris.notation(s)), graph)
        for s in {pick.selector for pick in picks(e)}
    )
    store.extend(facet_quads(FACETS))
    return store, iris.guidance_iri("IPG1"), side


def texts(multisets) -> list[str]:
    return sorted(" + ".join(sorted(map(str, selectors))) for selectors in multisets)


@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_sparql_derives_the_same_combinations(data):
    scheme = data.draw(schemes())
    e = data.draw(expressions(scheme, most=60))
    context = data.draw(contexts(e))
    found = combinations_by_sparql(*stored(e, scheme), context)
    assert found == texts(valid(e, context))
    assert found == texts(c.selectors for c in combinations(e, context))


@pytest.mark.parametrize("scheme", list(Scheme))
def test_sparql_derives_what_was_hard_before(scheme):
    for e in awkward(scheme):
        assert combinations_by_sparql(*stored(e, scheme)) == texts(valid(e, NOTHING))


def test_every_pair_of_conditions_excludes_and_implies_as_the_facets_say():
    """Each condition given as true, then as false, over a choice that has one branch for every condition."""
    names = [f"J{number:02}.1" for number in range(len(CONDITIONS))]
    branches = [
        When(condition, Pick(parse_selector(name, Scheme.OPCS4)))
        for condition, name in zip(CONDITIONS, names, strict=True)
    ]
    store, guidance, side = stored(OneOf(tuple(branches)), Scheme.OPCS4)
    for given_condition in CONDITIONS:
        for holds in (True, False):
            context = Context(MappingProxyType({given_condition.fact: holds}), FACETS)
            left = [
                name
                for condition, name in zip(CONDITIONS, names, strict=True)
                if context.holds(*condition.fact) is not False
            ]
            assert combinations_by_sparql(store, guidance, side, context) == left


def test_a_side_of_which_nothing_is_said_has_no_combination():
    store, guidance, _ = stored(Pick(parse_selector("J12.8", Scheme.OPCS4)), Scheme.OPCS4)
    assert combinations_by_sparql(store, guidance, Side.DIAGNOSIS) == []


def test_too_many_ways_are_refused():
    addition = Optional(Pick(parse_selector("Y53", Scheme.OPCS4)))
    with pytest.raises(KgError) as fault:
        combinations_by_sparql(*stored(AllOf((addition,) * 40), Scheme.OPCS4), most=2_000)
    assert fault.value.id == "KG-E0609"


def constructed(graph: rdflib.Graph, query: str) -> rdflib.Graph:
    found = graph.query(query).graph
    assert found is not None
    return found


def by_rdflib(store: Store, guidance: NamedNode, side: Side) -> list[str]:
    """The same queries, run by rdflib's engine with a loop of its own."""
    folder = resources.path("queries/derive/combinations")
    whole, graph = rdflib.Graph(), rdflib.Graph()
    for quad in store:
        whole.parse(data=f"{quad.triple} .", format="nt")
    root = next(store.quads_for_pattern(guidance, ROOTS[side], None)).object
    graph += constructed(whole, (folder / "scope.rq").read_text(encoding="utf-8").replace("?root", str(root)))
    graph.parse(data=f"<{STEP}asked> <{STEP}about> {root} .", format="nt")
    rows = [line.split("\t") for line in (folder / "rules.tsv").read_text(encoding="utf-8").splitlines()]
    rules = [
        ((folder / f"{row[0]}.rq").read_text(encoding="utf-8"), row[-1]) for row in rows if row[-1] in {"once", "again"}
    ]
    for query in (query for query, runs in rules if runs == "once"):
        graph += constructed(graph, query)
    size = 0
    while size != len(graph):
        size = len(graph)
        for query in (query for query, runs in rules if runs == "again"):
            graph += constructed(graph, query)
    listing = (folder / "listing.rq").read_text(encoding="utf-8")
    # Of no group at all rdflib gives a row with nothing in it, which is passed over.
    found = {str(row["notation"]) for row in graph.query(listing) if isinstance(row, ResultRow)}
    return sorted(" + ".join(sorted(text.split(" + "))) for text in found)


def test_another_engine_derives_the_same():
    for e in awkward(Scheme.OPCS4)[::3]:
        if len(valid(e, NOTHING)) <= 4:
            assert by_rdflib(*stored(e, Scheme.OPCS4)) == texts(valid(e, NOTHING))
