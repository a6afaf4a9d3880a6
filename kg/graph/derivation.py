"""The combinations of a side, derived from the triples by SPARQL alone: the second teller beside
`kg.expression.combination`.

The rules are CONSTRUCT queries (`queries/derive/combinations`), repeated until none adds a triple; what they add stays
in a store of its own in memory. Here they are only run: whoever runs the same queries on another SPARQL 1.1 engine gets
the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, QueryTriples, Store, Triple, Variable

from kg import resources
from kg.errors import KgError, Place
from kg.expression.condition import NOTHING_KNOWN, STATED, Context
from kg.expression.recommendation import Side
from kg.graph import iris
from kg.graph.encode import ROOTS
from kg.graph.vocabulary import Class, Other, Property

MOST_TRIPLES = 200_000
"""Triples that the rules may add for one side: some thousands of ways through its expression."""

_FOLDER = "queries/derive/combinations"
_STEP = f"{iris.BASE}derivation#"
_GIVEN, _ASKED, _ABOUT = (NamedNode(_STEP + name) for name in ("given", "asked", "about"))
_EVENT = NamedNode(f"{iris.DATA}event")


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    again: bool


@cache
def _rules() -> tuple[_Rule, ...]:
    name = f"{_FOLDER}/rules.tsv"
    rows = resources.table(name, ("rule", "runs"))
    for number, (rule, runs) in rows:
        if runs not in {"once", "again"}:
            raise KgError("KG-E0703", f"{rule} runs {runs}, not once nor again", where=Place(name, number))
    return tuple(_Rule(rule, runs == "again") for _, (rule, runs) in rows)


@cache
def _query(name: str) -> str:
    return resources.text(f"{_FOLDER}/{name}.rq")


def combinations_by_sparql(
    store: Store, guidance: NamedNode, side: Side, context: Context = NOTHING_KNOWN, most: int = MOST_TRIPLES
) -> list[str]:
    """The distinct combinations of a side of the reading in use, each as its sorted notations (`J12.8 + Y53.-`),
    sorted.

    A combination of no selector is the empty text. The facets are those of the store, not those of the context.

    Raises:
        KgError: KG-E0609 where there are more ways through the expression than this way of deriving is good for.
    """
    roots = store.quads_for_pattern(guidance, ROOTS[side], None, iris.guidance_graph(guidance))
    root = next((quad.object for quad in roots), None)
    if not isinstance(root, NamedNode):
        return []
    scope = store.query(_query("scope"), use_default_graph_as_union=True, substitutions={Variable("root"): root})
    if not isinstance(scope, QueryTriples):
        raise _other_kind("scope", "CONSTRUCT")
    return derive_combinations(scope, root, context, most)


def derive_combinations(
    triples: Iterable[Triple], root: NamedNode, context: Context = NOTHING_KNOWN, most: int = MOST_TRIPLES
) -> list[str]:
    """The distinct combinations of the expression under `root`, from the triples that `scope.rq` takes out of a store.

    Raises:
        KgError: KG-E0609.
    """
    store = Store()
    plain = DefaultGraph()
    store.extend(Quad(t.subject, t.predicate, t.object, plain) for t in (*triples, *_event(context)))
    rules = _rules()
    store.add(Quad(_ASKED, _ABOUT, root, plain))
    most += len(store)
    for rule in rules:
        if not rule.again:
            _run(store, rule, most)
    while sum(_run(store, rule, most) for rule in rules if rule.again):
        pass
    found = store.query(_query("listing"))
    if not isinstance(found, QuerySolutions):
        raise _other_kind("listing", "SELECT")
    texts = (row["notation"] for row in found)
    # The order within GROUP_CONCAT is the engine's to choose: sorting again makes equal multisets equal texts on any.
    return sorted({" + ".join(sorted(text.value.split(" + "))) for text in texts if isinstance(text, Literal)})


def _run(store: Store, rule: _Rule, most: int) -> int:
    """Run one rule, so far as the store holds at most `most` triples after it; how many it added comes back."""
    left = most - len(store)
    plain = DefaultGraph()
    found = store.query(_query(rule.name))
    if not isinstance(found, QueryTriples):
        raise _other_kind(rule.name, "CONSTRUCT")
    new: set[Quad] = set()
    for triple in found:
        quad = Quad(triple.subject, triple.predicate, triple.object, plain)
        if quad not in store:
            new.add(quad)
            if len(new) > left:
                raise KgError(
                    "KG-E0609",
                    "the side has too many ways through it to derive its combinations by SPARQL",
                    why=f"The rules walk each of them, and would need more than {most:,} triples.",
                    hint="Derive the combinations from the expression: that counts before it lists.",
                )
    store.extend(new)
    return len(new)


def _other_kind(name: str, kind: str) -> KgError:
    return KgError("KG-E0703", f"{_FOLDER}/{name}.rq is not a {kind} query", where=Place(f"{_FOLDER}/{name}.rq"))


def _event(context: Context) -> list[Triple]:
    """What is known of the care event, as triples: `step:given` holds and fails conditions."""
    triples: list[Triple] = []
    for (facet, value), holds in sorted(context.facts.items()):
        condition = iris.condition_iri(_EVENT, facet, value)
        triples += [
            Triple(_GIVEN, Property.HOLDS if holds else Property.FAILS, condition),
            Triple(condition, Other.TYPE, Class.CONDITION),
            Triple(condition, Property.FACET_NAME, Literal(facet)),
            Triple(condition, Property.VALUE, Literal(value)),
        ]
        if facet != STATED:
            triples.append(Triple(condition, Property.FACET_VALUE, iris.facet_value_iri(facet, value)))
    return triples
