"""The OWL classes of a data set: of each combination's records, of each variant, side and guidance; what an OWL export
adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pyoxigraph import NamedNode

from kg.codes import Classification, One, Range, within
from kg.expression.combination import Combination, Combinations
from kg.expression.condition import Condition
from kg.expression.nodes import picks
from kg.expression.recommendation import Recommendation, Side
from kg.graph.iris import BASE, ONTOLOGY, condition_iri, guidance_iri
from kg.owl.records import Ontology, combination_class

MOST = 1000
"""Combinations of a side that get a class each; a side with more gets none (HermiT would not end)."""


def definitions(
    recommendations: Iterable[Recommendation],
    combinations_of: Callable[[Recommendation, Side], Combinations],
    classification: Classification,
) -> Ontology:
    """The classes of records of all recommendations, as axioms of the project's ontology, to be joined with its graph.

    Codes that the graph knows are below their categories there already. Here is added what is below the ranges, and
    which of the named selectors lie within others. Growth: linear in combinations, quadratic in the selectors of one
    side.
    """
    ontology = Ontology(ONTOLOGY)
    ontology.vocabulary()
    chapters = classification.chapters
    for recommendation in recommendations:
        guidance = guidance_iri(recommendation.id)
        sides: list[str] = []
        for side in Side:
            found = combinations_of(recommendation, side)
            if found.expression is None or found.count > MOST:
                continue
            named = list(dict.fromkeys(pick.selector for pick in picks(found.expression)))
            for selector in named:
                wider = [s for s in named if s != selector and within(selector, [s], chapters)]
                ontology.within(selector, wider)
                if isinstance(selector, Range):
                    for code in classification.codes_under(selector):
                        ontology.within(One(code), [selector])
            sides.append(side_classes(ontology, guidance, recommendation.id, side, found, classification))
        ontology.intersection_class(f"{guidance.value}/records", f"records that meet {recommendation.id}", sides)
    return ontology


def side_classes(
    ontology: Ontology,
    guidance: NamedNode,
    name: str,
    side: Side,
    combinations: Iterable[Combination],
    classification: Classification,
) -> str:
    """Define the classes of a side's combinations, of its variants and of the side; the IRI of the last comes back.

    A variant is a condition under which combinations hold: `<guidance>/records/procedure/approach/open` is the union of
    those that have a ground with it. The side is the union of all: `<guidance>/records/procedure`.
    """
    whole = f"{guidance.value}/records/{side}"
    every: list[str] = []
    variants: dict[tuple[str, str], list[str]] = {}
    words: dict[tuple[str, str], Condition] = {}
    for combination in combinations:
        described = combination_class(guidance, side, combination, classification.chapters)
        ontology.record_class(described)
        every.append(described.iri)
        held = {c.fact: c for ground in combination.grounds for c in ground.holds}
        for fact, condition in held.items():
            words.setdefault(fact, condition)
            variants.setdefault(fact, []).append(described.iri)
    for fact, members in variants.items():
        label = f"records that meet {name}, {side}, where {words[fact].words or words[fact]}"
        # A condition's IRI is minted in one place; its end is the same for every guidance.
        end = condition_iri(NamedNode(BASE), *fact).value.removeprefix(f"{BASE}/condition")
        ontology.union_class(f"{whole}{end}", label, members)
    ontology.union_class(whole, f"records that meet {name}, {side}", every)
    return whole
